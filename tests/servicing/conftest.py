"""What the tests of more than one room begin with."""

from collections.abc import Callable, Iterator
from typing import Any

import peewee
import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from tests import cast
from tests.servicing.dispatched import ON, WALKER


@pytest.fixture(scope="session", autouse=True)
def pages_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each test has an application of its own, which would compile all of its pages anew."""
    compiled = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("compiled")))
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(Flask.jinja_options, "bytecode_cache", compiled)
        yield


@pytest.fixture(scope="session", autouse=True)
def addresses_compiled_once() -> Iterator[None]:
    """The same for what writes the addresses of pages: functions that know nothing of an application."""
    compiled: dict[tuple[object, ...], Callable[..., Any]] = {}
    compile_anew = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        kinds = tuple((name, type(each)) for name, each in rule._converters.items())
        key = (*rule._trace, repr(rule.defaults), kinds, rule.rule, append_unknown)
        if key not in compiled:
            compiled[key] = compile_anew(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Rule, "_compile_builder", compile_once)
        yield


@pytest.fixture
def queued(book: peewee.Database) -> cast.Cast:
    """The morning of the day on which every policy is a month old: four messages are queued."""
    people = cast.everybody()
    cast.walk_only(ON, WALKER)
    return people
