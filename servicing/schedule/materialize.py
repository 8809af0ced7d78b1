"""A touchpoint becomes its message, its task, and the lines on the card.

The same for a whole day in one transaction and for a part of it that another machine has taken over.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from policies import records
from policies.dates import WorkCalendar
from policies.plan import Plan
from policies.timeline import Due
from servicing.channels import Routes
from servicing.core import trail
from servicing.core.context import TouchpointContext, of_touchpoints
from servicing.core.models import Message, Task
from servicing.core.reasons import Reason
from servicing.core.settings import Breaker, Capacity
from servicing.corrections import sweep
from servicing.messages import permission
from servicing.messages.permission import MessageVerdict, PermissionRules
from servicing.messages.templates import Composer
from servicing.messages.waiting import Writer
from servicing.schedule import handoff, queries, tasks
from servicing.schedule.capacity import AgentDays
from servicing.schedule.handoff import Others
from servicing.schedule.rows import MessageRow, TaskRow
from servicing.schedule.tasks import TaskVerdict

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
        batch: Sequence[TouchpointContext],
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


def what(each: TouchpointContext) -> tuple[str, datetime.date, str]:
    """The identity of a touchpoint among the dues of its day."""
    return each.key, each.anchor_on, each.occurrence


def carried_on(
    plan: Plan,
    batch: list[TouchpointContext],
    dues: Dues,
    on: datetime.date,
    now: datetime.datetime,
) -> list[TouchpointContext]:
    """The batch; what a client is owed is carried by their next policy where this one is owed no more.

    It is owed no more since the day was due, or since the walk has looked: an import came between.
    """
    orphaned = [
        each.touchpoint_id
        for each in batch
        if (touchpoint := dues[what(each)].touchpoint).scope == "client"
        and permission.may_be_carried_on(
            permission.no_longer_owed(each, touchpoint, on), touchpoint
        )
    ]
    if not orphaned or not sweep.carry_on(plan, orphaned, on, now):
        return batch
    carried = {each.touchpoint_id: each for each in of_touchpoints(orphaned)}
    return [carried.get(each.touchpoint_id, each) for each in batch]


def make(
    walker: Walker,
    batch: Sequence[TouchpointContext],
    dues: Dues,
    found_on: datetime.date,
    now: datetime.datetime,
    result: DayWalked,
) -> None:
    """Messages, tasks and card entries of a batch of touchpoints, in the transaction we are in."""
    if not batch:
        return
    making = _Making(walker, batch, dues, found_on, now)
    for each in batch:
        making.take(each)
    _write(making.messages, making.tasks, making.entries, now)
    result.add(batch, making.messages, making.tasks)
    if walker.others:
        walker.others.send(
            list(handoff.batches(queries.waiting(each.touchpoint_id for each in batch)))
        )


def drop(
    batch: Sequence[TouchpointContext],
    found_on: datetime.date,
    now: datetime.datetime,
    result: DayWalked,
) -> None:
    """Record as cancelled the touchpoints of another plan that today's plan does not have."""
    verdict = MessageVerdict("cancelled", Reason.NOT_IN_PLAN)
    rows = [_unsent(each, verdict, "service", "", found_on) for each in batch]
    _write(rows, [], [_message_entry(each, verdict) for each in batch], now)
    result.add(batch, rows, [])


def _write(
    messages: Sequence[MessageRow],
    tasks: Sequence[TaskRow],
    entries: Sequence[trail.Entry],
    now: datetime.datetime,
) -> None:
    records.insert(Message, messages)
    records.insert(Task, tasks)
    trail.write(entries, now)


