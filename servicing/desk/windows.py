"""Until when a task is worth doing, and on which later day it may be shown (domain.md §4.6).

A task is postponed to a working day inside its window, never past it. A reminder of a premium is worth
nothing once grace is over, so its window ends there at the latest.
"""

import datetime
from dataclasses import dataclass

from policies.dates import ONE_DAY, WorkCalendar
from policies.grace import Grace
from policies.plan import Plan
from servicing.core import errors


@dataclass(frozen=True)
class Timed:
    """What the window of a task depends on."""

    closes_on: datetime.date
    touchpoint: str
    """Its key in the plan; of a task without a touchpoint what stands there instead."""
    anchor_on: datetime.date | None
    """The date that its touchpoint counts from; None: it has no touchpoint."""
    product: str


@dataclass(frozen=True)
class Windows:
    """The plan, its working days and the days of grace: all that decides on the window of a task."""

    plan: Plan
    calendar: WorkCalendar
    grace: Grace

    def last_day(self, task: Timed) -> datetime.date:
        """The last day on which a task is worth doing."""
        touchpoint = self.plan.touchpoint(task.touchpoint)
        if touchpoint is None or touchpoint.anchor != "premium_due" or task.anchor_on is None:
            return task.closes_on
        return min(task.closes_on, self.grace.until(task.anchor_on, task.product))

    def latest(self, task: Timed, on: datetime.date) -> datetime.date | None:
        """The last working day after `on` to which a task may be postponed; None: there is none."""
        day = self.last_day(task)
        while day > on and not self.calendar.is_workday(day):
            day -= ONE_DAY
        return day if day > on else None

    def next_workday(self, on: datetime.date) -> datetime.date:
        """The first working day after a day: the tomorrow of a Friday is Monday."""
        return self.calendar.on_or_after(on + ONE_DAY)

    def later(self, task: Timed, to: datetime.date, on: datetime.date) -> datetime.date:
        """The day that shows a task which is postponed to `to`: for a day off the next working day.

        Raises `BadArgument` unless `to` is after `on` and that day is inside the window.
        """
        if to <= on:
            raise errors.BadArgument("postponed_to_past", on=on, to=to)
        latest = self.latest(task, on)
        if latest is None:
            raise errors.BadArgument("not_to_be_postponed", last=self.last_day(task))
        day = self.calendar.on_or_after(to) if to <= latest else to
        if day > latest:
            raise errors.BadArgument("postponed_too_far", to=to, latest=latest)
        return day
