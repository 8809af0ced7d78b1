"""What stands first on a card: the summary, the premiums of twelve months, the household."""

from decimal import Decimal

import peewee
import pytest

from policies.grace import Grace
from policies.models import Relation
from servicing.card import card, household, premium_calendar, summary
from servicing.card.card import Card
from servicing.card.household import Household
from servicing.card.summary import Summary
from servicing.core.account_models import User
from tests import cast
from tests.servicing import owed

pytestmark = cast.on_one

Book = peewee.Database
GRACE = Grace(60)


@pytest.fixture
def people(book: Book) -> cast.Cast:
    return cast.people()


def card_of(on: str, client_no: str = "C001", agent_id: int | None = None) -> Card:
    client = card.client_of(client_no)
    calendar = cast.walker().calendar
    return card.card_of(owed.THREE_YEARS, calendar, client, cast.day(on), GRACE, agent_id=agent_id)


def summary_of(on: str) -> Summary:
    return summary.of(card_of(on), cast.day(on), GRACE)


def test_it_counts_what_is_in_force_and_paid_for(people: cast.Cast) -> None:
    cast.give_policy(people.lin_wei, "P1", annual_premium="1000")
    cast.give_policy(people.lin_wei, "P2", annual_premium="500.50")
    cast.give_policy(people.lin_wei, "P3", annual_premium="70", currency="USD")
    cast.give_policy(people.lin_wei, "P4", annual_premium="9", status="paid_up")
    cast.give_policy(people.lin_wei, "P5", annual_premium="9", payment_mode="single")
    cast.give_policy(people.lin_wei, "P6", annual_premium="9", status="applied")
    ended = {"status": "surrendered", "ended_on": "2026-01-01"}
    cast.give_policy(people.lin_wei, "P7", annual_premium="9", **ended)
    found = summary_of("2026-06-01")
    assert found.in_force == 5
    assert found.premiums == {"": Decimal("1500.50"), "USD": Decimal(70)}


OWED = [
    # due, today -> is it due already, days left, amount
    ("2026-06-20", "2026-06-01", (False, 19, "1000.00")),
    ("2026-06-01", "2026-06-01", (True, 60, "1000.00")),
    ("2026-06-01", "2026-07-30", (True, 1, "1000.00")),
    ("2026-06-01", "2026-07-31", (True, 0, "1000.00")),
    ("2026-06-01", "2026-08-01", (True, -1, "1000.00")),
    ("2026-08-01", "2026-06-01", None),
]


@pytest.mark.parametrize(("due", "today", "told"), OWED)
def test_it_says_what_is_to_be_paid_and_until_when(
    people: cast.Cast, due: str, today: str, told: tuple[bool, int, str] | None
) -> None:
    policy = cast.give_policy(people.lin_wei, "P1")
    cast.give_premium(policy, due, amount="1000")
    found = [
        (each.stake.is_due, each.stake.days_left, str(each.stake.amount))
        for each in summary_of(today).owed
    ]
    assert found == ([told] if told else [])


BIRTHDAYS = [
    # born, today -> age, next birthday, days to it
    ("1984-06-02", "2026-06-01", (41, "2026-06-02", 1)),
    ("1984-06-02", "2026-06-02", (42, "2026-06-02", 0)),
    ("1984-06-02", "2026-06-03", (42, "2027-06-02", 364)),
    ("1984-02-29", "2026-02-28", (42, "2026-02-28", 0)),
    ("1984-02-29", "2027-03-01", (43, "2028-02-29", 365)),
    ("2026-06-01", "2026-06-01", (0, "2026-06-01", 0)),
]


@pytest.mark.parametrize(("born", "today", "told"), BIRTHDAYS)
def test_it_says_how_old_and_when_the_birthday_is(
    people: cast.Cast, born: str, today: str, told: tuple[int, str, int]
) -> None:
    cast.change(people.lin_wei, birthday=cast.day(born))
    found = summary_of(today)
    assert (found.age, str(found.next_birthday), found.days_to_birthday) == told


def test_nobody_who_has_died_has_a_birthday(people: cast.Cast) -> None:
    cast.change(people.lin_wei, deceased_on=cast.day("2026-05-01"))
    assert (summary_of("2026-06-01").age, summary_of("2026-06-01").next_birthday) == (None, None)


