"""The end of grace: Python and the statements name the same day for every product and due date."""

from datetime import date

import peewee
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import database, dialect
from policies.grace import Grace
from tests import cast
from tests.policies.imagined import each_rolled_back, examples

PRODUCTS = ["Hospital", "年金", "=1+1", "O'Neill's 100 %?", ""]


@st.composite
def graces(draw: st.DrawFn) -> Grace:
    days = st.sampled_from([0, 1, 30, 31, 60, 90, 400])
    return Grace(draw(days), draw(st.dictionaries(st.sampled_from(PRODUCTS), days, max_size=3)))


def told_by_the_book(grace: Grace) -> dict[str, date]:
    """By policy: until when its instalment may be paid, as a statement has it."""
    grace.lay_down()
    ends = dialect.text_of([grace.ends("i.due_date")])
    sql = (
        f"SELECT p.policy_no, {ends} FROM policy p JOIN premium i ON i.policy_id = p.id{grace.join}"
    )
    found = {number: date.fromisoformat(day) for number, day in database.execute(sql)}
    grace.clear_away()
    return found


@settings(each_rolled_back, max_examples=examples(25))
@given(graces(), st.lists(st.dates(date(1990, 1, 1), date(2100, 12, 31)), min_size=1, max_size=5))
def test_python_and_the_statements_agree(
    book: peewee.Database, grace: Grace, due_dates: list[date]
) -> None:
    with database.database.atomic() as transaction:
        lin_wei = cast.people().lin_wei
        expected = {}
        for number, due in enumerate(due_dates):
            for product in PRODUCTS:
                policy = cast.give_policy(lin_wei, f"P{number}{product}", due, product=product)
                cast.give_premium(policy, due)
                expected[policy.policy_no] = grace.until(due, product)
        assert told_by_the_book(grace) == expected
        transaction.rollback()


@pytest.mark.parametrize(
    ("product", "until"),
    [("Hospital", "2027-05-31"), ("Whole Life", "2027-06-30"), ("", "2027-06-30")],
)
def test_a_product_may_have_a_grace_of_its_own(product: str, until: str) -> None:
    grace = Grace(60, {"Hospital": 30})
    assert grace.until(date(2027, 5, 1), product).isoformat() == until
