"""From when a suspended policy may be rescinded: two full years after its suspension."""

import datetime
from pathlib import Path

import pytest

from policies import clock, dates, suspension

HOME = Path("/nowhere")


def rescindable(suspended_on: str | None, country: str = "CN") -> str | None:
    on = datetime.date.fromisoformat(suspended_on) if suspended_on else None
    rules, calendar = clock.of(country, HOME), dates.work_calendar(country)
    found = suspension.rescindable_from(rules, calendar, on)
    return str(found) if found else None


@pytest.mark.parametrize(
    ("suspended_on", "from_on"),
    [
        ("2026-07-31", "2028-07-31"),
        ("2026-02-28", "2028-02-28"),
        ("2026-03-01", "2028-03-01"),
        ("2028-02-28", "2030-02-28"),
        ("2028-02-29", "2030-02-28"),  # 2030 has no 29 February
        ("2028-03-01", "2030-03-01"),
        ("2022-02-28", "2024-02-28"),
        ("2026-12-31", "2028-12-31"),
        ("2009-10-01", "2011-10-01"),
        ("2009-09-30", None),  # before the law
        (None, None),
    ],
)
def test_two_full_years_after_the_suspension(suspended_on: str | None, from_on: str | None) -> None:
    assert rescindable(suspended_on) == from_on


@pytest.mark.parametrize("country", ["GB", "US", "DE"])
def test_where_no_rule_says_it_nothing_is_rescinded(country: str) -> None:
    assert rescindable("2026-07-31", country) is None
