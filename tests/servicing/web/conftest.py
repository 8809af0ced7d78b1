"""The pages of a workspace in which the cast has lived for a while."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from tests import cast
from tests.homes import Homes, close
from tests.servicing.web import busy_book
from tests.servicing.web.visits import ACCOUNTS, NOW, Visitor, account

Visit = Callable[..., Visitor]


def live(home: Path, url: str, owner_url: str = "") -> Workspace:
    """A workspace of the cast, walked on 1 June 2026, when a month of P001 is over; open."""
    workspace.create(home, url, owner_url=owner_url)
    space = workspace.at(home, {})
    space.open()
    cast.everybody(issued=["2026-05-01", "2025-06-08", "2023-06-01"])
    cast.walk_only("2026-06-01", space)
    for login in ACCOUNTS:
        account(login)
    return space


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Path:
    """The same, to be copied."""
    home = tmp_path_factory.mktemp("pages") / "home"
    assert live(home, homes.new_url()).keys
    close()
    return home


@pytest.fixture(scope="session")
def busy_lived_in(lived_in: Path, tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Path:
    """The same, where every list has a line; to be copied."""
    home = homes.copied(lived_in, tmp_path_factory.mktemp("busy") / "home")
    opened = workspace.at(home, {})
    opened.open()
    busy_book.live(opened)
    close()
    return home


@pytest.fixture
def space(
    lived_in: Path,
    busy_lived_in: Path,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    homes: Homes,
    books_of_the_moment: None,
) -> Iterator[Workspace]:
    """The workspace, open, to do as one likes; `busy` is this one with lines in every list."""
    home = busy_lived_in if "busy" in request.fixturenames else lived_in
    opened = workspace.at(homes.copied(home, tmp_path / "home"), {})
    opened.open()
    yield opened
    close()


@pytest.fixture
def busy(space: Workspace) -> Workspace:
    """The same, where every list has a line."""
    return space


@pytest.fixture
def app(space: Workspace) -> Flask:
    """The pages on the morning of 1 June 2026."""
    return pages.create(space, lambda: NOW)


@pytest.fixture
def visit(app: Flask) -> Visit:
    """`visit("chenyan")` has come in; `visit()` stands before the door."""
    return lambda login=None: Visitor(app, login)
