"""Which job runs when: one list for every engine.

The jobs are handed their workspace and a clock and do not know who calls them. Each may be run at
any time and twice: what was done is not done again, what was missed is caught up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from servicing import dispatch, sweep, walk
from servicing.ending import IsOver
from servicing.handover import Clock
from servicing.workspace import Workspace

Counted = Mapping[str, object]
"""What a job did, in numbers for the log; nothing where it found nothing to do."""


@dataclass(frozen=True)
class Job:
    """Something to be done again and again."""

    name: str
    cron: str
    """Minute, hour, day, month, weekday, in the book's time zone."""
    work: Callable[[Workspace, Clock, IsOver], Counted]
    """Ends early, with nothing in hand, once it is told that it is over."""


def walk_today(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """What falls due today, and first what was missed."""
    now = clock()
    sweep.sweep(space.plan, space.today(now), now)
    walked = walk.walk(space.walker(), space.today(now), now, is_over)
    told = ("on", "touchpoints", "messages", "tasks", "skipped")
    return {**{name: getattr(walked, name) for name in told}, "caught_up": len(walked.caught_up)}


def send(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Hand over what waits and may leave."""
    now = clock()
    sweep.sweep(space.plan, space.today(now), now)
    return dispatch.dispatch(space.dispatcher(lambda: clock().timestamp()), clock, is_over=is_over)


TIMETABLE = (
    Job("walk", "0 6 * * *", walk_today),
    Job("dispatch", "* * * * *", send),
)
