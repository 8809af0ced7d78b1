"""Putting rows into a table by their number: new rows are added, others are changed if they differ.

Within one file the first row that speaks of something decides; later rows that say it differently
are told, not applied. So the same file twice changes nothing (domain.md §9.4). Of a permission the
strictest row decides, wherever it stands.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import peewee

from policies import database, models, records
from policies.importing.book import queries
from policies.importing.book.changes import Altered, Applied, Changes
from policies.importing.book.rows import RevisedRow
from policies.importing.book.said import (
    Conflict,
    Contradicted,
    Held,
    SeenLines,
    Strict,
    first_lines,
)

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


class Spoken(NamedTuple):
    """What the rows of a batch say of one table, and what became of it."""

    ids: dict[str, int]
    """By number."""
    changes: list[Changes]
    differing: set[int]
    """The places of the rows that differ from another row of the file that speaks of it."""
    conflicts: list[Conflict]
    """What they and the rows that were passed over say otherwise, line by line."""
    held: dict[str, int]
    """The ids of those, by number, that may be changed only once the whole file has been read."""
    revisions: dict[str, int]
    """By number, of those that were known."""


class Upsert(Generic[R]):
    """One table being brought up to date from a file, a batch of rows at a time."""

    MOST_HELD = 100_000
    """So many permissions wait for the last row; further ones are changed at once."""

    def __init__(
        self,
        model: type[peewee.Model],
        kind: type[R],
        stricter: Strict | None = None,
        **defaults: Any,
    ) -> None:
        """`stricter`: see `Strict`; `defaults`: the values of new rows where the file states none."""
        self._model, self._kind = model, kind
        self._row: Callable[..., R] = kind
        _, _, self._key, *self.columns = records.columns(kind)
        self._defaults = {
            each.name: each.default for each in msgspec.structs.fields(kind)
        } | defaults
        self._stricter = stricter or {}
        self._strict_places = [
            (name, self.columns.index(name), ranks) for name, ranks in self._stricter.items()
        ]
        self.seen = SeenIds()
        self.passed: Mapping[int, list[int]] = {}
        """By id, the lines of the batch that say of it what is stored, and were passed over."""
        self._lines = SeenLines()
        self._stricter_lines: dict[tuple[str, str], int] = {}
        """By number and column, the later row that was stricter than the first."""
        self._held: dict[int, Held] = {}

    def existing(self, keys: Iterable[str]) -> dict[str, R]:
        """The stored rows, by number."""
        return queries.known(self._model, self._kind, self._key, keys)

    def _completed(
        self, keys: Sequence[str], stated: Mapping[str, Sequence[Any]], stored: Mapping[str, R]
    ) -> list[Iterable[Any]]:
        """The values of the rows, by columns: those that the file states, and those it leaves alone."""
        return [
            stated[name] if name in stated else self._left_alone(name, keys, stored)
            for name in self.columns
        ]

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
        rows = list(zip(*self._completed(keys, stated, stored), strict=True))
        refused = self._refused_over(keys, lines)
        first, differing, conflicts = self.first_of_each(keys, lines, rows, stored)
        held = self._hold_back(first, stored) if self._stricter else {}
        ids, changes, _ = self.apply(first, stored)
        if held:
            both = enumerate(zip(keys, rows, strict=True))
            differing |= {
                place for place, (key, values) in both if key in held and values != first[key]
            }
        if self.passed:
            conflicts += [*refused, *self._passed_over(keys, lines, ids, changes)]
            conflicts.sort(key=lambda each: each.line)
        self._remember(keys, lines, ids)
        return Spoken(ids, changes, differing, conflicts, held, revisions(stored))

    def settle(self) -> Iterator[list[Changes]]:
        """The whole file has been read: what nobody has contradicted is changed, some at a time."""
        for some in database.chunks(self._held.values()):
            stored = self.existing(each.key for each in some)
            now = {each.key: self._with(stored[each.key], each) for each in some}
            yield self.apply(now, stored).changes

    def _with(self, was: R, held: Held) -> Values:
        """What is stored, but for what is held back."""
        return tuple(held.columns.get(name, getattr(was, name)) for name in self.columns)

    def _hold_back(self, first: dict[str, Values], stored: Mapping[str, R]) -> dict[str, int]:
        """Leave permissions as they are that the file states more freely than the book.

        A later row may be stricter; then nothing has changed. Answers with the ids that are held.
        """
        ids: dict[str, int] = {}
        for key, was in stored.items():
            said = first.get(key)
            freer = self._freer(was, said) if said else {}
            if freer and (was.id in self._held or len(self._held) < self.MOST_HELD):
                self._held[was.id] = Held(key, freer)
                ids[key] = was.id
                first[key] = tuple(
                    getattr(was, name) if name in freer else value
                    for name, value in zip(self.columns, first[key], strict=True)
                )
            elif said:
                self._held.pop(was.id, None)
        return ids

    def _freer(self, was: R, said: Values) -> dict[str, Any]:
        """The permissions that are stated more freely than they are stored."""
        return {
            name: said[place]
            for name, place, ranks in self._strict_places
            if said[place] != (before := getattr(was, name))
            if ranks.get(said[place], 0) < ranks.get(before, 0)
        }

    def _refused_over(self, keys: Sequence[str], lines: Sequence[int]) -> list[Conflict]:
        """What rows that were passed over refuse, and an earlier batch has stated more freely."""
        contradicted = self._held.keys() & self.passed.keys()
        if not contradicted:
            return []
        first = first_lines(keys, lines)
        earlier = {
            number: self._held[number]
            for number in contradicted
            if self.passed[number][0]
            < first.get(self._held[number].key, self.passed[number][-1] + 1)
        }
        known = self.existing(each.key for each in earlier.values())
        return [
            self._refusal_over(self._held.pop(number), self.passed[number][0], known[held.key])
            for number, held in earlier.items()
        ]

    def _refusal_over(self, held: Held, line: int, was: R) -> Conflict:
        said = {
            name: Contradicted(
                value,
                getattr(was, name),
                self._stricter_lines.get((held.key, name)) or self._lines.of(was.id),
            )
            for name, value in held.columns.items()
        }
        self._stricter_lines |= {(held.key, name): line for name in said}
        return Conflict(held.key, line, said)

    def first_of_each(
        self,
        keys: Sequence[str],
        lines: Sequence[int],
        rows: Sequence[Values],
        stored: Mapping[str, R],
    ) -> tuple[dict[str, Values], set[int], list[Conflict]]:
        """By number what the file says of it; the places of the rows that say otherwise, and what."""
        first: dict[str, Values] = {}
        conflicts: list[Conflict] = []
        differing: set[int] = set()
        for place, (key, values) in enumerate(zip(keys, rows, strict=True)):
            said = first.get(key)
            if said is None:
                said = first[key] = self._decided(stored.get(key), lines[place]) or values
            if said is not values and said != values:
                differing.add(place)
                conflicts.append(Conflict(key, lines[place], self._differences(key, said, values)))
                first[key] = self._strictest(key, said, values, lines[place])
        if conflicts:
            self._tell_first_lines(conflicts, keys, lines, stored)
            told = {each.key for each in conflicts}
            differing |= {
                place
                for place, (key, values) in enumerate(zip(keys, rows, strict=True))
                if key in told and values != first[key]
            }
        return first, differing, conflicts

    def _differences(self, key: str, said: Values, values: Values) -> dict[str, Contradicted]:
        """What a row says otherwise; 0 stands for the line of the first row that spoke of it."""
        both = zip(self.columns, said, values, strict=True)
        return {
            name: Contradicted(was, now, self._stricter_lines.get((key, name), 0))
            for name, was, now in both
            if was != now
        }

    def _strictest(self, key: str, said: Values, values: Values, line: int) -> Values:
        """What was said before, but for what this row is stricter in."""
        strictest = list(said)
        for name, place, ranks in self._strict_places:
            if ranks.get(values[place], 0) > ranks.get(said[place], 0):
                strictest[place] = values[place]
                self._stricter_lines[key, name] = line
        return tuple(strictest)

    def _tell_first_lines(
        self,
        conflicts: list[Conflict],
        keys: Sequence[str],
        lines: Sequence[int],
        stored: Mapping[str, R],
    ) -> None:
        """Say where the first row stands that spoke of what is contradicted."""
        first = first_lines(keys, lines)
        for each in conflicts:
            line = self.line_before(stored.get(each.key), each.line) or first[each.key]
            for name, said in each.columns.items():
                each.columns[name] = said._replace(line=said.line or line)

    def line_before(self, was: R | None, line: int) -> int:
        """The line before this one that spoke first of a stored row, be it passed over; 0: none."""
        if was is None:
            return 0
        passed = self.passed.get(was.id, [line])[0]
        return self._lines.of(was.id) or (passed if passed < line else 0)

    def _passed_over(
        self,
        keys: Sequence[str],
        lines: Sequence[int],
        ids: Mapping[str, int],
        changes: Iterable[Changes],
    ) -> list[Conflict]:
        """What the rows that were passed over say otherwise than the row that changed it."""
        first = {ids[key]: (key, line) for key, line in first_lines(keys, lines).items()}
        conflicts: list[Conflict] = []
        for each in changes:
            key, said = first[each.id]
            columns = {
                name: Contradicted(it.now, it.was, said) for name, it in each.columns.items()
            }
            conflicts += (Conflict(key, line, columns) for line in self.passed.get(each.id, ()))
        return conflicts

    def _remember(self, keys: Sequence[str], lines: Sequence[int], ids: Mapping[str, int]) -> None:
        """Of what the batch has spoken, and in which line first."""
        self._lines.add({number: passed[0] for number, passed in self.passed.items()})
        self._lines.add({ids[key]: line for key, line in first_lines(keys, lines).items()})
        self.seen.update(self.passed)

    def _decided(self, was: R | None, line: int) -> Values | None:
        """What is stored, if an earlier row of the file has decided on it."""
        if was is None:
            return None
        if was.id in self._held:
            return self._with(was, self._held[was.id])
        is_decided = was.id in self.seen or self.passed.get(was.id, [line])[0] < line
        return tuple(getattr(was, name) for name in self.columns) if is_decided else None

    def put(
        self, keys: Sequence[str], stated: Mapping[str, Sequence[Any]], stored: Mapping[str, R]
    ) -> Applied:
        """Bring the table up to date with rows of which no two speak of the same, as `speak`.

        Where all are new, their columns become rows once: when they are handed to the database.
        """
        columns = self._completed(keys, stated, stored)
        if stored:
            rows = zip(*columns, strict=True)
            return self.apply(dict(zip(keys, rows, strict=True)), stored)
        ids = self._add(keys, columns)
        self.seen.update(ids.values())
        return Applied(ids, [], len(ids))

    def apply(self, stated: Mapping[str, Values], stored: Mapping[str, R]) -> Applied:
        """Add and change rows; `stored` is the answer of `existing` for them.

        Call it inside `database.exclusive`.
        """
        fresh = [key for key in stated if key not in stored]
        ids = self._add(fresh, zip(*map(stated.__getitem__, fresh), strict=True))
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

    def _add(self, keys: Sequence[str], columns: Iterable[Iterable[Any]]) -> dict[str, int]:
        """Add rows; answers with their ids, by number."""
        ids = dict(zip(keys, database.reserve_ids(self._model, len(keys)), strict=True))
        if ids:
            revisions = repeat(0, len(ids))
            records.insert_columns(
                self._model, self._kind, [ids.values(), revisions, ids, *columns]
            )
        return ids

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
