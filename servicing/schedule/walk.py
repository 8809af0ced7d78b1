"""One day: what falls due becomes touchpoints, messages and tasks, in one transaction.

The timeline is read backwards: the plan turns the day into a short list of anchor dates, and one
`INSERT … SELECT … ON CONFLICT DO NOTHING` finds and records everything due. So the cost of a day
grows with what is due, not with the book; and a day walked twice, or by two at once, is walked once.
"""

import datetime
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from peewee import fn

from policies import database, dates, models, records
from policies.dates import WorkCalendar
from policies.notices import Notice, notice
from policies.plan import Plan
from policies.timeline import Due
from servicing.breaker import breaker, forecast
from servicing.core import context
from servicing.core import due as falling_due
from servicing.core.due import Search
from servicing.core.models import Touchpoint as TouchpointRow
from servicing.core.models import WalkedDay
from servicing.core.runtime import IsOver, never
from servicing.schedule import materialize, parts
from servicing.schedule.materialize import DayWalked, Dues, Walker


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
    return {**_counts(walked), "caught_up": [_counts(day) for day in walked.caught_up]}


def _counts(day: DayWalked) -> dict[str, Any]:
    counts = {
        name: getattr(day, name) for name in ("on", "touchpoints", "messages", "tasks", "skipped")
    }
    by_touchpoint, by_reason = dict(day.by_touchpoint), dict(sorted(day.by_reason.items()))
    return {**counts, "by_touchpoint": by_touchpoint, "by_reason": by_reason}


def days_to_walk(on: datetime.date) -> list[datetime.date]:
    """The days before `on` that are not walked, or that a later import has opened again."""
    is_book = (models.BookImport.added > 0) & (models.BookImport.kind == "book")
    first = models.BookImport.select(fn.MIN(models.BookImport.joined_on)).where(is_book).scalar()
    if first is None:
        return []
    done = {each.day for each in WalkedDay.select(WalkedDay.day).where(~_reopened())}
    return [day for day in dates.days_between(first, on - dates.ONE_DAY) if day not in done]


def _reopened() -> Any:
    """Walked days that a later import reaches back to: its policies joined on or before them."""
    later = models.BookImport.select().where(
        (models.BookImport.id > WalkedDay.import_mark)
        & (models.BookImport.added > 0)
        & (models.BookImport.joined_on <= WalkedDay.day)
    )
    return fn.EXISTS(later)


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
    with database.explained(), database.exclusive("book"):
        found = falling_due.dues(walker.plan, walker.calendar, day)
        dues = materialize.by_what(found)
        # read first: what is imported while we look is looked at again
        import_mark, policy_mark = map(database.last_id, (models.BookImport, models.Policy))
        mark = database.last_id(TouchpointRow)
        looked_for = search(walker.plan, found, day, found_on)
        for statement in falling_due.statements(looked_for, found_on):
            database.execute(*statement)
        breaker.judge_day(walker.breaker, day, _may_leave(dues, found_on), known, now)
        if walker.others:
            parts.hand_out(walker, walker.others, mark, result, found_on)
        else:
            while batch := context.found_after(mark, materialize.BATCH):
                mark = batch[-1].touchpoint_id
                materialize.make(walker, batch, dues, found_on, now, result)
        took = {"walked_at": now, "seconds": time.monotonic() - begun}
        marks = {"import_mark": import_mark, "policy_mark": policy_mark}
        _remember(day, {"plan": walker.plan.edition, **took, **marks})
    return result


def _may_leave(dues: Dues, found_on: datetime.date) -> set[str]:
    """The touchpoints whose messages are not too late on the day they are found.

    Without those that are counted from a handover: a person has seen how many there are, and meant it.
    """
    return {
        due.key
        for due in dues.values()
        if due.touchpoint.has_message(due.step)
        and due.touchpoint.anchor != "handover"
        and (found_on - due.due_on).days <= due.touchpoint.message_window_days
    }


def search(plan: Plan, dues: Sequence[Due], day: datetime.date, found_on: datetime.date) -> Search:
    """The search that a walk of `day` on `found_on` makes; of a past, walked day only later policies."""
    known = WalkedDay.get_or_none(WalkedDay.day == day)
    since_policy = known.policy_mark if known and day != found_on else 0
    is_replanned = known is not None and known.plan != plan.edition
    return Search(day, dues, since_policy, is_replanned)


def _remember(day: datetime.date, values: dict[str, Any]) -> None:
    WalkedDay.insert(day=day, **values).on_conflict(
        conflict_target=[WalkedDay.day], update=values
    ).execute()
