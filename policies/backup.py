"""A copy of the whole database in a file, made while it is in use, and a database made of a copy.

SQLite copies itself; PostgreSQL has programs for it, `pg_dump` and `pg_restore`, which must be
installed where this runs.
"""

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

from policies import database, errors, whole
from policies.notices import notice

SQLITE_SIDE_FILES = ("-wal", "-shm", "-journal")


def save(url: str, to: Path) -> None:
    """Write a copy of the connected database to a new file, for its owner's eyes only.

    It shows one moment: a transaction of others is in it as a whole or not at all. Raises
    `UnwritableFile`; a file that is there already is left alone.
    """
    if to.exists():
        raise errors.UnwritableFile(to, notice("there_already"))
    with whole.written(to) as draft:
        try:
            if database.is_sqlite():
                _copy(database.database.connection(), draft)
            else:
                _run(url, "pg_dump", "--format=custom", "--file", str(draft))
        except sqlite3.Error as error:
            raise errors.UnwritableFile(to, database.unusable(str(error)).notice) from None
        with draft.open("rb") as written:
            os.fsync(written.fileno())


def load(url: str, home: Path, file: Path) -> None:
    """Put a copy in the place of the database at `url`, and connect it.

    The database that stood there is gone: the caller has made sure that nobody needs it. Raises
    `UnreadableFile` for a file that is no copy of this kind of database, before anything is touched.
    """
    if path := database.file_of(url, home):
        with _opened(file) as source:
            database.database.close()
            with whole.written(path) as draft:
                _copy(source, draft)
                for each in SQLITE_SIDE_FILES:
                    Path(f"{path}{each}").unlink(missing_ok=True)
    else:
        _look_into(file)
        database.database.close()
        replacing = ("--exit-on-error", "--single-transaction", "--clean", "--if-exists")
        _run(url, "pg_restore", *replacing, str(file))
    database.connect(url, home)


def _copy(source: sqlite3.Connection, to: Path) -> None:
    """All pages in one step, so that no writer comes in between."""
    target = sqlite3.connect(to)
    try:
        source.backup(target)
    finally:
        target.close()


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    """A copy of ours, whole and not to be written to."""
    if not file.is_file():
        raise errors.UnreadableFile(file, notice("system_enoent"))
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        _look_through(connection, file)
        yield connection
    finally:
        connection.close()


def _look_through(connection: sqlite3.Connection, file: Path) -> None:
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        connection.execute(f"SELECT 1 FROM {database.HISTORY}")
    except sqlite3.DatabaseError:
        raise errors.UnreadableFile(file, notice("not_a_copy", kind="SQLite")) from None
    if found != "ok":
        raise errors.UnreadableFile(file, notice("copy_damaged"))


def _look_into(file: Path) -> None:
    """Refuse a file that `pg_restore` cannot read, or that holds another program's tables."""
    if not file.is_file():
        raise errors.UnreadableFile(file, notice("system_enoent"))
    done = _program("pg_restore", "--list", str(file), environment={})
    if done.returncode or f" {database.HISTORY} " not in done.stdout:
        raise errors.UnreadableFile(file, notice("not_a_copy", kind="PostgreSQL"))


def _run(url: str, program: str, *arguments: str) -> None:
    """A program of PostgreSQL on the database; the password is not seen among its arguments."""
    from psycopg.conninfo import make_conninfo

    parts = database.parameters(url)
    password = parts.pop("password", None)
    where = make_conninfo("", **{"dbname": parts.pop("database"), **parts})
    options = ("--no-owner", "--no-privileges", "--dbname", where)
    environment = {"PGPASSWORD": password} if password else {}
    done = _program(program, *options, *arguments, environment=environment)
    if done.returncode:
        refused = database.unusable(done.stderr)
        raise errors.UnusableDatabase("program_refused", program=program, why=refused.notice)


def _program(
    name: str, *arguments: str, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [name, *arguments],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise errors.BadSetting(name, notice("program_missing")) from None
