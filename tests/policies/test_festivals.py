"""Festivals of a year, and the days on which nobody is greeted (domain.md §17.3)."""

from datetime import date

import pytest
from borax.calendars.lunardate import TermUtils

from policies import festivals, lunar
from servicing.core import i18n

COMING = {
    "spring_festival": ("2026-02-17", "2027-02-06", "2028-01-26"),
    "lantern": ("2026-03-03", "2027-02-20", "2028-02-09"),
    "dragon_boat": ("2026-06-19", "2027-06-09", "2028-05-28"),
    "mid_autumn": ("2026-09-25", "2027-09-15", "2028-10-03"),
    "double_ninth": ("2026-10-18", "2027-10-08", "2028-10-26"),
    "new_years_eve": ("2026-02-16", "2027-02-05", "2028-01-25"),
    "qingming": ("2026-04-05", "2027-04-05", "2028-04-04"),
    "ghost": ("2026-08-27", "2027-08-16", "2028-09-03"),
    "winter_clothes": ("2026-11-09", "2027-10-29", "2028-11-16"),
    "new_year": ("2026-01-01", "2027-01-01", "2028-01-01"),
    "national_day": ("2026-10-01", "2027-10-01", "2028-10-01"),
    "memorial": ("2026-12-13", "2027-12-13", "2028-12-13"),
}


@pytest.mark.parametrize("name", COMING)
def test_the_days_of_a_festival(name: str) -> None:
    for year, day in zip((2026, 2027, 2028), COMING[name], strict=True):
        (found,) = (each for each in festivals.of(year) if each.id == name)
        assert str(found.on) == day


def test_nobody_is_greeted_on_days_of_mourning() -> None:
    kept = {each.id for each in festivals.of(2026) if not each.is_greeted}
    assert kept == {"qingming", "ghost", "winter_clothes", "memorial"}


@pytest.mark.parametrize("year", range(lunar.FIRST_YEAR, lunar.LAST_YEAR + 1))
def test_every_year_has_each_festival_once_in_order(year: int) -> None:
    found = festivals.of(year)
    names = [each.id for each in found]
    later = {name for name, since in festivals.SINCE.items() if year < since}
    assert sorted(names) == sorted(set(festivals.NAMES) - later)
    assert [each.on for each in found] == sorted(each.on for each in found)
    assert {each.on.year for each in found} == {year}


@pytest.mark.parametrize("year", range(1950, 2051))
def test_qingming_is_the_same_in_another_library(year: int) -> None:
    assert lunar.qingming(year) == TermUtils.nth_term_day(year, term_name="清明")
    assert lunar.qingming(year) in (date(year, 4, 4), date(year, 4, 5), date(year, 4, 6))


def test_new_years_eve_is_the_day_before_the_spring_festival() -> None:
    for year in range(lunar.FIRST_YEAR, lunar.LAST_YEAR + 1):
        days = {each.id: each.on for each in festivals.of(year)}
        assert (days["spring_festival"] - days["new_years_eve"]).days == 1


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_every_festival_has_a_name(locale: str) -> None:
    assert all(i18n.known("festival", each, locale) for each in festivals.NAMES)
