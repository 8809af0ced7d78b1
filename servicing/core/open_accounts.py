"""Whether an account is open on a day: it is not disabled, and its agent has not left.

It stands here twice, of one account and as a condition on accounts, and loads nothing that hashes
passwords, as `servicing.core.accounts` does.
"""

import datetime
from typing import Any

from policies.models import Agent
from servicing.core.account_models import User


def may_come_in(user: User, on: datetime.date) -> bool:
    """Whether somebody may come in on a day."""
    return not user.is_disabled and not _has_left(user, on)


def _has_left(user: User, on: datetime.date) -> bool:
    left_on = user.agent.left_on if user.agent else None
    return left_on is not None and left_on <= on


def are_open(on: datetime.date) -> Any:
    """The same as a condition on accounts."""
    gone = Agent.select(Agent.id).where(Agent.left_on <= on)
    return ~User.is_disabled & (User.agent.is_null() | User.agent.not_in(gone))
