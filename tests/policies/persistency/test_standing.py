"""How a unit stands against its target and the month before; what is in two currencies is no figure."""

import peewee
import pytest

from policies import dates, errors
from policies.persistency import standing
from policies.persistency.cohorts import Measure
from policies.persistency.rules import CountingRules
from policies.persistency.selection import Selection
from policies.persistency.standing import Standing
from tests import cast

pytestmark = cast.on_one

AS_OF = cast.day("2026-06-01")
MEASURE = Measure(13, "paid", AS_OF, 60)


@pytest.fixture
def march(book: peewee.Database) -> None:
    """Of March 2025, which May 2026 decides: a policy kept and one lost."""
    cast.people()
    sold("KEPT", "2025-03-10", "1000", "CNY", paid_on="2026-03-12")
    sold("LOST", "2025-03-11", "3000", "CNY")


def sold(
    policy_no: str, issued: str, premium: str, currency: str, paid_on: str | None = None
) -> None:
    policy = cast.give_policy(
        cast.lin_wei(), policy_no, issued, annual_premium=premium, currency=currency
    )
    cast.give_premium(policy, issued, amount=premium, paid_on=issued)
    due = dates.months_after(cast.day(issued), 12)
    cast.give_premium(policy, due, amount=premium, paid_on=paid_on)


def stands(basis: str = "premium", currency: str | None = None) -> Standing:
    selection = Selection(is_rolling=True, currency=currency)
    ends, before = cast.day("2026-05-31"), cast.day("2026-04-30")
    asked = (MEASURE, CountingRules(), selection, basis, 0.9, ends, before)
    return standing.standing(*asked)  # type: ignore[arg-type]


def test_a_figure_says_in_which_currency_it_is(march: None) -> None:
    found, counted = stands(), stands("count")
    assert (found.currency, found.ratio, found.missing) == ("CNY", 0.25, 2600)
    assert (counted.currency, counted.ratio, counted.missing) == ("", 0.5, 1)


ANOTHER = [
    # a policy of a cohort, its currency, the one that is asked for; the figure of the month before
    ("2024-03-10", "CNY", None, 1.0),  # the cohort has left the twelve since
    ("2024-03-10", "USD", None, None),
    ("2024-03-10", "USD", "CNY", None),
    ("2024-02-10", "USD", None, None),  # of neither month
]


@pytest.mark.parametrize(("issued", "currency", "asked", "was"), ANOTHER)
def test_months_in_two_currencies_are_not_compared(
    issued: str, currency: str, asked: str | None, was: float | None, march: None
) -> None:
    sold("OTHER", issued, "9000", currency, paid_on="2025-03-10")
    found = stands(currency=asked)
    assert (found.currency, found.ratio, found.was) == ("CNY", 0.25, was)
    assert all(each.share == 0 for each in found.agents) == (was is None)


def test_the_twelve_cohorts_before_are_not_added_up_across_currencies(march: None) -> None:
    """One of them has left the twelve since: the present figure is in one currency, that is in two."""
    sold("HERE", "2024-06-10", "1000", "CNY", paid_on="2025-06-10")
    assert stands().was == 1.0
    sold("LEFT", "2024-03-10", "9000", "USD")
    assert (stands().ratio, stands().was, stands().change) == (0.4, None, None)
    assert stands("count").was == 0.5


def test_a_figure_in_two_currencies_is_refused(march: None) -> None:
    sold("OTHER", "2024-06-10", "1000", "USD")
    with pytest.raises(errors.NotMeasurable) as refused:
        stands()
    assert refused.value.notice.code == "several_currencies"
    assert stands(currency="USD").ratio == 0.0
