"""How long a writer waits for SQLite's one writer's lock; PostgreSQL has many writers."""

from collections.abc import Iterator
from contextlib import contextmanager

import peewee

from policies import database


@contextmanager
def soon(seconds: float) -> Iterator[None]:
    """What writes in here waits for the lock no longer than that: then it is refused (`is_busy`)."""
    if not database.is_sqlite():
        yield
        return
    connection = database.database.connection()  # it is told how to wait; the book is asked nothing
    connection.execute(f"PRAGMA busy_timeout = {round(1_000 * seconds)}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {1_000 * database.BUSY_TIMEOUT_SECONDS}")


def may_only_read(error: peewee.DatabaseError) -> bool:
    """Whether it was refused since this session, or this copy of the database, is there to be read."""
    return any(each in str(error) for each in ("read-only", "readonly"))


def is_busy(error: peewee.OperationalError) -> bool:
    """Whether the lock did not come free in time."""
    return database.is_sqlite() and "locked" in str(error)
