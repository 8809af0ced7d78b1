"""Pieces of statements that the two databases say differently, said once."""

import datetime
from collections.abc import Collection, Iterable, Sequence, Sized
from typing import Any

from policies.database import is_sqlite


def marks(values: Sized) -> str:
    """A mark for each of some values, for `IN (…)`; of none, a value that nothing is equal to."""
    return ", ".join("?" * len(values)) or "NULL"


def among(column: str, values: Collection[Any]) -> tuple[str, list[Any]]:
    """The condition that a column has one of thousands of values, and what its marks stand for.

    PostgreSQL takes them as one array: it would read and plan a list of so many each time.
    """
    if is_sqlite():
        return f"{column} IN ({marks(values)})", list(values)
    return f"{column} = ANY(?)", [list(values)]


def quoted(words: Iterable[str]) -> str:
    """Words of our own code, such as states, as a statement lists them; one that is nobody's if none."""
    return ", ".join(f"'{word}'" for word in sorted(words)) or "''"


def day(on: datetime.date) -> str:
    """A date as it stands in a statement."""
    return f"'{on}'" if is_sqlite() else f"DATE '{on}'"


def moment(column: str) -> str:
    """The moment in a column of ours, as a record reads it: in UTC, and saying so.

    As text, since PostgreSQL would hand a moment over in the zone of the session, whatever it is.
    """
    if is_sqlite():
        return f"({column} || 'Z')"
    return f"""to_char({column}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def text_of(columns: Sequence[str]) -> str:
    """The values of columns in one text: the same text, the same values.

    Only the last of them may be a text with a bar in it.
    """
    return " || '|' || ".join(f"COALESCE(CAST({each} AS TEXT), '')" for each in columns) or "''"


def days_after(column: str, days: int | str) -> str:
    """The date in `column`, a number (or an expression) of days later."""
    if not is_sqlite():
        return f"({column} + {days})"
    if isinstance(days, int):
        return f"date({column}, '+{days} days')"
    return f"date({column}, '+' || {days} || ' days')"


def months_after(column: str, months: int) -> str:
    """`dates.months_after` of the date in `column`: the same day of the month, or its last one."""
    if not is_sqlite():
        return f"CAST({column} + INTERVAL '{months:d} months' AS DATE)"
    later = f"date({column}, '+{months:d} months')"
    last = f"date({column}, '+{months:d} months', 'start of month', '-1 day')"
    return f"(CASE WHEN SUBSTR({later}, 9) = SUBSTR({column}, 9) THEN {later} ELSE {last} END)"


def octets(column: str) -> str:
    """How many bytes the text in `column` has in UTF-8."""
    return f"LENGTH(CAST({column} AS BLOB))" if is_sqlite() else f"OCTET_LENGTH({column})"


def group_by(key: str, *given_by_it: str) -> str:
    """GROUP BY a key that decides all else; PostgreSQL wants the other tables' keys named as well.

    SQLite would sort by them, although the rows come in the order of the first.
    """
    return f"GROUP BY {', '.join([key] if is_sqlite() else [key, *given_by_it])}"


def whole(total: str) -> str:
    """A sum of whole numbers as a whole number; PostgreSQL would answer with a decimal one."""
    return total if is_sqlite() else f"CAST({total} AS BIGINT)"


def computed_once(select: str) -> str:
    """A SELECT as the source of another: SQLite would compute its columns anew at each mention."""
    return f"({select} LIMIT -1)" if is_sqlite() else f"({select})"


def caseless(column: str) -> str:
    """The text in `column` with its letters A to Z as small ones, whatever the database's language.

    PostgreSQL keeps to these letters in the collation "C" only, and to its own to compare the result.
    """
    return f"LOWER({column})" if is_sqlite() else f'(LOWER({column} COLLATE "C") COLLATE "default")'


def fact(column: str, name: str) -> str:
    """One of the facts in a column of JSON, as text; NULL where it has none, or was emptied."""
    if is_sqlite():
        return f"CAST(json_extract(NULLIF({column}, ''), '$.{name}') AS TEXT)"
    return f"(CAST(NULLIF({column}, '') AS json) ->> '{name}')"


def contains(column: str) -> str:
    """The condition that the text in `column` contains another, for which a mark stands."""
    return f"instr({column}, ?) > 0" if is_sqlite() else f"strpos({column}, ?) > 0"


def unindexed(column: str) -> str:
    """The column, not to be looked up by its index: SQLite would, where reading all is quicker."""
    return f"+{column}" if is_sqlite() else column


def for_update_of(table: str) -> str:
    """The end of a SELECT that keeps the rows of `table` from everybody else (SQLite has one writer)."""
    return "" if is_sqlite() else f"FOR UPDATE OF {table}"


def skip_locked() -> str:
    """The end of a SELECT that keeps its rows, passing over those that another worker has in hand."""
    return "" if is_sqlite() else "FOR UPDATE SKIP LOCKED"


def small_table(name: str, columns: str) -> str:
    """The statement that makes a table for this connection alone, to be looked up by its key."""
    by_key = " WITHOUT ROWID" if is_sqlite() else ""
    return f"CREATE TEMPORARY TABLE {name} ({columns}){by_key}"
