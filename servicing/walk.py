"""One day: what falls due becomes touchpoints, messages and tasks, in one transaction.

The timeline is read backwards: the plan turns the day into a short list of anchor dates, and one
`INSERT … SELECT … ON CONFLICT DO NOTHING` finds and records everything due. So the cost of a day
grows with what is due, not with the book; and a day walked twice, or by two at once, is walked once.
"""

import datetime
import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from policies import database, dates, models, timeline
from policies.dates import WorkCalendar
from policies.plan import Plan
from policies.timeline import Due
from servicing import facts, finding, permission, trail
from servicing.channels import Routes
from servicing.compose import Composer
from servicing.ending import IsOver, never
from servicing.facts import Facts
from servicing.models import LIVE, Message, Task, WalkedDay
from servicing.models import Touchpoint as TouchpointRow
from servicing.permission import Rules, Verdict
from servicing.reasons import Reason

BATCH = 4_000
"""Touchpoints in hand at a time: memory stays flat on a day of millions."""


@dataclass(frozen=True)
class Walker:
    """Everything a walk needs besides the days: the plan, the calendar, the words, the rules."""

    plan: Plan
    calendar: WorkCalendar
    composer: Composer
    rules: Rules
    routes: Routes
    """Which provider each message is to be carried by."""


@dataclass
class DayWalked:
    """What the walk of one day did."""

    on: datetime.date
    touchpoints: int = 0
    messages: int = 0
    """Queued to be sent."""
    tasks: int = 0
    """Opened for agents."""
    skipped: int = 0
    """Recorded but not made: messages suppressed or too late, tasks missed."""
    by_touchpoint: Counter[str] = field(default_factory=Counter)
    by_reason: Counter[str] = field(default_factory=Counter)


@dataclass
class Walked(DayWalked):
    """What a walk did on its day, and on the days it caught up before."""

    caught_up: list[DayWalked] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def walk(
    walker: Walker, on: datetime.date, now: datetime.datetime, is_over: IsOver = never
) -> Walked:
    """Walk the days not yet walked, in order, then `on`; each day is one transaction.

    Once it `is_over`, the days that are left are left to the next walk.
    """
    result = Walked(on, warnings=list(_warnings(walker.calendar, on)))
    for day in days_to_walk(on):
        if is_over():
            return result
        result.caught_up.append(walk_day(walker, day, on, now))
    today = walk_day(walker, on, on, now)
    for name, value in vars(today).items():
        setattr(result, name, value)
    return result


def summary(walked: Walked) -> dict[str, Any]:
    """What a walk did, as scripts read it."""
    return {**_counts(walked), "caught_up": [_counts(day) for day in walked.caught_up]}


def _counts(day: DayWalked) -> dict[str, Any]:
    counts = {
        name: getattr(day, name) for name in ("on", "touchpoints", "messages", "tasks", "skipped")
    }
    by_touchpoint, by_reason = dict(day.by_touchpoint), dict(sorted(day.by_reason.items()))
    return {**counts, "by_touchpoint": by_touchpoint, "by_reason": by_reason}


def days_to_walk(on: datetime.date) -> list[datetime.date]:
    """The days before `on` that are not walked, or that a later import has opened again."""
    sql = "SELECT CAST(MIN(joined_on) AS TEXT) FROM book_import WHERE added > 0 AND kind = 'book'"
    first = database.execute(sql).fetchone()[0]
    if first is None:
        return []
    done = set(WalkedDay.select(WalkedDay.day).where(~_reopened()).tuples())
    yesterday = on - dates.ONE_DAY
    days = dates.days_between(facts.day(first), yesterday)
    return [day for day in days if (day,) not in done]


def _reopened() -> Any:
    """Walked days that a later import reaches back to: its policies joined on or before them."""
    later = models.BookImport.select().where(
        (models.BookImport.id > WalkedDay.import_mark)
        & (models.BookImport.added > 0)
        & (models.BookImport.joined_on <= WalkedDay.day)
    )
    from peewee import fn

    return fn.EXISTS(later)


def _warnings(calendar: WorkCalendar, on: datetime.date) -> Iterator[str]:
    if not calendar.is_published(on):
        yield (
            f"the holidays of {on.year} in {calendar.country} are not published in this version"
            f" (known until {calendar.published_until}): only weekends and the holidays fixed by law"
            " count as days off; bridge days and make-up working days are missing"
        )


