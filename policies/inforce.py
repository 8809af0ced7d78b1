"""Whether a policy is in force, owed service or unpaid on a day (domain.md §5.3).

Each rule stands here twice: for one policy in hand, and as a condition on the policies of a
statement. The two are each other's property test.
"""

import datetime
from typing import Protocol

from policies import dialect
from policies.plan import Touchpoint
from policies.status import PAUSED, PAUSED_REMINDERS


class Standing(Protocol):
    """The columns of a policy that decide."""

    @property
    def issue_date(self) -> datetime.date:
        """From which day it is in force."""

    @property
    def served_from(self) -> datetime.date:
        """From which day we serve it."""

    @property
    def status(self) -> str:
        """As the book says."""

    @property
    def ended_on(self) -> datetime.date | None:
        """Its end, if it has one."""


def has_ended(ended_on: datetime.date | None, on: datetime.date) -> bool:
    """Whether a policy with that last day has ended on a day."""
    return ended_on is not None and ended_on <= on


def not_ended(alias: str, on: datetime.date) -> str:
    """`has_ended` is untrue, of the policies of a statement."""
    return f"({alias}.ended_on IS NULL OR {alias}.ended_on > '{on}')"


def is_in_force(policy: Standing, on: datetime.date) -> bool:
    """Whether a policy was issued by a day and has not ended."""
    return policy.issue_date <= on and not has_ended(policy.ended_on, on)


def in_force(alias: str, on: datetime.date) -> str:
    """`is_in_force`, of the policies of a statement."""
    return f"{alias}.issue_date <= '{on}' AND {not_ended(alias, on)}"


def is_owed(policy: Standing, on: datetime.date, paused: frozenset[str] = PAUSED) -> bool:
    """Whether service is owed to the policy on a day: issued, served, neither ended nor paused."""
    return is_in_force(policy, on) and policy.served_from <= on and policy.status not in paused


def owed(alias: str, on: datetime.date, paused: frozenset[str] = PAUSED) -> str:
    """`is_owed`, of the policies of a statement."""
    return (
        f"{in_force(alias, on)} AND {alias}.served_from <= '{on}'"
        f" AND {alias}.status NOT IN ({dialect.quoted(paused)})"
    )


def is_unpaid(paid_on: datetime.date | None, on: datetime.date) -> bool:
    """Whether an instalment is still to be paid on a day."""
    return paid_on is None or paid_on > on


def unpaid(alias: str, on: datetime.date) -> str:
    """`is_unpaid`, of the premiums of a statement."""
    return f"({alias}.paid_on IS NULL OR {alias}.paid_on > '{on}')"


def paused_for(touchpoint: Touchpoint) -> frozenset[str]:
    """The statuses in which a touchpoint is not owed (domain.md §5.4)."""
    return PAUSED_REMINDERS if touchpoint.anchor == "premium_due" else PAUSED
