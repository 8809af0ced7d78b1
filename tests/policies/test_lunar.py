"""The lunar calendar (domain.md §17), held against a second library day by day."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from borax.calendars.lunardate import LCalendars, LunarDate
from hypothesis import given
from hypothesis import strategies as st

from policies import lunar
from policies.lunar import LunarDay
from policies.notices import Invalid


def days(*said: str) -> list[date]:
    return [date.fromisoformat(each) for each in said]


BIRTHDAYS = [
    # born, written, then by year
    ("2025-07-30", "闰六月初六", {2025: days("2025-07-30"), 2026: days("2026-07-19")}),
    ("2025-07-30", "闰六月初六", {2027: days("2027-07-09")}),
    ("2025-07-30", "闰六月初六", {2036: days("2036-07-28")}),  # 闰六月 once more
    ("1990-01-26", "腊月三十", {2026: days("2026-02-16"), 2027: days("2027-02-05")}),
    ("1990-01-26", "腊月三十", {2028: days("2028-01-25"), 2029: days("2029-02-12")}),
    ("1990-01-26", "腊月三十", {2030: days("2030-02-02")}),
    ("1992-01-05", "腊月初一", {2026: days("2026-01-19")}),
    ("1992-01-05", "腊月初一", {2027: days("2027-01-08", "2027-12-28"), 2028: []}),
    ("2033-12-22", "闰冬月初一", {2033: days("2033-12-22"), 2034: days("2034-12-11")}),
    ("2020-05-23", "闰四月初一", {2021: days("2021-05-12"), 2028: days("2028-04-25")}),
    ("1985-02-20", "正月初一", {2026: days("2026-02-17")}),
    ("1966-03-21", "二月三十", {2026: days("2026-04-16")}),  # the 29th of a short month
]


@pytest.mark.parametrize(("born", "written", "by_year"), BIRTHDAYS)
def test_a_birthday_comes_on_its_lunar_day(
    born: str, written: str, by_year: dict[int, list[date]]
) -> None:
    of = lunar.of(date.fromisoformat(born))
    assert str(of) == written
    assert {year: lunar.in_year(of, year) for year in by_year} == by_year


AGREED = range(1950, 2051)


def test_every_day_is_the_same_in_another_library() -> None:
    """Leap months included: 37 of these years have one."""
    day, last = date(AGREED[0], 1, 1), date(AGREED[-1], 12, 31)
    leaps = set()
    while day <= last:
        other, found = LunarDate.from_solar(day), lunar.of(day)
        assert found == (other.month, other.day, bool(other.leap)), day
        if found.is_leap:
            leaps.add(other.year)
        day += timedelta(days=1)
    assert len(leaps) == 37


@pytest.mark.parametrize("decade", range(1900, 2090, 10))
def test_every_month_begins_and_ends_as_in_another_library(decade: int) -> None:
    for year in range(decade, min(decade + 10, 2089)):
        months = list(LCalendars.iter_year_month(year))
        for month, length, leap in months:
            first = LunarDate(year, month, 1, leap).to_solar_date()
            of = LunarDay(month, 1, bool(leap))
            assert lunar.in_lunar_year(of, year) == first
            last = lunar.in_lunar_year(of._replace(day=30), year)
            assert (last - first).days + 1 == length


@pytest.mark.parametrize("year", [2026, 2089, 2097])
def test_months_follow_each_other(year: int) -> None:
    """The other library has one month too long, and the next too short, in 2089 and in 2097."""
    day = date(year, 1, 1)
    while day.year == year:
        found, following = lunar.of(day), lunar.of(day + timedelta(days=1))
        is_next = following.day == found.day + 1 and following[::2] == found[::2]
        assert is_next or (following.day, found.day in (29, 30)) == (1, True)
        day += timedelta(days=1)


REACH = st.dates(date(lunar.FIRST_YEAR, 1, 1), date(lunar.LAST_YEAR, 12, 31))


@given(REACH)
def test_a_day_is_its_own_birthday_and_read_as_it_is_written(day: date) -> None:
    of = lunar.of(day)
    assert day in lunar.in_year(of, day.year)
    if date(1950, 1, 1) <= day <= date(2050, 12, 31) and not of.is_leap:
        assert str(of) == LunarDate.from_solar(day).strftime("%M月%D")


@given(REACH, st.integers(lunar.FIRST_YEAR, lunar.LAST_YEAR - 1))
def test_it_comes_once_in_each_lunar_year_whichever_of_ours_it_falls_in(
    born: date, year: int
) -> None:
    of = lunar.of(born)
    both = [*lunar.in_year(of, year), *lunar.in_year(of, year + 1)]
    assert lunar.in_lunar_year(of, year) in both
    assert both == sorted(set(both)) and len(both) in (1, 2, 3)
    assert all(350 < (after - before).days < 390 for before, after in pairwise(both))


@given(REACH, st.integers(lunar.FIRST_YEAR, lunar.LAST_YEAR))
def test_only_a_leap_month_and_a_thirtieth_day_ever_move(born: date, year: int) -> None:
    of = lunar.of(born)
    for day in lunar.in_year(of, year):
        kept = lunar.of(day)
        assert kept.month == of.month
        assert kept.day == of.day or (of.day, kept.day) == (30, 29)
        assert kept.is_leap == of.is_leap or of.is_leap


@pytest.mark.parametrize("year", [1899, 2101, 0, 9999])
def test_a_year_that_is_not_published_is_refused(year: int) -> None:
    with pytest.raises(Invalid):
        lunar.in_year(LunarDay(1, 1), year)
    with pytest.raises(Invalid):
        lunar.qingming(year)


@pytest.mark.parametrize("text", ["", "26", "1899", "2101", "２０２６", "2026.0", "-2026", "20266"])
def test_what_is_no_year_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        lunar.read_year(text)
