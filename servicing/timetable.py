"""Which job runs when: one list for every engine.

The jobs are handed their workspace and a clock and do not know who calls them. Each may be run at
any time and twice: what was done is not done again, what was missed is caught up.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from servicing import dispatch, pace, sweep, walk
from servicing.ending import IsOver
from servicing.handover import Clock
from servicing.models import WalkedDay
from servicing.workspace import Workspace


@dataclass(frozen=True)
class Job:
    """Something to be done again and again."""

    name: str
    cron: str
    """Minute, hour, day, month, weekday, in the book's time zone."""
    work: Callable[[Workspace, Clock, IsOver], None]
    """Ends early, with nothing in hand, once it is told that it is over."""
    is_missing: Callable[[Workspace, datetime.datetime], bool] = lambda space, now: False
    """Whether its time has passed today and it is still to be done: it has failed, or nobody was up."""


WALK_HOUR = 6


def is_not_walked(space: Workspace, now: datetime.datetime) -> bool:
    """Whether the day should have been walked by now."""
    today = space.today(now)
    is_time = now.astimezone(space.zone).hour >= WALK_HOUR
    return is_time and not WalkedDay.select().where(WalkedDay.day == today).exists()


def walk_today(space: Workspace, clock: Clock, is_over: IsOver) -> None:
    """What falls due today, and first what was missed."""
    now = clock()
    sweep.sweep(space.plan, space.today(now), now)
    walk.walk(space.walker(), space.today(now), now, is_over)


def send(space: Workspace, clock: Clock, is_over: IsOver) -> None:
    """Hand over what waits and may leave; where there are others to help, they do so in batches."""
    now = clock()
    sweep.sweep(space.plan, space.today(now), now)
    worker = space.dispatcher(pace.shared(lambda: clock().timestamp()))
    if space.others:
        dispatch.settle_unknown(worker, clock)
        dispatch.hand_out(space.others, now)
    else:
        dispatch.dispatch(worker, clock, is_over=is_over)


TIMETABLE = (
    Job("walk", f"0 {WALK_HOUR} * * *", walk_today, is_not_walked),
    Job("dispatch", "* * * * *", send),
)
