"""The follow-up of a complaint is something to do on its day, for somebody, also when it has ended."""

import datetime

import peewee
import pytest

from policies.case_moves import Given
from servicing.cases import desks, escalation, mine, opening, queries, shelf, stepping
from servicing.cases.ground import Ground
from servicing.cases.shelf import Asked
from servicing.cases.stepping import Order
from servicing.core import errors
from servicing.core.account_models import User
from servicing.core.case_models import Case, CaseEntry
from tests import cast
from tests.refusals import refuses
from tests.servicing.cases.opened import (
    BY,
    CHINA,
    NOW,
    SAID,
    TO_CLOSED,
    TO_DECIDED,
    TODAY,
    complaint,
    done,
    ground,
)
from tests.servicing.web.visits import give_account

DAY = datetime.date(2026, 6, 15)


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    return cast.everybody(issued="2025-06-01")


def agreed(
    case: Case, day: cast.Day, on: Ground = CHINA, *, step: str = "follow_up", by: str = BY
) -> Case:
    order = Order(case.id, step, by, TODAY, Given(date=cast.day(day)))
    return stepping.step(on, order, TODAY, NOW)


def follow_ups(case: Case) -> list[Case]:
    query = Case.select().where((Case.kind == "follow_up") & (Case.caused_by == case.id))
    return list(query.order_by(Case.id))


def test_it_is_a_case_of_its_own_that_is_due_on_its_day(people: cast.Cast) -> None:
    case = done(complaint(policy_no="P001", about="A001"), *TO_DECIDED)
    agreed(case, DAY)
    (found,) = follow_ups(case)
    assert (found.due_on, found.desk, found.state) == (DAY, "complaint", "open")
    assert (found.client_id, found.policy_id) == (case.client_id, case.policy_id)
    assert found.about == case.about, "and is kept from the same people"
    assert not found.is_quiet
    assert CaseEntry.get(CaseEntry.case == found).text == "nobody answers"


def test_it_stands_in_the_lists_when_the_complaint_has_ended(people: cast.Cast) -> None:
    give_account("lihua", "operations")
    desk = User.get(User.login == "lihua")
    desks.put(desk, ["complaint"], NOW)
    case = done(complaint(), *TO_CLOSED)
    (found,) = follow_ups(case)
    later = found.due_on + datetime.timedelta(days=1)
    assert [each.case for each in shelf.lines(desk, ["complaint"], Asked("desk"), TODAY, 30)] == [
        found.id
    ]
    overdue = shelf.lines(desk, ["complaint"], Asked("overdue"), later, 30)
    assert [each.case for each in overdue] == [found.id]
    order = Order(found.id, "assign", BY, TODAY, Given(person="lihua"))
    stepping.step(CHINA, order, TODAY, NOW)
    assert [(each.case, each.due_on) for each in mine.due(desk)] == [(found.id, found.due_on)]
    assert escalation.escalate(CHINA, later, later, cast.at(later)) == {"over": 1}
    order = Order(found.id, "done", "lihua", later, Given("she is content"))
    assert stepping.step(CHINA, order, later, cast.at(later)).state == "done"
    assert mine.due(desk) == []


def test_set_again_it_moves_and_is_no_second_one(people: cast.Cast) -> None:
    case = done(complaint(), *TO_DECIDED)
    for day in (DAY, DAY + datetime.timedelta(days=9)):
        agreed(case, day)
    (found,) = follow_ups(case)
    assert found.due_on == DAY + datetime.timedelta(days=9)
    assert [each.step for each in queries.whole_entries(found.id)] == ["opened", "move"]
    agreed(found, DAY, step="move")
    assert follow_ups(case)[0].due_on == DAY
    done(found, "done", on=TODAY)
    agreed(case, DAY + datetime.timedelta(days=20))
    assert [each.is_open for each in follow_ups(case)] == [False, True]


PAST = [("2026-05-31", True), ("2026-03-09", True), ("2026-06-01", False), ("2026-06-02", False)]


@pytest.mark.parametrize("step", ["follow_up", "move"])
@pytest.mark.parametrize(("day", "is_past"), PAST)
def test_its_day_is_not_past(people: cast.Cast, step: str, day: str, is_past: bool) -> None:
    case = done(complaint(), *TO_DECIDED)
    if step == "move":
        agreed(case, DAY)
        (case,) = follow_ups(case)
    before = CaseEntry.select().count()
    if not is_past:
        agreed(case, day, step=step)
        return
    with refuses(errors.CaseRefused, f"{day} is past, expected was 2026-06-01 or later"):
        agreed(case, day, step=step)
    assert CaseEntry.select().count() == before, "nothing of it is written"


def test_whom_the_complaint_is_found_to_be_about_its_follow_up_is_kept_from(
    people: cast.Cast,
) -> None:
    desks.put(give_account("sun", "agent", agent_no="A900"), ["complaint"], NOW)
    case = done(complaint(), *TO_DECIDED)
    agreed(case, DAY)
    (found,) = follow_ups(case)
    stepping.step(CHINA, Order(found.id, "assign", BY, TODAY, Given(person="sun")), TODAY, NOW)
    named = SAID._replace(person="A900")
    stepping.step(CHINA, Order(case.id, "responsibility", BY, TODAY, named), TODAY, NOW)
    (found,) = follow_ups(case)
    assert (found.about_id, found.owner) == (stepping.of_number(case.id).about_id, "")
    with refuses(errors.CaseRefused, "recused"):
        agreed(found, DAY, step="move", by="sun")


@pytest.mark.parametrize("country", ["CN", "GB", "US", "DE"])
def test_it_is_due_on_its_day_whatever_rules_a_country_has(people: cast.Cast, country: str) -> None:
    here = ground(country)
    case = complaint(on=here)
    for each in (*TO_DECIDED, "follow_up"):
        order = Order(case.id, each, BY, TODAY, SAID._replace(date=DAY))
        stepping.step(here, order, TODAY, NOW)
    assert follow_ups(case)[0].due_on == DAY


def test_one_that_is_opened_by_hand_is_due_at_once(people: cast.Cast) -> None:
    asked = opening.Request("follow_up", TODAY, "she has asked for it", BY, "C001")
    assert opening.open_case(CHINA, asked, TODAY, NOW).due_on == TODAY


def test_who_is_not_content_complains_again(people: cast.Cast) -> None:
    case = done(complaint(), *TO_CLOSED)
    (found,) = follow_ups(case)
    done(found, "complain", on=TODAY)
    again = Case.get((Case.kind == "complaint") & (Case.caused_by == found.id))
    assert (again.is_open, again.received_on) == (True, TODAY)
