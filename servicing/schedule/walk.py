"""One day: what falls due becomes touchpoints, messages and tasks, in one transaction.

The timeline is read backwards: the plan turns the day into a short list of anchor dates, and one
`INSERT … SELECT … ON CONFLICT DO NOTHING` finds and records everything due. So the cost of a day
grows with what is due, not with the book; and a day walked twice, or by two at once, is walked once.
"""

import bisect
import datetime
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from peewee import fn

from policies import database, dates, models, records
from policies.dates import WorkCalendar
from policies.notices import Notice, notice
from policies.plan import Anchor, Plan
from policies.timeline import Due
from servicing.breaker import breaker, forecast
from servicing.core import doubts
from servicing.core import due as falling_due
from servicing.core.due import Search
from servicing.core.models import DayWalk, PlanEdition, WalkedDay
from servicing.core.models import Touchpoint as TouchpointRow
from servicing.core.runtime import IsOver, never
from servicing.schedule import early, materialize, parts, queries, to_make
from servicing.schedule.materialize import DayWalked, Dues, Walker
from servicing.schedule.queries import Added, WalkedMark
from servicing.schedule.to_make import Making
from servicing.years import queries as years


@dataclass
class Walked(DayWalked):
    """The result of a walk: of its day, and of the days it caught up before."""

    caught_up: list[DayWalked] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)


def walk(
    walker: Walker, on: datetime.date, now: datetime.datetime, is_over: IsOver = never
) -> Walked:
    """Walk the days not yet walked, in order, then `on`; each day is one transaction.

    Once it `is_over`, the days that are left are left to the next walk.
    """
    warnings = list(_warnings(walker.calendar, on))
    caught_up: list[DayWalked] = []
    known = known_policies()
    for day in days_to_walk(on):
        if is_over():
            return Walked(on, caught_up=caught_up, warnings=warnings)
        caught_up.append(walk_day(walker, day, on, now, known))
    today = walk_day(walker, on, on, now, known)
    if walker.breaker.enabled:
        with database.explained():
            forecast.look_ahead(walker.plan, walker.calendar, on, now)
    return Walked(**records.named(today), caught_up=caught_up, warnings=warnings)


def summary(walked: Walked) -> dict[str, Any]:
    """The result of a walk, as scripts read it."""
    found_early = _counts(walked.early) if walked.early else None
    caught_up = [_counts(day) for day in walked.caught_up]
    return {**_counts(walked), "caught_up": caught_up, "early": found_early}


def _counts(day: DayWalked) -> dict[str, Any]:
    counts = {
        name: getattr(day, name) for name in ("on", "touchpoints", "messages", "tasks", "skipped")
    }
    by_touchpoint, by_reason = dict(day.by_touchpoint), dict(sorted(day.by_reason.items()))
    return {**counts, "by_touchpoint": by_touchpoint, "by_reason": by_reason}


def days_to_walk(on: datetime.date) -> list[datetime.date]:
    """The days before `on` that are not walked, or that a later import has opened again.

    A day of a year that was taken out of the book is not walked again: nobody would know what it had.
    """
    added = queries.added()
    books = [each.joined_on for each in added if each.kind == "book"]
    if not books:
        return []
    is_reopened, away = _reopened(added), years.last_detached_day()
    walked = queries.walked_marks()
    done = {each.day for each in walked if each.day <= away or not is_reopened(each)}
    return [day for day in dates.days_between(min(books), on - dates.ONE_DAY) if day not in done]


def _reopened(added: Sequence[Added]) -> Callable[[WalkedMark], bool]:
    """Whether a later import reaches back to a walked day: its policies joined on or before it.

    A book has an import and a walk for each day of its years, so each day is looked up, and not
    compared with all imports.
    """
    ids = [each.id for each in added]
    joined = (each.joined_on for each in reversed(added))
    earliest = list(itertools.accumulate(joined, min))[::-1]

    def is_reopened(walked: WalkedMark) -> bool:
        behind = bisect.bisect_right(ids, walked.import_mark)
        return behind < len(ids) and earliest[behind] <= walked.day

    return is_reopened


def _warnings(calendar: WorkCalendar, on: datetime.date) -> Iterator[Notice]:
    if not calendar.is_published(on):
        yield notice(
            "holidays_not_published",
            year=on.year,
            country=calendar.country,
            until=calendar.published_until,
        )


def known_policies() -> int | None:
    """The last policy that a walk has known, by id; None: nothing was walked yet."""
    found: int | None = WalkedDay.select(fn.MAX(WalkedDay.policy_mark)).scalar()
    return found


