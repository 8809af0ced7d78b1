"""The agent's day: open tasks, and how they end.

A task belongs to the policy's agent of today, or to a desk (`servicing.desk.of_desks`). What was done,
postponed or skipped is written on the client's card in the same transaction; so is what was taken back
(`servicing.desk.undoing`).
"""

import datetime
from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from policies import database
from policies.desks import Desk
from policies.models import Agent, Policy
from policies.plan import Plan, text
from servicing.core import errors, i18n, touched, whose
from servicing.core.done_models import DoneTask
from servicing.core.models import Task, literally
from servicing.core.reasons import Reason
from servicing.core.touched import TouchedRow
from servicing.desk import queries, undoing
from servicing.desk.queries import WITHOUT_TOUCHPOINT, TaskLine, Whose
from servicing.desk.undoing import write
from servicing.desk.windows import Timed, Windows

LONGEST_AGO = datetime.timedelta(days=366)
"""What was done longer ago than a year is recorded as a task of today no more."""

Outcome = Literal["", "spoke", "met", "wrote"]
OUTCOMES: tuple[Outcome, ...] = ("spoke", "met", "wrote")
"""How a client was reached: by telephone, in person, in writing. Not reached is not done."""

Why = Literal["", "declined", "unreachable", "settled"]
WHYS: tuple[Why, ...] = ("declined", "unreachable", "settled")
"""Why nothing is done: the client wants none of it, cannot be reached, or has it otherwise."""


def open_tasks(
    on: datetime.date, agent_no: str | None = None, desk: Desk | None = None
) -> Iterator[TaskLine]:
    """The open tasks of `on` and before, the oldest first; of one agent, of a desk, or of all.

    Raises `AgentNotFound` for a number that is not in the book.
    """
    if agent_no and not Agent.select().where(Agent.agent_no == agent_no).exists():
        raise errors.AgentNotFound(agent_no)
    with database.snapshot():
        yield from queries.tasks_shown(on, on, Whose(agent_no or "", desk or ""))


def are_of(task_ids: Sequence[int], agent_ids: Collection[int]) -> bool:
    """Whether all of these are tasks of some agents, open or ended; a desk's is none of theirs."""
    ids = set(task_ids)
    if not all(0 < each < 1 << 63 for each in ids):
        return False
    theirs = Policy.agent.in_(list(agent_ids))
    query = Task.select().join(Policy).where(Task.id.in_(ids) & theirs & whose.is_of_agent())
    return bool(query.count() == len(ids))


def next_day_with_tasks(
    on: datetime.date, agent_no: str | None = None, desk: Desk | None = None
) -> datetime.date | None:
    """The first day after `on` that has open tasks, if any."""
    query = (
        Task.select()
        .join(Policy)
        .join(Agent)
        .where((Task.state == literally("open")) & (Task.show_on > on))
        .order_by(Task.show_on)
    )
    if agent_no:
        query = query.where((Agent.agent_no == agent_no) & whose.is_of_agent())
    if desk:
        query = query.where(Task.desk == desk)
    first = query.first()
    return first.show_on if first else None


def done(
    task_id: int,
    now: datetime.datetime,
    note: str = "",
    outcome: Outcome = "",
    was_on: datetime.date | None = None,
    by: str = "",
    *,
    on: datetime.date | None = None,
) -> None:
    """The agent has done it, and how, or of a desk `by` this login.

    Raises `TaskNotFound` or `TaskNotOpen`.

    `was_on`: the day on which it was done, where that was earlier (`day_of_doing`). The card tells it;
    figures, and what a plan counts from it, go by the moment at which it was recorded, which nobody can
    choose. `on`: the day of that moment by the book's calendar; without it, no plan counts from it.
    """
    with database.writing():
        task = _end(task_id, "done", now, note, by, outcome=outcome, was_on=was_on or "")
        if on is not None and task.touchpoint is not None:
            DoneTask.create(
                task_id=task.id,
                key=task.touchpoint.key,
                policy_id=task.policy_id,
                client_id=task.client_id,
                done_on=on,
            )
            touched.note([TouchedRow(task.client_id, "task_done")])


def day_of_doing(day: datetime.date | None, on: datetime.date) -> datetime.date | None:
    """The day on which something was done that is recorded on `on`; None: on that very day.

    Raises `BadArgument` for a day to come, or one that is more than a year ago.
    """
    if day is None or day == on:
        return None
    if day > on:
        raise errors.BadArgument("done_in_future", day=day, on=on)
    if on - day > LONGEST_AGO:
        raise errors.BadArgument("done_long_ago", day=day, earliest=on - LONGEST_AGO)
    return day


def skip(task_id: int, now: datetime.datetime, note: str = "", why: Why = "", by: str = "") -> None:
    """The agent decides against it, or of a desk `by` this login; raises as `done`."""
    _end(task_id, "skipped", now, note, by, why=why)


def postpone(
    task_id: int,
    to: datetime.date,
    on: datetime.date,
    now: datetime.datetime,
    note: str = "",
    *,
    windows: Windows,
    by: str = "",
) -> datetime.date:
    """Show it again on a later day, and answer with that day: a day off becomes the next working day.

    `by`: the login of a manager who moves it in the agent's place, or of whoever is of its desk. It
    stays worth doing until the same day as before. A second call for the same day changes nothing.
    Raises `TaskNotFound`, `TaskNotOpen`, or `BadArgument` unless the day is after `on` and inside the
    window of the task.
    """
    with database.writing():
        task = _open_task(task_id)
        day = windows.later(timed(task), to, on)
        if task.show_on != day:
            facts = {"to": day, "from": task.show_on, "note": note}
            task.show_on = day
            task.save()
            write(task, "task.postponed", now, **facts, **undoing.by_whom(task, by))
    return day


def timed(task: Task) -> Timed:
    """What the window of a task depends on."""
    of = task.touchpoint
    key, anchor_on = (of.key, of.anchor_on) if of else ("", None)
    return Timed(task.closes_on, key, anchor_on, task.policy.product)


def _end(
    task_id: int, state: str, now: datetime.datetime, note: str, by: str, **facts: object
) -> Task:
    with database.writing():
        task = _open_task(task_id)
        if task.reason == Reason.CLAIM_ASKS:
            raise errors.BadArgument("death_is_asked", client_no=task.client.client_no)
        before = undoing.before(task)
        task.state, task.reason, task.note = state, Reason.AGENT.value, note
        task.ended_at = now
        if task.desk:
            task.done_by_login = by or None
        else:
            task.done_by_id = task.policy.agent_id
        task.save()
        recorded = {"note": note, **undoing.by_whom(task, by if task.desk else "")}
        write(task, f"task.{state}", now, **recorded, **facts, **before)
    return task


def _open_task(task_id: int) -> Task:
    if not 0 < task_id < 1 << 63:
        raise errors.TaskNotFound(task_id)
    task: Task | None = next(iter(database.locked(Task.select().where(Task.id == task_id))), None)
    if task is None:
        raise errors.TaskNotFound(task_id)
    if task.state != "open":
        raise errors.TaskNotOpen(task_id, task.state)
    return task


def title(plan: Plan, key: str, locale: str) -> str:
    """A touchpoint's name in the manual; one that the plan has dropped keeps its key."""
    if key in WITHOUT_TOUCHPOINT:
        return i18n.say("terminal", key, locale)
    touchpoint = plan.touchpoint(key)
    return text(touchpoint.title, locale) if touchpoint else key