def walk_day(
    walker: Walker, day: datetime.date, found_on: datetime.date, now: datetime.datetime
) -> DayWalked:
    """Record everything due on `day` that is not yet recorded, found on `found_on`."""
    result, begun = DayWalked(day), time.monotonic()
    dues = {(due.key, due.anchor_on, due.occurrence): due for due in _falling_due(walker, day)}
    with database.explained(), database.exclusive("book"):
        # read first: what is imported while we look is looked at again
        marks = {"import_mark": last_id(models.BookImport), "policy_mark": last_id(models.Policy)}
        known = WalkedDay.get_or_none(WalkedDay.day == day)
        since_policy = known.policy_mark if known and day != found_on else 0
        mark = last_id(TouchpointRow)
        is_replanned = known is not None and known.plan != _plan_name(walker.plan)
        for statement in finding.statements(
            list(dues.values()), day, found_on, since_policy, is_replanned=is_replanned
        ):
            database.execute(*statement)
        while batch := facts.found_after(mark, BATCH):
            mark = batch[-1].touchpoint_id
            _make(walker, batch, dues, found_on, now, result)
        took = {"walked_at": now, "seconds": time.monotonic() - begun}
        _remember(day, {"plan": _plan_name(walker.plan), **took, **marks})
    return result


def _falling_due(walker: Walker, day: datetime.date) -> Iterator[Due]:
    return timeline.falling_due(walker.plan, walker.calendar, day)


def last_id(model: Any) -> int:
    """The highest id of a table, 0 for an empty one."""
    return int(
        database.execute(f"SELECT COALESCE(MAX(id), 0) FROM {database.table_of(model)}").fetchone()[
            0
        ]
    )


def _plan_name(plan: Plan) -> str:
    """What a walked day remembers its plan by: edited, it has another name."""
    return f"{plan.name}@{plan.digest}"


def _remember(day: datetime.date, values: dict[str, Any]) -> None:
    WalkedDay.insert(day=day, **values).on_conflict(
        conflict_target=[WalkedDay.day], update=values
    ).execute()


# ---------------------------------------------------------------------- making messages and tasks


def _make(
    walker: Walker,
    batch: list[Facts],
    dues: dict[tuple[str, datetime.date, str], Due],
    found_on: datetime.date,
    now: datetime.datetime,
    result: DayWalked,
) -> None:
    """Messages, tasks and card entries of a batch of touchpoints that were just recorded."""
    booked = _marketing_days(batch, dues, found_on)
    messages: list[tuple[Any, ...]] = []
    tasks: list[tuple[Any, ...]] = []
    entries: list[trail.Entry] = []
    for each in batch:
        due = dues[each.key, each.anchor_on, each.occurrence]
        result.by_touchpoint[each.key] += 1
        if due.touchpoint.has_message(due.step):
            verdict = permission.at_making(
                each, due.touchpoint, walker.rules, found_on, booked.get(each.client_id, ())
            )
            if verdict.planned_on and due.touchpoint.message_class == "marketing":
                booked.setdefault(each.client_id, []).append(verdict.planned_on)
            messages.append(_message_row(walker, each, due, verdict, found_on))
            entries.append(_message_entry(each, verdict))
            _count(result, "messages", verdict.state == "queued", verdict.reason)
        if due.task_on:
            closes_on = due.task_on + datetime.timedelta(days=due.touchpoint.task_window_days)
            gone = permission.no_longer_owed(each, due.touchpoint, found_on)
            state, reason = _task_standing(due.task_on, closes_on, found_on, gone)
            tasks.append(_task_row(each, due.task_on, closes_on, found_on, state, reason))
            if state != "open":
                entries.append(_task_entry(each, state, reason))
            _count(result, "tasks", state == "open", reason)
    result.touchpoints += len(batch)
    database.insert_rows(Message, MESSAGE_COLUMNS, messages)
    database.insert_rows(Task, TASK_COLUMNS, tasks)
    trail.write(entries, now)


