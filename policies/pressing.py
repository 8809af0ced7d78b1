"""How near the end of a clock is, in steps: the days before it, and what is over (domain.md §12.10)."""

import datetime
from typing import Literal, NamedTuple

from policies import clock
from policies.dates import ONE_DAY, WorkCalendar

Level = Literal["days", "last_days", "working_day", "over"]

LEVELS: tuple[Level, ...] = ("days", "last_days", "working_day", "over")
"""From the first to the last."""

DAYS, LAST_DAYS, WORKING_DAYS = 5, 2, 1
"""With so many days left, or working days, somebody has to see to it."""


def level(calendar: WorkCalendar, on: datetime.date, due: datetime.date) -> Level | None:
    """How pressing a clock is on a day that ends on `due`; None: there is time."""
    if on > due:
        return "over"
    if len(clock.working_days_left(calendar, on, due)) <= WORKING_DAYS:
        return "working_day"
    days = (due - on).days
    if days <= LAST_DAYS:
        return "last_days"
    return "days" if days <= DAYS else None


def rank(reached: str | None) -> int:
    """How far a level is; 0: none is reached."""
    return LEVELS.index(reached) + 1 if reached in LEVELS else 0


class Span(NamedTuple):
    """The due days that have one level on a day, the first and the last included."""

    level: Level
    first: datetime.date
    last: datetime.date


def spans(calendar: WorkCalendar, on: datetime.date) -> list[Span]:
    """Which due days are how pressing on a day; what is due later has time."""
    found = [Span("over", datetime.date.min, on - ONE_DAY)]
    due = on
    while (at := level(calendar, on, due)) is not None:
        if at == found[-1].level:
            found[-1] = found[-1]._replace(last=due)
        else:
            found.append(Span(at, due, due))
        due += ONE_DAY
    return found
