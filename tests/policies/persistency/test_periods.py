"""Periods of a manager's figures: months, quarters and years of the calendar, and nothing else."""

import pytest

from policies.notices import Invalid
from policies.persistency import periods
from policies.persistency.periods import Period
from tests import cast
from tests.refusals import english, refuses

WRITTEN = [
    # as it is written, its first and last day, and the first day of the year that ends with it
    ("2026-05", "2026-05-01", "2026-05-31", "2025-06-01"),
    ("2026-01", "2026-01-01", "2026-01-31", "2025-02-01"),
    ("2026-12", "2026-12-01", "2026-12-31", "2026-01-01"),
    ("2026-02", "2026-02-01", "2026-02-28", "2025-03-01"),
    ("2024-02", "2024-02-01", "2024-02-29", "2023-03-01"),
    ("2026-Q1", "2026-01-01", "2026-03-31", "2025-04-01"),
    ("2026-Q2", "2026-04-01", "2026-06-30", "2025-07-01"),
    ("2026-Q3", "2026-07-01", "2026-09-30", "2025-10-01"),
    ("2026-Q4", "2026-10-01", "2026-12-31", "2026-01-01"),
    ("2026", "2026-01-01", "2026-12-31", "2026-01-01"),
    ("2024", "2024-01-01", "2024-12-31", "2024-01-01"),
]


@pytest.mark.parametrize(("text", "begins", "ends", "year_begins"), WRITTEN)
def test_a_period_is_its_days_and_the_year_that_ends_with_it(
    text: str, begins: str, ends: str, year_begins: str
) -> None:
    period = periods.parse(text)
    assert (period.begins, period.ends) == (cast.day(begins), cast.day(ends))
    assert period.year_begins == cast.day(year_begins)
    assert str(period) == text, "as people write it, so they read it"


REFUSED = [
    *("", "26", "202", "20260", "0000", "0000-05", "0000-Q1"),
    *("2026-0", "2026-00", "2026-13", "2026-5", "2026/05", "2026-05-01", " 2026-05", "2026-05\n"),
    *("2026-Q0", "2026-Q5", "2026-q2", "2026Q2", "2026-Q", "Q2", "2026\n", "2026-Q2\n", "May"),
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_period_is_refused_in_a_sentence_that_shows_three(text: str) -> None:
    with refuses(Invalid, match=r"is not a period as 2026-05, 2026-Q2 or 2026$") as found:
        periods.parse(text)
    assert english(found.value).startswith(repr(text))


BEFORE = [
    ("2026-05", 0, "2026-05"),
    ("2026-05", 4, "2026-01"),
    ("2026-05", 5, "2025-12"),
    ("2026-05", 11, "2025-06"),
    ("2026-Q2", 1, "2026-Q1"),
    ("2026-Q2", 2, "2025-Q4"),
    ("2026-Q2", 11, "2023-Q3"),
    ("2026", 11, "2015"),
]


@pytest.mark.parametrize(("text", "count", "earlier"), BEFORE)
def test_the_periods_before_are_of_the_same_length(text: str, count: int, earlier: str) -> None:
    assert str(periods.parse(text).before(count)) == earlier


@pytest.mark.parametrize("text", ["2026-05", "2026-Q2", "2026"])
def test_twelve_periods_follow_each_other_without_a_gap(text: str) -> None:
    trend = [periods.parse(text).before(count) for count in reversed(range(12))]
    months = [month for each in trend for month in range(each.first, each.last + 1)]
    assert months == list(range(trend[0].first, trend[-1].last + 1))


@pytest.mark.parametrize(
    ("on", "month"),
    [
        ("2026-05-01", "2026-04"),
        ("2026-05-31", "2026-04"),
        ("2026-06-01", "2026-05"),
        ("2026-01-01", "2025-12"),
        ("2025-12-31", "2025-11"),
    ],
)
def test_the_last_full_month_is_over(on: str, month: str) -> None:
    assert str(periods.last_full_month(cast.day(on))) == month


def test_a_month_alone_is_a_period_of_one() -> None:
    assert periods.parse("2026-05") == Period(2026 * 12 + 4)
