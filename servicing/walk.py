"""One day: what falls due becomes touchpoints, messages and tasks, in one transaction.

The timeline is read backwards: the plan turns the day into a short list of anchor dates, and one
`INSERT … SELECT … ON CONFLICT DO NOTHING` finds and records everything due. So the cost of a day
grows with what is due, not with the book; and a day walked twice, or by two at once, is walked once.
"""

import datetime
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from policies import database, dates, models, timeline
from policies.dates import WorkCalendar
from policies.plan import Plan, Touchpoint
from policies.timeline import Due
from servicing import facts, permission, trail
from servicing.compose import Composer
from servicing.facts import Facts
from servicing.models import LIVE, Message, Task, WalkedDay
from servicing.models import Touchpoint as TouchpointRow
from servicing.permission import Rules, Verdict
from servicing.reasons import Reason

BATCH = 4_000
"""Touchpoints in hand at a time: memory stays flat on a day of millions."""

DUE_ROWS = 5_000
"""Anchor dates per statement; three values each stay below every database's limit."""


@dataclass(frozen=True)
class Walker:
    """Everything a walk needs besides the days: the plan, the calendar, the words, the rules."""

    plan: Plan
    calendar: WorkCalendar
    composer: Composer
    rules: Rules


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


def walk(walker: Walker, on: datetime.date, now: datetime.datetime) -> Walked:
    """Walk the days not yet walked, in order, then `on`; each day is one transaction."""
    result = Walked(on, warnings=list(_warnings(walker.calendar, on)))
    for day in days_to_walk(on):
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
    result = DayWalked(day)
    dues = {(due.key, due.anchor_on, due.occurrence): due for due in _falling_due(walker, day)}
    with database.explained(), database.exclusive("walk"):
        known = WalkedDay.get_or_none(WalkedDay.day == day)
        since_policy = known.policy_mark if known and day != found_on else 0
        mark = last_id(TouchpointRow)
        for statement in _record_due(list(dues.values()), day, found_on, since_policy):
            database.execute(*statement)
        while batch := facts.found_after(mark, BATCH):
            mark = batch[-1].touchpoint_id
            _make(walker, batch, dues, found_on, now, result)
        _remember(walker.plan, day, now)
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


def _remember(plan: Plan, day: datetime.date, now: datetime.datetime) -> None:
    values = {
        "walked_at": now,
        "plan": f"{plan.name}@{plan.digest}",
        "import_mark": last_id(models.BookImport),
        "policy_mark": last_id(models.Policy),
    }
    WalkedDay.insert(day=day, **values).on_conflict(
        conflict_target=[WalkedDay.day], update=values
    ).execute()


# ----------------------------------------------------------------------------- finding what is due


def _record_due(
    dues: list[Due], day: datetime.date, found_on: datetime.date, since_policy: int
) -> Iterator[tuple[str, list[Any]]]:
    """The statements that record a day, one for each way of finding a policy by an anchor date."""
    groups: dict[tuple[str, str], list[Due]] = {}
    for due in dues:
        groups.setdefault((due.touchpoint.anchor, due.touchpoint.scope), []).append(due)
    for (anchor, scope), group in groups.items():
        owed = facts.owed_sql("p", day, timeline.paused_for(group[0].touchpoint))
        conditions = [_ANCHORED[anchor].format(day=day), owed]
        if scope == "client":
            conditions.append(_carries(day))
        if since_policy:
            conditions.append(f"p.id > {since_policy}")
        for some in database.chunks(group, DUE_ROWS):
            yield _insert_due(some, _TABLES[anchor], scope, " AND ".join(conditions), day, found_on)


_TABLES = {
    "issue": "policy p",
    "delivered": "policy p",
    "birthday": "client c CROSS JOIN policy p",
    "premium_due": "premium i CROSS JOIN policy p",
}
_ANCHORED = {
    "issue": "p.issue_date = due.anchor_on",
    "delivered": "p.delivered_on = due.anchor_on",
    "birthday": "c.birthday = due.anchor_on AND p.client_id = c.id",
    "premium_due": (
        "i.due_date = due.anchor_on AND (i.paid_on IS NULL OR i.paid_on > '{day}') AND p.id = i.policy_id"
    ),
}


