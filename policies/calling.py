"""When a client may be called once more: a pure reading of the calls before (domain.md §15.2)."""

import datetime
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from policies.notices import Notice, notice


class Hours(NamedTuple):
    """How often a client may be called on a day, and when."""

    attempts: int = 3
    """So many calls a day."""
    apart: int = 2
    """Hours between two calls."""
    first: int = 9
    """Nobody is called before this hour."""
    end: int = 20
    """Nobody is called from this hour on."""
    parts_from: tuple[int, ...] = (12, 18)
    """At these hours another part of the day begins; in each a client is called once."""

    def part(self, at: datetime.time) -> tuple[int, int]:
        """The part of the day in which a time lies: from which hour until which."""
        edges = sorted({self.first, self.end, *self.inner()})
        place = min(max(bisect_right(edges, at.hour), 1), len(edges) - 1)
        return edges[place - 1], edges[place]

    def inner(self) -> list[int]:
        """The hours within those of calls at which another part begins."""
        return [each for each in self.parts_from if self.first < each < self.end]


def refusal(
    hours: Hours, before: Iterable[datetime.datetime], at: datetime.datetime
) -> Notice | None:
    """Why a client may not be called at a moment, after calls at others; None: they may be.

    All moments are naive ones of the book's zone; those of other days and later ones count as well
    as earlier ones, since what is recorded late was not called late.
    """
    return next(_refusals(hours, sorted(before), at), None)


def next_moment(
    hours: Hours, before: Iterable[datetime.datetime], now: datetime.datetime
) -> datetime.datetime | None:
    """From which moment on a client may be called, after calls at others; `now`, if they may already.

    None: there are no hours in which anybody is called.
    A call may be allowed when a rest is over, or when another part of a day begins: no other moment is
    the first one.
    """
    calls = sorted(before)
    rests = [each + datetime.timedelta(hours=hours.apart) for each in calls]
    days = {each.date() for each in [now] + calls + rests}
    days |= {each + datetime.timedelta(days=1) for each in days}
    parts = [
        datetime.datetime.combine(day, datetime.time(hour))
        for day in days
        for hour in [hours.first] + hours.inner()
    ]
    later = sorted(each for each in [now] + rests + parts if each >= now)
    return next((each for each in later if refusal(hours, calls, each) is None), None)


def _refusals(
    hours: Hours, before: list[datetime.datetime], at: datetime.datetime
) -> Iterator[Notice]:
    if not hours.first <= at.hour < hours.end:
        facts = {"first": _clock(hours.first), "end": _clock(hours.end)}
        yield notice("call_outside_hours", at=f"{at:%H:%M}", **facts)
    same_day = [each for each in before if each.date() == at.date()]
    if len(same_day) >= hours.attempts:
        yield notice("calls_enough", day=at.date(), count=len(same_day), most=hours.attempts)
    for each in before:
        if abs(at - each) < datetime.timedelta(hours=hours.apart):
            yield notice("call_too_soon", before=f"{each:%H:%M}", hours=hours.apart)
    for each in same_day:
        if hours.part(each.time()) == hours.part(at.time()):
            first, end = map(_clock, hours.part(at.time()))
            yield notice("call_same_part", before=f"{each:%H:%M}", first=first, end=end)


def _clock(hour: int) -> str:
    return f"{hour:02}:00"
