"""What applications of one process need not work out anew: each test has one of its own."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule


@contextlib.contextmanager
def compiled_once(folder: Path) -> Iterator[None]:
    """Pages, and what writes their addresses, are compiled once; `folder` keeps the pages.

    Several processes may have the same folder.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(Flask.jinja_options, "bytecode_cache", FileSystemBytecodeCache(str(folder)))
        patched.setattr(Rule, "_compile_builder", _once(Rule._compile_builder))
        yield


def _once(compile_anew: Callable[..., Any]) -> Callable[..., Any]:
    """What writes an address follows from its rule, and knows nothing of an application."""
    compiled: dict[tuple[object, ...], Any] = {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Any:
        kinds = tuple((name, type(each)) for name, each in rule._converters.items())
        key = (rule.rule, *rule._trace, repr(rule.defaults), kinds, append_unknown)
        if key not in compiled:
            compiled[key] = compile_anew(rule, append_unknown)
        return compiled[key]

    return compile_once
