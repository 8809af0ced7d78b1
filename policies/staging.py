"""Rows on their way into a table of PostgreSQL: as a stream, and many changes by one statement.

A statement for each row costs PostgreSQL more than the row itself. So rows that are changed are put
into a table beside theirs first, as a stream, and go over into theirs together.
"""

from collections.abc import Iterable, Sequence
from typing import Any

Row = Sequence[Any]

ENOUGH = 200
"""Changes for which it is worth it to make a table; fewer are made one by one."""

STAGE = "staged"


def copy(cursor: Any, into: str, rows: Iterable[Row]) -> None:
    """Insert rows; `into` names the table, and in brackets its columns."""
    with cursor.copy(f"COPY {into} FROM STDIN") as stream:
        for row in rows:
            stream.write_row(row)


def update(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Change rows by their id, which stands last in each; of two changes of a row the later one holds.

    Call it inside a transaction: the table beside is gone when it returns.
    """
    names, last = ", ".join([*columns, "id"]), {each[-1]: each for each in rows}
    cursor.execute(f"CREATE TEMPORARY TABLE {STAGE} AS SELECT {names} FROM {table} WITH NO DATA")
    copy(cursor, STAGE, last.values())
    sets = ", ".join(f"{column} = {STAGE}.{column}" for column in columns)
    cursor.execute(f"UPDATE {table} SET {sets} FROM {STAGE} WHERE {table}.id = {STAGE}.id")
    cursor.execute(f"DROP TABLE {STAGE}")
