"""The agent's day: open tasks, and how they end.

A task belongs to the policy's agent of today. What was done, postponed or skipped is written on the
client's card in the same transaction.
"""

import datetime
from collections.abc import Iterator, Sequence
from typing import Literal

from policies import database
from policies.models import Agent, Policy
from policies.plan import Plan, text
from servicing.core import errors, i18n, trail
from servicing.core.models import Task, literally
from servicing.core.reasons import Reason
from servicing.desk import queries
from servicing.desk.queries import WITHOUT_TOUCHPOINT, TaskLine

FURTHEST = datetime.timedelta(days=366)
"""A task may be postponed so far: a year."""

Outcome = Literal["", "spoke", "met", "wrote"]
OUTCOMES: tuple[Outcome, ...] = ("spoke", "met", "wrote")
"""How a client was reached: by telephone, in person, in writing. Not reached is not done."""

Why = Literal["", "declined", "unreachable", "settled"]
WHYS: tuple[Why, ...] = ("declined", "unreachable", "settled")
"""Why nothing is done: the client wants none of it, cannot be reached, or has it otherwise."""


def open_tasks(
    on: datetime.date, agent_no: str | None = None, *, until: datetime.date | None = None
) -> Iterator[TaskLine]:
    """The open tasks of `on` and before, the oldest first; of one agent, or of all.

    `until` is the last day on whose list they may stand, where that is not `on` itself.
    Raises `AgentNotFound` for a number that is not in the book.
    """
    if agent_no and not Agent.select().where(Agent.agent_no == agent_no).exists():
        raise errors.AgentNotFound(agent_no)
    with database.snapshot():
        yield from queries.tasks_shown(until or on, on, agent_no)


def are_of(task_ids: Sequence[int], agent_id: int | None) -> bool:
    """Whether all of these are tasks of an agent's policies, open or ended."""
    ids = set(task_ids)
    if not all(0 < each < 1 << 63 for each in ids):
        return False
    query = Task.select().join(Policy).where(Task.id.in_(ids) & (Policy.agent == agent_id))
    return bool(query.count() == len(ids))


def next_day_with_tasks(on: datetime.date, agent_no: str | None = None) -> datetime.date | None:
    """The first day after `on` that has open tasks, if any."""
    query = (
        Task.select()
        .join(Policy)
        .join(Agent)
        .where((Task.state == literally("open")) & (Task.show_on > on))
        .order_by(Task.show_on)
    )
    if agent_no:
        query = query.where(Agent.agent_no == agent_no)
    first = query.first()
    return first.show_on if first else None


def done(task_id: int, now: datetime.datetime, note: str = "", outcome: Outcome = "") -> None:
    """The agent has done it, and how; raises `TaskNotFound` or `TaskNotOpen`."""
    _end(task_id, "done", now, note, outcome=outcome)


def skip(task_id: int, now: datetime.datetime, note: str = "", why: Why = "") -> None:
    """The agent decides against it; raises `TaskNotFound` or `TaskNotOpen`."""
    _end(task_id, "skipped", now, note, why=why)


def postpone(
    task_id: int, to: datetime.date, on: datetime.date, now: datetime.datetime, note: str = ""
) -> None:
    """Show it again on a later day; it stays worth doing at least until then.

    A second call for the same day changes nothing. Raises `TaskNotFound`, `TaskNotOpen`, or
    `BadArgument` unless `to` is after `on`, and within a year.
    """
    if to <= on:
        raise errors.BadArgument("postponed_to_past", on=on, to=to)
    if to - on > FURTHEST:
        raise errors.BadArgument("postponed_too_far", to=to, latest=on + FURTHEST)
    with database.writing():
        task = _open_task(task_id)
        if task.show_on == to:
            return
        facts = {"to": to, "from": task.show_on, "note": note}
        task.show_on, task.closes_on = to, max(to, task.closes_on)
        task.save()
        _write(task, "task.postponed", now, **facts)


def _end(task_id: int, state: str, now: datetime.datetime, note: str, **facts: object) -> None:
    with database.writing():
        task = _open_task(task_id)
        if task.reason == Reason.CLAIM_ASKS:
            raise errors.BadArgument("death_is_asked", client_no=task.client.client_no)
        task.state, task.reason, task.note = state, Reason.AGENT.value, note
        task.ended_at, task.done_by_id = now, task.policy.agent_id
        task.save()
        agent_no = task.policy.agent.agent_no
        _write(task, f"task.{state}", now, note=note, agent_no=agent_no, **facts)


def _open_task(task_id: int) -> Task:
    if not 0 < task_id < 1 << 63:
        raise errors.TaskNotFound(task_id)
    task: Task | None = next(iter(database.locked(Task.select().where(Task.id == task_id))), None)
    if task is None:
        raise errors.TaskNotFound(task_id)
    if task.state != "open":
        raise errors.TaskNotOpen(task_id, task.state)
    return task


def _write(task: Task, kind: str, now: datetime.datetime, **facts: object) -> None:
    stated = trail.facts(**{name: value for name, value in facts.items() if value != ""})
    entry = trail.Entry(task.client_id, task.policy_id, task.touchpoint_id, kind, stated)
    trail.write([entry], now)


def title(plan: Plan, key: str, locale: str) -> str:
    """A touchpoint's name in the manual; one that the plan has dropped keeps its key."""
    if key in WITHOUT_TOUCHPOINT:
        return i18n.say("terminal", key, locale)
    touchpoint = plan.touchpoint(key)
    return text(touchpoint.title, locale) if touchpoint else key
