"""A touchpoint becomes its message, its task, and the lines on the card.

The same for a whole day in one transaction and for a part of it that another machine has taken over.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from policies import records
from policies.dates import WorkCalendar
from policies.plan import Plan
from policies.plan import Touchpoint as Planned
from policies.timeline import Due
from servicing.channels import Routes
from servicing.core import trail
from servicing.core.context import Addressee, TouchpointContext, of_touchpoints
from servicing.core.models import Message, Task
from servicing.core.reasons import Reason
from servicing.core.settings import Breaker, Capacity
from servicing.corrections import sweep
from servicing.messages import greetings, permission, still_owed
from servicing.messages.permission import MessageVerdict, PermissionRules
from servicing.messages.queries import (
    BookedGreeting,
    Greeting,
    greetings_of,
    marketing_days,
)
from servicing.messages.templates import Composer
from servicing.messages.waiting import Writer
from servicing.schedule import handoff, queries, tasks, to_make
from servicing.schedule.capacity import AgentDays
from servicing.schedule.handoff import Others
from servicing.schedule.rows import MessageRow, TaskRow
from servicing.schedule.tasks import TaskVerdict
from servicing.schedule.to_make import Making, ToMake

BATCH = 4_000
"""Touchpoints in hand at a time: memory stays flat on a day of millions."""


@dataclass(frozen=True)
class Walker:
    """Everything a walk needs besides the days: the plan, the calendar, the words, the rules."""

    plan: Plan
    calendar: WorkCalendar
    composer: Composer
    rules: PermissionRules
    routes: Routes
    """Which provider each message is to be carried by."""
    others: Others | None = None
    """Who takes over touchpoints to make, and messages to send; None: nobody, it is all done here."""
    breaker: Breaker = Breaker()
    """What a day is stopped by."""
    capacity: Capacity = Capacity()
    """What agents can do in a day, where the plan levels their tasks."""

    @property
    def writer(self) -> Writer:
        """What a text is made of."""
        return Writer(self.plan, self.composer, self.routes.of)


@dataclass
class DayWalked:
    """The result of the walk of one day."""

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
    early: "DayWalked | None" = None
    """What was found of the next day, for clients where it begins before the next walk."""

    def add(
        self,
        batch: Sequence[ToMake],
        messages: Sequence[MessageRow],
        tasks: Sequence[TaskRow],
    ) -> None:
        """Count a batch and what was made of it."""
        queued = sum(each.state == "queued" for each in messages)
        opened = sum(each.state == "open" for each in tasks)
        self.touchpoints += len(batch)
        self.messages += queued
        self.tasks += opened
        self.skipped += len(messages) - queued + len(tasks) - opened
        self.by_touchpoint.update(each.key for each in batch)
        self.by_reason.update(each.reason for each in messages)
        self.by_reason.update(each.reason for each in tasks)


Dues = dict[tuple[str, datetime.date, str], Due]
"""What falls due on a day, by the touchpoint's key, its anchor date and its occurrence."""


def by_what(found: Iterable[Due]) -> Dues:
    """The dues of a day by what identifies a touchpoint."""
    return {(due.key, due.anchor_on, due.occurrence): due for due in found}


def what(each: Addressee) -> tuple[str, datetime.date, str]:
    """The identity of a touchpoint among the dues of its day."""
    return each.key, each.anchor_on, each.occurrence


def carried_on(
    making: Making, batch: list[ToMake], dues: Dues, now: datetime.datetime
) -> list[ToMake]:
    """The batch; what a client is owed is carried by their next policy where this one is owed no more.

    It is owed no more since the day was due, or since the walk has looked: an import came between.
    """
    orphaned = [
        each.touchpoint_id
        for each in _contexts_of_those_owed_no_more(batch)
        if (touchpoint := dues[what(each)].touchpoint).scope == "client"
        and still_owed.may_be_carried_on(
            still_owed.no_longer_owed(each, touchpoint, making.on), touchpoint
        )
    ]
    if not orphaned or not sweep.carry_on(making.plan, orphaned, making.on, now):
        return batch
    carried = {each.touchpoint_id: each for each in to_make.of_touchpoints(making, orphaned)}
    return [carried.get(each.touchpoint_id, each) for each in batch]


def _contexts_of_those_owed_no_more(batch: Sequence[ToMake]) -> Iterator[TouchpointContext]:
    return of_touchpoints(each.touchpoint_id for each in batch if not each.is_owed)


