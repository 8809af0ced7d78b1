"""What is at stake with a policy: a premium to collect, and the days left for it (domain.md §5.5).

A list of work is sorted by it. Without a premium ledger nothing is known, and nothing is at stake.
"""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from policies import models
from policies.grace import Grace
from servicing.desk import queries
from servicing.desk.queries import Unpaid

AHEAD = datetime.timedelta(days=60)
"""A premium that falls due within so many days is something to talk about."""


@dataclass(frozen=True)
class Stake:
    """The premium that a policy still owes, or owes soon."""

    due_on: datetime.date
    """The day of the first instalment that is not paid."""
    grace_until: datetime.date
    """The last day on which that instalment is paid in time."""
    amount: Decimal
    """All that is due by the day of asking; before the due date, the first instalment to come."""
    currency: str
    days_left: int
    """To the due date while it is to come, else to the end of grace; negative once that is over."""
    is_due: bool
    """Whether the due date has come: the days left are those of grace."""


def of_policies(policy_ids: Collection[int], on: datetime.date, grace: Grace) -> dict[int, Stake]:
    """What is at stake on a day, by policy in force; those that owe nothing soon are not there."""
    lines = queries.unpaid_of(policy_ids, on, on + AHEAD)
    by_policy = groupby(lines, key=lambda each: each.policy_id)
    return {policy_id: of(list(unpaid), on, grace) for policy_id, unpaid in by_policy}


def of(unpaid: list[Unpaid], on: datetime.date, grace: Grace) -> Stake:
    """Of one policy with these instalments, the earliest first; there is at least one."""
    first = unpaid[0]
    until = grace.until(first.due_on, first.product)
    is_due = first.due_on <= on
    amount = sum(each.amount for each in unpaid if each.due_on <= on) if is_due else first.amount
    return Stake(
        due_on=first.due_on,
        grace_until=until,
        amount=models.amount(amount),
        currency=first.currency,
        days_left=((until if is_due else first.due_on) - on).days,
        is_due=is_due,
    )


IN_GRACE, TO_COME, OVER = range(3)
"""How urgent a premium is: it can still be paid in time; it falls due; its grace is over."""


def most_urgent(stakes: Iterable[Stake]) -> Stake | None:
    """The premium that is to be talked about first; None where nothing is at stake."""
    return min(stakes, key=_haste, default=None)


def urgency(stakes: Iterable[Stake]) -> tuple[int, int, Decimal]:
    """A key that sorts by what is at stake: the fewest days of grace, then the most money.

    What nothing is at stake with comes last, after premiums whose grace is over.
    """
    known = list(stakes)
    first = most_urgent(known)
    if first is None:
        return (OVER + 1, 0, Decimal(0))
    rank, days = _haste(first)
    return (rank, days, -amount(known))


def amount(stakes: Iterable[Stake]) -> Decimal:
    """All that is at stake in the currency of the most urgent premium: others are not added to it."""
    known = list(stakes)
    first = most_urgent(known)
    its = [each.amount for each in known if first and each.currency == first.currency]
    return sum(its, Decimal(0))


def _haste(stake: Stake) -> tuple[int, int]:
    if stake.days_left < 0:
        return OVER, -stake.days_left  # the latest to lapse first
    return (IN_GRACE if stake.is_due else TO_COME), stake.days_left
