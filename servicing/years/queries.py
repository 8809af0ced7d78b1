"""The questions of the years to PostgreSQL: what is closed, and how its tables are made."""

import datetime
from collections.abc import Iterable

from peewee import fn

from policies import database, dialect, models, records
from policies.records import Moment, Record
from servicing.core import states
from servicing.core.models import ClosedYear

TABLES = {
    "touchpoint": "id",
    "message": "touchpoint_id",
    "task": "touchpoint_id",
    "card_entry": "id",
}
"""The tables that grow with the days, each with the number by which a row belongs to its year.

What refers to a touchpoint is of its year, so no look-up by one has to ask another year.
"""

CALENDAR = "^[0-9]{4}(-|$)"
"""An occurrence that a day of the calendar names, such as 2026-05: no later year can name it again."""

# ------------------------------------------------------------------------------------ closed years


class Year(Record, frozen=True):
    """A year that was closed: from which number up to which, and the days that fell due in it."""

    name: str
    first_touchpoint: int
    next_touchpoint: int
    """The first number behind it."""
    first_entry: int
    next_entry: int
    first_day: datetime.date
    last_day: datetime.date
    closed_at: Moment
    detached_at: Moment | None
    """When it was taken out of the book; None: it is in it."""


def closed() -> list[Year]:
    """The closed years, the first one first."""
    sql = f"""
        SELECT name, first_touchpoint, next_touchpoint, first_entry, next_entry, first_day, last_day,
               {dialect.moment("closed_at")}, {dialect.moment("detached_at")}
        FROM closed_year ORDER BY first_touchpoint
    """
    return records.listed(Year, sql)


def last_detached_day() -> datetime.date:
    """The last day of the years that were taken out of the book; before all days where none was."""
    is_away = ClosedYear.detached_at.is_null(False)
    last: datetime.date | None = (
        ClosedYear.select(fn.MAX(ClosedYear.last_day)).where(is_away).scalar()
    )
    return last or datetime.date.min


class Days(Record, frozen=True):
    """The first and the last day of some touchpoints."""

    first: datetime.date | None
    last: datetime.date | None


def days_since(touchpoint: int) -> Days:
    """The days of the touchpoints with this number and higher ones."""
    sql = "SELECT MIN(due_on), MAX(due_on) FROM touchpoint WHERE id >= ?"
    (found,) = records.listed(Days, sql, [touchpoint])
    return found


def set_detached(name: str, at: datetime.datetime | None) -> None:
    """Since when a year is out of the book; None: it is in it again."""
    database.execute(
        "UPDATE closed_year SET detached_at = ? WHERE name = ?", (at and models.stored(at), name)
    )


# ------------------------------------------------------------------------------ what is in a year


def open_in(name: str) -> int:
    """The messages of a year that may still leave or of which nobody knows, and its open tasks."""
    sql = f"""
        SELECT (SELECT COUNT(*) FROM message_{name}
                WHERE state IN ({dialect.quoted(states.WAITING)}))
            + (SELECT COUNT(*) FROM task_{name} WHERE state = 'open')
    """
    return int(database.value(sql))


_SUBJECT = "CASE scope WHEN 'policy' THEN policy_id ELSE client_id END"


def keep_what_happens_once(name: str) -> None:
    """What a later day could name again is known as had, also when its year is not there."""
    database.execute(
        f"INSERT INTO occurrence (scope, subject_id, key, occurrence)"
        f" SELECT scope, {_SUBJECT}, key, occurrence FROM touchpoint_{name}"
        f" WHERE NOT released AND occurrence !~ '{CALENDAR}' ON CONFLICT DO NOTHING"
    )


def forget_what_happens_once(name: str) -> None:
    """A year that is there again says so itself."""
    database.execute(
        f"DELETE FROM occurrence o USING (SELECT scope, {_SUBJECT} AS subject_id, key, occurrence"
        f" FROM touchpoint_{name}) t WHERE o.scope = t.scope AND o.subject_id = t.subject_id"
        " AND o.key = t.key AND o.occurrence = t.occurrence"
    )


# ---------------------------------------------------------------------- how PostgreSQL has a table


