"""What is deleted leaves nothing in the files of SQLite, where it would stay until its place is needed.

PostgreSQL sees to its pages by itself (docs/operations.md).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import peewee

from policies import database, patience


@contextmanager
def without_traces() -> Iterator[None]:
    """What is deleted or emptied in here is overwritten in the file at once."""
    if not database.is_sqlite():
        yield
        return
    database.database.execute_sql("PRAGMA secure_delete = on")
    try:
        yield
    finally:
        database.database.execute_sql("PRAGMA secure_delete = off")


def empty_log() -> bool:
    """Bring the log into the file, and empty it; False where others read or write meanwhile."""
    if not database.is_sqlite():
        return True
    is_kept, *_ = database.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_kept


def shred() -> bool:
    """Write the file anew, so that nothing is left in it that is in no row any more.

    False where others read or write it meanwhile, so that something may be left.
    """
    if not database.is_sqlite():
        return True
    usual = database.SQLITE_PRAGMAS["temp_store"]
    database.database.execute_sql("PRAGMA temp_store = file")  # the book may outgrow the memory
    try:
        database.database.execute_sql("VACUUM")
        return empty_log()
    except peewee.OperationalError as error:
        if not patience.is_busy(error):
            raise
        return False
    finally:
        database.database.execute_sql(f"PRAGMA temp_store = {usual}")
