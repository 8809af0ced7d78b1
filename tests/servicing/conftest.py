"""What the tests of more than one room begin with."""

from collections.abc import Iterator

import peewee
import pytest

from tests import cast, quick_pages, quick_passwords, shared
from tests.servicing.dispatched import ON, WALKER


@pytest.fixture(scope="session", autouse=True)
def pages_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each test has an application of its own, which would compile all of its pages anew."""
    with quick_pages.compiled_once(shared.folder(tmp_path_factory, "compiled")):
        yield


@pytest.fixture(scope="session", autouse=True)
def passwords_hashed_quickly() -> Iterator[None]:
    """Accounts are made by many tests, and what their passwords withstand is no matter of most."""
    with quick_passwords.hashed():
        yield


@pytest.fixture
def queued(book: peewee.Database) -> cast.Cast:
    """The morning of the day on which every policy is a month old: four messages are queued."""
    people = cast.everybody()
    cast.walk_only(ON, WALKER)
    return people
