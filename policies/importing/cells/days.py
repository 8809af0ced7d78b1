"""Days as files write them.

The year first is always understood, since nothing else can be meant. Other orders are formats of a
mapping; two digits of a year are of the century in which the day can lie.
"""

import datetime
import re
from collections.abc import Callable, Sequence

import msgspec

from policies.importing.cells import spoilt
from policies.importing.findings import BadCell
from policies.notices import Notice, joined, notice

EARLIEST = datetime.date(1900, 1, 1)
LATEST = datetime.date(2199, 12, 31)

SERIALS = {"serial": datetime.date(1899, 12, 30), "serial1904": datetime.date(1904, 1, 1)}
"""How a mapping calls the days that spreadsheets count, and the day before the first."""

YEAR_FIRST = "YYYY-MM-DD"
"""What is always understood, as it is named among the formats."""

_YEAR_FIRST = re.compile(r"(\d{4})([-/.年])(\d{1,2})([-/.月])(\d{1,2})(日?)")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
"""Five digits, the years 1927 to 2173: four of them would be a year."""

_TIME = re.compile(
    r"(?P<day>.*\d日?|.*[a-z])(?:T|\ +)(?P<time>\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?)"
    r"(?:\ ?(?P<half>[AaPp]\.?[Mm]\.?))?(?P<zone>\ ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
)
_MIDNIGHT = re.compile(r"0?0:00(?::00(?:[.,]0+)?)?")
_ISO_LENGTH = len(YEAR_FIRST)
_TWO_DIGITS = re.compile(r"(?<!%)(?:%%)*%y")
_CENTURY = 100


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How the days of a column are read."""

    formats: tuple[str, ...] = ()
    """As Python's strptime has them, or a name of `SERIALS`."""
    latest: datetime.date = LATEST
    """No day of the column is later."""
    latest_of_two: datetime.date | None = None
    """Nor one whose year has two digits; None: as Python has it, until 2068."""


def parse_date(
    formats: tuple[str, ...] = (), *, needed: bool = False
) -> Callable[[str], datetime.date | None]:
    """Reads a date in one of the formats, or with its year first; answers with None if empty."""
    return parse_day(Reading(formats=formats), needed=needed)


def parse_day(reading: Reading, *, needed: bool = False) -> Callable[[str], datetime.date | None]:
    """Reads a date as the days of its column are read; answers with None if empty."""
    are_iso = not reading.formats  # nearly all are

    def parse(cell: str) -> datetime.date | None:
        if not cell:
            if needed:
                raise BadCell("date_missing")
            return None
        day = _iso(cell) if are_iso else None
        day = day or _read_date(cell, reading)
        if not EARLIEST <= day <= LATEST:
            raise BadCell("date_out_of_range", first=EARLIEST.year, last=LATEST.year)
        if day > reading.latest:
            raise BadCell("date_ahead", latest=reading.latest)
        return day

    return parse


def _iso(cell: str) -> datetime.date | None:
    """A day as ISO writes it: the quick way, for which weeks are no days."""
    if len(cell) != _ISO_LENGTH or cell[7] != "-":
        return None
    try:
        return datetime.date.fromisoformat(cell)
    except ValueError:
        return None


def _read_date(cell: str, reading: Reading) -> datetime.date:
    """A day that any of the formats reads; an earlier one is the stronger."""
    text = spoilt.folded(cell)
    found = meanings(text, reading)
    if not found:
        raise _none(text, reading.formats)
    return next(iter(found.values()))


def meanings(text: str, reading: Reading) -> dict[str, datetime.date]:
    """What a text means by each format that reads it, in their order; the year first is the last.

    The time of day behind a day says nothing, unless it is another zone's.
    """
    found = _readings(text, reading)
    if not found and (timed := _TIME.fullmatch(text)):
        if timed["zone"] and not _MIDNIGHT.fullmatch(timed["time"]):
            raise BadCell("date_in_a_zone")
        found = _readings(timed["day"], reading)
    return found


def _none(text: str, formats: Sequence[str]) -> BadCell:
    """Why a text is no date."""
    serial = _serial(text, "serial")
    if serial and "serial" not in formats:
        return BadCell("date_is_serial", day=serial)
    return BadCell("not_a_date", formats=joined("or", formats or (YEAR_FIRST,)))


