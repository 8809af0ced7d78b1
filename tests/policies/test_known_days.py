"""Working days that were written down are those that the library knows."""

import warnings
from datetime import date

import pytest

from policies import dates, known_days
from policies.known_days import FIRST, LAST


@pytest.mark.parametrize("of", ["CN", "US", "DE", "AE", "IL", "IN", "GB ENG", "GB SCT", "US CA"])
def test_they_are_the_library_s(of: str) -> None:
    country, _, part = of.partition(" ")
    known, of_library = (
        known_days.read(country, known_days.written(country, part), part),
        dates.work_calendar(country, part),
    )
    span = [*dates.days_between(date(1985, 1, 1), date(2095, 12, 31))]
    with warnings.catch_warnings(action="ignore"):
        assert [*map(known.is_workday, span)] == [*map(of_library.is_workday, span)]
        assert [*map(known.is_weekend, span)] == [*map(of_library.is_weekend, span)]
    assert known.published_until == of_library.published_until
    assert known == of_library


def test_days_off_are_answered_for_as_ever() -> None:
    known = known_days.read("CN", known_days.written("CN"))
    for day in (date(2026, 2, 24), date(2026, 2, 20), FIRST, LAST):
        assert known.answers_for(day) == dates.work_calendar("CN").answers_for(day)
        assert known.on_or_after(day) == dates.work_calendar("CN").on_or_after(day)


def test_years_of_which_little_is_known_make_no_noise() -> None:
    known_days.written.cache_clear()
    with warnings.catch_warnings(action="error"):
        assert known_days.written("IN")


def test_a_country_without_a_calendar_is_refused() -> None:
    with pytest.raises(KeyError, match="XX"):
        known_days.written("XX")
