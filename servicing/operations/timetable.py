"""Which job runs when: one list for every engine.

The jobs are handed their workspace and a clock and do not know who calls them. Each may be run at
any time and twice: what was done is not done again, what was missed is caught up.
"""

import dataclasses
import datetime
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from servicing.callbacks import opening as callbacks
from servicing.cases import escalation, running_out
from servicing.cases.ground import FREE_LOOK
from servicing.cases.signals import looking
from servicing.core import seals
from servicing.core.models import WalkedDay
from servicing.core.runtime import IsOver
from servicing.desk import search_keys
from servicing.dispatch import dispatcher, rate_limit
from servicing.dispatch.provider_pool import Clock
from servicing.leads import stepping
from servicing.operations import edited_files, morning_mail, pending, retention, weekly_mail
from servicing.operations.workspace import Workspace
from servicing.schedule import giving_back, walk
from servicing.schedule.early import WALK_HOUR
from servicing.schedule.materialize import DayWalked
from servicing.tiers import night as tiering

Counted = Mapping[str, object]
"""The work of a job in numbers for the log; none where there was nothing to do."""

log = logging.getLogger("servicing.engine")


@dataclass(frozen=True)
class Job:
    """A piece of work that comes again and again."""

    name: str
    cron: str
    """Minute, hour, day, month, weekday, in the book's time zone."""
    work: Callable[[Workspace, Clock, IsOver], Counted]
    """Ends early, with nothing in hand, once `IsOver` says so."""
    is_missing: Callable[[Workspace, datetime.datetime], bool] = lambda space, now: False
    """Whether its time has passed today and it is still to be done: it failed, or no process ran."""


def is_not_walked(space: Workspace, now: datetime.datetime) -> bool:
    """Whether the day should have been walked by now."""
    today = space.today(now)
    is_time = now.astimezone(space.zone).hour >= WALK_HOUR
    return is_time and not WalkedDay.select().where(WalkedDay.day == today).exists()


def walk_today(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Walk today, and first the days that were missed."""
    now = clock()
    giving_back.bring_up_to_date(space.walker(), space.today(now), now)
    walked = walk.walk(space.walker(), space.today(now), now, is_over)
    return {**walk_counts(walked), "caught_up": len(walked.caught_up)}


def walk_counts(walked: DayWalked) -> Counted:
    """The counts of a day's walk, or of a part of one."""
    return {
        "on": walked.on,
        "touchpoints": walked.touchpoints,
        "messages": walked.messages,
        "tasks": walked.tasks,
        "skipped": walked.skipped,
    }


def send(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Hand over what waits and may leave; where there are others to help, they do so in batches."""
    now = clock()
    edited_files.notice(space.home, now)
    giving_back.bring_up_to_date(space.walker(), space.today(now), now)
    worker = space.dispatcher(rate_limit.shared(lambda: clock().timestamp()))
    if space.others:
        settled = dispatcher.settle_unknown(worker, clock)
        return {**settled, "handed_out": dispatcher.hand_out(space.others, now)}
    return dispatcher.dispatch(worker, clock, is_over=is_over)


def seal(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Seal the lines of the cards and of the audit log that are old enough: a later change shows."""
    return {"sealed": seals.seal(clock()), "sealed_of_log": seals.seal(clock(), seals.LOG)}


def tidy(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Drop uploaded files that nobody has taken in for a day."""
    return {"dropped": pending.tidy(space.home, clock())}


def write_to_agents(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Write to the agents how much there is today, where the settings name a time for it."""
    now = clock()
    if not morning_mail.is_time(space, now):
        return {}
    done = morning_mail.send(space, space.today(now), now, is_over)
    return {str(state): count for state, count in done.items()}


def write_to_managers(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Write to the managers how the last week went, on the first working day of a week."""
    now = clock()
    if not weekly_mail.is_time(space, now):
        return {}
    done = weekly_mail.send(space, space.today(now), now, is_over)
    return {str(state): count for state, count in done.items()}


def expire(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Let personal data go whose time is over."""
    return retention.expire(space, clock(), is_over).expired


def call_back(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Open the call-backs of new contracts, and let those that are open follow the book.

    Where the country has no rule of a free look there are none.
    """
    now = clock()
    rules = space.settings.callbacks
    if not rules.enabled or FREE_LOOK not in space.clocks.names:
        return {}
    done = callbacks.bring_up_to_date(space.ground, rules, space.today(now), now, is_over)
    return dataclasses.asdict(done)


def escalate(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Let what has run out take its steps, and cases whose time is about to end, or is over, go one up.

    Hour by hour of the night: one that fails is tried again before the day begins.
    """
    now = clock()
    today = space.today(now)
    ran_out = running_out.take_steps(space.ground, today, now, is_over)
    done = escalation.escalate(space.ground, today, today, now, is_over)
    moved = {"ran_out": ran_out} if ran_out else {}
    return {**moved, **{str(level): count for level, count in done.items()}}


def look_for_signals(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Open the cases that signals of the book ask for, such as of a premium in arrears."""
    now = clock()
    return {
        str(each): n
        for each, n in looking.look(
            space.ground, space.locale, space.today(now), now, is_over
        ).items()
    }


def end_leads(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """End the leads whose time is over, and keep nothing of their friends (domain.md §19.3)."""
    now = clock()
    return dataclasses.asdict(stepping.run_out(space.today(now), now, is_over))


def score_clients(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Give clients their points and tiers, before the day is walked: those for whom something changed."""
    now = clock()
    done = tiering.run(space.tiering(), space.today(now), now, is_over)
    return dataclasses.asdict(done)


def words(space: Workspace, clock: Clock, is_over: IsOver) -> Counted:
    """Bring the words by which clients are found in step with the book."""
    return {"clients": search_keys.bring_up_to_date(is_over)}


TIMETABLE = (
    Job("walk", f"0 {WALK_HOUR} * * *", walk_today, is_not_walked),
    Job("dispatch", "* * * * *", send),
    Job("callbacks", "15 * * * *", call_back),
    Job("signals", "35 * * * *", look_for_signals),
    Job("leads", "50 0-5 * * *", end_leads),
    Job("tiers", "20 2-5 * * *", score_clients),
    Job("escalation", "5 0-5 * * *", escalate),
    Job("morning_mail", "*/5 * * * *", write_to_agents),
    Job("weekly_mail", "*/5 * * * *", write_to_managers),
    Job("seal", "40 * * * *", seal),
    Job("tidy", "20 * * * *", tidy),
    Job("words", "*/10 * * * *", words),
    Job("retention", "10 3 * * *", expire),
)


def missing(jobs: Iterable[Job], space: Workspace, now: datetime.datetime) -> set[str]:
    """The jobs that should have been done today and were not: every engine asks once a minute."""
    return {job.name for job in jobs if job.is_missing(space, now)}


def tell(name: str, counted: Counted, seconds: float) -> None:
    """A line in the log of what a job did; that it did nothing is for those who look for it."""
    level = logging.INFO if any(counted.values()) else logging.DEBUG
    log.log(level, "done", extra={"job": name, "seconds": round(seconds, 3), **counted})