class _Making:
    """The rows of a batch as they come about."""

    def __init__(
        self,
        walker: Walker,
        batch: Sequence[TouchpointContext],
        dues: Dues,
        found_on: datetime.date,
        now: datetime.datetime,
    ) -> None:
        self._walker, self._dues, self._found_on, self._now = walker, dues, found_on, now
        self._booked = _marketing_days(batch, dues, found_on)
        self._days = _agent_days(walker, batch, dues, found_on)
        self.messages: list[MessageRow] = []
        self.tasks: list[TaskRow] = []
        self.entries: list[trail.Entry] = []

    def take(self, each: TouchpointContext) -> None:
        """Decide what is to become of one touchpoint."""
        due = self._dues[what(each)]
        if due.touchpoint.has_message(due.step):
            self._message(each, due)
        if verdict := tasks.verdict(each, due, self._found_on):
            self._task(each, due, verdict)

    def _message(self, each: TouchpointContext, due: Due) -> None:
        booked = self._booked.get(each.client_id, ())
        verdict = permission.at_making(
            each, due.touchpoint, self._walker.rules, self._found_on, booked
        )
        if verdict.planned_on and due.touchpoint.message_class == "marketing":
            self._booked.setdefault(each.client_id, []).append(verdict.planned_on)
        row = _message(self._walker, each, due, verdict, self._found_on)
        if _says_all(verdict):
            row = msgspec.structs.replace(row, made_at=self._now)
        else:
            self.entries.append(_message_entry(each, verdict))
        self.messages.append(row)

    def _task(self, each: TouchpointContext, due: Due, verdict: TaskVerdict) -> None:
        verdict, placed = tasks.levelled(verdict, each.agent_id, due, self._days)
        self.tasks.append(tasks.row(each, verdict))
        if placed:
            self.entries.append(tasks.levelled_entry(each, verdict, placed))
        if verdict.state != "open":
            self.entries.append(tasks.entry(each, verdict))


def _message(
    walker: Walker,
    each: TouchpointContext,
    due: Due,
    verdict: MessageVerdict,
    found_on: datetime.date,
) -> MessageRow:
    """What waits has a window; its way is as it looks today, its text is made when it leaves."""
    template = due.touchpoint.template_of(due.step)
    row = _unsent(each, verdict, due.touchpoint.message_class, template, found_on)
    if verdict.state != "queued":
        return row
    return msgspec.structs.replace(
        row,
        send_from=verdict.send_from,
        send_until=verdict.send_until,
        provider=walker.routes.of(verdict.channel, verdict.address),
    )


def _unsent(
    each: TouchpointContext,
    verdict: MessageVerdict,
    message_class: str,
    template: str,
    found_on: datetime.date,
) -> MessageRow:
    """A message that does not wait."""
    return MessageRow(
        touchpoint_id=each.touchpoint_id,
        policy_id=each.policy_id,
        client_id=each.client_id,
        agent_id=each.agent_id,
        message_class=message_class,
        state=verdict.state,
        reason=verdict.reason.value,
        planned_on=verdict.planned_on or found_on,
        channel=verdict.channel,
        address=verdict.address,
        template=template,
    )


def _says_all(verdict: MessageVerdict) -> bool:
    """Whether its row says all that a line on the card would: the card tells it from there."""
    return verdict.state == "queued" and verdict.reason is Reason.DUE


def _message_entry(each: TouchpointContext, verdict: MessageVerdict) -> trail.Entry:
    facts = trail.reasoned(reason=verdict.reason.value, channel=verdict.channel)
    kind = f"message.{verdict.state}"
    return trail.Entry(each.client_id, each.policy_id, each.touchpoint_id, kind, facts)


# ------------------------------------------------------------------------- what stands there already


def _marketing_days(
    batch: Sequence[TouchpointContext], dues: Dues, on: datetime.date
) -> dict[int, list[datetime.date]]:
    """By client: the days of the marketing messages that count against the caps (domain.md §6.6)."""
    clients = {
        each.client_id for each in batch if dues[what(each)].touchpoint.message_class == "marketing"
    }
    since = min(on, *(each.due_on for each in batch)).replace(day=1)
    return queries.marketing_days(clients, since)


def _agent_days(
    walker: Walker, batch: Sequence[TouchpointContext], dues: Dues, found_on: datetime.date
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
