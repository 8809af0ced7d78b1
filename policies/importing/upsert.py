"""Putting rows into a table by their number: new rows are added, others are changed if they differ.

Within one file the first row that speaks of something decides; later rows that say it differently
are counted, not applied. So the same file twice changes nothing (domain.md §9.4).
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import peewee

from policies import database, models, records
from policies.importing import queries
from policies.importing.rows import RevisedRow

R = TypeVar("R", bound=RevisedRow)

Values = tuple[Any, ...]
"""The values of a row, in the order of `Upsert.columns`."""


class SeenIds:
    """Which ids a file has spoken of: one bit each, so that a file of any length fits in memory."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def __contains__(self, number: int) -> bool:
        place = number >> 3
        return place < len(self._bits) and bool(self._bits[place] & 1 << (number & 7))

    def __iter__(self) -> Iterator[int]:
        """The ids in their order."""
        for place, bits in enumerate(self._bits):
            if bits:
                yield from ((place << 3) + bit for bit in range(8) if bits & 1 << bit)

    def update(self, numbers: Collection[int]) -> None:
        """Remember the ids."""
        bits = self._bits
        short = (max(numbers, default=0) >> 3) - len(bits) + 1
        if short > 0:
            bits.extend(bytes(short))
        for number in numbers:
            bits[number >> 3] |= 1 << (number & 7)


class Altered(NamedTuple):
    """A value of the book before and after an import."""

    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes that a file made to one stored row, column by column."""

    id: int
    columns: dict[str, Altered]


class Applied(NamedTuple):
    """The result of a batch of rows."""

    ids: dict[str, int]
    """By number."""
    changes: list[Changes]
    added: int


class Spoken(NamedTuple):
    """What the rows of a batch say of one table, and what became of it."""

    ids: dict[str, int]
    """By number."""
    changes: list[Changes]
    differing: set[int]
    """The places of the rows that differ from the first row of the file that speaks of it."""
    revisions: dict[str, int]
    """By number, of those that were known."""


class Upsert(Generic[R]):
    """One table being brought up to date from a file, a batch of rows at a time."""

    def __init__(self, model: type[peewee.Model], kind: type[R], **defaults: Any) -> None:
        """`defaults`: the values of new rows where the file states none, if not those of `kind`."""
        self._model, self._kind = model, kind
        self._row: Callable[..., R] = kind
        _, _, self._key, *self.columns = records.columns(kind)
        self._defaults = {
            each.name: each.default for each in msgspec.structs.fields(kind)
        } | defaults
        self.seen = SeenIds()
        self.passed: Mapping[int, list[int]] = {}
        """By id, the lines of the batch that say of it what is stored, and were passed over."""
        self.conflicts = 0
        """How many later rows of the file differ from the first of their number."""

    def existing(self, keys: Iterable[str]) -> dict[str, R]:
        """The stored rows, by number."""
        return queries.known(self._model, self._kind, self._key, keys)

    def completed(
        self, keys: Sequence[str], stated: Mapping[str, Sequence[Any]], stored: Mapping[str, R]
    ) -> Iterable[Values]:
        """The values of each row: of the columns that the file states, and of those it leaves alone."""
        columns = (
            stated[name] if name in stated else self._left_alone(name, keys, stored)
            for name in self.columns
        )
        return zip(*columns, strict=True)

    def _left_alone(self, name: str, keys: Sequence[str], stored: Mapping[str, R]) -> Iterable[Any]:
        default = self._defaults[name]
        return (getattr(stored[key], name) if key in stored else default for key in keys)

    def speak(
        self,
        keys: Sequence[str],
        lines: Sequence[int],
        stated: Mapping[str, Sequence[Any]],
        stored: Mapping[str, R],
    ) -> Spoken:
        """Bring the table up to date with rows of which several may speak of the same.

        `keys`, `lines`, `stated`: of each row the number, the line and the values; `stored` is the
        answer of `existing` for them.
        """
        rows = self.completed(keys, stated, stored)
        first, differing = self.first_of_each(keys, lines, rows, stored)
        self.conflicts += len(differing)
        ids, changes, _ = self.apply(first, stored)
        self.conflicts += sum(len(self.passed.get(each.id, ())) for each in changes)
        self.seen.update(self.passed)
        return Spoken(ids, changes, differing, revisions(stored))

    def first_of_each(
        self,
        keys: Sequence[str],
        lines: Sequence[int],
        rows: Iterable[Values],
        stored: Mapping[str, R],
    ) -> tuple[dict[str, Values], set[int]]:
        """By number what the file says first of it, and the places of the rows that differ from that."""
        first: dict[str, Values] = {}
        differing: set[int] = set()
        for place, (key, values) in enumerate(zip(keys, rows, strict=True)):
            said = first.get(key)
            if said is None:
                said = first[key] = self._decided(stored.get(key), lines[place]) or values
            if said is not values and said != values:
                differing.add(place)
        return first, differing

    def _decided(self, was: R | None, line: int) -> Values | None:
        """What is stored, if an earlier row of the file has decided on it."""
        if was is None:
            return None
        is_decided = was.id in self.seen or self.passed.get(was.id, [line])[0] < line
        return tuple(getattr(was, name) for name in self.columns) if is_decided else None

    def apply(self, stated: Mapping[str, Values], stored: Mapping[str, R]) -> Applied:
        """Add and change rows; `stored` is the answer of `existing` for them.

        Call it inside `database.exclusive`.
        """
        fresh = [key for key in stated if key not in stored]
        ids = dict(zip(fresh, database.reserve_ids(self._model, len(fresh)), strict=True))
        columns = zip(*map(stated.__getitem__, fresh), strict=True)
        if fresh:
            records.insert_columns(
                self._model, self._kind, [ids.values(), repeat(0, len(fresh)), ids, *columns]
            )
        changes: list[Changes] = []
        for key, values in stated.items() if stored else ():
            if key in stored:
                was = stored[key]
                ids[key] = was.id
                now = self._row(was.id, was.revision, key, *values)
                if was != now:
                    changes.append(self._change(was, now))
        self._write(changes)
        self.seen.update(ids.values())
        return Applied(ids, changes, len(fresh))

    def _change(self, was: R, now: R) -> Changes:
        """The columns that differ."""
        before, after = records.named(was), records.named(now)
        altered = {
            name: Altered(before[name], after[name])
            for name in self.columns
            if before[name] != after[name]
        }
        return Changes(was.id, altered)

    def _write(self, changes: Iterable[Changes]) -> None:
        """Write the changed columns, column set by column set."""
        rows: defaultdict[tuple[str, ...], list[list[Any]]] = defaultdict(list)
        for each in changes:
            values = [_stored(altered.now) for altered in each.columns.values()]
            rows[tuple(each.columns)].append([*values, each.id])
        for columns, some in rows.items():
            database.update_rows(self._model, columns, some)


def revisions(stored: Mapping[str, RevisedRow]) -> dict[str, int]:
    """By number, how often each of the stored rows has been changed."""
    return {key: row.revision for key, row in stored.items()}


def _stored(value: Any) -> Any:
    return models.stored(value) if isinstance(value, datetime.date) else value
