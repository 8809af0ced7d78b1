"""A day comes in as it was meant, or its row is refused: nobody guesses which is the month."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.importing.cells import cells, days
from policies.importing.cells.cells import Style
from policies.importing.cells.days import Reading
from policies.importing.findings import BadCell
from tests import cast
from tests.refusals import english

US, CHINESE, TWO_DIGITS = ("%m/%d/%Y",), ("%Y年%m月%d日", "%Y/%m/%d"), ("%d/%m/%y",)
SERIAL, SERIAL_1904, NAMED = ("serial",), ("serial1904",), ("%d-%b-%Y",)
ISO = "a date of the calendar as YYYY-MM-DD was expected"
TODAY = datetime.date(2026, 1, 15)


@pytest.mark.parametrize(
    ("cell", "formats", "day"),
    [
        ("2026-02-28", (), "2026-02-28"),
        ("2028-02-29", (), "2028-02-29"),
        ("20260228", (), "2026-02-28"),
        ("1900-01-01", (), "1900-01-01"),
        ("2199-12-31", (), "2199-12-31"),
        ("2026-1-5", (), "2026-01-05"),
        ("2026/1/5", (), "2026-01-05"),
        ("2026.01.05", (), "2026-01-05"),
        ("2026年1月5日", (), "2026-01-05"),
        ("2026年01月05", (), "2026-01-05"),
        ("２０２６／１／５", (), "2026-01-05"),
        ('="2026-01-05"', (), "2026-01-05"),
        ("2026/1/5", US, "2026-01-05"),
        ("02/28/2026", US, "2026-02-28"),
        ("2/8/2026", US, "2026-02-08"),
        ("2026-02-28", US, "2026-02-28"),
        ("2026年2月28日", CHINESE, "2026-02-28"),
        ("2026/2/28", CHINESE, "2026-02-28"),
        ("05-Jan-2026", NAMED, "2026-01-05"),
        ("", (), None),
    ],
)
def test_dates_are_read_year_first_and_in_the_formats_of_the_mapping(
    cell: str, formats: tuple[str, ...], day: str | None
) -> None:
    assert days.parse_date(formats)(cell) == cast.maybe_day(day)


@pytest.mark.parametrize(
    ("cell", "formats", "sentence"),
    [
        ("2026-02-30", (), ISO),
        ("2026-02-29", (), ISO),
        ("2026-13-01", (), ISO),
        ("28.2.2026", (), ISO),
        ("02/28/2026", (), ISO),
        ("2026-01/05", (), ISO),
        ("2026-1-5日", (), ISO),
        ("2026-W05-1", (), ISO),
        ("2026W051", (), ISO),
        ("2026-005", (), ISO),
        ("26-01-05", (), ISO),
        ("2026-01", (), ISO),
        ("soon", US, "a date of the calendar as %m/%d/%Y was expected"),
        ("30/01/2026", US, "a date of the calendar as %m/%d/%Y was expected"),
        ("soon", CHINESE, "a date of the calendar as %Y年%m月%d日 or %Y/%m/%d was expected"),
        ("1899-12-31", (), "a date from 1900 to 2199 was expected"),
        ("2200-01-01", (), "a date from 1900 to 2199 was expected"),
        ("0001-01-01", (), "a date from 1900 to 2199 was expected"),
        ("1984", SERIAL, "a date of the calendar as serial was expected"),
    ],
)
def test_a_date_that_is_none_is_refused(cell: str, formats: tuple[str, ...], sentence: str) -> None:
    assert refusal(cell, Reading(formats=formats)) == sentence


def refusal(cell: str, reading: Reading) -> str:
    """The sentence with which a cell is refused."""
    with pytest.raises(BadCell) as refused:
        days.parse_day(reading)(cell)
    return english(refused.value)


def test_a_needed_date_must_not_be_empty() -> None:
    with pytest.raises(BadCell) as refused:
        days.parse_date(needed=True)("")
    assert english(refused.value) == "a date was expected, the cell is empty"


@given(st.dates(days.EARLIEST, days.LATEST))
def test_every_day_is_read_in_every_way_that_puts_its_year_first(day: datetime.date) -> None:
    year, month, of_month = day.year, day.month, day.day
    for cell in (
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{year}/{month}/{of_month}",
        f"{year}.{month}.{of_month}",
        f"{year}年{month}月{of_month}日",
        f"{day} 23:59:59",
    ):
        assert days.parse_date()(cell) == day


# --- The time of day ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "formats"),
    [
        ("2026-01-05 00:00:00", ()),
        ("2026-01-05 09:30", ()),
        ("2026-01-05T09:30:00.000", ()),
        ("2026-01-05T00:00:00Z", ()),
        ("2026-01-05 00:00:00+08:00", ()),
        ("2026年1月5日 9:30", ()),
        ("2026/1/5 9:30 PM", ()),
        ("05/01/2026 00:00:00", ("%d/%m/%Y",)),
        ("05-Jan-2026 12:15 AM", NAMED),
    ],
)
def test_the_time_of_day_says_nothing(cell: str, formats: tuple[str, ...]) -> None:
    assert days.parse_date(formats)(cell) == cast.day("2026-01-05")


@pytest.mark.parametrize("cell", ["2026-01-05T16:00:00Z", "2026-01-05 23:00+01:00"])
def test_a_time_in_a_zone_may_be_another_day(cell: str) -> None:
    sentence = "a date without a time zone was expected, since the day depends on it"
    assert refusal(cell, Reading()) == sentence


# --- The numbers of spreadsheets ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "formats", "day"),
    [
        ("46027", SERIAL, "2026-01-05"),
        ("46027.75", SERIAL, "2026-01-05"),
        ("44565", SERIAL_1904, "2026-01-05"),
        ("10000", SERIAL, "1927-05-18"),
        ("2026-01-05", SERIAL, "2026-01-05"),
    ],
)
def test_the_numbers_of_spreadsheets_are_days_where_the_mapping_says_so(
    cell: str, formats: tuple[str, ...], day: str
) -> None:
    assert days.parse_date(formats)(cell) == cast.day(day)


def test_the_number_of_a_spreadsheet_is_asked_about() -> None:
    assert refusal("46027", Reading()) == (
        "a date was expected; if the number of a spreadsheet for 2026-01-05 is meant,"
        ' the mapping can say it: date_formats = ["serial"]'
    )


# --- Days that cannot be ------------------------------------------------------------------------


def reading_of(column: str, formats: tuple[str, ...] = (), pivot: int = 0) -> Reading:
    """How a column is read today."""
    return cells.reading(column, Style(country="CN", today=TODAY, dates=formats, pivot=pivot))


@pytest.mark.parametrize(
    ("column", "last", "first_refused"),
    [
        ("birthday", "2026-01-15", "2026-01-16"),
        ("issue_date", "2027-01-16", "2027-01-17"),
        ("delivered_on", "2031-01-16", "2031-01-17"),
        ("paid_on", "2031-01-16", "2031-01-17"),
    ],
)
def test_a_day_lies_no_further_ahead_than_its_column_allows(
    column: str, last: str, first_refused: str
) -> None:
    reading = reading_of(column)
    assert days.parse_day(reading)(last) == cast.day(last)
    assert refusal(first_refused, reading) == f"a day not after {last} was expected"


@pytest.mark.parametrize("column", ["ended_on", "due_date"])
def test_an_end_or_an_instalment_may_lie_far_ahead(column: str) -> None:
    assert days.parse_day(reading_of(column))("2070-01-15") == cast.day("2070-01-15")


@pytest.mark.parametrize(
    ("column", "cell", "pivot", "day"),
    [
        ("birthday", "15/01/26", 0, "2026-01-15"),
        ("birthday", "16/01/26", 0, "1926-01-16"),
        ("birthday", "01/02/48", 0, "1948-02-01"),
        ("birthday", "29/02/24", 0, "2024-02-29"),
        ("issue_date", "16/01/27", 0, "2027-01-16"),
        ("issue_date", "17/01/27", 0, "1927-01-17"),
        ("issue_date", "01/02/48", 0, "1948-02-01"),
        ("due_date", "17/01/27", 0, "1927-01-17"),
        ("due_date", "16/01/27", 0, "2027-01-16"),
        ("ended_on", "01/02/48", 0, "2048-02-01"),
        ("ended_on", "01/02/72", 0, "1972-02-01"),
        ("ended_on", "01/02/72", 2090, "2072-02-01"),
        ("due_date", "17/01/27", 2040, "2027-01-17"),
        ("birthday", "01/02/20", 2015, "1920-02-01"),
    ],
)
def test_two_digits_are_the_last_year_in_which_the_day_can_lie(
    column: str, cell: str, pivot: int, day: str
) -> None:
    assert days.parse_day(reading_of(column, TWO_DIGITS, pivot))(cell) == cast.day(day)


# --- The formats of a mapping -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ("dd/mm/yyyy", "is written as spreadsheets write it: %d/%m/%Y is what it should be"),
        ("DD.MM.YY", "is written as spreadsheets write it: %d.%m.%y is what it should be"),
        ("d-mmm-yyyy", "is written as spreadsheets write it: %d-%b-%Y is what it should be"),
        ("%d/%m/%q", "%q means nothing in a format of dates"),
        ("%-d/%m/%Y", "%- means nothing in a format of dates"),
        ("%d/%m/%Y%", "% means nothing in a format of dates"),
        ("%d/%m", "is no format of dates: it should have day, month and year, such as %d/%m/%Y"),
        ("%m/%Y", "is no format of dates: it should have day, month and year, such as %d/%m/%Y"),
        ("", "is no format of dates: it should have day, month and year, such as %d/%m/%Y"),
    ],
)
def test_a_format_that_reads_no_day_is_told(form: str, sentence: str) -> None:
    found = days.mistake(form)
    assert found
    assert english(found).removeprefix(f"'{form}'").lstrip(": ") == sentence


@pytest.mark.parametrize(
    "form",
    [
        "%d/%m/%Y",
        "%d.%m.%y",
        "%d-%b-%Y",
        "%Y%m%d",
        "%d/%m/%Y %H:%M",
        "%G-W%V-%u",
        "%Y-%j",
        "serial",
    ],
)
def test_a_format_that_reads_days_is_taken(form: str) -> None:
    assert days.mistake(form) is None


@pytest.mark.parametrize(
    ("formats", "rivals"),
    [
        (("%d/%m/%Y", "%m/%d/%Y"), ("%d/%m/%Y", "%m/%d/%Y")),
        (("%d/%m/%Y", "%d.%m.%Y", "%m/%d/%Y"), ("%d/%m/%Y", "%m/%d/%Y")),
        (("%d/%m/%y", "%y/%m/%d"), ("%d/%m/%y", "%y/%m/%d")),
        (("%Y-%d-%m",), ("%Y-%d-%m", days.YEAR_FIRST)),
        (("serial", "serial1904"), ("serial", "serial1904")),
        ((), ()),
        (("%d/%m/%Y",), ()),
        (("%d/%m/%Y", "%m-%d-%Y"), ()),
        (("%d/%m/%Y", "%d/%m/%y"), ()),
        (("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"), ()),
        (("%d%m%Y", "serial"), ()),
    ],
)
def test_formats_that_read_one_text_as_two_days_are_known(
    formats: tuple[str, ...], rivals: tuple[str, ...]
) -> None:
    assert days.rivals(Reading(formats=formats)) == rivals