def is_there(table: str) -> bool:
    """Whether there is such a table."""
    return bool(database.value("SELECT to_regclass(?) IS NOT NULL", [table]))


class ColumnOf(Record, frozen=True):
    """A column of a table."""

    name: str
    kind: str
    """Its type, as PostgreSQL writes it."""


def columns_missing(part: str, whole: str) -> list[ColumnOf]:
    """The columns that a table has and a part of it, which stands by itself, has not."""
    is_there = "attrelid = CAST(? AS regclass) AND attnum > 0 AND NOT attisdropped"
    sql = f"""
        SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE {is_there} AND attname NOT IN (SELECT attname FROM pg_attribute WHERE {is_there})
        ORDER BY attnum
    """
    return records.listed(ColumnOf, sql, [whole, part])


class Size(Record, frozen=True):
    """How large a table is with its partitions."""

    rows: int
    """As PostgreSQL has counted when it looked last."""
    bytes: int


def size(tables: Iterable[str]) -> Size:
    """How large some tables are together; one that is not there is none."""
    sql = f"""
        SELECT COALESCE(CAST(SUM(GREATEST(reltuples, 0)) AS BIGINT), 0),
               COALESCE(CAST(SUM(pg_total_relation_size(oid)) AS BIGINT), 0)
        FROM pg_class WHERE relkind = 'r' AND relname IN ({dialect.quoted(tables)})
            AND relnamespace = current_schema()::regnamespace
    """
    (found,) = records.listed(Size, sql)
    return found


class Made(Record, frozen=True):
    """A key, an index, a trigger or a reference of a table, and how PostgreSQL is told to make it."""

    name: str
    definition: str
    is_shared: bool
    """All years have it together: it need not be unique, or holds the number they are parted by."""
    to: str = ""
    """The table that it refers to."""


_OF = "conrelid = ?::regclass"
_PARTED_BY = (
    "(SELECT attnum FROM pg_attribute WHERE attrelid = ?::regclass AND attname = ?)"
    " = ANY({columns})"
)


def keys(table: str, by: str) -> list[Made]:
    """The primary key of a table and its unique constraints."""
    is_shared = _PARTED_BY.format(columns="conkey")
    sql = f"""
        SELECT conname, pg_get_constraintdef(oid), {is_shared}, '' FROM pg_constraint
        WHERE {_OF} AND contype IN ('p', 'u') ORDER BY contype, conname
    """
    return records.listed(Made, sql, [table, by, table])


def references(table: str) -> list[Made]:
    """What a table refers to."""
    sql = f"""
        SELECT conname, pg_get_constraintdef(oid), TRUE, confrelid::regclass::text FROM pg_constraint
        WHERE {_OF} AND contype = 'f' AND conparentid = 0 ORDER BY conname
    """
    return records.listed(Made, sql, [table])


def indexes(table: str, by: str) -> list[Made]:
    """The indexes of a table that are no constraint's."""
    is_shared = _PARTED_BY.format(columns="i.indkey")
    sql = f"""
        SELECT c.relname, pg_get_indexdef(c.oid), NOT i.indisunique OR {is_shared}, ''
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = ?::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint k
            WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid)
        ORDER BY c.relname
    """
    return records.listed(Made, sql, [table, by, table])


def triggers(table: str) -> list[Made]:
    """The triggers of a table that somebody has made."""
    sql = """
        SELECT tgname, pg_get_triggerdef(oid), TRUE, '' FROM pg_trigger
        WHERE tgrelid = ?::regclass AND NOT tgisinternal ORDER BY tgname
    """
    return records.listed(Made, sql, [table])


def next_number(table: str) -> int:
    """The number that the next row of a table gets; it is not used up by asking."""
    sequence = database.value("SELECT pg_get_serial_sequence(?, 'id')", [table])
    return int(
        database.value(f"SELECT last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM {sequence}")
    )


def move_what_has_no_touchpoint(table: str, to: str) -> None:
    """What nothing was due for belongs to no year."""
    database.execute(
        f"WITH moved AS (DELETE FROM {table} WHERE touchpoint_id IS NULL RETURNING *)"
        f" INSERT INTO {to} SELECT * FROM moved"
    )
