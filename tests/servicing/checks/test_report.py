"""What spot checks have come to, by unit (domain.md §14.3)."""

import datetime

import peewee
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import database
from policies.persistency.units import UnitKind
from policies.question_set import ANSWERS, Answer
from servicing.checks import queries, report
from servicing.checks.queries import Wanted
from servicing.checks.report import ReportLine
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.servicing.checks import drawn
from tests.servicing.checks.drawn import ON, PASSED, SEVEN_OF_NINE

Book = peewee.Database

ALL = Wanted()


UNITS: tuple[UnitKind, ...] = ("branch", "team", "agent")


def counts(of: ReportLine) -> list[int]:
    return [of.drawn, of.checked, of.open, of.earned, of.possible, of.red_lines]


def short(of: ReportLine) -> tuple[object, ...]:
    return (of.key, of.drawn, of.checked, of.open, of.earned, of.possible, of.red_lines)


def test_each_branch_and_all_of_them(book: Book) -> None:
    cast.everybody()
    by_client = {each.client.client_no: each for each in drawn.everyone()}
    drawn.record(by_client["C001"].id, SEVEN_OF_NINE)
    found = report.report("branch", ALL)
    assert [short(each) for each in found.rows] == [
        ("北京", 1, 0, 1, 0, 0, 0),
        ("上海", 1, 1, 0, 7, 9, 0),
    ]
    assert short(found.total) == ("total", 2, 1, 1, 7, 9, 0)
    assert [each.passed_ratio for each in found.rows] == [None, 7 / 9]


def test_a_red_line_takes_all_that_its_check_has_earned(book: Book) -> None:
    cast.everybody()
    one, other = drawn.everyone()
    drawn.record(one.id, {**SEVEN_OF_NINE, "private_money": "fail"})
    drawn.record(other.id, PASSED)
    assert short(report.report("agent", ALL).total) == ("total", 2, 2, 0, 10, 19, 1)


def test_a_unit_is_the_one_that_the_agent_belongs_to_today(book: Book) -> None:
    people = cast.everybody()
    drawn.everyone()
    cast.change(people.chen_yan, team=people.sun_li.team)
    rows = report.report("team", ALL).rows
    assert [(each.key, each.drawn) for each in rows] == [("北京 · 九部", 2)]


def test_agents_are_named(book: Book) -> None:
    cast.everybody()
    drawn.everyone()
    rows = report.report("agent", ALL).rows
    assert [(each.key, each.name) for each in rows] == [("A001", "陈燕"), ("A900", "孙丽")]


BEFORE = ON - datetime.timedelta(1)
CHOSEN = [
    (Wanted(), 4),
    (Wanted(draw_id=1), 2),
    (Wanted(draw_id=99), 0),
    (Wanted(first=ON), 2),
    (Wanted(last=BEFORE), 2),
    (Wanted(first=BEFORE, last=ON), 4),
    (Wanted(agent_no="A001"), 2),
    (Wanted(is_open=True), 3),
    (Wanted(is_red=True), 1),
    (Wanted(draw_id=2, is_red=True), 0),
]


@pytest.mark.parametrize(("wanted", "count"), CHOSEN)
def test_checks_are_chosen(wanted: Wanted, count: int, book: Book) -> None:
    cast.everybody()
    drawn.record(drawn.everyone()[0].id, {**PASSED, "private_money": "fail"})
    drawn.everyone(on=BEFORE)
    with database.snapshot():
        assert len(list(queries.checks(wanted))) == count
    assert report.report("branch", wanted).total.drawn == count


def test_there_may_be_nothing_to_tell(book: Book) -> None:
    found = report.report("branch", ALL)
    assert (found.rows, short(found.total)) == ([], ("total", 0, 0, 0, 0, 0, 0))


ANSWERED = st.lists(
    st.none() | st.fixed_dictionaries({name: st.sampled_from(ANSWERS) for name in PASSED}),
    min_size=4,
    max_size=4,
)


@settings(each_rolled_back, max_examples=examples(20))
@given(ANSWERED)
def test_units_add_up_to_all_and_each_check_is_checked_or_open(
    book: Book, answered: list[dict[str, Answer] | None]
) -> None:
    with database.database.atomic() as transaction:
        cast.everybody()
        checks = [*drawn.everyone(), *drawn.everyone(seed="T")]
        for check, answers in zip(checks, answered, strict=True):
            if answers is not None:
                drawn.record(check.id, answers)
        for unit in UNITS:
            found = report.report(unit, ALL)
            assert counts(found.total) == [
                sum(each) for each in zip(*map(counts, found.rows), strict=True)
            ]
            assert found.total.drawn == found.total.checked + found.total.open == len(checks)
        transaction.rollback()
