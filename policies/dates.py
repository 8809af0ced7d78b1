"""Months counted forwards and backwards, working days, and how late a day is found.

Invariants: months are always counted from the anchor date, so nothing drifts (domain.md §4.1);
`anchors_before` is the exact inverse of `months_after`.
"""

import importlib.util
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from policies.notices import Invalid

ONE_DAY = timedelta(days=1)


def parse(text: str) -> date:
    """The day that a person wrote as YYYY-MM-DD; raises `Invalid`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("not_a_day", value=text) from None


FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
"""Days from and to which a timeline is counted: around each there is room for its months."""


def parse_within_reach(text: str) -> date:
    """The same, of a day that a timeline can be counted to."""
    return within_reach(parse(text))


def within_reach(day: date) -> date:
    """The same day; raises `Invalid` for one that no book can mean."""
    if not FIRST <= day <= LAST:
        raise Invalid("date_out_of_range", first=FIRST, last=LAST)
    return day


def first_timezone(country: str) -> str:
    """The time zone of a country's best known city; empty: nobody says where the country is."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return next((zone for code, _, zone, *_ in rows if code == country), "")


def is_timezone(name: str) -> bool:
    """Whether the name is one of the time zone database, of which only this zone is opened.

    The same zones stand under `posix/` and `right/` once more in some systems, and not in others.
    """
    if name.partition("/")[0] in ("posix", "posixrules", "right"):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=1 << 12)
def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    return monthrange(year, month)[1]


def month_index(day: date) -> int:
    """Months since year 0: two dates of one calendar month share it."""
    return day.year * 12 + day.month - 1


def months_after(anchor: date, months: int) -> date:
    """The same day of the month, `months` later, clamped to the month's last day (domain.md §4.1)."""
    year, month = divmod(month_index(anchor) + months, 12)
    return date(year, month + 1, min(anchor.day, days_in_month(year, month + 1)))


def anchors_before(due: date, months: int) -> list[date]:
    """Every date whose `months_after(date, months)` is `due`: none, one, or up to four.

    On the last day of a short month the longer days too: 28 February answers for the 28th to the
    31st of the month before.
    """
    year, month = divmod(month_index(due) - months, 12)
    if year < 1:
        return []
    longest = days_in_month(year, month + 1)
    is_month_end = due.day == days_in_month(due.year, due.month)
    last = longest if is_month_end else min(due.day, longest)
    return [date(year, month + 1, day) for day in range(due.day, last + 1)]


def days_between(start: date, end: date) -> Iterator[date]:
    """The days of [start, end], both included."""
    for offset in range((end - start).days + 1):
        yield start + timedelta(days=offset)


@dataclass(frozen=True)
class Window:
    """A time of day span [opens, closes) in a client's own time zone."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `09:00-20:00`; raises `Invalid`."""
        try:
            opens, closes = (time.fromisoformat(part.strip()) for part in text.split("-"))
        except ValueError:
            raise Invalid("not_a_window", value=text) from None
        if opens.tzinfo or closes.tzinfo:
            raise Invalid("window_with_zone", value=text)
        if opens >= closes:
            raise Invalid("window_closes_first", value=text)
        return cls(opens, closes)

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


@dataclass(frozen=True)
class WorkCalendar:
    """Working days of one country, make-up working days (调休) included.

    In some countries the government announces next year's bridge days and make-up working days
    late in the year. Past the last announced year only weekends and the holidays fixed by law are
    known: `is_published` is False there, and whoever uses such a day has to say so.
    """

    country: str
    published_until: int = field(compare=False)
    _days: Any = field(compare=False, repr=False)
    subdivision: str = ""
    """A part of the country that has holidays of its own, such as ENG; empty: those of all parts."""

    def is_workday(self, day: date) -> bool:
        """Whether offices work on `day`."""
        return bool(self._days.is_working_day(day))

    def is_weekend(self, day: date) -> bool:
        """Whether `day` is one of the week's days off; offices may work on it all the same (调休)."""
        return bool(self._days.is_weekend(day))

    def is_published(self, day: date) -> bool:
        """Whether the holidays of that year have been announced."""
        return day.year <= self.published_until

    def on_or_after(self, day: date) -> date:
        """`day` if it is a working day, else the next one."""
        while not self.is_workday(day):
            day += ONE_DAY
        return day

    def answers_for(self, day: date) -> list[date]:
        """The days whose work lands on `day`: itself and the days off right before it.

        A day off answers for none: its work moves on.
        """
        if not self.is_workday(day):
            return []
        days = [day]
        while not self.is_workday(days[-1] - ONE_DAY):
            days.append(days[-1] - ONE_DAY)
        return days


def has_calendar(country: str) -> bool:
    """Whether `work_calendar` knows the country; reads no calendar to say so."""
    from holidays.registry import COUNTRIES

    return any(country in codes for _, *codes in COUNTRIES.values())


@lru_cache(maxsize=8)
def work_calendar(country: str, subdivision: str = "") -> WorkCalendar:
    """The calendar of a country, or of a part of it, by their ISO codes.

    Raises KeyError for a country without a calendar, and for a part that it does not have.
    """
    if subdivision and subdivision not in subdivisions(country):
        raise KeyError(subdivision)
    days = _days_of(country, subdiv=subdivision or None)
    return WorkCalendar(country, _published_until(days), days, subdivision)


@lru_cache(maxsize=8)
def subdivisions(country: str) -> tuple[str, ...]:
    """The codes of a country's parts, whose holidays may differ; raises KeyError without a calendar."""
    return tuple(_days_of(country).subdivisions)


def holiday_name(calendar: WorkCalendar, day: date, locale: str) -> str:
    """How a holiday is called, in the reader's language where that is known; empty for another day."""
    return str(_named(calendar.country, calendar.subdivision, locale).get(day) or "")


@lru_cache(maxsize=8)
def _named(country: str, subdivision: str, locale: str) -> Any:
    known = _days_of(country).supported_languages
    near = [each for each in known if each.split("_")[0] == locale.split("_")[0]]
    language = locale if locale in near else next(iter(near), None)
    return _days_of(country, subdiv=subdivision or None, language=language)


def _days_of(country: str, **said: Any) -> Any:
    days = _alone(country, **said)
    return _among_all(country, **said) if days is None else days


def _alone(country: str, **said: Any) -> Any:
    """The days of a country from its own file, or None; the library would load all its countries."""
    import holidays  # takes a tenth of a start, and many commands need no calendar
    from holidays.registry import COUNTRIES

    try:
        name = next(name for name, (_, *codes) in COUNTRIES.items() if country in codes)
        file = Path(holidays.__file__).parent / "countries" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"holidays.countries.{name}", file)
        module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
        spec.loader.exec_module(module)  # type: ignore[union-attr]
        return getattr(module, country)(**said)
    except Exception:  # another version of the library may keep its countries in another way
        return None


def _among_all(country: str, **said: Any) -> Any:
    """The days of a country as the library gives them."""
    import holidays

    try:
        return holidays.country_holidays(country, **said)
    except NotImplementedError:
        raise KeyError(country) from None


def _published_until(days: Any) -> int:
    """The last year whose bridge days are known; for countries without them, the law's horizon."""
    if not getattr(days, "substituted_label", None):
        return int(days.end_year)
    return max(days.special_public_holidays, default=int(days.end_year))