def make(
    walker: Walker,
    batch: Sequence[ToMake],
    dues: Dues,
    making: Making,
    now: datetime.datetime,
    result: DayWalked,
) -> None:
    """Messages, tasks and card entries of a batch of touchpoints, in the transaction we are in."""
    if not batch:
        return
    made = _Made(walker, batch, dues, making, now)
    for each in batch:
        made.take(each)
    _write(made.messages, made.tasks, made.entries, now)
    result.add(batch, made.messages, made.tasks)
    if walker.others:
        walker.others.send(
            list(handoff.batches(queries.waiting(each.touchpoint_id for each in batch)))
        )


def drop(
    routes: Routes,
    batch: Sequence[ToMake],
    found_on: datetime.date,
    now: datetime.datetime,
    result: DayWalked,
) -> None:
    """Record as cancelled the touchpoints of another plan that today's plan does not have."""
    unknown = MessageRow(0, 0, 0, 0, "service", "cancelled", Reason.NOT_IN_PLAN.value, found_on)
    rows = [_of(each, unknown, routes) for each in batch]
    _write(rows, [], map(_message_entry, rows), now)
    result.add(batch, rows, [])


def _write(
    messages: Sequence[MessageRow],
    tasks: Sequence[TaskRow],
    entries: Iterable[trail.Entry],
    now: datetime.datetime,
) -> None:
    records.insert(Message, messages)
    records.insert(Task, tasks)
    trail.write(entries, now)


class _Made:
    """The rows of a batch as they come about."""

    def __init__(
        self,
        walker: Walker,
        batch: Sequence[ToMake],
        dues: Dues,
        making: Making,
        now: datetime.datetime,
    ) -> None:
        self._walker, self._dues, self._on, self._now = walker, dues, making.on, now
        self._gone = {
            each.touchpoint_id: still_owed.no_longer_owed(
                each, dues[what(each)].touchpoint, making.on
            )
            for each in _contexts_of_those_owed_no_more(batch)
        }
        self._booked = _marketing_days(batch, dues, making)
        self._greeted = _Greeted(walker, batch, dues, making.on)
        self._days = _agent_days(walker, batch, dues, making.on)
        self._alike: dict[tuple[object, ...], _Decided] = {}
        self.messages: list[MessageRow] = []
        self.tasks: list[TaskRow] = []
        self.entries: list[trail.Entry] = []

    def take(self, each: ToMake) -> None:
        """Decide what is to become of one touchpoint."""
        due, gone = self._dues[what(each)], self._gone.get(each.touchpoint_id)
        if due.touchpoint.has_message(due.step):
            self._message(each, due, gone)
        if verdict := tasks.verdict(gone, due, self._on):
            self._task(each, due, verdict)

    def _message(self, each: ToMake, due: Due, gone: Reason | None) -> None:
        is_marketing = due.touchpoint.message_class == "marketing"
        booked = self._booked.get(each.client_id, ()) if is_marketing else ()
        greeted = self._greeted.beside(each, due.touchpoint)
        if gone or booked or greeted:
            planned_on, row = self._decided(each, due, gone, booked, greeted)
        else:
            planned_on, row = self._decided_alike(each, due)
        if planned_on and is_marketing:
            self._booked.setdefault(each.client_id, []).append(planned_on)
        if planned_on and due.touchpoint.is_greeting:
            self._greeted.add(each, planned_on)
        row = _of(each, row, self._walker.routes)
        self.messages.append(row)
        if row.made_at is None:
            self.entries.append(_message_entry(row))

    def _decided_alike(self, each: ToMake, due: Due) -> "_Decided":
        """Decided once for all who are alike: a day has few decisions and many touchpoints."""
        template = due.touchpoint.template_of(due.step)
        kind = (each.key, template, permission.likeness(each))
        decided = self._alike.get(kind)
        if decided is None:
            decided = self._alike[kind] = self._decided(each, due, None, (), ())
        return decided

    def _decided(
        self,
        each: ToMake,
        due: Due,
        gone: Reason | None,
        booked: Sequence[datetime.date],
        greeted: Sequence[datetime.date],
    ) -> "_Decided":
        rules = self._walker.rules
        verdict = (
            MessageVerdict("cancelled", gone)
            if gone
            else permission.of_owed(each, due.touchpoint, rules, self._on, booked, greeted)
        )
        return _Decided(verdict.planned_on, _row(due, verdict, self._on, self._now))

    def _task(self, each: ToMake, due: Due, verdict: TaskVerdict) -> None:
        verdict, placed = tasks.levelled(verdict, each.agent_id, due, self._days)
        self.tasks.append(tasks.row(each, verdict))
        if placed:
            self.entries.append(tasks.levelled_entry(each, verdict, placed))
        if verdict.state != "open":
            self.entries.append(tasks.entry(each, verdict))


