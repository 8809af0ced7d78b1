"""A file that says it is a copy of our SQLite database: looked through before anything is done with it.

A file of others may bring anything along. It is one of ours if it consists of what our migrations make,
in the order in which it says that it was migrated, and of nothing else; and if its columns hold what
ours do. Until that is certain nothing is asked of it but what SQLite answers about any file.
"""

import contextlib
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import peewee

from policies import copies, database, errors, numbering, replayed
from policies.copies import Content
from policies.notices import Invalid, Notice, notice

MOST_MIGRATIONS = 10_000


class Part(NamedTuple):
    """A table, an index, a trigger or a view."""

    kind: str
    name: str


Parts = Mapping[Part, str]
"""What a database consists of: each part with its definition."""

_STATISTICS: Parts = {
    Part("table", "sqlite_stat1"): "CREATE TABLE sqlite_stat1(tbl,idx,stat)",
    Part("table", "sqlite_stat4"): "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
}
"""What SQLite's own ANALYZE leaves, whoever has called it."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, not to be written to; what it defines itself is not trusted."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
            connection.execute(f"PRAGMA {pragma}")
        yield connection
    finally:
        connection.close()


def look_through(path: Path, migrations: Sequence[Path]) -> Content:
    """What a copy holds, if it is one of ours by each of its parts and values.

    Raises `Invalid` for what is no copy, a damaged one, and one that has anything that is not ours;
    `NewerDatabase` for one of a later version.
    """
    try:
        with opened(path) as connection:
            history = check_history(connection, migrations)
            _check_whole(connection)
            _check_values(connection)
            return _content(connection, history)
    except sqlite3.Error:
        raise Invalid("not_a_copy", kind="SQLite") from None
    except UnicodeDecodeError:
        raise Invalid("copy_damaged") from None


def check_history(connection: sqlite3.Connection, migrations: Sequence[Path]) -> list[str]:
    """The migrations of a database, which consists of what they make; raises `Invalid`."""
    history = _history(connection, migrations)
    check_parts(parts(connection), made_by(history, migrations))
    return history


def parts(connection: sqlite3.Connection) -> Parts:
    """What a database consists of; of an index that a table brings along, its table."""
    found = connection.execute(_PARTS).fetchall()
    by_name = {Part(kind, name): _plain(definition) for kind, name, definition in found}
    if len(by_name) < len(found):  # two of one name: SQLite obeys both
        raise Invalid("copy_damaged")
    return by_name


_PARTS = """
SELECT CAST(type AS TEXT), CAST(COALESCE(name, '') AS TEXT), CAST(COALESCE(sql, tbl_name, '') AS TEXT)
FROM sqlite_master
"""
"""Whoever writes a schema by hand may write anything: bytes, or nothing."""


def _plain(definition: str) -> str:
    """Line breaks and indents differ between versions of the same definition."""
    return " ".join(definition.split())


# ---------------------------------------------------------------------------------- what is ours


def _history(connection: sqlite3.Connection, migrations: Sequence[Path]) -> list[str]:
    """The names of its migrations, in the order in which they were applied."""
    table = Part("table", database.HISTORY)
    if parts(connection).get(table) != made_by([], migrations)[table]:
        raise Invalid("not_a_copy", kind="SQLite")
    sql = f"SELECT name FROM {database.HISTORY} ORDER BY id LIMIT {MOST_MIGRATIONS}"
    names = [str(name) for (name,) in connection.execute(sql)]
    replayed.check_names(names, migrations)
    if not names:
        raise Invalid("not_a_copy", kind="SQLite")
    return names


def made_by(history: Sequence[str], migrations: Sequence[Path]) -> Parts:
    """What an empty database consists of after these migrations, in their order.

    Raises `UnusableDatabase` for an order in which they cannot be applied.
    """
    model: Any = peewee.SqliteDatabase(":memory:")  # peewee leaves `connection` without types
    with model.connection_context():
        replayed.apply(model, history, migrations)
        return parts(model.connection())


def check_parts(found: Parts, ours: Parts) -> None:
    """Raises `Invalid`, which names the first of all that is foreign, changed or missing."""
    copies.refuse([*_not_ours(found, ours), *_missing(found, ours)])


def _not_ours(found: Parts, ours: Parts) -> Iterator[Notice]:
    for part, definition in sorted(found.items()):
        if ours.get(part) != definition and not _may_be_there(part, definition, ours):
            yield notice("part_changed" if part in ours else "part_foreign", **_named(part))


def _missing(found: Parts, ours: Parts) -> Iterator[Notice]:
    for part in sorted(ours):
        if part not in found and not _is_leap(part, ours):
            yield notice("part_missing", **_named(part))


_KINDS = {
    "table": notice("part_table"),
    "index": notice("part_index"),
    "trigger": notice("part_trigger"),
    "view": notice("part_view"),
}


def _named(part: Part) -> dict[str, Any]:
    """The facts of a sentence about it; a file of others may call a kind and a name as it likes."""
    return {"kind": _KINDS.get(part.kind, _KINDS["table"]), "name": errors.shorten(part.name)}


def _may_be_there(part: Part, definition: str, ours: Parts) -> bool:
    """Whether it is one of those parts of ours that come and go while a book is used."""
    if part in _STATISTICS:
        return definition == _STATISTICS[part]
    table = part.name.removesuffix(numbering.LEAPS)
    return _is_leap(part, ours) and bool(_leap_of(table).fullmatch(definition))


def _is_leap(part: Part, ours: Parts) -> bool:
    """Whether it lets the first row of a table leap: it is there from a restore to the next walk."""
    table = part.name.removesuffix(numbering.LEAPS)
    return (
        part.kind == "trigger"
        and table in ("touchpoint", "message")
        and part.name.endswith(numbering.LEAPS)
        and Part("table", "doubt") in ours
    )


def _leap_of(table: str) -> re.Pattern[str]:
    """Its definition, whatever the number; either line may end in another place."""
    form = re.escape(_plain(numbering.LEAP.format(table=table, first="0000")))
    first, second = r"(?P<first>\d{1,19})", "(?P=first)"
    return re.compile(form.replace("0000", first, 1).replace("0000", second, 1))


# --------------------------------------------------------------------------------- what is in it


def _check_whole(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    encoding = connection.execute("PRAGMA encoding").fetchone()[0]
    if found != "ok" or encoding != "UTF-8":
        raise Invalid("copy_damaged")
    if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
        raise Invalid("copy_refers_to_nothing", table=broken[0])


# "+0 days" makes SQLite work the day out: it takes 30 February for one as it stands
_WHOLE_NUMBER = "typeof({c}) <> 'integer'"
_DAY = "(typeof({c}) <> 'text' OR {c} IS NOT date({c}, '+0 days'))"
_MOMENT = (
    "(typeof({c}) <> 'text' OR substr({c}, 1, 19) IS NOT datetime(substr({c}, 1, 19), '+0 days')"
    " OR NOT (substr({c}, 20) = '' OR substr({c}, 20) GLOB '.[0-9][0-9][0-9][0-9][0-9][0-9]'))"
)
_NO_VALUES = {
    "INTEGER": _WHOLE_NUMBER,
    "BIGINT": _WHOLE_NUMBER,
    "BOOLEAN": "({c} NOT IN (0, 1) OR typeof({c}) <> 'integer')",
    "DOUBLE PRECISION": "typeof({c}) NOT IN ('real', 'integer')",
    "TEXT": "typeof({c}) <> 'text'",
    "VARCHAR(255)": "typeof({c}) <> 'text'",
    "DATE": _DAY,
    "TIMESTAMP": _MOMENT,
    "DATETIME": _MOMENT,
    "BLOB": "typeof({c}) <> 'blob'",
}
"""By the type that our migrations say: what no column of it holds. SQLite itself takes any value."""

_TEXTS = ("TEXT", "VARCHAR(255)")


def _check_values(connection: sqlite3.Connection) -> None:
    for part in sorted(parts(connection)):
        if part.kind == "table" and part not in _STATISTICS:
            sql = f'SELECT name, type FROM pragma_table_info("{part.name}")'
            columns = dict(connection.execute(sql).fetchall())
            _check_kinds(connection, part.name, columns)
            _check_letters(connection, part.name, columns)


def _check_kinds(connection: sqlite3.Connection, table: str, columns: Mapping[str, str]) -> None:
    """One reading of the table for all its columns."""
    wrong = {f'"{name}"': _NO_VALUES[kind] for name, kind in columns.items()}
    asked = ", ".join(
        f"COALESCE(MAX({name} IS NOT NULL AND {no_value.format(c=name)}), 0)"
        for name, no_value in wrong.items()
    )
    found = connection.execute(f'SELECT {asked} FROM "{table}"').fetchone()
    for name, is_wrong in zip(columns, found, strict=True):
        if is_wrong:
            raise Invalid("copy_value_not_ours", table=table, column=name)


def _check_letters(connection: sqlite3.Connection, table: str, columns: Mapping[str, str]) -> None:
    """Raises `UnicodeDecodeError` for a text that is none."""
    texts = [name for name, kind in columns.items() if kind in _TEXTS]
    if not texts:
        return
    joined = " || char(10) || ".join(f"""COALESCE("{each}", '')""" for each in texts)
    connection.text_factory = bytes
    try:
        for (text,) in connection.execute(f'SELECT {joined} FROM "{table}"'):
            text.decode("utf-8")
    finally:
        connection.text_factory = str


def _content(connection: sqlite3.Connection, history: Sequence[str]) -> Content:
    def value(sql: str) -> Any:
        return connection.execute(sql).fetchone()[0]

    def counted(what: str) -> int:
        return int(value(f"SELECT COUNT(*) FROM {what}"))

    moments = [value(f"SELECT MAX({at}) FROM {table}") for table, at in copies.MOMENTS.items()]
    states = ", ".join(f"'{each}'" for each in copies.WAITING)
    has_accounts = Part("table", "user_account") in parts(connection)
    return Content(
        history=tuple(history),
        last_at=max((copies.moment(each) for each in moments if each), default=None),
        policies=counted("policy"),
        clients=counted("client"),
        messages=counted("message"),
        waiting=counted(f"message WHERE state IN ({states})"),
        accounts=counted("user_account") if has_accounts else 0,
    )
