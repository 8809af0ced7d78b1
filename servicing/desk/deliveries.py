"""The day on which a contract was handed over, as it is recorded with the task of its delivery.

It holds until a book says otherwise, as every day of a policy does; what is counted from it follows as
after an import.
"""

import datetime

from policies import database
from policies.models import Policy
from servicing.core import errors, touched, trail
from servicing.core.models import Task
from servicing.core.touched import TouchedRow

KEY = "delivery"
"""The touchpoint whose task hands a contract over."""


def record(
    task_id: int, day: datetime.date, on: datetime.date, by: str, now: datetime.datetime
) -> None:
    """The contract was handed over on a day; nothing changes where the book has that day already.

    Call it for a task that exists. Raises `BadArgument` where the task hands no contract over, for a day
    after `on`, and for one before the policy was issued.
    """
    with database.writing():
        task = Task.get_by_id(task_id)
        if task.touchpoint is None or task.touchpoint.key != KEY:
            raise errors.BadArgument("no_delivery", task_id=task_id)
        policy: Policy = next(
            iter(database.locked(Policy.select().where(Policy.id == task.policy_id)))
        )
        if day > on:
            raise errors.BadArgument("done_in_future", day=day, on=on)
        if day < policy.issue_date:
            raise errors.BadArgument("delivered_before_issue", day=day, issued=policy.issue_date)
        was = policy.delivered_on
        if was == day:
            return
        Policy.update(delivered_on=day).where(Policy.id == policy.id).execute()
        facts = trail.facts(delivered_on=[was, day], by=by)
        line = trail.Entry(policy.client_id, policy.id, None, "policy.changed", facts)
        trail.write([line], now)
        touched.note([TouchedRow(policy.client_id, "delivered")])
