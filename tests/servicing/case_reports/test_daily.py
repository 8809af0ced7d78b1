"""The daily abnormality list: the figures of the manual, each line, and who answers what is abnormal."""

import datetime

import peewee
import pytest

from policies.models import Agent
from servicing.case_reports import daily
from servicing.case_reports.daily import DayLine
from servicing.case_reports.part import Part
from servicing.cases import opening
from servicing.cases.opening import Request
from tests import cast
from tests.servicing.case_reports.filed import DAY, clock, ended, entry, file, files
from tests.servicing.cases.opened import CHINA, NOW, TODAY, done
from tests.servicing.checks import drawn

ON = cast.day("2026-05-04")


def line(what: str, on: datetime.date = ON) -> DayLine:
    return next(each for each in daily.daily(on).rows if each.what == what)


@pytest.fixture
def usual(book: peewee.Database) -> None:
    """Of 400 complaints in the 28 days before, 8 came again: 2 %."""
    for number in range(8):
        files(49, received=ON - (number + 1) * DAY)
        file(received=ON - (number + 1) * DAY, repeat_of=1)


FIGURES = [(16, "normal"), (17, "abnormal")]


@pytest.mark.parametrize(("faulty", "verdict"), FIGURES)
def test_the_limit_of_a_day_of_400_at_two_percent(usual: None, faulty: int, verdict: str) -> None:
    files(400 - faulty, received=ON)
    files(faulty, received=ON, repeat_of=1)
    found = line("complaint_repeat")
    assert (found.faulty, found.of, found.expected) == (faulty, 400, 0.02)
    assert found.limit is not None and f"{found.limit:.1%}" == "4.1%"
    assert found.verdict == verdict


FEW = [(49, "counted"), (50, "abnormal")]


@pytest.mark.parametrize(("of", "verdict"), FEW)
def test_a_day_of_fewer_than_50_is_counted_and_not_judged(
    usual: None, of: int, verdict: str
) -> None:
    files(of, received=ON, repeat_of=1)
    found = line("complaint_repeat")
    assert (found.verdict, found.faulty, found.of) == (verdict, of, of)
    assert (found.limit is None) == (verdict == "counted")


BEFORE = [(1, 1.0), (28, 1.0), (29, None), (0, None)]


@pytest.mark.parametrize(("days", "expected"), BEFORE)
def test_usual_is_what_the_28_days_before_had(
    book: peewee.Database, days: int, expected: float | None
) -> None:
    file(received=ON - days * DAY, repeat_of=1)
    assert line("complaint_repeat").expected == expected


def test_a_call_back_with_a_problem_is_one_of_those_that_were_answered(
    book: peewee.Database,
) -> None:
    for state in ("done_clean", "done_clean", "done_problem", "exhausted", "not_owed"):
        ended(ON, state)
    problem, unreached = line("callback_problem"), line("callback_unreached")
    assert (problem.faulty, problem.of) == (1, 3)
    assert (unreached.faulty, unreached.of) == (1, 4)


LATE = [
    (ON, ON, 0, 1),
    (ON, ON + DAY, 1, 1),
    (ON, None, 1, 1),
    (ON - DAY, None, 0, 0),
    (ON + DAY, None, 0, 0),
]


@pytest.mark.parametrize(("due", "stopped", "faulty", "of"), LATE)
@pytest.mark.parametrize("kind", ["callback", "complaint"])
def test_what_ran_out_is_one_of_those_that_were_due_on_the_day(
    book: peewee.Database,
    kind: str,
    due: datetime.date,
    stopped: datetime.date | None,
    faulty: int,
    of: int,
) -> None:
    clock(file(kind, received=ON - 9 * DAY), due, stopped)
    found = line(f"{kind}_late")
    assert (found.faulty, found.of) == (faulty, of)


ENDED = [("exhausted", 1, 1), ("done_clean", 0, 1), ("not_owed", 0, 0)]
"""A call-back that ended on its last day: given up, it was late; not owed, it was not due."""