def fates_of(on: str) -> dict[str, list[tuple[str, str]]]:
    """By month, what is paid or owed in it."""
    return {
        f"{month.first:%Y-%m}": [(each.fate, f"{each.amount:.2f}") for each in month.instalments]
        for month in premium_calendar.of(card_of(on), cast.day(on))
        if month.instalments
    }


def test_the_calendar_tells_what_is_paid_and_owed_and_to_come(people: cast.Cast) -> None:
    policy = cast.give_policy(people.lin_wei, "P1", "2025-04-10", payment_mode="quarterly")
    cast.give_premium(policy, "2026-04-10", amount="3000", paid_on="2026-04-12")
    cast.give_premium(policy, "2026-07-10", amount="3000")
    assert fates_of("2026-06-01") == {
        "2026-04": [("paid", "3000.00")],
        "2026-07": [("to_come", "3000.00")],
        "2026-10": [("expected", "3000.00")],
        "2027-01": [("expected", "3000.00")],
    }
    assert fates_of("2026-07-11")["2026-07"] == [("due", "3000.00")]


MODES = [
    # payment mode, years of premiums -> the months expected from June 2026 on
    ("annual", None, ["2026-08"]),
    ("semiannual", None, ["2026-08", "2027-02"]),
    ("quarterly", None, ["2026-08", "2026-11", "2027-02"]),
    ("single", None, []),
    ("annual", 1, []),
    ("annual", 2, ["2026-08"]),
]


@pytest.mark.parametrize(("mode", "years", "months"), MODES)
def test_without_a_ledger_it_expects_by_the_payment_mode(
    people: cast.Cast, mode: str, years: int | None, months: list[str]
) -> None:
    cast.give_policy(
        people.lin_wei, "P1", "2025-08-31", payment_mode=mode, premium_term_years=years
    )
    assert list(fates_of("2026-06-01")) == months


@pytest.mark.parametrize("status", ["paid_up", "applied"])
def test_nothing_is_expected_of_a_policy_that_owes_none(people: cast.Cast, status: str) -> None:
    cast.give_policy(people.lin_wei, "P1", "2025-08-31", status=status)
    assert fates_of("2026-06-01") == {}


OPS = User(login="ops", role="operations")


def home_of(user: User, agent_id: int | None = None) -> Household:
    found, on = card_of("2026-06-01"), cast.day("2026-06-01")
    return household.of(found, on, household.related(found, user, on, agent_id))


@pytest.fixture
def family(people: cast.Cast) -> cast.Cast:
    """Lin Wei's wife is the client Zhou Ming; his mother is none."""
    cast.give_policy(people.lin_wei, "P1", annual_premium="1000")
    cast.give_policy(people.zhou_ming, "P2", annual_premium="500")
    Relation.create(client=people.lin_wei, kind="spouse", name="周明", client_no="C900")
    Relation.create(client=people.lin_wei, kind="parent", name="王芳", birthday="1955-03-08")
    return people


def test_the_household_sums_up_whoever_is_a_client(family: cast.Cast) -> None:
    found = home_of(OPS)
    assert [(each.name, each.policies, str(each.birthday)) for each in found.members] == [
        ("周明", 1, "1990-11-05"),
        ("王芳", 0, "1955-03-08"),
    ]
    assert (found.policies, found.premiums) == (2, {"": Decimal(1500)})


def test_of_a_client_whom_the_reader_may_not_see_there_is_nothing(family: cast.Cast) -> None:
    found = home_of(User(login="a", role="agent", agent=family.chen_yan))
    assert [(each.policies, each.birthday, each.is_known) for each in found.members][0] == (
        0,
        None,
        False,
    )
    assert (found.policies, found.premiums) == (1, {"": Decimal(1000)})


def test_an_agent_is_told_of_the_policies_that_she_serves(family: cast.Cast) -> None:
    assert home_of(OPS, family.chen_yan.id).policies == 1
    cast.change(cast.policy("P2"), agent=family.chen_yan)
    assert home_of(OPS, family.chen_yan.id).policies == 2
