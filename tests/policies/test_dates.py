"""Months never drift, work moves to working days, and what is not published is not guessed."""

import itertools
from datetime import date, time, timedelta

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import countries, dates
from policies.dates import Window, anchors_before, has_calendar, months_after, work_calendar
from policies.importing.cells import phones
from policies.notices import Invalid
from tests.refusals import english, refuses

ANY_DAY = st.dates(date(1900, 1, 1), date(2300, 12, 31))
ANY_MONTHS = st.integers(0, 1200)


# --- Months -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("anchor", "months", "due"),
    [
        ("2025-08-31", 0, "2025-08-31"),
        ("2025-08-31", 1, "2025-09-30"),
        ("2025-08-31", 2, "2025-10-31"),
        ("2025-08-31", 4, "2025-12-31"),
        ("2025-08-31", 6, "2026-02-28"),
        ("2023-08-31", 6, "2024-02-29"),
        ("2025-08-30", 6, "2026-02-28"),
        ("2025-08-29", 6, "2026-02-28"),
        ("2025-08-28", 6, "2026-02-28"),
        ("2023-08-30", 6, "2024-02-29"),
        ("2023-08-28", 6, "2024-02-28"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2025-01-31", 2, "2025-03-31"),
        ("2025-01-31", 3, "2025-04-30"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2025-12-15", 1, "2026-01-15"),
        ("2096-02-29", 48, "2100-02-28"),
        ("2026-03-31", -1, "2026-02-28"),
    ],
)
def test_months_are_counted_from_the_anchor(anchor: str, months: int, due: str) -> None:
    assert months_after(date.fromisoformat(anchor), months) == date.fromisoformat(due)


def test_monthly_for_ten_years_never_drifts() -> None:
    for months in range(121):
        due = months_after(date(2025, 8, 31), months)
        assert due.day == dates.days_in_month(due.year, due.month)
        assert months_after(date(2025, 8, 12), months).day == 12


@pytest.mark.parametrize(
    ("due", "months", "anchors"),
    [
        ("2025-09-30", 1, ["2025-08-30", "2025-08-31"]),
        ("2026-02-28", 1, ["2026-01-28", "2026-01-29", "2026-01-30", "2026-01-31"]),
        ("2024-02-29", 1, ["2024-01-29", "2024-01-30", "2024-01-31"]),
        ("2024-02-28", 1, ["2024-01-28"]),
        ("2026-03-31", 1, []),
        ("2026-03-30", 1, []),
        ("2026-03-29", 1, []),
        ("2026-03-28", 1, ["2026-02-28"]),
        ("2024-03-29", 1, ["2024-02-29"]),
        ("2026-03-31", 2, ["2026-01-31"]),
        ("2026-05-31", 0, ["2026-05-31"]),
        ("2025-02-28", 12, ["2024-02-28", "2024-02-29"]),
        ("0001-01-31", 1, []),
    ],
)
def test_a_day_knows_the_anchors_it_answers_for(due: str, months: int, anchors: list[str]) -> None:
    found = anchors_before(date.fromisoformat(due), months)
    assert found == [date.fromisoformat(each) for each in anchors]


@given(ANY_DAY, ANY_MONTHS)
def test_whatever_falls_on_a_day_is_found_from_that_day(anchor: date, months: int) -> None:
    assert anchor in anchors_before(months_after(anchor, months), months)


@given(ANY_DAY, ANY_MONTHS)
def test_whatever_is_found_from_a_day_falls_on_it(due: date, months: int) -> None:
    anchors = anchors_before(due, months)
    assert len(anchors) <= 4
    assert all(months_after(anchor, months) == due for anchor in anchors)


@given(ANY_DAY, ANY_MONTHS, ANY_MONTHS)
def test_a_later_month_never_falls_earlier(anchor: date, one: int, other: int) -> None:
    assert (months_after(anchor, one) <= months_after(anchor, other)) == (one <= other)


def test_days_between_includes_both_ends() -> None:
    days = [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)]
    assert list(dates.days_between(days[0], days[-1])) == days
    assert list(dates.days_between(days[0], days[0])) == days[:1]
    assert list(dates.days_between(days[1], days[0])) == []


