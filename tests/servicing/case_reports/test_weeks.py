"""The week and the month of complaints, by the figures of the manual and over random histories."""

import datetime
import random

import peewee
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies import database
from policies.case_moves import Given
from servicing.case_reports import figures, weeks
from servicing.case_reports.figures import Span
from servicing.cases import opening, queries, stepping
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.core import errors
from servicing.core.case_models import Case, CaseEntry
from tests import cast
from tests.servicing.cases.opened import BY, CHINA, NOW, TO_DECIDED, TODAY, complaint, done
from tests.servicing.web.visits import give_account

DAY = datetime.timedelta(days=1)


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    return cast.everybody(issued="2025-06-01")


def test_the_account_of_a_week(people: cast.Cast) -> None:
    before = [complaint("2026-03-13", client_no="") for _ in range(12)]
    within = [complaint("2026-03-16", client_no="", categories=("sales",)) for _ in range(20)]
    complaint("2026-03-23", client_no="")
    for each in before[:7]:
        done(each, "withdraw", on="2026-03-18")
    for each in within[:10]:
        done(each, "withdraw", on="2026-03-22")
    done(within[10], "withdraw", on="2026-03-23")
    found = weeks.week(CHINA.kind("complaint"), cast.day("2026-03-22"))
    assert (found.since, found.until) == (cast.day("2026-03-16"), cast.day("2026-03-22"))
    counts = (found.open_at_start, found.received, found.closed, found.open_at_end)
    assert counts == (12, 20, 17, 15)
    assert found.by_category == {"sales": 20}


def test_the_week_counts_by_facet_and_each_facet_adds_up(people: cast.Cast) -> None:
    complaint("2026-03-16", categories=("service_attitude", "sales"))
    complaint("2026-03-17", categories=("product_trade", "sales"))
    found = complaint("2026-03-17", client_no="")
    done(found, "accept", on="2026-03-18")
    for step, said in (("investigate", "cause_terms"), ("offer", "propose_refund")):
        given = Given("because", categories=(said,))
        stepping.step(CHINA, Order(found.id, step, BY, cast.day("2026-03-19"), given), TODAY, NOW)
    week = weeks.week(CHINA.kind("complaint"), cast.day("2026-03-22"))
    assert week.by_facet == {
        "time": {"": 3},
        "matter": {"product_trade": 1, "service_attitude": 1, "": 1},
        "function": {"sales": 2, "": 1},
        "cause": {"cause_terms": 1, "": 2},
        "proposal": {"propose_refund": 1, "": 2},
    }
    assert {sum(each.values()) for each in week.by_facet.values()} == {week.received}


def test_enquiries_stand_beside_the_complaints_of_a_week(people: cast.Cast) -> None:
    for received, step in (
        ("2026-03-13", ""),
        ("2026-03-16", "answer"),
        ("2026-03-17", "complain"),
        ("2026-03-18", ""),
        ("2026-03-23", ""),
    ):
        asked = Request("enquiry", cast.day(received), "how do I pay?", BY)
        case = opening.open_case(CHINA, asked, TODAY, NOW)
        if step:
            done(case, step, on="2026-03-19")
    week = weeks.week(CHINA.kind("complaint"), cast.day("2026-03-22"))
    assert week.enquiries == weeks.Enquiries(1, 3, 2, 2, 1)
    assert week.received == 1, "the one that an enquiry became"
    assert weeks.week(CHINA.kind("enquiry"), cast.day("2026-03-22")).enquiries is None


def test_the_figures_of_a_month(people: cast.Cast) -> None:
    again = {"categories": ("service_attitude",)}
    done(complaint("2026-02-20", **again), "withdraw", on="2026-02-21")
    repeats = [complaint("2026-03-02", **again) for _ in range(3)]
    others = [complaint("2026-03-02", client_no="") for _ in range(15)]
    for _ in range(2):
        complaint("2026-03-20", client_no="")  # due after the month
    for each in (*repeats, *others[:14]):
        done(each, *TO_DECIDED, on="2026-03-17")
    done(others[14], *TO_DECIDED, on="2026-03-18")
    for each in repeats[:2]:
        done(each, "upgrade", on="2026-03-19")
    found = weeks.month("complaint", cast.day("2026-03-31"), 2_400_000_000, 360_000)
    assert (found.received, found.judged, found.in_time) == (20, 18, 17)
    assert (found.repeats, found.upgraded) == (3, 2)
    assert f"{found.in_time_ratio:.1%}" == "94.4%"
    assert (found.repeats / found.received, found.upgraded / found.received) == (0.15, 0.10)
    assert (found.per_yi, found.per_wan) == (0.75, 0.5)