def _readings(text: str, reading: Reading) -> dict[str, datetime.date]:
    read = {form: _in_format(text, form, reading) for form in reading.formats}
    read[YEAR_FIRST] = _year_first(text)
    return {form: day for form, day in read.items() if day}


def _in_format(text: str, form: str, reading: Reading) -> datetime.date | None:
    if form in SERIALS:
        return _serial(text, form)
    try:
        day = datetime.datetime.strptime(text, form).date()  # noqa: DTZ007 (a date has no zone)
    except ValueError:
        return None
    latest = reading.latest_of_two
    return _in_century(day, latest) if latest and _TWO_DIGITS.search(form) else day


def _in_century(day: datetime.date, latest: datetime.date) -> datetime.date | None:
    """The last day with these two digits of a year that is not after the latest."""
    first = latest.year - latest.year % _CENTURY + day.year % _CENTURY
    for year in (first, first - _CENTURY, first - 2 * _CENTURY):
        found = _day(year, day.month, day.day)
        if found and found <= latest:
            return found
    return None


def _year_first(text: str) -> datetime.date | None:
    if found := _YEAR_FIRST.fullmatch(text):
        year, one, month, other, day, end = found.groups()
        is_fit = one == other if one != "年" else other == "月"
        return (
            _day(int(year), int(month), int(day)) if is_fit and (one == "年" or not end) else None
        )
    compact = _COMPACT.fullmatch(text)
    return _day(*map(int, compact.groups())) if compact else None


def _serial(text: str, name: str) -> datetime.date | None:
    found = _SERIAL.fullmatch(text)
    return SERIALS[name] + datetime.timedelta(int(found[1])) if found else None


def _day(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


# ------------------------------------------------------------------------------------- the formats

_SOME_DAY = datetime.date(2026, 12, 25)
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_DIRECTIVES = frozenset("aAbBcCdHIjmMpSUwWxXyYZzGuVf%")
_OF_SPREADSHEETS = {"y": "%Y", "yy": "%y", "yyyy": "%Y", "m": "%m", "mm": "%m"}
_OF_SPREADSHEETS |= {"mmm": "%b", "mmmm": "%B", "d": "%d", "dd": "%d", "ddd": "%a", "dddd": "%A"}


def mistake(form: str) -> Notice | None:
    """What is wrong with a format of a mapping, so that it can read no day."""
    if form in SERIALS:
        return None
    if "%" not in form:
        meant = re.sub(r"y+|m+|d+", _as_directive, form.lower())
        if _gives_back(meant):
            return notice("format_of_spreadsheet", format=form, meant=meant)
    for directive in _DIRECTIVE.findall(form):
        if directive not in _DIRECTIVES:
            return notice("no_such_directive", format=form, directive=f"%{directive}")
    return None if _gives_back(form) else notice("format_of_no_day", format=form)


def _as_directive(found: re.Match[str]) -> str:
    return _OF_SPREADSHEETS.get(found[0], found[0])


def _gives_back(form: str) -> bool:
    """Whether a day that is written in a format is read again."""
    try:
        written = _SOME_DAY.strftime(form)
        return datetime.datetime.strptime(written, form).date() == _SOME_DAY  # noqa: DTZ007
    except ValueError:
        return False


# ------------------------------------------------------------------------- formats that contradict

_SAMPLES = [datetime.date(2007, 5, 6), datetime.date(2005, 6, 7), datetime.date(2006, 7, 5)]
_SAMPLES += [datetime.date(2026, 5, 6), datetime.date(2011, 10, 12), datetime.date(2010, 12, 11)]


def rivals(reading: Reading) -> tuple[str, ...]:
    """The formats of which some read a text as one day, and others as another."""
    texts = [
        text
        for form in [*reading.formats, "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"]
        for text in ([str(45_000)] if form in SERIALS else [day.strftime(form) for day in _SAMPLES])
    ]
    found: set[str] = set()
    for text in texts:
        meant = _readings(text, reading)
        days = {form: day for form, day in meant.items() if EARLIEST <= day <= LATEST}
        if len(set(days.values())) > 1:
            found |= days.keys()
    return tuple(form for form in [*reading.formats, YEAR_FIRST] if form in found)