# --- Working days -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "lands_on"),
    [
        ("2026-02-13", "2026-02-13"),
        ("2026-02-14", "2026-02-14"),  # a Saturday, worked to make up for the festival
        ("2026-02-15", "2026-02-24"),
        *((f"2026-02-{day}", "2026-02-24") for day in range(16, 24)),
        ("2026-02-24", "2026-02-24"),
        ("2026-02-28", "2026-02-28"),  # the other make-up Saturday
        ("2026-03-01", "2026-03-02"),
        ("2026-01-01", "2026-01-04"),  # a Sunday, worked for the New Year's bridge day
        ("2026-05-01", "2026-05-06"),
        ("2026-10-01", "2026-10-08"),
    ],
)
def test_work_of_a_day_off_lands_on_the_next_working_day(day: str, lands_on: str) -> None:
    calendar = work_calendar("CN")
    assert calendar.on_or_after(date.fromisoformat(day)) == date.fromisoformat(lands_on)


def test_a_make_up_saturday_is_a_workday() -> None:
    assert work_calendar("CN").is_workday(date(2026, 2, 14))
    assert not work_calendar("CN").is_workday(date(2026, 2, 15))


def test_the_first_day_after_the_festival_answers_for_all_of_it() -> None:
    festival = [date(2026, 2, 24) - timedelta(days=days) for days in range(10)]
    assert work_calendar("CN").answers_for(date(2026, 2, 24)) == festival
    assert work_calendar("CN").answers_for(date(2026, 2, 20)) == []


@given(
    st.sampled_from(["CN", "US", "GB", "KE", "DE"]),
    st.dates(date(2000, 1, 1), date(2060, 12, 31)),
)
def test_every_day_is_answered_for_by_the_working_day_it_lands_on(country: str, day: date) -> None:
    calendar = work_calendar(country)
    assert day in calendar.answers_for(calendar.on_or_after(day))
    assert all(calendar.on_or_after(each) == day for each in calendar.answers_for(day))


def test_years_that_were_not_announced_are_not_published() -> None:
    calendar = work_calendar("CN")
    assert calendar.is_published(date(2026, 12, 31))
    last = date(calendar.published_until, 12, 31)
    assert calendar.is_published(last)
    assert not calendar.is_published(last + dates.ONE_DAY)
    assert not calendar.is_published(date(2199, 6, 1))


def test_past_the_published_years_the_holidays_of_the_law_are_still_days_off() -> None:
    calendar = work_calendar("CN")
    for years in range(1, 10):
        assert not calendar.is_workday(date(calendar.published_until + years, 10, 1))


def test_a_country_without_announced_holidays_is_published_far_ahead() -> None:
    assert work_calendar("US").is_published(date(2060, 7, 4))
    assert not work_calendar("US").is_workday(date(2026, 7, 3))  # the 4th is a Saturday


def test_a_country_without_a_calendar_is_refused() -> None:
    with pytest.raises(KeyError, match="XX"):
        work_calendar("XX")


@pytest.mark.parametrize(
    ("country", "part", "day", "is_workday"),
    [
        ("GB", "ENG", "2026-04-03", False),  # Good Friday, everywhere
        ("GB", "SCT", "2026-04-03", False),
        ("GB", "ENG", "2026-04-06", False),  # Easter Monday
        ("GB", "WLS", "2026-04-06", False),
        ("GB", "NIR", "2026-04-06", False),
        ("GB", "SCT", "2026-04-06", True),
        ("GB", "", "2026-04-06", True),  # not a day off of all parts
        ("GB", "SCT", "2026-01-02", False),
        ("GB", "ENG", "2026-01-02", True),
        ("GB", "NIR", "2026-03-17", False),  # Saint Patrick's Day
        ("GB", "ENG", "2026-03-17", True),
        ("GB", "ENG", "2026-08-31", False),
        ("GB", "SCT", "2026-08-31", True),
        ("GB", "SCT", "2026-11-30", False),  # Saint Andrew's Day
        ("US", "CA", "2026-03-31", False),  # Cesar Chavez Day
        ("US", "NY", "2026-03-31", True),
    ],
)
def test_a_part_of_a_country_has_days_off_of_its_own(
    country: str, part: str, day: str, is_workday: bool
) -> None:
    assert work_calendar(country, part).is_workday(date.fromisoformat(day)) == is_workday


@pytest.mark.parametrize("of", ["GB XX", "CN BJ", "GB England", "GB eng", "XX ENG"])
def test_a_part_that_a_country_does_not_have_is_refused(of: str) -> None:
    with pytest.raises(KeyError):
        work_calendar(*of.split())