class _Decided(NamedTuple):
    """A decision on a message."""

    planned_on: datetime.date | None
    """The day that counts against the caps; None: it is not sent."""
    row: MessageRow
    """Its row, which is nobody's yet."""


def _row(
    due: Due, verdict: MessageVerdict, found_on: datetime.date, now: datetime.datetime
) -> MessageRow:
    """A message as it is decided, which is nobody's yet; its text is made when it leaves.

    What waits has a window. What waits because it is due says all that a line on the card would say, so
    the card tells it from there.
    """
    says_all = verdict.state == "queued" and verdict.reason is Reason.DUE
    return MessageRow(
        touchpoint_id=0,
        policy_id=0,
        client_id=0,
        agent_id=0,
        message_class=due.touchpoint.message_class,
        state=verdict.state,
        reason=verdict.reason.value,
        planned_on=verdict.planned_on or found_on,
        channel=verdict.channel,
        template=due.touchpoint.template_of(due.step),
        send_from=verdict.send_from,
        send_until=verdict.send_until,
        made_at=now if says_all else None,
        is_greeting=due.touchpoint.is_greeting or None,
    )


def _of(each: ToMake, row: MessageRow, routes: Routes) -> MessageRow:
    """The row as it is this touchpoint's; of what waits, its way as it looks today."""
    address = provider = ""
    if row.state == "queued":
        address = permission.address_of(each, row.channel)
        provider = routes.of(row.channel, address)
    return msgspec.structs.replace(
        row,
        touchpoint_id=each.touchpoint_id,
        policy_id=each.policy_id,
        client_id=each.client_id,
        agent_id=each.agent_id,
        address=address,
        provider=provider,
    )


def _message_entry(row: MessageRow) -> trail.Entry:
    kind = f"message.{row.state}"
    facts = trail.facts_when_made(kind, row.reason, row.channel)
    return trail.Entry(row.client_id, row.policy_id, row.touchpoint_id, kind, facts)


# ------------------------------------------------------------------------- what stands there already


def _marketing_days(
    batch: Sequence[ToMake], dues: Dues, making: Making
) -> dict[int, list[datetime.date]]:
    """By client: the days of the marketing messages that count against the caps (domain.md §6.6)."""
    clients = {
        each.client_id
        for each in batch
        if each.may_be_booked and dues[what(each)].touchpoint.message_class == "marketing"
    }
    return marketing_days(clients, making.caps_since)


class _Greeted:
    """The days of the greetings of clients that count against the caps of greetings (domain.md §17.6)."""

    def __init__(
        self, walker: Walker, batch: Sequence[ToMake], dues: Dues, found_on: datetime.date
    ) -> None:
        wanted: dict[tuple[str, datetime.date], set[int]] = {}
        for each in batch:
            due = dues[what(each)]
            if due.touchpoint.is_greeting and due.touchpoint.has_message(due.step):
                wanted.setdefault((each.key, each.due_on), set()).add(each.client_id)
        self._known: dict[int, list[BookedGreeting]] = {}
        self._near: dict[tuple[str, datetime.date], dict[int, list[Greeting]]] = {}
        if not wanted:
            return
        first = min(day for _, day in wanted)
        self._known = greetings_of(set().union(*wanted.values()), greetings.since(first))
        for (key, day), clients in wanted.items():
            touchpoint = walker.plan.touchpoint(key)
            assert touchpoint is not None  # its due is of the plan
            asked = walker.plan, walker.calendar, touchpoint, day
            rules = walker.rules.greetings
            self._near[key, day] = greetings.near(*asked, clients, rules, found_on)

    def beside(self, each: ToMake, touchpoint: Planned) -> Sequence[datetime.date]:
        """The days of those that count beside a greeting; of another message there are none."""
        if not touchpoint.is_greeting:
            return ()
        to_come = self._near.get((each.key, each.due_on), {}).get(each.client_id, ())
        known = self._known.get(each.client_id, ())
        others = greetings.others(known, each.client_id, each.key, each.occurrence)
        return [*others, *(its.planned_on for its in to_come)]

    def add(self, each: ToMake, day: datetime.date) -> None:
        """One more is to be had."""
        more = BookedGreeting(each.client_id, day, each.key, each.occurrence)
        self._known.setdefault(each.client_id, []).append(more)


def _agent_days(
    walker: Walker, batch: Sequence[ToMake], dues: Dues, found_on: datetime.date
) -> AgentDays | None:
    """The tasks of agents in the days to come; None where no task of the batch asks for it."""
    agents = {
        each.agent_id
        for each in batch
        if (due := dues[what(each)]).touchpoint.level and due.task_on is not None
    }
    if not agents:
        return None
    days = AgentDays(walker.calendar, walker.capacity, found_on)
    days.look_up(agents)
    return days
