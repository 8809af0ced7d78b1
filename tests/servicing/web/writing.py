"""Somebody else has SQLite's one writer's lock."""

import contextlib
import sqlite3
from collections.abc import Iterator
from urllib.parse import urlsplit

from servicing.operations.workspace import Workspace


@contextlib.contextmanager
def somebody_writes(space: Workspace) -> Iterator[None]:
    """Another process, such as an import, holds the lock all the time."""
    path = space.home / urlsplit(space.settings.servicing.database).path.lstrip("/")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE client SET name = name")
        yield
        other.execute("ROLLBACK")
