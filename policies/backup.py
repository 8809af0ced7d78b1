"""A copy of the whole database in a file, made while it is in use, and a database made of a copy.

SQLite copies itself; PostgreSQL has programs for it, `pg_dump` and `pg_restore`, which must be
installed where this runs.
"""

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from policies import (
    copies,
    database,
    errors,
    postgres_archive,
    replayed,
    signature,
    sqlite_copy,
    unusable,
    whole,
)
from policies.copies import Content
from policies.notices import Invalid, notice, of_system
from policies.signature import Voucher

T = TypeVar("T")

SQLITE_SIDE_FILES = ("-wal", "-shm", "-journal")


def save(url: str, to: Path, key: bytes | None) -> None:
    """Write a copy of the connected database to a new file, for its owner's eyes only, and sign it.

    It shows one moment: a transaction of others is in it as a whole or not at all. Without a key
    nobody vouches for it. Raises `UnwritableFile`; a file that is there already is left alone.
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
            raise errors.UnwritableFile(to, unusable.told(str(error)).notice) from None
        if key:
            signature.sign(draft, key)


def place_of(url: str, home: Path) -> str:
    """Where a database is, as a person is told: without a password."""
    if path := database.file_of(url, home):
        return str(path)
    parts = database.parameters(url)
    return f"{parts['database']} ({parts.get('host') or 'PostgreSQL'})"


@dataclass(frozen=True)
class Received:
    """A copy that was looked through, and may be put in the place of the database."""

    voucher: Voucher
    content: Content
    draft: Path
    """Our own copy of the file: whoever can still write that file changes nothing any more."""


@contextlib.contextmanager
def received(
    url: str,
    home: Path,
    file: Path,
    keys: Sequence[bytes],
    migrations: Sequence[Path],
    others: Mapping[str, Callable[[], str]],
) -> Iterator[Received]:
    """Looks a file through that says it is a copy of a database like the one at `url`.

    `others`: by the beginning of their names what else may stand in a database of a server, and the
    script that makes it. Nothing is replaced. Raises `UnreadableFile` for what is no copy, does not
    fit its signature or holds anything that is not ours, `NewerDatabase` for a copy of a later version.
    """
    with _drafted(_beside(url, home)) as draft:
        voucher = signature.take_over(file, draft, keys)
        try:
            if database.is_sqlite():
                content = sqlite_copy.look_through(draft, migrations)
            else:
                content = _look_into(draft)
                replayed.check_names(content.history, migrations)
                if voucher != "ours":
                    _check_statements(url, draft, content.history, migrations, others)
            yield Received(voucher, content, draft)
        except Invalid as error:
            raise errors.UnreadableFile(file, error.notice) from None


def put_in_place(
    copy: Received, url: str, home: Path, migrations: Sequence[Path], finish: Callable[[], T]
) -> T:
    """Make a received copy the database at `url`, of this version, and connect it.

    `finish` does, in the copy, what has to be done before anybody may open it; whoever kills us leaves
    no database in which it is not done. On SQLite the copy takes its place afterwards. On PostgreSQL it
    stands under a mark until then (`copies.is_unfinished`). What stood there is gone: the caller has
    made sure that nobody needs it. Raises `UnusableDatabase` where the copy cannot be brought up to date.
    """
    if database.is_sqlite():
        return _moved_in(copy.draft, url, home, migrations, finish)
    copies.mark_unfinished()
    database.database.close()
    replacing = ("--exit-on-error", "--single-transaction", "--clean", "--if-exists")
    try:
        _run(url, "pg_restore", *replacing, str(copy.draft))
    except errors.ServicingError:  # all is as it was
        database.connect(url, home)
        copies.mark_finished()
        raise
    database.connect(url, home)
    database.migrate(migrations)
    finished = finish()
    copies.mark_finished()
    return finished


def _moved_in(
    draft: Path, url: str, home: Path, migrations: Sequence[Path], finish: Callable[[], T]
) -> T:
    database.database.close()
    try:
        finished = _finished(draft, migrations, finish)
        path = _beside(url, home)
        for each in SQLITE_SIDE_FILES:
            Path(f"{path}{each}").unlink(missing_ok=True)
        draft.replace(path)
        return finished
    finally:
        database.connect(url, home)


def _finished(draft: Path, migrations: Sequence[Path], finish: Callable[[], T]) -> T:
    """Before it takes its place; what a new database consists of afterwards is what it consists of."""
    database.connect(f"sqlite:///{draft.name}", draft.parent)
    try:
        database.migrate(migrations)
        finished = finish()
    finally:
        database.database.close()
    with sqlite_copy.opened(draft) as connection:
        sqlite_copy.check_history(connection, migrations)
    return finished


@contextlib.contextmanager
def _drafted(place: Path) -> Iterator[Path]:
    """A new file that can be moved to `place`, for its owner's eyes only; gone where it was not."""
    try:
        draft = whole.new_draft(place)
    except OSError as error:
        raise errors.UnwritableFile(place, of_system(error)) from None
    try:
        yield draft
    finally:
        for each in ["", *SQLITE_SIDE_FILES]:
            Path(f"{draft}{each}").unlink(missing_ok=True)


