"""While a complaint is open, its client is spared what sells and what asks; notices of premiums go on."""

from typing import Any

import peewee
import pytest
from msgspec.structs import replace

from policies.models import Client
from servicing.cases import opening, stepping
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.channels.memory import Memory
from servicing.core.case_models import Case
from servicing.desk import tasks
from servicing.explain import why
from servicing.messages import permission
from servicing.schedule import giving_back
from tests import cast
from tests.servicing import owed
from tests.servicing.cases.opened import BY, CHINA, SAID
from tests.servicing.dispatched import ON, TEN, WALKER, by, dispatch

DAY = cast.day(ON)
MORNING = cast.at(ON, "07:00")


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    """Lin Wei has news and a notice of her premium on the day, and has said yes to marketing."""
    people = cast.everybody(issued="2024-08-30", served_from="2025-09-01")
    cast.change(people.lin_wei, marketing_consent=True)
    cast.change(people.zhou_ming, marketing_consent=True)
    cast.give_premium(people.policies[0], "2025-10-30")
    return people


def complain(client_no: str = "C001", kind: str = "complaint") -> Case:
    request = Request(kind, DAY, "nobody answers", BY, client_no)
    return opening.open_case(CHINA, request, DAY, MORNING)


def withdraw(case: Case) -> None:
    stepping.step(CHINA, Order(case.id, "withdraw", BY, DAY, SAID), DAY, MORNING)


def told(key: str, policy_no: str = "P001") -> tuple[str, str]:
    found = cast.message(key, policy_no)
    return found.state, found.reason


def test_marketing_is_not_made_and_a_premium_notice_is(people: cast.Cast) -> None:
    complain()
    cast.walk_only(ON, WALKER)
    assert told("news") == ("suppressed", "complaint_open")
    assert told("renewal") == ("queued", "due")
    assert told("news", "P900") == ("queued", "due"), "nobody else's"


def test_what_waits_when_it_is_opened_does_not_leave(people: cast.Cast) -> None:
    cast.walk_only(ON, WALKER)
    assert told("news")[0] == "queued"
    complain()
    dispatch(by(Memory()))
    assert told("news") == ("suppressed", "complaint_open")
    assert told("renewal")[0] == "accepted"


def test_it_lives_again_when_the_complaint_has_ended(people: cast.Cast) -> None:
    case, second = complain(), complain()
    cast.walk_only(ON, WALKER)
    withdraw(case)
    giving_back.bring_up_to_date(WALKER, DAY, TEN)
    assert told("news") == ("suppressed", "complaint_open"), "another one is open"
    withdraw(second)
    giving_back.bring_up_to_date(WALKER, DAY, TEN)
    assert told("news")[0] == "queued"
    dispatch(by(Memory()))
    assert told("news")[0] == "accepted"


def test_another_number_of_the_same_person_is_spared_as_well(people: cast.Cast) -> None:
    both = [people.lin_wei.id, people.zhou_ming.id]
    Client.update(person_id=people.lin_wei.id).where(Client.id.in_(both)).execute()
    complain()
    cast.walk_only(ON, WALKER)
    assert told("news", "P900") == ("suppressed", "complaint_open")


def test_a_problem_item_spares_nobody(people: cast.Cast) -> None:
    complain(kind="problem")
    cast.walk_only(ON, WALKER)
    assert told("news") == ("queued", "due")


def test_why_says_so(people: cast.Cast) -> None:
    complain()
    cast.walk_only(ON, WALKER)
    found = why.why(WALKER, "P001", "news", DAY, DAY)
    said = [each.facts.get("reason") for each in found.chain]
    assert "complaint_open" in said


def test_her_tasks_carry_a_mark(book: peewee.Database) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    complain()
    marks = {each.client_no: each.complains for each in tasks.open_tasks(DAY)}
    assert marks == {"C001": True, "C900": False}


SAYS: list[tuple[str, bool | None, bool]] = [
    ("news", None, True),
    ("news", False, False),
    ("month_1", None, False),
    ("month_1", True, True),
    ("birthday", None, True),
    ("birthday", False, False),
    ("renewal", None, False),
]


@pytest.mark.parametrize(("key", "says", "is_spared"), SAYS)
def test_the_plan_says_what_sells_and_what_asks(
    key: str, says: bool | None, is_spared: bool
) -> None:
    planned = owed.STANDARD.touchpoint(key)
    assert planned
    context: Any = owed.facts(complains=True, consent=True)
    touchpoint = replace(planned, soliciting=says)
    refusal = permission.refusal_of(context, touchpoint, "sms")
    assert (refusal == "complaint_open") is is_spared
    assert permission.refusal_of(owed.facts(consent=True), touchpoint, "sms") is None
