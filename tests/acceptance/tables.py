"""What a database holds, read past the program: every table, every row."""

import contextlib
import datetime
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from servicing.core import line_kinds

RECORDED_MOMENTS = (
    "imported_at",
    "walked_at",
    "at",
    "recorded_at",
    "ended_at",
    "claimed_at",
    "applied",
    "seconds",
    "sealed_at",
    "made_at",
    "halted_at",
    "resumed_at",
)
"""When something was written down, which differs from run to run."""

WORKED_OUT = "kept"
"""What a command that only reads may add: it is worked out from files, and can be lost at any time."""

Rows = list[dict[str, Any]]
Tables = dict[str, Rows]


def held(url: str, home: Path = Path()) -> Tables:
    """All tables of a book with their rows, in order of their keys."""
    if url.startswith("sqlite:///"):
        found = _of_sqlite(home / url.removeprefix("sqlite:///"))
    else:
        found = _of_postgresql(url)
    return {name: rows for name, rows in found.items() if name != WORKED_OUT}


def run(url: str, home: Path, sql: str) -> list[tuple[Any, ...]]:
    """Run one statement in a database; the rows that it answers with."""
    with contextlib.closing(_connected(url, home)) as connection:
        cursor = connection.execute(sql)
        found = cursor.fetchall() if cursor.description else []
        connection.commit()
    return found


def _connected(url: str, home: Path) -> Any:
    if url.startswith("sqlite:///"):
        return sqlite3.connect(home / url.removeprefix("sqlite:///"))
    import psycopg

    return psycopg.connect(url)


def _of_sqlite(path: Path) -> Tables:
    connection = sqlite3.connect(path)
    try:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        assert verdict == "ok", verdict
        assert not connection.execute("PRAGMA foreign_key_check").fetchall()
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        return {
            name: _rows(connection.execute(f"SELECT * FROM {name} ORDER BY 1")) for name in names
        }
    finally:
        connection.close()


def _of_postgresql(url: str) -> Tables:
    import psycopg

    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall()
        return {
            name: _rows(connection.execute(f"SELECT * FROM {name} ORDER BY 1".encode()))
            for (name,) in names
        }


def _rows(cursor: Any) -> Rows:
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, map(_plain, row), strict=True)) for row in cursor]


def _plain(value: object) -> object:
    """Dates and truth values as SQLite has them."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def told(tables: Tables, kind: str) -> list[int]:
    """The touchpoints of which lines of a kind tell, on all cards."""
    is_told = line_kinds.stored(kind)
    return [row["touchpoint_id"] for row in tables["card_entry"] if row["kind"] == is_told]


def without_moments(tables: Tables) -> Tables:
    """The tables without what differs from run to run, and without imports that did nothing.

    Nor the marks of rows: a file that had to come twice has more of them, and they may be lost. Nor
    the audit log, which tells each time that something was done.
    """
    kept = {
        name: [_without(row, RECORDED_MOMENTS) for row in rows]
        for name, rows in tables.items()
        if name not in ("row_mark", "audit_entry", "audit_seal")
    }
    imports = [row for row in kept.pop("book_import") if row["added"] or row["changed"]]
    known = [row["id"] for row in imports]
    kept["book_import"] = [_without(row, ["id"]) for row in imports]
    for row in [*kept["walked_day"], *kept["day_walk"]]:
        row["import_mark"] = sum(number <= row["import_mark"] for number in known)
    return kept


def _without(row: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