def _beside(url: str, home: Path) -> Path:
    """Where a draft becomes the database by being moved; on a server, where there is room for one."""
    return database.file_of(url, home) or home / "restored.backup"


def _copy(source: sqlite3.Connection, to: Path) -> None:
    """All pages in one step, so that no writer comes in between."""
    target = sqlite3.connect(to)
    try:
        source.backup(target)
    finally:
        target.close()


def _look_into(file: Path) -> Content:
    """Refuse a file that `pg_restore` cannot read, or that holds another program's tables."""
    options = ("--data-only", "--file=-", str(file))
    with _started("pg_restore", *options, environment={}, stderr=subprocess.DEVNULL) as reading:
        assert reading.stdout is not None
        found = postgres_archive.content(reading.stdout)
    if reading.returncode:
        raise Invalid("not_a_copy", kind="PostgreSQL")
    return found


def _check_statements(
    url: str,
    draft: Path,
    history: Sequence[str],
    migrations: Sequence[Path],
    others: Mapping[str, Callable[[], str]],
) -> None:
    """Raises `Invalid` where the dump makes anything but what its migrations and `others` make."""
    told = _program(
        "pg_restore", *_OF_NOBODY, "--schema-only", "--file=-", str(draft), environment={}
    )
    if told.returncode:
        raise Invalid("not_a_copy", kind="PostgreSQL")
    found = postgres_archive.parts(told.stdout.split("\n"))
    scripts = [
        script()
        for beginning, script in others.items()
        if any(part.name.startswith(beginning) for part in found)
    ]
    ours = _dumped_anew(url, history, migrations, scripts)
    postgres_archive.check_parts(found, ours)


_ASIDE = "servicing_reference"
"""A schema in which the migrations of a dump are applied once more, to be compared with; then it goes."""


def _dumped_anew(
    url: str, history: Sequence[str], migrations: Sequence[Path], scripts: Sequence[str]
) -> postgres_archive.Parts:
    model = database.database.obj
    database.execute(f"DROP SCHEMA IF EXISTS {_ASIDE} CASCADE")
    database.execute(f"CREATE SCHEMA {_ASIDE}")
    database.execute(f"SET search_path TO {_ASIDE}")
    try:
        replayed.apply(model, history, migrations)
        for each in scripts:
            database.database.connection().cursor().execute(each)
        told = _run(url, "pg_dump", "--schema-only", f"--schema={_ASIDE}").stdout
    finally:
        database.execute("RESET search_path")
        database.execute(f"DROP SCHEMA {_ASIDE} CASCADE")
    made = postgres_archive.parts(told.replace(f"{_ASIDE}.", "public.").split("\n"))
    return {part: text for part, text in made.items() if part.kind != "SCHEMA"}


_OF_NOBODY = ("--no-owner", "--no-privileges")


def _run(url: str, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A program of PostgreSQL on the database; the password is not seen among its arguments."""
    from psycopg.conninfo import make_conninfo

    parts = database.parameters(url)
    password = parts.pop("password", None)
    where = make_conninfo("", **{"dbname": parts.pop("database"), **parts})
    options = [*_OF_NOBODY, "--dbname", where]
    environment = {"PGPASSWORD": password} if password else {}
    done = _program(program, *options, *arguments, environment=environment)
    if done.returncode:
        refused = unusable.told(done.stderr)
        raise errors.UnusableDatabase("program_refused", program=program, why=refused.notice)
    return done


def _program(
    name: str, *arguments: str, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    with _started(name, *arguments, environment=environment) as running:
        out, err = running.communicate()
    return subprocess.CompletedProcess(running.args, running.returncode, out, err)


def _started(
    name: str, *arguments: str, environment: dict[str, str], stderr: int = subprocess.PIPE
) -> "subprocess.Popen[str]":
    """A program of PostgreSQL at work; raises `BadSetting` where there is none."""
    try:
        return subprocess.Popen(
            [name, *arguments],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except FileNotFoundError:
        raise errors.BadSetting(name, notice("program_missing")) from None