def _count(result: DayWalked, what: str, is_made: bool, reason: Reason) -> None:
    name = what if is_made else "skipped"
    setattr(result, name, getattr(result, name) + 1)
    result.by_reason[reason.value] += 1


def _marketing_days(
    batch: list[Facts], dues: dict[tuple[str, datetime.date, str], Due], on: datetime.date
) -> dict[int, list[datetime.date]]:
    """By client: the days of the marketing messages that count against the caps (DOMAIN §6)."""
    clients = {
        each.client_id
        for each in batch
        if dues[each.key, each.anchor_on, each.occurrence].touchpoint.message_class == "marketing"
    }
    since = min(on, *(each.due_on for each in batch)).replace(day=1)
    return marketing_days(clients, since)


def marketing_days(
    clients: Collection[int], since: datetime.date
) -> dict[int, list[datetime.date]]:
    """By client, by id: the days since then of the marketing messages he has had, or is to have."""
    states = ", ".join(f"'{state}'" for state in LIVE)
    found: dict[int, list[datetime.date]] = {}
    for some in database.chunks(clients):
        sql = (
            "SELECT client_id, CAST(planned_on AS TEXT) FROM message"
            f" WHERE message_class = 'marketing' AND client_id IN ({', '.join('?' * len(some))})"
            f" AND planned_on >= '{since}' AND state IN ({states})"
        )
        for client_id, day in database.execute(sql, some):
            found.setdefault(client_id, []).append(facts.day(day))
    return found


MESSAGE_COLUMNS = (
    *("touchpoint_id", "policy_id", "client_id", "agent_id", "channel", "address", "message_class"),
    *("template", "locale", "params", "subject", "body", "parts", "encoding"),
    *("state", "reason", "planned_on", "send_from", "send_until", "provider"),
)


def _message_row(
    walker: Walker, each: Facts, due: Due, verdict: Verdict, found_on: datetime.date
) -> tuple[Any, ...]:
    """Only what may be sent is given words."""
    template = due.touchpoint.template_of(due.step)
    words: tuple[Any, ...] = ("", "{}", "", "", 0, "")
    provider = ""
    if verdict.state == "queued":
        provider = walker.routes.of(verdict.channel, verdict.address)
        text = walker.composer.compose(each, template, verdict.channel, provider)
        params = msgspec.json.encode(text.params).decode()
        words = (text.locale, params, text.subject, text.body, text.parts, text.encoding)
    return (
        *(each.touchpoint_id, each.policy_id, each.client_id, each.agent_id),
        *(verdict.channel, verdict.address, due.touchpoint.message_class, template, *words),
        *(verdict.state, verdict.reason.value, models.stored(verdict.planned_on or found_on)),
        *(models.stored(verdict.send_from), models.stored(verdict.send_until), provider),
    )


def _message_entry(each: Facts, verdict: Verdict) -> trail.Entry:
    told = trail.reasoned(reason=verdict.reason.value, channel=verdict.channel)
    return (each.client_id, each.policy_id, each.touchpoint_id, f"message.{verdict.state}", told)


TASK_COLUMNS = (
    *("touchpoint_id", "policy_id", "client_id"),
    *("due_on", "show_on", "closes_on", "state", "reason"),
)


def _task_standing(
    task_on: datetime.date, closes_on: datetime.date, found_on: datetime.date, gone: Reason | None
) -> tuple[str, Reason]:
    """Found in time, found late but worth doing, owed no more by now, or too late (DOMAIN §4)."""
    if gone:
        return "cancelled", gone
    if found_on > closes_on:
        return "missed", Reason.LATE
    return "open", Reason.DUE if found_on <= task_on else Reason.FOUND_LATE


def _task_row(
    each: Facts,
    task_on: datetime.date,
    closes_on: datetime.date,
    found_on: datetime.date,
    state: str,
    reason: Reason,
) -> tuple[Any, ...]:
    days = (task_on, max(task_on, found_on), closes_on)
    return (
        *(each.touchpoint_id, each.policy_id, each.client_id),
        *(*map(models.stored, days), state, reason.value),
    )


def _task_entry(each: Facts, state: str, reason: Reason) -> trail.Entry:
    told = trail.reasoned(reason=reason.value)
    return (each.client_id, each.policy_id, each.touchpoint_id, f"task.{state}", told)
