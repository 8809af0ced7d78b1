"""Two weeks of messages as a chart: how many of each day were sent, failed, or wait.

A day of a large book takes a moment to count. So what was counted stays in memory for a while, and a
page counts no more days than it has time for; the others stand there as gaps until the next look.
"""

import datetime
import threading
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from policies.dates import ONE_DAY
from servicing.breaker import queries as volumes
from servicing.messages import history, queries

DAYS = 14
A_LOOK = 100_000
"""Touchpoints that one look counts, by what the walks have found of each day; a day at least."""

STALE = datetime.timedelta(minutes=15)
"""What was counted longer ago is counted again: receipts still come, messages are tried again."""

MOST_KEPT = 400
"""Days in memory."""

WIDTH, HEIGHT, STEP, BAR = 420, 120, 30, 22
"""Of the chart, in its own units."""


@dataclass(frozen=True)
class Stretch:
    """One part of a day's bar."""

    part: str
    y: float
    height: float


@dataclass(frozen=True)
class Day:
    """A day of the chart."""

    on: datetime.date
    parts: Mapping[str, int] | None
    """By part of the account how many messages; None: it is not counted yet."""
    x: int
    stretches: list[Stretch]

    @property
    def total(self) -> int:
        """The messages that were due."""
        return sum((self.parts or {}).values())


@dataclass
class Fortnight:
    """What this process has counted, and when."""

    counted: dict[datetime.date, tuple[datetime.datetime, Counter[str]]] = field(
        default_factory=dict
    )
    turn: threading.Lock = field(default_factory=threading.Lock)

    def until(
        self, last: datetime.date, now: datetime.datetime, known: Mapping[str, int]
    ) -> list[Day]:
        """The days up to `last`, whose states are `known`; at most two statements."""
        days = [last - ONE_DAY * back for back in reversed(range(DAYS))]
        with self.turn:
            if len(self.counted) > MOST_KEPT:
                self.counted.clear()
            self.counted[last] = now, Counter(known)
            held = dict(self.counted)
        if due := to_count(days, held, now):
            fresh = _counted(_affordable(due))
            held.update((day, (now, states)) for day, states in fresh.items())
            with self.turn:
                self.counted.update((day, held[day]) for day in fresh)
        states_of = {day: held[day][1] for day in days if day in held}
        return drawn(days, states_of)


def to_count(
    days: Collection[datetime.date],
    held: Mapping[datetime.date, tuple[datetime.datetime, Counter[str]]],
    now: datetime.datetime,
) -> list[datetime.date]:
    """The days to be counted: first those that never were, the latest before the others."""
    never = [day for day in days if day not in held]
    stale = [day for day in days if day in held and now - held[day][0] > STALE]
    return [*sorted(never, reverse=True), *sorted(stale, key=lambda day: held[day][0])]


def _affordable(due: list[datetime.date]) -> list[datetime.date]:
    """The first of some days, as many as a look counts."""
    sizes = volumes.days_counted(min(due), max(due))
    usual = max(sizes.values(), default=0)  # of a day that no walk has counted
    chosen, room = due[:1], A_LOOK - sizes.get(due[0], usual)
    for day in due[1:]:
        room -= sizes.get(day, usual)
        if room < 0:
            break
        chosen.append(day)
    return chosen


def _counted(days: Collection[datetime.date]) -> dict[datetime.date, Counter[str]]:
    found: dict[datetime.date, Counter[str]] = {day: Counter() for day in days}
    for each in queries.states_of_days(days):
        found[each.day][each.state] += each.count
    return found


def drawn(
    days: Collection[datetime.date], states_of: Mapping[datetime.date, Mapping[str, int]]
) -> list[Day]:
    """The bars, side by side, each as high as its messages are to the most of one day."""
    parts_of = {
        day: {part: sum(states.get(each, 0) for each in some) for part, some in PARTS}
        for day, states in states_of.items()
    }
    most = max((sum(parts.values()) for parts in parts_of.values()), default=0) or 1
    return [
        Day(day, parts_of.get(day), index * STEP, _stretches(parts_of.get(day, {}), most))
        for index, day in enumerate(days)
    ]


PARTS = list(history.PARTS.items())


def _stretches(parts: Mapping[str, int], most: int) -> list[Stretch]:
    """From the ground up: what was sent stands below what was not."""
    stretches, y = [], float(HEIGHT)
    for part, count in parts.items():
        if count:
            height = HEIGHT * count / most
            y -= height
            stretches.append(Stretch(part, round(y, 2), round(height, 2)))
    return stretches
