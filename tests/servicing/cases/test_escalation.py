"""A case goes one up before its time is over, each step once, and never to whom it is about."""

import datetime
import threading
from typing import Any

import peewee
import pytest

from policies import database
from policies.case_moves import Given
from servicing.cases import desks, escalation, opening, queries, recusal, stepping, telling
from servicing.cases.opening import Request
from servicing.cases.queries import Wanted
from servicing.cases.stepping import Order
from servicing.core import errors, seals
from servicing.core.account_models import User
from servicing.core.case_models import Case, CaseEntry
from servicing.core.models import CardEntry
from servicing.operations import timetable
from servicing.operations.workspace import Workspace
from tests import cast
from tests.refusals import refuses
from tests.servicing import looked_up
from tests.servicing.cases.opened import (
    BY,
    CHINA,
    NOW,
    SAID,
    TO_DECIDED,
    TODAY,
    complaint,
    done,
    ground,
)
from tests.servicing.web.visits import give_account

STAFF = (
    ("admin", "administrator", {}),
    ("chen", "agent", {"agent_no": "A001"}),
    ("he", "manager", {"team": "一部"}),
    ("over", "manager", {"branch": "上海"}),
    ("far", "manager", {"branch": "北京"}),
    ("lihua", "operations", {}),
)


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    return cast.everybody(issued="2025-06-01")


@pytest.fixture
def staff(people: cast.Cast) -> None:
    """Chen Yan, her manager, the manager of the branch, one of another, the desk, an administrator."""
    for login, role, of in STAFF:
        give_account(login, role, **of)
    desks.put(User.get(User.login == "lihua"), ["complaint"], NOW)


def escalated(on: cast.Day, **how: Any) -> dict[str, int]:
    day = cast.day(on)
    return dict(escalation.escalate(how.pop("by", CHINA), day, TODAY, cast.at(day), **how))


def went(case: Case) -> list[tuple[str, str, str]]:
    """The steps by which a case went up: when, how far, to whom."""
    query = CaseEntry.select().where((CaseEntry.case == case) & (CaseEntry.step == "escalated"))
    return [(str(each.done_on), each.reason, each.person) for each in query.order_by(CaseEntry.id)]


def nights(first: cast.Day, last: cast.Day) -> None:
    """The job of each day, twice."""
    day = cast.day(first)
    while day <= cast.day(last):
        escalated(day)
        assert escalated(day) == {}
        day += datetime.timedelta(days=1)


# --- When -----------------------------------------------------------------------------------------


def test_it_goes_up_with_five_days_left_with_two_on_the_last_working_day_and_after(
    staff: None,
) -> None:
    case = complaint("2026-03-02", policy_no="P001")
    assert case.due_on == datetime.date(2026, 3, 17)
    nights("2026-03-03", "2026-04-20")
    assert went(case) == [
        ("2026-03-12", "days", "he"),
        ("2026-03-15", "last_days", "over"),
        ("2026-03-16", "working_day", "admin"),
        ("2026-03-18", "over", "admin"),
    ]


def test_a_call_back_goes_up_before_its_free_look_ends(staff: None) -> None:
    asked = Request("callback", cast.day("2026-02-10"), "receipt signed", BY, "C001", "P001")
    case = opening.open_case(CHINA, asked, TODAY, NOW)
    nights("2026-02-11", "2026-02-27")
    assert [(on, level) for on, level, _ in went(case)] == [
        ("2026-02-20", "days"),
        ("2026-02-23", "last_days"),
        ("2026-02-24", "working_day"),
        ("2026-02-26", "over"),
    ]


def test_what_was_missed_is_caught_up_by_the_step_that_holds(staff: None) -> None:
    case = complaint("2026-03-02", policy_no="P001")
    assert escalated("2026-03-11") == {}
    assert escalated("2026-03-16") == {"working_day": 1}
    assert escalated("2026-03-12") == {}, "a day that is past by then"
    assert escalated("2026-05-20") == {"over": 1}
    assert went(case) == [("2026-03-16", "working_day", "he"), ("2026-05-20", "over", "over")]


