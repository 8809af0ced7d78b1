"""A premium that comes in stands on the open case of its policy, so that nobody calls who has paid."""

import peewee
import pytest

from policies.case_moves import NOTHING_GIVEN, Given
from servicing.cases import opening, stepping
from servicing.cases.opening import Request
from servicing.cases.signals import looking
from servicing.cases.stepping import Order
from servicing.core import errors
from servicing.core.case_models import Case, CaseEntry
from tests import cast
from tests.refusals import refuses
from tests.servicing import looked_up
from tests.servicing.cases.opened import BY, CHINA

NOW = cast.at("2026-07-30")
DUE = "2026-06-01"


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    return cast.everybody(issued="2024-03-20")


def look(on: cast.Day) -> int:
    return looking.look(CHINA, "en", cast.day(on), NOW)["paid"]


def noted() -> list[tuple[str, str, str]]:
    """What is noted of payments: on which day, of which instalment, and what it says."""
    rows = CaseEntry.select().where(CaseEntry.step == "payment").order_by(CaseEntry.id)
    return [(str(each.done_on), str(each.set_on), each.text) for each in rows]


def in_arrears(policy_no: str = "P001") -> Case:
    cast.give_premium(cast.policy(policy_no), DUE)
    assert look("2026-06-16") == 0
    return Case.get()


def pay(on: cast.Day | None) -> None:
    (of,) = cast.policy().premiums
    cast.change(of, paid_on=cast.maybe_day(on))


def test_it_is_noted_once_with_its_day(people: cast.Cast) -> None:
    in_arrears()
    pay("2026-06-18")
    assert [look(f"2026-06-{day}") for day in (17, 18, 18, 19)] == [0, 1, 0, 0]
    assert noted() == [("2026-06-18", DUE, "Paid on 2026-06-18")]
    assert Case.get().is_open


def test_a_payment_before_the_case_that_was_not_known_is_noted(people: cast.Cast) -> None:
    in_arrears()
    pay("2026-06-14")
    assert look("2026-06-18") == 1


def test_what_was_paid_long_before_is_not(people: cast.Cast) -> None:
    in_arrears()
    cast.give_premium(cast.policy(), "2025-06-01", paid_on="2025-06-03")
    assert look("2026-06-18") == 0


def test_one_that_somebody_has_opened_has_it_as_well(people: cast.Cast) -> None:
    day = cast.day("2026-06-05")
    opening.open_case(CHINA, Request("retention", day, "late", BY, policy_no="P001"), day, NOW)
    cast.give_premium(cast.policy(), DUE, paid_on="2026-06-05")
    assert look("2026-06-06") == 1


def test_one_of_another_policy_and_one_that_has_ended_have_nothing(people: cast.Cast) -> None:
    of = in_arrears()
    cast.give_premium(cast.policy("P002"), DUE, paid_on="2026-06-18")
    given = Given("gone", "natural")
    stepping.step(CHINA, Order(of.id, "lose", BY, cast.day("2026-06-17"), given), NOW.date(), NOW)
    pay("2026-06-18")
    assert look("2026-06-18") == 0


def test_what_bounces_and_comes_again_is_noted_again(people: cast.Cast) -> None:
    in_arrears()
    pay("2026-06-18")
    look("2026-06-18")
    pay(None)
    (of,) = cast.policy().premiums
    cast.change(of, bounced_on=cast.day("2026-06-20"))
    assert look("2026-06-20") == 0
    pay("2026-06-22")
    assert look("2026-06-22") == 1
    assert [each[0] for each in noted()] == ["2026-06-18", "2026-06-22"]


def test_whoever_has_the_case_saves_it_in_one_step(people: cast.Cast) -> None:
    of = in_arrears()
    order = Order(of.id, "paid", BY, cast.day("2026-06-18"), NOTHING_GIVEN)
    with refuses(errors.CaseRefused, "payment"):
        stepping.step(CHINA, order, NOW.date(), NOW)
    pay("2026-06-18")
    look("2026-06-18")
    assert stepping.step(CHINA, order, NOW.date(), NOW).state == "saved"


def test_nobody_notes_a_payment_by_hand(people: cast.Cast) -> None:
    of = in_arrears()
    order = Order(of.id, "payment", BY, cast.day("2026-06-18"), Given(date=cast.day(DUE)))
    with refuses(errors.CaseRefused, "is noted when a premium comes in"):
        stepping.step(CHINA, order, NOW.date(), NOW)


@cast.on_sqlite
def test_payments_read_no_whole_table(book: peewee.Database) -> None:
    cast.everybody(issued="2024-03-20")
    in_arrears()
    pay("2026-06-18")
    with looked_up.listening(book) as heard:
        assert look("2026-06-18") == 1
    assert heard.faults() == []
