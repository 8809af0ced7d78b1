"""Cohorts: months of issue, and the days on which they are judged, as domain.md §8.3 counts them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import dates
from policies.notices import Invalid
from policies.persistency import cohorts
from policies.persistency.cohorts import Definition, Measure
from tests import cast
from tests.refusals import english, refuses

FAR = "2099-12-31"


def measure(
    definition: Definition = "paid", as_of: str = FAR, *, month: int = 13, grace_days: int = 60
) -> Measure:
    return Measure(month, definition, cast.day(as_of), grace_days)


# --- Months as people write them ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025-04", "2025-04-01", "2025-04-30"),
        ("2025-12", "2025-12-01", "2025-12-31"),
        ("2025-01", "2025-01-01", "2025-01-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2100-02", "2100-02-01", "2100-02-28"),
        ("1000-01", "1000-01-01", "1000-01-31"),
    ],
)
def test_a_cohort_is_a_calendar_month(text: str, first: str, last: str) -> None:
    cohort = cohorts.parse(text)
    assert cohorts.key(cohort) == text
    assert cohorts.first_day(cohort) == cast.day(first)
    assert cohorts.last_day(cohort) == cast.day(last)
    assert cohort == dates.month_index(cast.day(first)) == dates.month_index(cast.day(last))


@pytest.mark.parametrize(
    "text",
    [
        *("", "2025", "2025-4", "2025-00", "2025-13", "2025-04-01", "0000-04", "25-04", "2025/04"),
        *(" 2025-04", "2025-04 ", "2025-04\n", "-2025-04", "2025-Q1"),
    ],
)
def test_what_is_no_month_is_refused_in_a_sentence(text: str) -> None:
    with refuses(Invalid, match="is not a month as YYYY-MM$") as found:
        cohorts.parse(text)
    assert english(found.value).startswith(repr(text))


# --- Judged on ------------------------------------------------------------------------------------

PAID = [
    # month 13: twelve months after issue the premium falls due, two months later all grace is over
    ("2025-04", 13, 60, "2026-06-30"),  # June judges April of last year (domain.md §8.3)
    ("2025-05", 13, 60, "2026-07-31"),
    ("2024-10", 13, 60, "2025-12-31"),
    ("2024-11", 13, 60, "2026-01-31"),
    ("2024-12", 13, 60, "2026-02-28"),
    ("2022-12", 13, 60, "2024-02-29"),
    ("2025-01", 13, 60, "2026-03-31"),
    ("2024-04", 25, 60, "2026-06-30"),
    ("2023-04", 37, 60, "2026-06-30"),
    ("2022-04", 49, 60, "2026-06-30"),
    ("2021-04", 61, 60, "2026-06-30"),
    # 31 days are more than a month: an April premium may be paid on the last of May
    ("2025-04", 13, 31, "2026-06-30"),
    ("2025-04", 13, 30, "2026-05-31"),
    ("2025-04", 13, 1, "2026-05-31"),
    ("2025-04", 13, 0, "2026-04-30"),
    ("2025-04", 13, 61, "2026-07-31"),
    ("2025-04", 13, 90, "2026-07-31"),
    ("2024-12", 13, 31, "2026-02-28"),
]


@pytest.mark.parametrize(("cohort", "month", "grace_days", "judged_on"), PAID)
def test_paid_is_judged_at_the_end_of_the_month_in_which_grace_is_over(
    cohort: str, month: int, grace_days: int, judged_on: str
) -> None:
    asked = measure(month=month, grace_days=grace_days)
    assert asked.judged_on(cohorts.parse(cohort)) == cast.day(judged_on)


IN_FORCE = [
    ("2025-04", 13, "2026-05-30"),  # the 30th is its last day
    ("2025-05", 13, "2026-06-30"),
    ("2025-01", 13, "2026-02-28"),
    ("2023-01", 13, "2024-02-29"),
    ("2025-02", 13, "2026-03-28"),
    ("2024-02", 13, "2025-03-29"),
    ("2024-12", 13, "2026-01-31"),
    ("2024-11", 13, "2025-12-30"),
    ("2024-05", 25, "2026-06-30"),
    ("2021-05", 61, "2026-06-30"),
]


@pytest.mark.parametrize(("cohort", "month", "judged_on"), IN_FORCE)
@pytest.mark.parametrize("grace_days", [0, 31, 60])
def test_in_force_is_judged_when_its_last_day_is_so_many_months_old(
    cohort: str, month: int, judged_on: str, grace_days: int
) -> None:
    asked = measure("in-force", month=month, grace_days=grace_days)
    assert asked.judged_on(cohorts.parse(cohort)) == cast.day(judged_on)


LAST_COMPLETE = [
    ("paid", "2026-06-29", "2025-03"),
    ("paid", "2026-06-30", "2025-04"),
    ("paid", "2026-07-30", "2025-04"),
    ("paid", "2026-02-27", "2024-11"),
    ("paid", "2026-02-28", "2024-12"),
    ("paid", "2026-01-01", "2024-10"),
    ("paid", "2025-12-31", "2024-10"),
    ("paid", "2025-12-30", "2024-09"),
    ("in-force", "2026-05-29", "2025-03"),
    ("in-force", "2026-05-30", "2025-04"),
    ("in-force", "2026-02-27", "2024-12"),
    ("in-force", "2026-02-28", "2025-01"),
    ("in-force", "2026-03-27", "2025-01"),
    ("in-force", "2026-03-28", "2025-02"),
]


@pytest.mark.parametrize(("definition", "as_of", "last"), LAST_COMPLETE)
def test_a_cohort_is_complete_from_its_judging_day_on(
    definition: Definition, as_of: str, last: str
) -> None:
    asked, cohort = measure(definition, as_of), cohorts.parse(last)
    assert cohorts.key(asked.last_complete) == last
    assert asked.is_complete(cohort) and not asked.is_complete(cohort + 1)


@given(
    st.sampled_from(["paid", "in-force"]),
    st.sampled_from(cohorts.MONTHS),
    st.dates(cast.day("2015-01-01"), cast.day("2045-12-31")),
    st.integers(0, 120),
)
def test_everything_up_to_the_last_complete_cohort_is_complete(
    definition: Definition, month: int, as_of: object, grace_days: int
) -> None:
    asked = measure(definition, str(as_of), month=month, grace_days=grace_days)
    around = range(asked.last_complete - 30, asked.last_complete + 30)
    complete = [cohort for cohort in around if asked.is_complete(cohort)]
    assert complete == list(range(around[0], asked.last_complete + 1))
    judged = [asked.judged_on(cohort) for cohort in around]
    assert all(one < other for one, other in pairwise(judged))


# --- The days of issue ----------------------------------------------------------------------------

DAYS = [
    # definition, issued, as of -> judged, bound, decides, the span of the deciding instalments
    (
        *("paid", "2025-04-30", "2026-06-30"),
        *("2026-06-30", "2026-06-30", "2026-06-30", "2026-04-30", "2026-06-30"),
    ),
    (
        *("paid", "2025-04-01", "2026-06-29"),  # open: nothing later than the as-of date is known
        *("2026-06-29", "2026-06-29", "2026-06-30", "2026-04-01", "2026-06-30"),
    ),
    (
        *("paid", "2024-02-29", "2026-01-01"),
        *("2025-04-30", "2025-04-30", "2025-04-30", "2025-02-28", "2025-04-30"),
    ),
    (
        *("paid", "2024-12-31", "2026-02-28"),
        *("2026-02-28", "2026-02-28", "2026-02-28", "2025-12-31", "2026-02-28"),
    ),
    (
        *("in-force", "2025-01-29", "2026-03-31"),
        *("2026-02-28", "2026-02-28", "2026-02-28", "2026-02-28", "2026-02-28"),
    ),
    (
        *("in-force", "2025-01-01", "2026-03-31"),  # each policy has its own thirteen months
        *("2026-02-28", "2026-02-01", "2026-02-01", "2026-02-01", "2026-02-01"),
    ),
    (
        *("in-force", "2025-01-20", "2026-02-10"),
        *("2026-02-10", "2026-02-10", "2026-02-20", "2026-02-20", "2026-02-20"),
    ),
]


@pytest.mark.parametrize(
    ("definition", "issued", "as_of", "judged", "bound", "decides", "first_due", "last_due"), DAYS
)
def test_the_calendar_of_a_day_of_issue(
    definition: Definition,
    issued: str,
    as_of: str,
    judged: str,
    bound: str,
    decides: str,
    first_due: str,
    last_due: str,
) -> None:
    asked, cohort = measure(definition, as_of), dates.month_index(cast.day(issued))
    found = {day.issue_date: day for day in asked.days(cohort, cohort)}[cast.day(issued)]
    assert (found.cohort, found.is_open) == (cohort, not asked.is_complete(cohort))
    days = (found.judged_on, found.bound_on, found.decides_on, found.first_due, found.last_due)
    assert [str(each) for each in days] == [judged, bound, decides, first_due, last_due]


@pytest.mark.parametrize("definition", ["in-force", "paid"])
@pytest.mark.parametrize("month", cohorts.MONTHS)
def test_the_days_of_a_cohort_are_counted_as_single_days_are(
    month: int, definition: Definition
) -> None:
    asked = Measure(month, definition, cast.day("2026-02-27"))
    for each in asked.days(cohorts.parse("2023-11"), cohorts.parse("2024-12")):
        ends = dates.months_after(each.issue_date, month)
        begins = dates.months_after(each.issue_date, month - 1)
        assert each.first_due == (ends if definition == "in-force" else begins)
        if definition == "in-force":
            assert (each.decides_on, each.bound_on) == (ends, min(ends, asked.as_of))
        else:
            year_ends = dates.months_after(each.issue_date, month + 11) - dates.ONE_DAY
            assert each.last_due == min(year_ends, asked.judged_on(each.cohort))
            months = range(12)
            due = (dates.months_after(each.issue_date, month - 1 + number) for number in months)
            assert each.monthly == sum(day <= each.last_due for day in due)


def test_a_premium_year_ends_before_a_very_long_grace_does() -> None:
    """With 400 days of grace the next year's premium is not among those that decide."""
    cohort = cohorts.parse("2025-04")
    (first, *_) = measure(grace_days=400).days(cohort, cohort)
    assert (first.first_due, first.last_due) == (cast.day("2026-04-01"), cast.day("2027-03-31"))


