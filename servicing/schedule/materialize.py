"""What a touchpoint owes: its message, its task, and the lines on the card.

The same for a whole day in one transaction and for a part of it that another machine has taken over.
"""

import dataclasses
import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from policies import database, models
from policies.dates import WorkCalendar
from policies.plan import Plan
from policies.timeline import Due
from servicing.channels import Routes
from servicing.core import context, trail
from servicing.core.context import Facts
from servicing.core.models import LIVE, Message, Task
from servicing.core.reasons import Reason
from servicing.core.settings import Breaker, Capacity
from servicing.messages import permission
from servicing.messages.permission import Rules, Verdict
from servicing.messages.templates import Composer
from servicing.schedule import handoff
from servicing.schedule.capacity import Levelling, Placed
from servicing.schedule.handoff import Others

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
    others: Others | None = None
    """Who takes over what was found and what was made; None: nobody, it is all done here."""
    breaker: Breaker = Breaker()
    """What a day is stopped by."""
    capacity: Capacity = Capacity()
    """What agents can do in a day, where the plan levels their tasks."""


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


Dues = dict[tuple[str, datetime.date, str], Due]
"""What falls due on a day, by the touchpoint's key, its anchor date and its occurrence."""


def by_what(found: Iterable[Due]) -> Dues:
    """What falls due on a day, to be found by what a touchpoint is."""
    return {(due.key, due.anchor_on, due.occurrence): due for due in found}


def what(each: Facts) -> tuple[str, datetime.date, str]:
    """By what a touchpoint is found among the dues of its day."""
    return each.key, each.anchor_on, each.occurrence


def make(
    walker: Walker,
    batch: list[Facts],
    dues: Dues,
    found_on: datetime.date,
    now: datetime.datetime,
    result: DayWalked,
) -> None:
    """Messages, tasks and card entries of a batch of touchpoints, in the transaction we are in."""
    if not batch:
        return
    booked = _marketing_days(batch, dues, found_on)
    levelling = _levelling(walker, batch, dues, found_on)
    messages: list[tuple[Any, ...]] = []
    tasks: list[tuple[Any, ...]] = []
    entries: list[trail.Entry] = []
    for each in batch:
        due = dues[what(each)]
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
        if standing := task_of(each, due, found_on):
            standing, placed = levelled(standing, each.agent_id, due, levelling)
            tasks.append(_task_row(each, standing))
            if placed:
                entries.append(_levelled_entry(each, standing, placed))
            if standing.state != "open":
                entries.append(_task_entry(each, standing))
            _count(result, "tasks", standing.state == "open", standing.reason)
    result.touchpoints += len(batch)
    database.insert_rows(Message, MESSAGE_COLUMNS, messages)
    database.insert_rows(Task, TASK_COLUMNS, tasks)
    trail.write(entries, now)
    if walker.others:
        walker.others.send(list(handoff.batches(_waiting(batch))))


def drop(
    batch: list[Facts], found_on: datetime.date, now: datetime.datetime, result: DayWalked
) -> None:
    """Record as cancelled what was found by a plan that had it, while the plan of today has not."""
    verdict = Verdict("cancelled", Reason.NOT_IN_PLAN)
    rows = [_row(each, verdict, "service", "", NO_WORDS, "", found_on) for each in batch]
    database.insert_rows(Message, MESSAGE_COLUMNS, rows)
    trail.write([_message_entry(each, verdict) for each in batch], now)
    result.touchpoints += len(batch)
    for each in batch:
        result.by_touchpoint[each.key] += 1
        _count(result, "messages", False, verdict.reason)


def _waiting(batch: list[Facts]) -> Iterator[tuple[str, datetime.datetime, int]]:
    """The messages of a batch that are queued: provider, moment, id."""
    for some in database.chunks(each.touchpoint_id for each in batch):
        is_queued = (Message.state == "queued") & Message.touchpoint.in_(some)
        query = Message.select(Message.id, Message.provider, Message.send_from).where(is_queued)
        for each in query.order_by(Message.provider, Message.send_from, Message.id):
            yield each.provider, each.send_from, each.id


def _count(result: DayWalked, what: str, is_made: bool, reason: Reason) -> None:
    name = what if is_made else "skipped"
    setattr(result, name, getattr(result, name) + 1)
    result.by_reason[reason.value] += 1


