"""Rows travel as records: each field is a column, by its name and in its order.

A record is written by `insert` and `update`, and read by `read`: a date is a date in it and an amount
of money its hundredths, on either database.
"""

import dataclasses
import datetime
import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

import msgspec
import peewee

from policies import database, dialect, models

T = TypeVar("T", bound="Record")


Moment = Annotated[datetime.datetime, msgspec.Meta(tz=True)]
"""An aware moment; a statement selects it by `dialect.moment`."""


class Record(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A row of a table or of a statement."""


def columns(kind: type[Record]) -> tuple[str, ...]:
    """The names of its columns."""
    return kind.__struct_fields__


def named(row: Any) -> dict[str, Any]:
    """The values of a record or of a dataclass, each by the name of its field."""
    if isinstance(row, msgspec.Struct):
        return msgspec.structs.asdict(row)
    return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}


def insert(model: type[peewee.Model], rows: Iterable[Record]) -> None:
    """Insert records of one kind, in batches."""
    for kind, values in _by_kind(rows):
        database.insert_rows(model, columns(kind), values)


def insert_columns(
    model: type[peewee.Model], kind: type[Record], values: Iterable[Iterable[Any]]
) -> None:
    """Insert what would be records of a kind, column by column: no record is made for a row."""
    database.insert_rows(model, columns(kind), _across(kind, columns(kind), values))


def make_table(name: str, kind: type[Record], only: Collection[str] | None = None) -> None:
    """Make a table for this connection alone, of a record's columns; the first of them is its key.

    `only`: those of its columns that the table has, the key among them; None: all.
    """
    hints = get_type_hints(kind)
    key, *others = (f"{column} {_sql_type(hints[column])}" for column in _some(kind, only))
    made = dialect.small_table(name, ", ".join([f"{key} PRIMARY KEY", *others]))
    database.execute(made)


def _some(kind: type[Record], only: Collection[str] | None) -> Sequence[str]:
    return [each for each in columns(kind) if only is None or each in only]


_SQL_TYPES = {datetime.date: "DATE", bool: "BOOLEAN", int: "INTEGER", str: "TEXT"}


def _sql_type(hint: Any) -> str:
    return next(_SQL_TYPES[each] for each in _alternatives(hint) if each in _SQL_TYPES)


def put(table: str, rows: Iterable[Record], only: Collection[str] | None = None) -> None:
    """Insert records of one kind into a table of this connection, which has their columns, or some."""
    for kind, values in _by_kind(rows, only):
        marks = dialect.marks(_some(kind, only))
        database.execute_many(f"INSERT INTO {table} VALUES ({marks})", values)


def update(model: type[peewee.Model], rows: Iterable[Record]) -> None:
    """Write the fields of each record to the row of its `id`, which is its last field."""
    for kind, values in _by_kind(rows):
        *changed, last = columns(kind)
        assert last == "id"
        database.update_rows(model, changed, values)


def read(kind: type[T], sql: str, values: Sequence[Any] = ()) -> Iterator[T]:
    """The rows of one SELECT, of any number: no more than a batch of them is held.

    Read them inside a `snapshot`, as `database.stream`.
    """
    for batch in database.batches(sql, values):
        yield from _as(kind, batch)


def listed(kind: type[T], sql: str, values: Sequence[Any] = ()) -> list[T]:
    """All rows of one SELECT."""
    return _as(kind, database.execute(sql, values).fetchall())


def first(kind: type[T], sql: str, values: Sequence[Any] = ()) -> T | None:
    """The first row of one SELECT; None: there is none."""
    row = database.execute(sql, values).fetchone()
    return None if row is None else msgspec.convert(row, kind, strict=False)


def _as(kind: type[T], rows: Sequence[Any]) -> list[T]:
    """Converted together, which takes a third of the time of one after the other."""
    return msgspec.convert(rows, list[kind], strict=False)  # type: ignore[valid-type]


def _by_kind(
    rows: Iterable[Record], only: Collection[str] | None = None
) -> Iterator[tuple[type[Record], Iterable[Sequence[Any]]]]:
    """The values of the rows as they are stored, behind the kind of the first."""
    rows = iter(rows)
    one = next(rows, None)
    if one is not None:
        kind = type(one)
        batches = database.chunks(itertools.chain([one], rows))
        names = _some(kind, only)
        yield kind, itertools.chain.from_iterable(_stored(kind, names, batch) for batch in batches)


def _stored(
    kind: type[Record], names: Sequence[str], rows: Sequence[Record]
) -> Iterable[Sequence[Any]]:
    """Rows as both databases store them, column by column, which is quicker than row by row."""
    return _across(kind, names, (map(attrgetter(name), rows) for name in names))


def _across(
    kind: type[Record], names: Sequence[str], values: Iterable[Iterable[Any]]
) -> Iterable[Sequence[Any]]:
    """The rows of some columns, as both databases store them."""
    dated, named = _dated(kind), zip(names, values, strict=True)
    written = (map(_WRITTEN.__getitem__, each) if name in dated else each for name, each in named)
    return zip(*written, strict=True)


class _Written(dict[Any, str | None]):
    """Dates and moments as the databases write them: there are few of them in many rows."""

    LIMIT = 1 << 15

    def __missing__(self, value: Any) -> str | None:
        if len(self) >= self.LIMIT:
            self.clear()
        text = self[value] = models.stored(value)
        return text


_WRITTEN = _Written()


@lru_cache(maxsize=64)
def _dated(kind: type[Record]) -> frozenset[str]:
    """The columns of a record that are dates and moments."""
    hints = get_type_hints(kind)
    return frozenset(name for name in columns(kind) if _is_dated(hints[name]))


def _is_dated(hint: Any) -> bool:
    return any(
        isinstance(each, type) and issubclass(each, datetime.date) for each in _alternatives(hint)
    )


def _alternatives(hint: Any) -> list[Any]:
    """The types that a field may have: its own, or those of the union that it is."""
    return [hint, *get_args(hint)]
