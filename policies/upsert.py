"""Putting rows into a table by their number: what is new is added, what differs is changed.

Within one file the first row that speaks of something decides; later rows that say it differently
are counted, not applied. So the same file twice changes nothing (DOMAIN §9).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import peewee

from policies import database

Values = tuple[Any, ...]


class SeenIds:
    """Which ids a file has spoken of: one bit each, so that a file of any length fits in memory."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def __contains__(self, number: int) -> bool:
        place = number >> 3
        return place < len(self._bits) and bool(self._bits[place] & 1 << (number & 7))

    def add(self, number: int) -> None:
        """Remember the id."""
        place = number >> 3
        if place >= len(self._bits):
            self._bits.extend(bytes(place - len(self._bits) + 65_536))
        self._bits[place] |= 1 << (number & 7)


@dataclass(frozen=True, slots=True)
class Difference:
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
            marks = ", ".join("?" * len(some))
            sql = (
                f"SELECT {self.key}, id, {names or 'id'} FROM {table} WHERE {self.key} IN ({marks})"
            )
            for key, number, *values in database.execute(sql, some):
                found[key] = (number, tuple(values) if names else ())
        return found

    def apply(
        self, stated: Mapping[str, Values], stored: Mapping[str, tuple[int, Values]] | None = None
    ) -> tuple[dict[str, int], list[Difference], int]:
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
        self.insert((ids[key], key, *stated[key]) for key in fresh)
        self.change(changed)
        ids.update((key, stored[key][0]) for key in stated if key in stored)
        for number in ids.values():
            self.seen.add(number)
        return ids, changed, len(fresh)

    def _compare(self, number: int, stored: Values, stated: Values) -> Difference | None:
        if stored == stated:
            return None
        if number in self.seen:
            self.conflicts += 1
            return None
        pairs = zip(self.columns, stored, stated, strict=True)
        return Difference(number, {name: (was, now) for name, was, now in pairs if was != now})

    def insert(self, rows: Iterable[Values]) -> None:
        """Add rows of (id, key, stated values…); the rest are defaults."""
        rest = [name for name in self.defaults if name not in self.columns]
        tail = tuple(self.defaults[name] for name in rest)
        columns = ("id", self.key, *self.columns, *rest)
        database.insert_rows(self.model, columns, (row + tail for row in rows) if tail else rows)

    def change(self, differences: Iterable[Difference]) -> None:
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
