"""An application that nobody answers counts as accepted, on the day after its clock has run out."""

import datetime
from typing import Any

import peewee
import pytest

from policies import database
from policies.case_moves import Given
from servicing.cases import desks, escalation, opening, running_out, stepping
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.core import errors
from servicing.core.account_models import User
from servicing.core.case_models import Case, CaseClock, CaseEntry
from servicing.operations import timetable
from servicing.operations.workspace import Workspace
from tests import cast
from tests.refusals import refuses
from tests.servicing import looked_up
from tests.servicing.cases.opened import BY, CHINA, ground
from tests.servicing.web.visits import give_account

NOW = cast.at("2026-10-02")


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    return cast.everybody(issued="2025-06-01")


def application(asked: cast.Day = "2026-09-01", **facts: Any) -> Case:
    said = {"client_no": "C001", "policy_no": "P001", "text": "wants it back", "by": BY} | facts
    day = cast.day(asked)
    return opening.open_case(CHINA, Request("reinstatement", day, **said), day, NOW)


def step(case: Case, name: str, on: cast.Day = "2026-09-10", **given: Any) -> Case:
    day = cast.day(on)
    return stepping.step(CHINA, Order(case.id, name, BY, day, Given(**given)), day, NOW)


def run_out(on: cast.Day, at: Any = CHINA) -> int:
    return running_out.take_steps(at, cast.day(on), NOW)


def state(case: Case) -> str:
    return stepping.of_number(case.id).state


@pytest.mark.parametrize(
    ("on", "stands"),
    [
        ("2026-09-30", "asked"),
        ("2026-10-01", "asked"),  # the thirtieth day
        ("2026-10-02", "deemed_consent"),
        ("2026-11-15", "deemed_consent"),
    ],
)
def test_a_silent_application_counts_as_accepted_after_thirty_days(
    people: cast.Cast, on: str, stands: str
) -> None:
    case = application()
    assert run_out(on) == (stands != "asked")
    assert state(case) == stands


def test_its_step_is_dated_the_day_after_though_nobody_looked_for_weeks(people: cast.Cast) -> None:
    case = application()
    run_out("2026-11-15")
    last = CaseEntry.select().order_by(CaseEntry.id.desc()).first()
    assert (last.step, last.done_by, last.done_on) == ("deem", "the clock", cast.day("2026-10-02"))
    (clock,) = CaseClock.select()
    assert (clock.due_on, clock.stopped_on) == (cast.day("2026-10-01"), cast.day("2026-10-02"))
    assert "case" in " ".join(cast.trail_of(people.lin_wei))
    assert stepping.of_number(case.id).due_on is None


def test_what_was_entered_later_is_not_overtaken(people: cast.Cast) -> None:
    case = application()
    step(case, "record", "2026-10-20", text="called")
    run_out("2026-11-15")
    assert stepping.of_number(case.id).moved_on == cast.day("2026-10-20")


def test_it_moves_once(people: cast.Cast) -> None:
    application()
    assert [run_out("2026-10-02") for _ in range(3)] == [1, 0, 0]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("decide", {"text": "healthy"}),
        ("refuse", {"text": "not insurable"}),
    ],
)
def test_what_was_answered_stays_as_it_was_answered(
    people: cast.Cast, name: str, given: dict[str, Any]
) -> None:
    case = step(application(), name, **given)
    assert run_out("2026-12-01") == 0
    assert state(case) == case.state


def test_with_the_documents_there_it_counts_as_accepted_too(people: cast.Cast) -> None:
    case = step(application(), "documents", text="all of them")
    run_out("2026-10-02")
    assert state(case) == "deemed_consent"
    assert state(step(case, "pay", "2026-10-20", date=cast.day("2026-10-20"))) == "paid"


def test_nobody_takes_the_step_by_hand(people: cast.Cast) -> None:
    case = application()
    with refuses(errors.CaseRefused, "takes itself"):
        step(case, "deem")


def test_whoever_acts_meanwhile_comes_first(
    people: cast.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = application()
    ask = running_out.queries.ran_out

    def late(*args: Any) -> Any:
        found = ask(*args)
        step(case, "refuse", text="not insurable")
        return found

    monkeypatch.setattr(running_out.queries, "ran_out", late)
    assert run_out("2026-10-02") == 0
    assert state(case) == "refused"


def test_of_a_client_who_was_erased_nothing_goes_on(people: cast.Cast) -> None:
    case = application()
    cast.change(people.lin_wei, erased_on=cast.day("2026-09-20"))
    assert run_out("2026-10-02") == 0
    assert state(case) == "asked"


def test_where_no_law_says_so_nothing_is_accepted_by_silence(people: cast.Cast) -> None:
    britain = ground("GB", "ENG")
    said = Request("reinstatement", cast.day("2026-09-01"), "again", BY, "C001", "P001")
    case = opening.open_case(britain, said, cast.day("2026-09-01"), NOW)
    assert run_out("2027-09-01", britain) == 0
    assert state(case) == "asked"


def test_the_desk_is_told_on_the_twenty_fifth_day(people: cast.Cast) -> None:
    for login, role, of in (("he", "manager", {"team": "一部"}), ("lihua", "operations", {})):
        give_account(login, role, **of)
    desks.put(User.get(User.login == "lihua"), ["conservation"], NOW)
    case = application()
    for day in ("2026-09-25", "2026-09-26"):  # 24 and 25 days after the application
        escalation.escalate(CHINA, cast.day(day), cast.day(day), NOW)
        assert stepping.of_number(case.id).escalated_to == ("he" if day.endswith("26") else "")


def test_the_night_takes_what_has_run_out(workspace: Workspace) -> None:
    cast.everybody(issued="2025-06-01")
    case = application()
    told = timetable.escalate(workspace, lambda: cast.at("2026-10-02"), lambda: False)
    assert told == {"ran_out": 1}
    assert state(case) == "deemed_consent"


def test_it_ends_early_where_the_service_does(people: cast.Cast) -> None:
    application()
    assert running_out.take_steps(CHINA, datetime.date(2026, 10, 2), NOW, lambda: True) == 0


@cast.on_sqlite
def test_no_case_is_read_but_those_that_have_run_out(book: peewee.Database) -> None:
    cast.everybody(issued="2025-06-01")
    application()
    with looked_up.listening(database.database.obj) as heard:
        assert run_out("2026-10-02") == 1
    assert heard.faults() == []