@pytest.mark.parametrize(("state", "faulty", "of"), ENDED)
def test_a_call_back_that_was_given_up_in_time_is_none_that_was_made_in_time(
    book: peewee.Database, state: str, faulty: int, of: int
) -> None:
    clock(ended(ON, state, received=ON - 9 * DAY), ON, ON)
    found = line("callback_late")
    assert (found.faulty, found.of) == (faulty, of)


STANDING = [
    (ON - DAY, None, 1, 0),
    (ON - DAY, ON, 0, 0),
    (ON - DAY, ON + DAY, 1, 0),
    (ON, None, 0, 1),
    (ON + 2 * DAY, None, 0, 1),
    (ON + 2 * DAY, ON, 0, 0),
    (ON + 2 * DAY, ON + DAY, 0, 1),
    (ON + 3 * DAY, None, 0, 0),
]


@pytest.mark.parametrize(("due", "stopped", "overdue", "near"), STANDING)
def test_overdue_and_near_its_end_is_what_was_so_at_the_end_of_the_day(
    book: peewee.Database,
    due: datetime.date,
    stopped: datetime.date | None,
    overdue: int,
    near: int,
) -> None:
    clock(file(received=ON - 9 * DAY, is_open=stopped is None), due, stopped)
    assert (line("overdue").faulty, line("near_due").faulty) == (overdue, near)
    assert {line("overdue").verdict, line("near_due").verdict} == {"counted"}


def test_a_case_with_two_clocks_is_one_case(book: peewee.Database) -> None:
    case = file(received=ON - 9 * DAY)
    clock(case, ON - DAY)
    clock(case, ON - 2 * DAY, stopped=ON + DAY)
    assert line("overdue").faulty == 1


def test_what_is_abnormal_is_answered_by_a_case(book: peewee.Database) -> None:
    cast.people()
    assert (line("overdue").case, line("overdue").owner) == (None, "")
    asked = Request("improvement", ON, "12 are overdue", "root", source="overdue")
    case = opening.open_case(CHINA, asked, TODAY, NOW)
    done(case, "cause", "measure", on="2026-05-05")
    found = line("overdue")
    assert (found.case, found.owner, found.due) == (case.id, "quality", cast.day("2026-05-19"))
    assert (found.cause, found.measure) == ("as it was said", "as it was said")
    entry(case, "other_measure", "two more people", "2026-05-06")
    assert line("overdue").measure == "two more people"
    assert line("near_due").case is None
    assert line("overdue", ON + DAY).case is None


def test_no_measure_is_decided_before_a_cause_is_named(book: peewee.Database) -> None:
    asked = Request("improvement", ON, "12 are overdue", "root", source="overdue")
    case = opening.open_case(CHINA, asked, TODAY, NOW)
    with pytest.raises(Exception, match="cause"):
        done(case, "measure", on="2026-05-05")


def test_a_reader_gets_the_numbers_of_the_cases_that_they_may_see(book: peewee.Database) -> None:
    from servicing.core.case_models import Case

    people = cast.people()
    file(received=ON, about=people.chen_yan, repeat_of=1)
    file(received=ON, about=people.sun_li)
    hers = Case.about == Agent.get(Agent.agent_no == "A900").id
    rows = {each.what: each for each in daily.daily(ON, Part(hers)).rows}
    assert (rows["complaint_repeat"].faulty, rows["complaint_repeat"].of) == (0, 1)


def test_red_lines_are_the_checks_in_which_one_failed_of_all_checks(
    book: peewee.Database,
) -> None:
    cast.everybody()
    failed, passed = drawn.everyone()
    drawn.record(failed.id, {**drawn.PASSED, "private_money": "fail"})
    drawn.record(passed.id, drawn.PASSED)
    file("problem", received=drawn.ON, source="")
    found = line("red_line", drawn.ON)
    assert (found.faulty, found.of) == (1, 2)
    after = line("red_line", drawn.ON + DAY)
    assert (after.faulty, after.of, after.expected) == (0, 0, 0.5)