def test_a_short_time_does_not_go_up_by_what_it_began_with(staff: None) -> None:
    england = ground("GB", "ENG")
    case = complaint("2026-03-02", policy_no="P001", on=england)
    assert case.due_on == datetime.date(2026, 3, 5), "the third working day"
    for day in ("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-06"):
        escalated(day, by=england)
    assert [(on, level) for on, level, _ in went(case)] == [
        ("2026-03-03", "last_days"),
        ("2026-03-04", "working_day"),
        ("2026-03-06", "over"),
    ]


def test_another_due_day_has_steps_of_its_own_each_once(staff: None) -> None:
    asked = Request("callback", cast.day("2026-02-08"), "by hand", BY, "C001", "P001")
    case = opening.open_case(CHINA, asked, TODAY, NOW)

    def signed(step: str, day: str) -> None:
        given = Given(date=cast.day(day))
        stepping.step(CHINA, Order(case.id, step, BY, cast.day(day), given), TODAY, NOW)

    signed("receipt", "2026-02-10")
    escalated("2026-02-24")
    signed("receipt_corrected", "2026-02-12")
    escalated("2026-02-25")
    signed("receipt_corrected", "2026-02-12")
    assert escalated("2026-02-25") == {}
    later = Given(date=cast.day("2026-02-10"))
    on = cast.day("2026-02-12")
    stepping.step(CHINA, Order(case.id, "receipt_corrected", BY, on, later), TODAY, NOW)
    assert escalated("2026-02-24") == {}, "the step of this day was taken"
    assert escalated("2026-02-26") == {"over": 1}
    assert [level for _, level, _ in went(case)] == ["working_day", "last_days", "over"]


def test_what_has_ended_or_is_decided_does_not_go_up(staff: None) -> None:
    ended = done(complaint("2026-03-02"), "withdraw")
    decided = done(complaint("2026-03-02", client_no="C900"), *TO_DECIDED)
    assert escalated("2026-05-20") == {}
    assert went(ended) == went(decided) == []


def test_no_case_goes_up_ahead_of_today(people: cast.Cast) -> None:
    with refuses(errors.CaseRefused, "2026-06-02"):
        escalated("2026-06-02")


# --- To whom --------------------------------------------------------------------------------------

ABOUT = [
    ("", ["he", "over", "admin", "admin"]),
    ("A001", ["he", "over", "admin", "admin"]),
    ("he", ["over", "admin", "admin", "admin"]),
    ("over", ["admin", "admin", "admin", "admin"]),
    ("admin", ["he", "over", "over", "over"]),
]


@pytest.mark.parametrize(("about", "to"), ABOUT)
def test_it_never_goes_to_whom_it_is_about_nor_to_who_reports_to_them(
    staff: None, about: str, to: list[str]
) -> None:
    case = complaint("2026-03-02", policy_no="P001", about=about)
    nights("2026-03-11", "2026-03-19")
    assert [person for _, _, person in went(case)] == to
    seen = User.select().where(User.login == stepping.of_number(case.id).escalated_to).get()
    assert case.id in {each.id for each in Case.select().where(recusal.seen(seen))}


def test_of_nobodys_client_it_goes_to_an_administrator(staff: None) -> None:
    case = complaint("2026-03-02", client_no="")
    nights("2026-03-11", "2026-03-19")
    assert {person for _, _, person in went(case)} == {"admin"}


def test_it_goes_up_from_its_owner_and_passes_over_who_may_not_log_in(staff: None) -> None:
    case = complaint("2026-03-02", policy_no="P001")
    given = SAID._replace(person="he")
    stepping.step(CHINA, Order(case.id, "assign", BY, cast.day("2026-03-03"), given), TODAY, NOW)
    User.update(is_disabled=True).where(User.login == "over").execute()
    nights("2026-03-11", "2026-03-19")
    assert {person for _, _, person in went(case)} == {"admin"}
    assert stepping.of_number(case.id).owner == "he", "whose it is, it stays"


def test_where_nobody_stands_above_it_is_told_all_the_same(people: cast.Cast) -> None:
    case = complaint("2026-03-02", policy_no="P001")
    nights("2026-03-11", "2026-03-19")
    assert [(level, person) for _, level, person in went(case)] == [
        ("days", ""),
        ("last_days", ""),
        ("working_day", ""),
        ("over", ""),
    ]


