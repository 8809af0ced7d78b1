"""Putting rows into a table by their number: what is new is added, what differs is changed.

Within one file the first row that speaks of something decides; later rows that say it differently
are counted, not applied. So the same file twice changes nothing (domain.md §9.4).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import peewee

from policies import database, dialect

Values = tuple[Any, ...]


class SeenIds:
    """Which ids a file has spoken of: one bit each, so that a file of any length fits in memory."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def __contains__(self, number: int) -> bool:
        place = number >> 3
        return place < len(self._bits) and bool(self._bits[place] & 1 << (number & 7))

    def update(self, numbers: Collection[int]) -> None:
        """Remember the ids."""
        bits = self._bits
        short = (max(numbers, default=0) >> 3) - len(bits) + 1
        if short > 0:
            bits.extend(bytes(short))
        for number in numbers:
            bits[number >> 3] |= 1 << (number & 7)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a file changed in one stored row: per column, what it was and what it is."""

    id: int
    columns: dict[str, tuple[Any, Any]]


@dataclass
class Upsert:
    """One table being brought up to date from a file, a batch of rows at a time."""

    model: type[peewee.Model]
    key: str
    columns: Sequence[str]
    """The columns that the file states."""
    defaults: Mapping[str, Any]
    """What a new row has in the columns that the file does not state."""
    seen: SeenIds = field(default_factory=SeenIds)
    conflicts: int = 0
    """How often a later row of the file said something else than the first."""

    def existing(self, keys: Iterable[str]) -> dict[str, tuple[int, Values]]:
        """By key: the id and the stored values of the stated columns (dates as ISO text)."""
        found: dict[str, tuple[int, Values]] = {}
        names = ", ".join(_as_text(self.model, column) for column in self.columns)
        table = database.table_of(self.model)
        for some in database.chunks(keys):
            marks = dialect.marks(some)
            sql = (
                f"SELECT {self.key}, id, {names or 'id'} FROM {table} WHERE {self.key} IN ({marks})"
            )
            for row in database.execute(sql, some):
                found[row[0]] = (row[1], row[2:] if names else ())
        return found

    def first_of_each(self, keys: Sequence[str], rows: Iterable[Values]) -> dict[str, Values]:
        """By key the first row that speaks of it; what later rows say otherwise is counted."""
        stated: dict[str, Values] = {}
        for key, values in zip(keys, rows, strict=True):
            if stated.setdefault(key, values) != values:
                self.conflicts += 1
        return stated

    def apply(
        self, stated: Mapping[str, Values], stored: Mapping[str, tuple[int, Values]] | None = None
    ) -> tuple[dict[str, int], list[Changes], int]:
        """Adds and changes rows; answers with the id of every key, what changed, and how many are new.

        `stored` is what `existing` said of the keys, if already asked. Call it inside
        `database.exclusive`.
        """
        stored = self.existing(stated) if stored is None else stored
        changed = [
            difference
            for key, values in stated.items()
            if key in stored and (difference := self._compare(*stored[key], values))
        ]
        fresh = [key for key in stated if key not in stored]
        ids = dict(zip(fresh, database.reserve_ids(self.model, len(fresh)), strict=True))
        self._insert([(ids[key], key, *stated[key]) for key in fresh])
        self._change(changed)
        ids.update((key, stored[key][0]) for key in stated if key in stored)
        self.seen.update(ids.values())
        return ids, changed, len(fresh)

    def _compare(self, number: int, stored: Values, stated: Values) -> Changes | None:
        if stored == stated:
            return None
        if number in self.seen:
            self.conflicts += 1
            return None
        pairs = zip(self.columns, stored, stated, strict=True)
        return Changes(number, {name: (was, now) for name, was, now in pairs if was != now})

    def _insert(self, rows: list[Values]) -> None:
        """Add rows of (id, key, stated values…); the rest are defaults."""
        rest = [name for name in self.defaults if name not in self.columns]
        tail = tuple(self.defaults[name] for name in rest)
        columns = ("id", self.key, *self.columns, *rest)
        database.insert_rows(self.model, columns, [row + tail for row in rows] if tail else rows)

    def _change(self, differences: Iterable[Changes]) -> None:
        """Write what differs, column set by column set."""
        by_columns: dict[tuple[str, ...], list[Values]] = {}
        for difference in differences:
            values = tuple(now for _, now in difference.columns.values())
            by_columns.setdefault(tuple(difference.columns), []).append((*values, difference.id))
        for columns, rows in by_columns.items():
            database.update_rows(self.model, columns, rows)


def _as_text(model: type[peewee.Model], column: str) -> str:
    """Dates as ISO text on both databases, as the file has them."""
    is_date = isinstance(model._meta.columns[column], peewee.DateField)
    return f"CAST({column} AS TEXT)" if is_date else column