def test_there_are_no_days_of_issue_after_the_as_of_date() -> None:
    asked = measure(as_of="2026-02-03")
    days = [
        day.issue_date for day in asked.days(cohorts.parse("2026-01"), cohorts.parse("2026-03"))
    ]
    assert days == list(dates.days_between(cast.day("2026-01-01"), cast.day("2026-02-03")))
    assert list(asked.days(cohorts.parse("2026-03"), cohorts.parse("2026-02"))) == []


@pytest.mark.parametrize(
    ("issued", "semiannual", "quarterly", "monthly"),
    [
        ("2025-04-10", 1, 1, 3),  # 10 April, May and June; judged on 30 June
        ("2025-04-30", 1, 1, 3),
        ("2025-03-31", 1, 1, 3),  # 31 March, 30 April, 31 May
        ("2024-12-31", 1, 1, 3),  # judged on 28 February, the very day
        ("2024-02-29", 1, 1, 3),  # 28 February, 29 March, 29 April
    ],
)
def test_so_many_instalments_fall_due_by_the_judging_date(
    issued: str, semiannual: int, quarterly: int, monthly: int
) -> None:
    cohort = dates.month_index(cast.day(issued))
    found = {day.issue_date: day for day in measure().days(cohort, cohort)}[cast.day(issued)]
    assert (found.semiannual, found.quarterly, found.monthly) == (semiannual, quarterly, monthly)


def test_with_a_year_of_grace_all_instalments_of_the_year_fall_due() -> None:
    cohort = cohorts.parse("2025-04")
    (first, *_) = measure(grace_days=400).days(cohort, cohort)
    assert (first.semiannual, first.quarterly, first.monthly) == (2, 4, 12)
