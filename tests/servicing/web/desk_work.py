"""What a desk has to do on the morning of 1 June 2026, as a plan would have given it."""

import datetime

from policies.models import Policy
from servicing.cases import desks
from servicing.core.account_models import User
from servicing.core.models import Task, Touchpoint
from servicing.desk import tasks
from tests.servicing.web.visits import NOW, account, give_account

ON = NOW.date()
LATER = datetime.date(2026, 6, 3)


def give(policy_no: str, show_on: datetime.date = ON, key: str = "month_4") -> Task:
    """A task of the call-back desk."""
    policy = Policy.get(Policy.policy_no == policy_no)
    days = {"anchor_on": policy.issue_date, "due_on": ON, "found_on": ON}
    touchpoint = Touchpoint.create(
        **{"key": key, "scope": "policy", "occurrence": "once", **days},
        policy=policy,
        client=policy.client,
    )
    task: Task = Task.create(
        **{"touchpoint": touchpoint, "policy": policy, "client": policy.client},
        **{"due_on": ON, "show_on": show_on, "closes_on": ON + datetime.timedelta(days=30)},
        **{"state": "open", "reason": "due", "desk": "callback"},
    )
    return task


def live() -> None:
    """Of Lin Wei and of the outsider: a task today, one later, and one that Mei has done today."""
    of_the_desk("mei")
    for policy_no in ("P001", "P900"):
        give(policy_no)
        give(policy_no, LATER, "month_7")
        tasks.done(give(policy_no, ON, "month_10").id, NOW, "已回访", "spoke", by="mei")


def of_the_desk(*logins: str) -> None:
    """They are of the call-back desk; Mei is of operations."""
    if "mei" in logins and User.get_or_none(User.login == "mei") is None:
        give_account("mei", "operations")
    for login in logins:
        desks.put(account(login), ["callback"], NOW)
