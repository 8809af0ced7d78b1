"""Tasks for which nothing was due: an answer that is owed, a question about a death, condolence.

The sweep looks at what was due, so whoever learns that such a task is in vain ends it here.
"""

import datetime
from collections.abc import Collection

from policies import records
from policies.records import Moment, Record
from servicing.core import trail
from servicing.core.models import Task, literally
from servicing.core.reasons import Reason


class TaskState(Record, frozen=True):
    """The columns of a task that ends, or is open again."""

    state: str
    reason: str
    ended_at: Moment | None
    id: int


def open_tasks(client_id: int) -> list[Task]:
    """Those of a client that are open."""
    is_theirs = (Task.client == client_id) & Task.touchpoint.is_null()
    return list(Task.select().where(is_theirs & (Task.state == literally("open"))))


def cancel(tasks: Collection[Task], reason: Reason, now: datetime.datetime) -> None:
    """They are in vain."""
    _become("cancelled", tasks, reason, now, now)


def reopen(tasks: Collection[Task], now: datetime.datetime) -> None:
    """They are owed again."""
    _become("open", tasks, Reason.REVIVED, None, now)


def _become(
    state: str,
    tasks: Collection[Task],
    reason: Reason,
    ended_at: datetime.datetime | None,
    now: datetime.datetime,
) -> None:
    records.update(Task, (TaskState(state, reason.value, ended_at, each.id) for each in tasks))
    facts = trail.reasoned(reason=reason.value)
    entries = (
        trail.Entry(each.client_id, each.policy_id, None, f"task.{state}", facts) for each in tasks
    )
    trail.write(entries, now)