JUDGED = [
    ("2026-03-16", 0, 0),  # not yet due: in no denominator, though it is decided
    ("2026-03-17", 1, 1),
    ("2026-03-31", 1, 1),
]


@pytest.mark.parametrize(("on", "judged", "in_time"), JUDGED)
def test_what_is_not_due_yet_is_in_no_denominator(
    people: cast.Cast, on: str, judged: int, in_time: int
) -> None:
    done(complaint("2026-03-02"), *TO_DECIDED, on="2026-03-10")
    found = weeks.month("complaint", cast.day(on))
    assert (found.received, found.judged, found.in_time) == (1, judged, in_time)
    assert found.in_time_ratio == (1.0 if judged else None)
    assert (found.per_yi, found.per_wan) == (None, None)


def test_an_extension_counts_in(people: cast.Cast) -> None:
    give_account("wang", "manager", team="一部")
    case = complaint("2026-03-02", categories=("complex",))
    done(case, "accept", on="2026-03-20")
    approved = Given("told by telephone", person="wang")
    order = Order(case.id, "extend", BY, cast.day("2026-03-25"), approved)
    stepping.step(CHINA, order, TODAY, NOW)
    done(case, "investigate", "offer", "decide", on="2026-04-28")
    for last, counts in (("2026-04-30", [1, 0, 0]), ("2026-05-31", [1, 1, 1])):
        span = Span(cast.day("2026-03-01"), cast.day(last))
        asked = [each.cases for each in figures.month("complaint", span)]
        assert figures.counts(asked)[:3] == counts


# --- Random histories ---------------------------------------------------------------------------

FIRST = datetime.date(2026, 2, 2)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 30))
def test_over_random_histories_no_case_is_lost_and_the_account_is_even(
    people: cast.Cast, seed: int
) -> None:
    chance = random.Random(seed)
    with database.database.atomic() as transaction:
        numbers = [live(chance) for _ in range(chance.randint(1, 6))]
        complaints = Case.select().where(Case.kind == "complaint")
        assert {each.id for each in complaints} == set(numbers), "one is lost"
        for number in numbers:
            look_at(number)
        for number in range(12):
            until = FIRST + DAY * (7 * number + chance.randint(0, 6))
            week = weeks.week(CHINA.kind("complaint"), until)
            assert week.open_at_start + week.received - week.closed == week.open_at_end
            assert week.open_at_end == sum(
                each.received_on <= until and (each.ended_on is None or each.ended_on > until)
                for each in complaints
            )
        transaction.rollback()


def live(chance: random.Random) -> int:
    """A case, and what people try with it over some weeks."""
    categories = chance.choice([(), ("complex",), ("special", "sales")])
    received = FIRST + DAY * chance.randint(0, 40)
    client_no = chance.choice(["", "C001", "C900"])
    about = chance.choice(["", "A001"])
    case = complaint(received, client_no=client_no, categories=categories, about=about)
    steps = [each.id for each in CHINA.kind("complaint").step]
    on = received
    for _ in range(chance.randint(0, 25)):
        on += DAY * chance.randint(-1, 3)
        likely = chance.choice([*TO_DECIDED, "inform", "follow_up", "close"])
        given = Given("words", date=TODAY, person=chance.choice(["", "wang"]))
        tried = chance.choice([likely, likely, chance.choice(steps)])
        order = Order(case.id, tried, chance.choice([BY, BY, "A001"]), min(on, TODAY), given)
        try:
            stepping.step(CHINA, order, TODAY, NOW)
        except (errors.CaseRefused, errors.UserNotFound, errors.AgentNotFound):
            continue
    return case.id


def look_at(number: int) -> None:
    case = Case.get_by_id(number)
    entries = list(CaseEntry.select().where(CaseEntry.case == number).order_by(CaseEntry.id))
    assert len(entries) == case.moves
    days = [each.done_on for each in entries]
    assert days == sorted(days) and days[0] == case.received_on
    for before, after in zip(entries, entries[1:], strict=False):
        assert before.to_state == after.from_state
        if case.about_id:
            assert after.done_by != "A001", "moved by whom it is about"
    assert entries[-1].to_state == case.state
    assert case.is_open == (case.ended_on is None)
    if case.state == "closed":
        assert {each.step for each in entries} >= {"decide", "inform", "follow_up"}
    clocks = queries.clocks(number)
    assert all(each.stopped_on for each in clocks) or case.is_open
    running = [each.due_on for each in clocks if each.stopped_on is None]
    assert case.due_on == min(running, default=None)
