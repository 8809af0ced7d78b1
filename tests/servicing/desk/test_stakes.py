"""What is talked about first: a premium that can still be paid in time, the fewest days first."""

import datetime
from decimal import Decimal

import pytest

from policies.grace import Grace
from servicing.desk import stakes
from servicing.desk.queries import Unpaid
from servicing.desk.stakes import Stake

ON = datetime.date(2026, 6, 10)
GRACE = Grace(60)


def stake(due_on: str, amount: int = 100_00, *others: str, currency: str = "CNY") -> Stake:
    days = [datetime.date.fromisoformat(each) for each in (due_on, *others)]
    return stakes.of([Unpaid(1, each, amount, currency, "") for each in days], ON, GRACE)


KNOWN = {
    "grace ends today": (stake("2026-04-11"), 0, True, "100"),
    "grace is over since yesterday": (stake("2026-04-10"), -1, True, "100"),
    "due today": (stake("2026-06-10"), 60, True, "100"),
    "due tomorrow": (stake("2026-06-11"), 1, False, "100"),
    "two are due": (stake("2026-05-10", 100_00, "2026-06-10"), 29, True, "200"),
    "one is due, one is to come": (stake("2026-05-10", 100_00, "2026-07-10"), 29, True, "100"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_days_that_are_left_are_those_of_grace_once_it_is_due(name: str) -> None:
    found, days_left, is_due, amount = KNOWN[name]
    assert (found.days_left, found.is_due, found.amount) == (days_left, is_due, Decimal(amount))


IN_ORDER = [
    [stake("2026-04-11")],  # its last day
    [stake("2026-05-10"), stake("2026-06-11")],
    [stake("2026-05-11", 900_00)],
    [stake("2026-05-11", 100_00)],
    [stake("2024-01-01"), stake("2026-06-01")],  # one is over, the other is not
    [stake("2026-06-11")],
    [stake("2026-07-11")],
    [stake("2026-04-10")],  # over since yesterday
    [stake("2024-01-01")],
    [],
]


def test_what_can_still_be_paid_in_time_comes_first_and_what_is_over_last() -> None:
    backwards = IN_ORDER[::-1]
    assert sorted(backwards, key=stakes.urgency) == IN_ORDER


def test_what_is_at_stake_is_told_in_one_currency_and_no_other_is_added() -> None:
    """The most urgent premium says which: 300 of CNY are less than 400, with any dollars beside."""
    dollars = stake("2026-05-12", 999_00, currency="USD")
    less, more = [stake("2026-05-11", 300_00), dollars], [stake("2026-05-11", 400_00)]
    assert (stakes.amount(less), stakes.amount(more), stakes.amount([])) == (300, 400, 0)
    assert sorted([less, more], key=stakes.urgency) == [more, less]
