"""The workspaces that tests make by themselves: where they keep their books, and how one is copied.

Each keeps its book in a SQLite file beside its settings; asked for `--on postgresql`, in a database
of its own on the server of the tests. What has `homes` among its fixtures runs on both.
"""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from policies import database
from servicing.core import settings_file
from tests.acceptance import tables

FILE = "sqlite:///servicing.db"
"""What `servicing init` takes by itself."""


class Server(Protocol):
    """What homes want of a PostgreSQL server."""

    def url(self, name: str) -> str: ...
    def new_database(self) -> str: ...
    def copy_of(self, name: str) -> str: ...
    def empty(self, name: str) -> None: ...
    def drop(self, name: str) -> None: ...


class Homes:
    """Makes and copies workspaces; `server` is where they keep their books, None: in files."""

    def __init__(self) -> None:
        self.server: Server | None = None
        self._made: list[str] = []

    def new_url(self) -> str:
        """The address for the book of a workspace that is about to be made."""
        return self._url(self.server, self.server.new_database()) if self.server else FILE

    def copied(self, home: Path, to: Path) -> Path:
        """A copy of a workspace in which nobody works, with a book of its own."""
        close()
        shutil.copytree(home, to)
        if self.server:
            of = url_of(home)
            url = self._url(self.server, self.server.copy_of(name_of(of)))
            file = to / settings_file.FILE
            file.write_text(file.read_text("utf-8").replace(of, url), "utf-8")
        return to

    def empty(self, home: Path) -> None:
        """Leave nothing in the database of a workspace, not even its tables."""
        close()
        for file in home.glob("servicing.db*"):
            file.unlink()
        if self.server:
            self.server.empty(name_of(url_of(home)))

    @contextlib.contextmanager
    def for_a_while(self) -> Iterator[None]:
        """What is made meanwhile goes at the end; files go with their folders."""
        before = len(self._made)
        yield
        if self.server:
            close()
            for name in self._made[before:]:
                self.server.drop(name)
        del self._made[before:]

    def _url(self, server: Server, name: str) -> str:
        self._made.append(name)
        return server.url(name)


ours = Homes()
"""Those of this process."""


def url_of(home: Path) -> str:
    """Where a workspace keeps its book, as its settings say."""
    return settings_file.load(home, {}).servicing.database


def name_of(url: str) -> str:
    """The name of a PostgreSQL database."""
    return urlsplit(url).path.removeprefix("/")


def held(home: Path) -> tables.Tables:
    """All tables of the book of a workspace with their rows."""
    return tables.held(url_of(home), home)


def rows(home: Path, sql: str) -> list[Any]:
    """What the book of a workspace answers, read past the program."""
    return tables.run(url_of(home), home, sql)


def close() -> None:
    """Leave the book that the process has open: a database that is in use cannot be copied."""
    if database.database.obj is not None and not database.database.is_closed():
        database.database.close()
