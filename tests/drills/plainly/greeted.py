"""On which days the plain reading greets: on none of mourning, seldom, once for two that are near.

The plan of the simulator greets on the birthday only, so its caps are hardly reached. With a second kind
(`greeting = true` at `greeting` of plainly.toml) the two readings differ where one is found late and the
other is to come (seeds 49, 52, 165), which nobody has decided yet. Festivals and family birthdays
are not read here; `tests/drills/test_whole_year.py` has a year with them.
"""

import datetime
from collections.abc import Iterator, Sequence

from policies.plan import Touchpoint
from tests.drills.plainly.rows import Day, Due, Owed, days
from tests.drills.plainly.shelf import Shelf

MOURNING_DAYS = frozenset(
    map(
        Day.fromisoformat,
        (
            *("2025-04-04", "2026-04-05"),  # 清明
            *("2025-09-06", "2026-08-27"),  # 中元
            *("2025-11-20", "2026-11-09"),  # 寒衣
            *("2025-12-13", "2026-12-13"),  # 国家公祭日
        ),
    )
)
"""Of the years in which weeks lie, from a printed calendar."""

WEEK, A_YEAR, NEAR = datetime.timedelta(days=7), 6, datetime.timedelta(days=3)
"""One greeting in seven days, six in a year; two that are three days apart become one."""

FROM_THE_CLIENT = ("birthday", "relation_birthday", "", "festival")
"""What a greeting is counted from, the nearest first; in place of "" stands any other date."""


def greets(touchpoint: Touchpoint) -> bool:
    """A birthday and a festival do, and what the plan calls a greeting."""
    if touchpoint.greeting is None:
        return touchpoint.anchor in FROM_THE_CLIENT
    return touchpoint.greeting


def _farness(touchpoint: Touchpoint) -> int:
    is_named = touchpoint.anchor in FROM_THE_CLIENT
    return FROM_THE_CLIENT.index(touchpoint.anchor if is_named else "")


def _is_the_same(one: Owed, other: Owed) -> bool:
    is_elsewhere = one.client_no != other.client_no
    return is_elsewhere and (one.key, one.due.occurrence) == (other.key, other.due.occurrence)


class Greeted:
    """All greetings that were found, and those that are to come."""

    def __init__(self, shelf: Shelf, owed: Sequence[Owed]) -> None:
        self._shelf, self._owed = shelf, owed

    def day_to_make(self, owed: Owed, first: Day) -> Day | None:
        """The day on which a message is to leave, at the earliest `first`; None: it has no room.

        Beside what has left, what waits counts, and what is nearer and to come.
        """
        if not greets(owed.due.touchpoint):
            return first
        waits = [each.planned for each in self._others(owed) if each.message == "queued"]
        return self._day(owed, first, [*self._left(owed), *waits, *self._to_come(owed, first)])

    def day_to_leave(self, owed: Owed, today: Day) -> Day | None:
        """The same when it is about to leave: what has left counts."""
        if not greets(owed.due.touchpoint):
            return today
        return self._day(owed, today, self._left(owed))

    def _day(self, owed: Owed, first: Day, others: Sequence[Day]) -> Day | None:
        free = (each for each in days(first, owed.last_day) if each not in MOURNING_DAYS)
        day = next(free, None)
        if day is None or any(abs(each - day) <= NEAR or abs(each - day) < WEEK for each in others):
            return None
        is_full = sum(each.year == day.year for each in others) >= A_YEAR
        return None if is_full else day

    def _others(self, owed: Owed) -> Iterator[Owed]:
        """The other greetings of the same person, under all their numbers.

        The same one under another number is no other: of the two one is left (`is_had_elsewhere`).
        """
        numbers = self._shelf.people.numbers(owed.client_no)
        for each in self._owed:
            is_theirs = each is not owed and each.client_no in numbers
            if is_theirs and greets(each.due.touchpoint) and not _is_the_same(each, owed):
                yield each

    def _left(self, owed: Owed) -> list[Day]:
        return [each.planned for each in self._others(owed) if each.has_left]

    def _to_come(self, owed: Owed, first: Day) -> Iterator[Day]:
        """Of those nearer to the client that nobody has found yet the days, so soon that they are one."""
        if not _farness(owed.due.touchpoint):
            return
        numbers = self._shelf.people.numbers(owed.client_no)
        known = {(each.due.whose, each.key, each.due.occurrence) for each in self._owed}
        for day in days(first, first + NEAR):
            for due in self._shelf.dues(day):
                is_found = (due.whose, due.touchpoint.id, due.occurrence) in known
                if due.whose in numbers and not is_found and self._is_nearer(due, owed):
                    yield day

    def _is_nearer(self, due: Due, than: Owed) -> bool:
        is_one = greets(due.touchpoint) and due.touchpoint.scope == "client"
        return is_one and _farness(due.touchpoint) < _farness(than.due.touchpoint)
