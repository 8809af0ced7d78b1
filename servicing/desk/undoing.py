"""Taking back what was recorded last of a task, for a while.

The trail is append-only: what was recorded stays there, and a line says that it was taken back. What
the row of a task loses when it ends stands in the line of its end, where it is not what it usually is.
"""

import datetime
import json
from typing import Any

from policies import database
from servicing.core import errors, trail
from servicing.core.done_models import DoneTask
from servicing.core.models import Task, literally
from servicing.core.reasons import Reason
from servicing.desk import queries

WITHIN = datetime.timedelta(minutes=15)
"""So long after it was recorded a result can be taken back."""

REOPENED = "task.reopened"


def before(task: Task) -> dict[str, Any]:
    """The facts of a line by which an open task that ends now can be opened again as it was."""
    return {
        "reason_was": "" if task.reason == Reason.DUE else task.reason,
        "note_was": task.note,
    }


def by_whom(task: Task, by: str) -> dict[str, str]:
    """The facts of a line that say who has recorded it.

    Of an agent's task that is the agent, and `by` the login of a manager in the agent's place; of a
    desk's its desk, and the login of whoever of it has taken the task.
    """
    if task.desk:
        return {"desk": task.desk, "by": by}
    return {"agent_no": task.policy.agent.agent_no, "by": by}


def write(task: Task, kind: str, now: datetime.datetime, **facts: object) -> None:
    """Append the line of the card that tells what became of a task; an empty fact is left out.

    A task without a touchpoint is named by the line itself.
    """
    if task.touchpoint_id is None:
        facts["task"] = task.id
    stated = trail.facts(**{name: value for name, value in facts.items() if value != ""})
    entry = trail.Entry(task.client_id, task.policy_id, task.touchpoint_id, kind, stated)
    trail.write([entry], now)


def undo(task_id: int, now: datetime.datetime, agent_no: str = "", by: str = "") -> None:
    """Open a task again as it was before it was done or skipped, or put it back on its day.

    `agent_no`, or of a desk's task `by`, a login: whoever takes it back has to have recorded it; both
    empty: operations do. Raises
    `TaskNotFound`, or `CannotUndo` where nothing was recorded, where something else has happened to the
    task since, or after `WITHIN`.
    """
    with database.writing():
        task = _task(task_id)
        line = queries.last_line_of(task.client_id, task.policy_id, task.touchpoint_id, task.id)
        facts = json.loads(line.facts) if line else {}
        if line is None or not _is_as_recorded(task, line.kind, facts):
            raise errors.CannotUndo("nothing_to_undo", task_id=task_id)
        is_own = facts.get("by") == by if by else not agent_no or is_by(facts, agent_no)
        if not is_own:
            raise errors.CannotUndo("recorded_by_another", task_id=task_id)
        if now - line.at > WITHIN:
            minutes = int(WITHIN.total_seconds() // 60)
            raise errors.CannotUndo("too_late_to_undo", task_id=task_id, minutes=minutes)
        _put_back(task, line.kind, facts)
        if _has_no_place(task):
            raise errors.CannotUndo("nothing_to_undo", task_id=task_id)
        task.save()
        undone = line.kind.removeprefix("task.")
        write(task, REOPENED, now, undone=undone, **by_whom(task, by))


def is_by(facts: dict[str, Any], agent_no: str) -> bool:
    """Whether an agent has recorded a line; what a manager has moved in her place, the manager has."""
    return facts.get("agent_no") == agent_no and not facts.get("by")


def _task(task_id: int) -> Task:
    if not 0 < task_id < 1 << 63:
        raise errors.TaskNotFound(task_id)
    task: Task | None = next(iter(database.locked(Task.select().where(Task.id == task_id))), None)
    if task is None:
        raise errors.TaskNotFound(task_id)
    return task


def _is_as_recorded(task: Task, kind: str, facts: dict[str, Any]) -> bool:
    """Whether the task is as that line has left it."""
    if kind == "task.postponed":
        return task.state == "open" and str(task.show_on) == facts.get("to")
    return kind in ("task.done", "task.skipped") and kind == f"task.{task.state}"


def _has_no_place(task: Task) -> bool:
    """Whether a task is to be open no more: its client has died, or it was handed over anew since."""
    if task.reason == Reason.MANAGER_ASKS:
        is_other = (Task.policy == task.policy_id) & (Task.id != task.id)
        is_asked = (Task.reason == task.reason) & (Task.state == literally("open"))
        return bool(Task.select().where(is_other & is_asked).exists())
    return task.client.deceased_on is not None and task.reason != Reason.CONDOLENCE


def _put_back(task: Task, kind: str, facts: dict[str, Any]) -> None:
    if kind == "task.postponed":
        task.show_on = datetime.date.fromisoformat(facts["from"])
        return
    task.state, task.note = "open", facts.get("note_was", "")
    task.reason = facts.get("reason_was", Reason.DUE.value)
    task.ended_at = task.done_by_id = task.done_by_login = None
    DoneTask.delete().where(DoneTask.task_id == task.id).execute()