def _carries(day: datetime.date) -> str:
    """`timeline.carrier`: no policy of the client that is owed service was issued before."""
    return (
        "NOT EXISTS (SELECT 1 FROM policy q WHERE q.client_id = p.client_id"
        " AND (q.issue_date < p.issue_date OR (q.issue_date = p.issue_date AND q.id < p.id))"
        f" AND {facts.owed_sql('q', day)})"
    )


def _insert_due(
    dues: list[Due],
    tables: str,
    scope: str,
    conditions: str,
    day: datetime.date,
    found_on: datetime.date,
) -> tuple[str, list[Any]]:
    """CROSS JOIN keeps SQLite from turning the loop round: few dates first, then their policies."""
    marks = ", ".join(["(?, ?, ?)"] * len(dues))
    sql = (
        f"WITH due (key, occurrence, anchor_on) AS (VALUES {marks})"
        " INSERT INTO touchpoint"
        " (key, scope, occurrence, policy_id, client_id, anchor_on, due_on, found_on)"
        f" SELECT due.key, '{scope}', due.occurrence, p.id, p.client_id, due.anchor_on,"
        f" {_date(day)}, {_date(found_on)}"
        f" FROM due CROSS JOIN {tables} WHERE {conditions} ON CONFLICT DO NOTHING"
    )
    return sql, [value for due in dues for value in (due.key, due.occurrence, due.anchor_on)]


def _date(day: datetime.date) -> str:
    return f"'{day}'" if database.is_sqlite() else f"DATE '{day}'"


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
            task = _task_row(each, due.touchpoint, due.task_on, found_on)
            tasks.append(task)
            if task[5] == "missed":
                told = trail.reasoned(reason=Reason.LATE.value)
                entries.append(
                    (each.client_id, each.policy_id, each.touchpoint_id, "task.missed", told)
                )
            _count(result, "tasks", task[5] == "open", task[6])
    result.touchpoints += len(batch)
    database.insert_rows(Message, MESSAGE_COLUMNS, messages)
    database.insert_rows(Task, TASK_COLUMNS, tasks)
    trail.write(entries, now)


def _count(result: DayWalked, what: str, is_made: bool, reason: str) -> None:
    name = what if is_made else "skipped"
    setattr(result, name, getattr(result, name) + 1)
    result.by_reason[str(reason)] += 1


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
    *("state", "reason", "planned_on", "send_from", "send_until"),
)


def _message_row(
    walker: Walker, each: Facts, due: Due, verdict: Verdict, found_on: datetime.date
) -> tuple[Any, ...]:
    """Only what may be sent is given words."""
    template = due.touchpoint.template_of(due.step)
    words: tuple[Any, ...] = ("", "{}", "", "", 0, "")
    if verdict.state == "queued":
        text = walker.composer.compose(each, template, verdict.channel)
        params = json.dumps(text.params, ensure_ascii=False)
        words = (text.locale, params, text.subject, text.body, text.parts, text.encoding)
    return (
        *(each.touchpoint_id, each.policy_id, each.client_id, each.agent_id),
        *(verdict.channel, verdict.address, due.touchpoint.message_class, template, *words),
        *(verdict.state, verdict.reason.value, verdict.planned_on or found_on),
        verdict.send_from and models.utc(verdict.send_from),
        verdict.send_until and models.utc(verdict.send_until),
    )


def _message_entry(each: Facts, verdict: Verdict) -> trail.Entry:
    told = trail.reasoned(reason=verdict.reason.value, channel=verdict.channel)
    return (each.client_id, each.policy_id, each.touchpoint_id, f"message.{verdict.state}", told)


TASK_COLUMNS = (
    *(
        "touchpoint_id",
        "policy_id",
        "client_id",
        "due_on",
        "show_on",
        "state",
        "reason",
        "closes_on",
    ),
)


def _task_row(
    each: Facts, touchpoint: Touchpoint, task_on: datetime.date, found_on: datetime.date
) -> tuple[Any, ...]:
    closes_on = task_on + datetime.timedelta(days=touchpoint.task_window_days)
    reason = Reason.DUE if found_on <= task_on else Reason.FOUND_LATE
    is_late = found_on > closes_on
    return (
        *(each.touchpoint_id, each.policy_id, each.client_id, task_on, max(task_on, found_on)),
        *(("missed", Reason.LATE.value) if is_late else ("open", reason.value)),
        closes_on,
    )
