"""What needs somebody in a unit today: premiums in their grace, tasks too late, calls, orphans."""

import datetime
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from policies import dates
from policies.grace import Grace
from servicing.desk import stakes
from servicing.desk.queries import Unpaid
from servicing.month import queries
from servicing.month.queries import Work

FREE_LOOK_DAYS = 15
"""So long after its delivery, or else its issue, a policy can be given back."""


@dataclass(frozen=True)
class InGrace:
    """A policy whose premium is due, and whose grace is not over."""

    policy_id: int
    agent_id: int
    due_on: datetime.date
    until: datetime.date
    """The last day on which it is paid in time."""
    amount: Decimal
    currency: str
    days_left: int
    """0 on the last day."""
    issued_on: datetime.date
    died: bool
    """The client has died: nobody is called."""

    @property
    def is_second_year(self) -> bool:
        """Whether the first premium that is not paid is one of the second year (domain.md §8.15)."""
        begins, ends = (dates.months_after(self.issued_on, each) for each in (12, 24))
        return begins <= self.due_on < ends


@dataclass(frozen=True)
class Todo:
    """What needs somebody in a unit, without a name: each by its number."""

    in_grace: list[InGrace]
    """The fewest days first, then the most money."""
    overdue: list[Work]
    """Open tasks of before today, the oldest first."""
    fresh: list[Work]
    """Open tasks of policies that can still be given back, the oldest first."""
    orphans: list[Work]
    """Policies whose agent has left, the longest ago first."""

    def within(self, days: int) -> list[InGrace]:
        """Those whose grace ends in so many days."""
        return [each for each in self.in_grace if each.days_left <= days]

    def late(self) -> list[tuple[int, int]]:
        """By agent how many tasks are overdue, the most first."""
        return Counter(each.agent_id for each in self.overdue).most_common()


def todo(agent_ids: Collection[int], on: datetime.date, grace: Grace) -> Todo:
    """What needs somebody on a day, of the policies of some agents."""
    since = on - datetime.timedelta(days=FREE_LOOK_DAYS)
    found = queries.work(agent_ids, on, since)
    tasks = [each for each in found if each.what == "task"]
    return Todo(
        in_grace=in_grace(agent_ids, on, grace),
        overdue=[each for each in tasks if each.day < on],
        fresh=[each for each in tasks if since <= each.handed_on <= on],
        orphans=[each for each in found if each.what == "orphan"],
    )


def in_grace(agent_ids: Collection[int], on: datetime.date, grace: Grace) -> list[InGrace]:
    """The policies of some agents whose premium is due and can still be paid in time."""
    longest = max([grace.days, *grace.by_product.values()])
    lines = queries.unpaid(agent_ids, on - datetime.timedelta(days=longest), on)
    found = []
    for _, of_one in groupby(lines, key=lambda each: each.policy_id):
        owed = list(of_one)
        first = owed[0]
        stake = stakes.of([_told(each) for each in owed], on, grace)
        if stake.days_left >= 0:
            found.append(
                InGrace(
                    policy_id=first.policy_id,
                    agent_id=first.agent_id,
                    due_on=stake.due_on,
                    until=stake.grace_until,
                    amount=stake.amount,
                    currency=stake.currency,
                    days_left=stake.days_left,
                    issued_on=first.issued_on,
                    died=first.died,
                )
            )
    return sorted(found, key=lambda each: (each.days_left, -each.amount, each.policy_id))


def _told(each: queries.Unpaid) -> Unpaid:
    return Unpaid(each.policy_id, each.due_on, each.amount, each.currency, each.product)
