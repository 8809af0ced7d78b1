"""What is at stake with a policy: a premium to collect, and the days left for it (domain.md §5.5).

A list of work is sorted by it. Without a premium ledger nothing is known, and nothing is at stake.
"""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from policies import commission, models
from policies.commission import Table
from policies.grace import Grace
from policies.models import Policy
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
    income: Decimal | None = None
    """What the amount earns its agent as renewal commission; None: no table of the company's tells."""


def of_policies(
    policy_ids: Collection[int], on: datetime.date, grace: Grace, table: Table | None = None
) -> dict[int, Stake]:
    """What is at stake on a day, by policy in force; those that owe nothing soon are not there.

    `table`: the company's commissions, where the agent's income is to be told.
    """
    lines = queries.unpaid_of(policy_ids, on, on + AHEAD)
    by_policy = groupby(lines, key=lambda each: each.policy_id)
    return {policy_id: of(list(unpaid), on, grace, table) for policy_id, unpaid in by_policy}


def of_numbers(
    policy_nos: Collection[str], on: datetime.date, grace: Grace, table: Table
) -> dict[str, Stake]:
    """The same of policies by number, however many."""
    numbers, found = sorted(set(policy_nos)), dict[str, Stake]()
    for begin in range(0, len(numbers), AT_ONCE):
        query: Any = Policy.select(Policy.id, Policy.policy_no)
        some: dict[int, str] = dict(
            query.where(Policy.policy_no.in_(numbers[begin : begin + AT_ONCE])).tuples()
        )
        owed = of_policies(list(some), on, grace, table)
        found |= {some[policy_id]: stake for policy_id, stake in owed.items()}
    return found


AT_ONCE = 500
"""Policies that one statement names."""


def of(unpaid: list[Unpaid], on: datetime.date, grace: Grace, table: Table | None = None) -> Stake:
    """Of one policy with these instalments, the earliest first; there is at least one."""
    first = unpaid[0]
    until = grace.until(first.due_on, first.product)
    is_due = first.due_on <= on
    asked = [each for each in unpaid if each.due_on <= on] if is_due else [first]
    return Stake(
        due_on=first.due_on,
        grace_until=until,
        amount=models.amount(sum(each.amount for each in asked)),
        currency=first.currency,
        days_left=((until if is_due else first.due_on) - on).days,
        is_due=is_due,
        income=None if table is None else _income(asked, table),
    )


def _income(unpaid: Iterable[Unpaid], table: Table) -> Decimal | None:
    """The renewal commission of instalments; None: there is no renewal that the table has a rate for."""
    found = []
    for each in unpaid:
        rate = table.rate_of(each.product, each.term, each.currency)
        year = commission.policy_year(each.issued, each.due_on) if each.issued else 0
        if rate is not None and year >= commission.FIRST_RENEWAL:
            found.append(commission.commission(rate, year, each.amount))
    return models.amount(sum(found)) if found else None


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