def test_those_that_went_up_to_somebody_are_listed(staff: None) -> None:
    case, other = complaint("2026-03-02", policy_no="P001"), complaint("2026-05-20")
    escalated("2026-03-12")
    with database.snapshot():
        found = [each.case for each in queries.cases(Wanted(escalated_to="he"))]
    assert found == [case.id] != [other.id]
    told = telling.of_number(CHINA, case.id)
    assert (told.escalation, told.escalated_to, told.owner) == ("days", "he", "complaint")


# --- Written down ---------------------------------------------------------------------------------


def test_it_is_a_dated_entry_that_the_card_tells_and_nothing_else_is_held_back(staff: None) -> None:
    case = complaint("2026-03-02", policy_no="P001")
    escalated("2026-03-16")
    found = stepping.of_number(case.id)
    assert (found.state, found.owner, found.moved_on) == ("received", "", cast.day("2026-03-02"))
    assert found.moves == CaseEntry.select().where(CaseEntry.case == case).count() == 2
    line = CardEntry.select().order_by(CardEntry.id.desc()).get()
    assert line.kind == "case.noted" and '"escalated"' in line.facts
    seals.seal(NOW + datetime.timedelta(days=1))
    assert done(case, "accept", on="2026-03-10").state == "accepted", "done before, recorded later"


def test_the_database_refuses_a_step_twice(staff: None) -> None:
    case = complaint("2026-03-02", policy_no="P001")
    escalated("2026-03-16")
    entry = CaseEntry.get(CaseEntry.step == "escalated")
    facts = {"case": case, "at": NOW, "from_state": "", "to_state": "", "done_by": "x"}
    with pytest.raises(peewee.IntegrityError), database.writing():
        CaseEntry.create(
            **facts, done_on=TODAY, step="escalated", reason="working_day", set_on=entry.set_on
        )


def test_one_that_is_killed_leaves_nothing_half_done(
    staff: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [complaint("2026-03-02", policy_no="P001") for _ in range(3)]
    asked = iter([False, True])
    assert escalated("2026-03-16", is_over=lambda: next(asked)) == {"working_day": 1}

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(escalation.writing, "on_card", killed)
        escalated("2026-03-16")
    assert [len(went(each)) for each in cases] == [1, 0, 0]
    assert [stepping.of_number(each.id).escalation for each in cases] == ["working_day", "", ""]
    assert escalated("2026-03-16") == {"working_day": 2}
    assert [len(went(each)) for each in cases] == [1, 1, 1]


def test_of_four_at_once_each_case_goes_up_once(staff: None) -> None:
    cases = [complaint("2026-03-02", policy_no="P001") for _ in range(5)]

    def act() -> None:
        try:
            escalated("2026-03-16")
        finally:
            database.database.close()

    crew = [threading.Thread(target=act) for _ in range(4)]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    escalated("2026-03-16")  # whoever was disturbed is looked at again
    assert [len(went(each)) for each in cases] == [1] * 5


def test_the_job_of_the_timetable_does_it(workspace: Workspace) -> None:
    cast.everybody(issued="2025-06-01")
    case = complaint("2026-03-02", policy_no="P001", on=workspace.ground)
    job = next(each for each in timetable.TIMETABLE if each.name == "escalation")
    now = cast.at("2026-03-16")
    assert job.work(workspace, lambda: now, lambda: False) == {"working_day": 1}
    assert job.work(workspace, lambda: now, lambda: False) == {}
    assert [level for _, level, _ in went(case)] == ["working_day"]


@cast.on_sqlite
def test_looking_for_them_reads_no_whole_table(staff: None, book: peewee.Database) -> None:
    complaint("2026-03-02", policy_no="P001", about="A001")
    complaint("2026-03-02")
    with looked_up.listening(book) as heard:
        escalated("2026-03-12")
        escalated("2026-03-12")
        with database.snapshot():
            list(queries.cases(Wanted(escalated_to="he"), 100))
        assert heard.faults() == []
