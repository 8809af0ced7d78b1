"""A touchpoint's task: open, too late or owed no more, and the day on which it is shown."""

import dataclasses
import datetime
from dataclasses import dataclass

from policies.desks import Desk
from policies.timeline import Due
from servicing.core import trail
from servicing.core.context import Addressee
from servicing.core.reasons import Reason
from servicing.schedule.capacity import AgentDays, Placed
from servicing.schedule.rows import TaskRow


@dataclass(frozen=True, slots=True)
class TaskVerdict:
    """A decision on a touchpoint's task: its state and days, and the reason."""

    state: str
    """open, missed (found too late) or cancelled (owed no more by now)."""
    reason: Reason
    due_on: datetime.date
    show_on: datetime.date
    """The day from which it stands on the agent's list."""
    closes_on: datetime.date
    """The last day on which it is worth doing."""
    desk: Desk | None = None
    """Whose it is, by the plan that made it; None: the agent's."""


def verdict(gone: Reason | None, due: Due, found_on: datetime.date) -> TaskVerdict | None:
    """The task of a touchpoint; None for what is only a message.

    Found in time, found late but worth doing, owed no more by now, or too late (domain.md §4.6).
    `gone`: why it is owed no more (`still_owed.no_longer_owed`); None: it is.
    """
    if due.task_on is None:
        return None
    closes_on = due.closes_on or due.task_on
    days = (due.task_on, max(due.task_on, found_on), closes_on)
    desk = due.touchpoint.desk
    if gone:
        return TaskVerdict("cancelled", gone, *days, desk)
    if found_on > closes_on:
        return TaskVerdict("missed", Reason.LATE, *days, desk)
    reason = Reason.DUE if found_on <= due.task_on else Reason.FOUND_LATE
    return TaskVerdict("open", reason, *days, desk)


def levelled(
    verdict: TaskVerdict, agent_id: int, due: Due, days: AgentDays | None
) -> tuple[TaskVerdict, Placed | None]:
    """The task, on a day that has room for it where the plan says so; and what room was found.

    A desk's task takes no room of the agent's.
    """
    if days is None or verdict.state != "open" or verdict.desk:
        return verdict, None
    if not due.touchpoint.level:
        days.put(agent_id, verdict.show_on)
        return verdict, None
    placed = days.place(agent_id, verdict.show_on, verdict.closes_on)
    if placed.on == verdict.show_on:
        return verdict, None
    return dataclasses.replace(verdict, reason=Reason.LEVELLED, show_on=placed.on), placed


def row(context: Addressee, verdict: TaskVerdict) -> TaskRow:
    """The task as it is written."""
    return TaskRow(
        touchpoint_id=context.touchpoint_id,
        policy_id=context.policy_id,
        client_id=context.client_id,
        due_on=verdict.due_on,
        show_on=verdict.show_on,
        closes_on=verdict.closes_on,
        state=verdict.state,
        reason=verdict.reason.value,
        desk=verdict.desk,
    )


def entry(context: Addressee, verdict: TaskVerdict) -> trail.Entry:
    """The line on the card of a task that is not opened."""
    return _entry(context, verdict.state, trail.reasoned(reason=verdict.reason.value))


def levelled_entry(context: Addressee, verdict: TaskVerdict, placed: Placed) -> trail.Entry:
    """The line on the card of a task that was moved to a day with room."""
    facts = trail.facts(
        reason=verdict.reason.value,
        show_on=[str(verdict.due_on), str(placed.on)],
        full=placed.full,
        capacity=placed.capacity,
    )
    return _entry(context, "levelled", facts)


def _entry(context: Addressee, what: str, facts: str) -> trail.Entry:
    kind = f"task.{what}"
    return trail.Entry(context.client_id, context.policy_id, context.touchpoint_id, kind, facts)