def walk_day(
    walker: Walker,
    day: datetime.date,
    found_on: datetime.date,
    now: datetime.datetime,
    known: int | None,
) -> DayWalked:
    """Record everything due on `day` that is not yet recorded, as found on `found_on`.

    One transaction; where others help, they make the messages and tasks. `known`: the last policy
    that was known when this walk began, be it of several days.
    """
    result, begun = DayWalked(day), time.monotonic()
    walking = _Walking(walker, found_on, now, known)
    with database.explained(), database.exclusive("book"):
        doubts.number_freely()
        # read first: what is imported while we look is looked at again
        import_mark, policy_mark = map(database.last_id, (models.BookImport, models.Policy))
        found = falling_due.dues(walker.plan, walker.calendar, day)
        looked_for = search(walker.plan, found, day, found_on)
        walking.record([looked_for], result)
        if day == found_on:
            result.early = walking.look_east(day + dates.ONE_DAY)
        marks = {"import_mark": import_mark, "policy_mark": policy_mark}
        knew = {"plan": walker.plan.edition, "walked_at": now, **marks}
        _remember(day, looked_for.since_policy, knew, time.monotonic() - begun)
        steps = "\n".join(sorted(walker.plan.steps()))
        PlanEdition.insert(edition=walker.plan.edition, steps=steps).on_conflict_ignore().execute()
    return result


def look_east(walker: Walker, today: datetime.date, now: datetime.datetime) -> int:
    """What of tomorrow cannot wait for its walk is looked for again: the book has changed since today's.

    In the transaction we are in; answers with how much was found.
    """
    if queries.last_walked() != today:
        return 0
    found = _Walking(walker, today, now, known_policies()).look_east(today + dates.ONE_DAY)
    return found.touchpoints if found else 0


@dataclass
class _Walking:
    """What is done in the transaction of a day."""

    walker: Walker
    found_on: datetime.date
    now: datetime.datetime
    known: int | None

    def record(self, searches: Sequence[Search], result: DayWalked) -> None:
        """Record what is found of a day, and make it: what is found before its day, as on its day."""
        day, mark = result.on, database.last_id(TouchpointRow)
        dues = materialize.by_what(due for each in searches for due in each.dues)
        for each in searches:
            for statement in falling_due.statements(each, self.found_on):
                database.execute(*statement)
        on = max(day, self.found_on)
        breaker.judge_day(self.walker.breaker, day, _may_leave(dues, on), self.known, self.now)
        if self.walker.others:
            parts.hand_out(self.walker, self.walker.others, mark, result, on)
        else:
            self._make(mark, dues, on, result)

    def _make(self, mark: int, dues: Dues, on: datetime.date, result: DayWalked) -> None:
        making = Making(self.walker.plan, on, result.on)
        while batch := to_make.after(making, mark, materialize.BATCH):
            mark = batch[-1].touchpoint_id
            batch = materialize.carried_on(making, batch, dues, self.now)
            materialize.make(self.walker, batch, dues, making, self.now, result)

    def look_east(self, day: datetime.date) -> DayWalked | None:
        """What of tomorrow cannot wait for tomorrow's walk; None: nothing, or that walk was before."""
        zones = queries.zones()
        if not zones or WalkedDay.select().where(WalkedDay.day == day).exists():
            return None
        found = falling_due.dues(self.walker.plan, self.walker.calendar, day)
        wanted = list(early.searches(found, day, self.walker.rules.timezone, zones))
        if not wanted:
            return None
        result = DayWalked(day)
        self.record(wanted, result)
        return result if result.touchpoints else None


def _may_leave(dues: Dues, found_on: datetime.date) -> set[str]:
    """The touchpoints whose messages are not too late on the day they are found.

    Without those that are counted from what people have done one by one, which no forecast knows: a
    handover, of which a person has seen how many there are, a case that was closed, a task that was
    done, a client event.
    """
    return {
        due.key
        for due in dues.values()
        if due.touchpoint.has_message(due.step)
        and due.touchpoint.anchor not in _DONE_BY_PEOPLE
        and (found_on - due.due_on).days <= due.touchpoint.message_window_days
    }


_DONE_BY_PEOPLE = frozenset[Anchor](["handover", "case_closed", "task_done", "client_event"])


def search(plan: Plan, dues: Sequence[Due], day: datetime.date, found_on: datetime.date) -> Search:
    """The search that a walk of `day` on `found_on` makes; of a past, walked day only later policies."""
    known = queries.walked(day)
    since_policy = known.policy_mark if known and day != found_on else 0
    is_replanned = known.plan != plan.edition if known else queries.is_found_early(day)
    return Search(day, dues, since_policy, is_replanned)


def _remember(day: datetime.date, since_policy: int, knew: dict[str, Any], seconds: float) -> None:
    """The day as it is walked now, and this walk of it beside the others, if it looked at any policy."""
    values = {**knew, "seconds": seconds}
    WalkedDay.insert(day=day, **values).on_conflict(
        conflict_target=[WalkedDay.day], update=values
    ).execute()
    if since_policy and since_policy == knew["policy_mark"]:
        return  # who waited for another one's walk of the day has nothing left to see
    DayWalk.insert(day=day, since_policy=since_policy, **knew).on_conflict(
        conflict_target=[DayWalk.day, DayWalk.since_policy], update=knew
    ).execute()