def test_parts_are_different_calendars() -> None:
    assert dates.subdivisions("GB") == ("ENG", "NIR", "SCT", "WLS")
    assert dates.subdivisions("CN") == ()
    assert len({work_calendar("GB", part) for part in ("", *dates.subdivisions("GB"))}) == 5


@pytest.mark.parametrize("country", countries.SUBDIVISIONS)
def test_the_known_parts_of_a_country_are_those_of_the_library(country: str) -> None:
    assert countries.SUBDIVISIONS[country] == dates.subdivisions(country)


@pytest.mark.parametrize(
    ("of", "day", "locale", "name"),
    [
        ("CN", "2026-02-17", "zh_CN", "春节"),
        ("CN", "2026-02-17", "en", "Chinese New Year (Spring Festival)"),
        ("CN", "2026-02-20", "zh_CN", "休息日（由 2026-02-14 调休）"),
        ("CN", "2026-02-21", "zh_CN", ""),  # a Saturday
        ("CN", "2026-02-17", "de", "Chinese New Year (Spring Festival)"),
        ("GB ENG", "2026-04-06", "zh_CN", "Easter Monday"),
        ("GB SCT", "2026-04-06", "en", ""),
        ("GB SCT", "2026-11-30", "en", "Saint Andrew's Day"),
    ],
)
def test_a_holiday_is_called_as_its_reader_calls_it(
    of: str, day: str, locale: str, name: str
) -> None:
    calendar = work_calendar(*of.split())
    assert dates.holiday_name(calendar, date.fromisoformat(day), locale) == name


def test_a_make_up_saturday_is_of_the_weekend_all_the_same() -> None:
    calendar = work_calendar("CN")
    assert calendar.is_weekend(date(2026, 2, 14))
    assert not calendar.is_weekend(date(2026, 2, 16))  # a Monday off
    assert work_calendar("IL").is_weekend(date(2026, 2, 13))  # a Friday


@pytest.mark.parametrize("country", ["CN", "US", "DE", "AE", "TH", "IL", "PR", "USA"])
def test_a_country_read_alone_has_the_days_that_the_library_gives(country: str) -> None:
    alone, among_all = dates._alone(country), dates._among_all(country)
    assert type(alone) is not type(among_all), "it was not read alone"
    span = [*dates.days_between(date(2000, 1, 1), date(2035, 12, 31))]
    assert [*map(alone.is_working_day, span)] == [*map(among_all.is_working_day, span)]
    assert dates._published_until(alone) == dates._published_until(among_all)


def test_a_library_that_keeps_its_countries_in_another_way_is_asked_as_it_wants(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("holidays.registry.COUNTRIES", {})
    assert dates._alone("CN") is None
    assert not work_calendar.__wrapped__("CN").is_workday(date(2026, 2, 15))


# --- Windows ------------------------------------------------------------------------------------


def test_a_window_is_read_as_it_is_written() -> None:
    window = Window.parse("09:00-20:00")
    assert window == Window(time(9), time(20))
    assert str(window) == "09:00-20:00"
    assert Window.parse(" 08:00 - 21:30 ") == Window(time(8), time(21, 30))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'' is not a window such as 09:00-20:00"),
        ("09:00", "is not a window such as 09:00-20:00"),
        ("9-20", "is not a window such as 09:00-20:00"),
        ("09:00-24:00", "is not a window such as 09:00-20:00"),
        ("09:00-20:00-21:00", "is not a window such as 09:00-20:00"),
        ("always", "is not a window such as 09:00-20:00"),
        ("20:00-09:00", "closes before it opens"),
        ("09:00-09:00", "closes before it opens"),
        ("09:00+08:00-20:00", "is not a window such as 09:00-20:00"),
    ],
)
def test_what_is_no_window_is_refused(text: str, sentence: str) -> None:
    with refuses(Invalid, match="window") as refusal:
        Window.parse(text)
    assert sentence in english(refusal.value)


def test_the_known_countries_are_those_of_both_libraries() -> None:
    regions = set(itertools.chain(*phonenumbers.COUNTRY_CODE_TO_REGION_CODE.values()))
    assert set(countries.KNOWN) == {
        region for region in regions if phones.is_country(region) and has_calendar(region)
    }


@pytest.mark.parametrize("country", ["CN", "DE", "US", "AQ", "XX", "CHN", "cn", ""])
def test_a_country_has_a_calendar_where_one_can_be_read(country: str) -> None:
    try:
        is_there = bool(work_calendar(country))
    except KeyError:
        is_there = False
    assert has_calendar(country) == is_there