def _marketing_days(
    batch: list[Facts], dues: Dues, on: datetime.date
) -> dict[int, list[datetime.date]]:
    """By client: the days of the marketing messages that count against the caps (domain.md §6.6)."""
    clients = {
        each.client_id for each in batch if dues[what(each)].touchpoint.message_class == "marketing"
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
            found.setdefault(client_id, []).append(context.day(day))
    return found


MESSAGE_COLUMNS = (
    *("touchpoint_id", "policy_id", "client_id", "agent_id", "channel", "address", "message_class"),
    *("template", "locale", "params", "subject", "body", "parts", "encoding"),
    *("state", "reason", "planned_on", "send_from", "send_until", "provider"),
)


NO_WORDS: tuple[Any, ...] = ("", "{}", "", "", 0, "")
"""Locale, params, subject, body, parts and encoding of what is not to be sent."""


def _message_row(
    walker: Walker, each: Facts, due: Due, verdict: Verdict, found_on: datetime.date
) -> tuple[Any, ...]:
    """Only what may be sent is given words."""
    template, words, provider = due.touchpoint.template_of(due.step), NO_WORDS, ""
    if verdict.state == "queued":
        provider = walker.routes.of(verdict.channel, verdict.address)
        text = walker.composer.compose(each, template, verdict.channel, provider)
        params = msgspec.json.encode(text.params).decode()
        words = (text.locale, params, text.subject, text.body, text.parts, text.encoding)
    message_class = due.touchpoint.message_class
    return _row(each, verdict, message_class, template, words, provider, found_on)


def _row(
    each: Facts,
    verdict: Verdict,
    message_class: str,
    template: str,
    words: tuple[Any, ...],
    provider: str,
    found_on: datetime.date,
) -> tuple[Any, ...]:
    return (
        *(each.touchpoint_id, each.policy_id, each.client_id, each.agent_id),
        *(verdict.channel, verdict.address, message_class, template, *words),
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


@dataclass(frozen=True, slots=True)
class Standing:
    """What is to become of a touchpoint's task, and why."""

    state: str
    """open, missed (found too late) or cancelled (owed no more by now)."""
    reason: Reason
    due_on: datetime.date
    show_on: datetime.date
    """The day from which it stands on the agent's list."""
    closes_on: datetime.date
    """The last day on which it is worth doing."""


def task_of(each: Facts, due: Due, found_on: datetime.date) -> Standing | None:
    """The task of a touchpoint; None for what is only a message.

    Found in time, found late but worth doing, owed no more by now, or too late (domain.md §4.6).
    """
    if due.task_on is None:
        return None
    closes_on = due.task_on + datetime.timedelta(days=due.touchpoint.task_window_days)
    days = (due.task_on, max(due.task_on, found_on), closes_on)
    if gone := permission.no_longer_owed(each, due.touchpoint, found_on):
        return Standing("cancelled", gone, *days)
    if found_on > closes_on:
        return Standing("missed", Reason.LATE, *days)
    return Standing("open", Reason.DUE if found_on <= due.task_on else Reason.FOUND_LATE, *days)


def _levelling(
    walker: Walker, batch: list[Facts], dues: Dues, found_on: datetime.date
) -> Levelling | None:
    """What agents have to do in the days to come; None where no task of the batch asks for it."""
    agents = {
        each.agent_id
        for each in batch
        if (due := dues[what(each)]).touchpoint.level and due.task_on is not None
    }
    if not agents:
        return None
    levelling = Levelling(walker.calendar, walker.capacity, found_on)
    levelling.look_up(agents)
    return levelling


def levelled(
    standing: Standing, agent_id: int, due: Due, levelling: Levelling | None
) -> tuple[Standing, Placed | None]:
    """The task, on a day that has room for it where the plan says so; and what room was found."""
    if levelling is None or standing.state != "open":
        return standing, None
    if not due.touchpoint.level:
        levelling.put(agent_id, standing.show_on)
        return standing, None
    placed = levelling.place(agent_id, standing.show_on, standing.closes_on)
    if placed.on == standing.show_on:
        return standing, None
    return dataclasses.replace(standing, reason=Reason.LEVELLED, show_on=placed.on), placed


def _levelled_entry(each: Facts, standing: Standing, placed: Placed) -> trail.Entry:
    told = trail.facts(
        reason=standing.reason.value,
        show_on=[str(standing.due_on), str(placed.on)],
        full=placed.full,
        capacity=placed.capacity,
    )
    return (each.client_id, each.policy_id, each.touchpoint_id, "task.levelled", told)


def _task_row(each: Facts, standing: Standing) -> tuple[Any, ...]:
    days = (standing.due_on, standing.show_on, standing.closes_on)
    return (
        *(each.touchpoint_id, each.policy_id, each.client_id),
        *(*map(models.stored, days), standing.state, standing.reason.value),
    )


def _task_entry(each: Facts, standing: Standing) -> trail.Entry:
    told = trail.reasoned(reason=standing.reason.value)
    return (each.client_id, each.policy_id, each.touchpoint_id, f"task.{standing.state}", told)
