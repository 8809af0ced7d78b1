"""A day's walk in parts, for many machines: handed out branch by branch, made by whoever comes.

What a walk has found and the parts that are to be made of it are written in one transaction, and so
are what a part has made and the batches in which that may leave: no kill comes between them.
"""

import datetime
import itertools
import time
from collections.abc import Iterable, Iterator
from operator import attrgetter

from policies import database, timeline
from policies.dates import ONE_DAY
from servicing.core.models import WalkedDay
from servicing.schedule import materialize, queries, to_make
from servicing.schedule.handoff import Others, Part
from servicing.schedule.materialize import DayWalked, Walker
from servicing.schedule.queries import FoundTouchpoint
from servicing.schedule.to_make import Making

TOUCHPOINTS = 20_000
"""Of a part, or somewhat more: made in one transaction, in some seconds."""


def hand_out(
    walker: Walker, others: Others, mark: int, result: DayWalked, found_on: datetime.date
) -> None:
    """Hand out what was recorded after the touchpoint `mark`, in the transaction that recorded it."""
    for branch, found in itertools.groupby(queries.found_by_branch(mark), attrgetter("branch_id")):
        for some in _whole_clients(found):
            ids = sorted(each.touchpoint_id for each in some)
            others.make(Part(result.on, found_on, walker.plan.edition, branch, ids))
            result.touchpoints += len(some)
            result.by_touchpoint.update(each.key for each in some)


def _whole_clients(found: Iterable[FoundTouchpoint]) -> Iterator[list[FoundTouchpoint]]:
    """A branch's touchpoints, so many at a time, and no client divided."""
    part: list[FoundTouchpoint] = []
    for _, of_client in itertools.groupby(found, attrgetter("client_id")):
        part += of_client
        if len(part) >= TOUCHPOINTS:
            yield part
            part = []
    if part:
        yield part


def make(walker: Walker, part: Part, now: datetime.datetime) -> DayWalked:
    """Make the messages and tasks of a part, in one transaction; made already, it is left alone.

    Touchpoints that the plan of `walker` does not know are recorded as cancelled.
    """
    result, begun = DayWalked(part.day), time.monotonic()
    # all that the day can have: a recorded touchpoint may be older than the book is now
    dues = materialize.by_what(timeline.falling_due(walker.plan, walker.calendar, part.day))
    making = Making(walker.plan, part.found_on, part.day)
    with database.explained(), database.together("book"):
        for some in database.chunks(part.touchpoints, materialize.BATCH):
            found = to_make.of_touchpoints(making, queries.not_made(some))
            batch = sorted(found, key=attrgetter("touchpoint_id"))
            known = [each for each in batch if materialize.what(each) in dues]
            dropped = [each for each in batch if materialize.what(each) not in dues]
            known = materialize.carried_on(making, known, dues, now)
            materialize.make(walker, known, dues, making, now, result)
            materialize.drop(walker.routes, dropped, part.found_on, now, result)
        _lasted(part.day, now, time.monotonic() - begun)
    return result


def _lasted(day: datetime.date, now: datetime.datetime, seconds: float) -> None:
    """The walk of a day lasts until its last part is made.

    A part that was held up for a day says nothing of how long a walk takes.
    """
    walked = WalkedDay.get_or_none(WalkedDay.day == day)
    if walked is None:  # it was found a day early, and its walk is still to come
        return
    since = now - walked.walked_at
    if since < ONE_DAY:
        lasted = max(walked.seconds or 0.0, since.total_seconds() + seconds)
        WalkedDay.update(seconds=lasted).where(WalkedDay.day == day).execute()
