"""The lunar calendar 农历: days of a lunar year, and when they come in ours (domain.md §17).

The months are those of the library lunar_python, which computes them; it is loaded when one is asked for.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from policies.notices import Invalid

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Of our calendar: for these the lunar calendar is published."""

_OF_JULIAN_DAYS = 1721425
"""What the number of a day has more in Julian days than in Python's."""

_MONTHS = "正二三四五六七八九十冬腊"
_TENS = "初十廿三"
_DIGITS = "一二三四五六七八九十"


class LunarDay(NamedTuple):
    """A day of any lunar year."""

    month: int
    day: int
    is_leap: bool = False
    """Of the leap month 闰月 that follows the month of that number."""

    def __str__(self) -> str:
        """As it is written: 闰六月初六."""
        tens = 0 if self.day <= 10 else (self.day - 1) // 10
        round_tens = {20: "二十", 30: "三十"}
        day = round_tens.get(self.day) or f"{_TENS[tens]}{_DIGITS[(self.day - 1) % 10]}"
        return f"{'闰' * self.is_leap}{_MONTHS[self.month - 1]}月{day}"


class _Month(NamedTuple):
    first: date
    days: int


@lru_cache(maxsize=512)
def _months(year: int) -> Mapping[tuple[int, bool], _Month]:
    """The months of a lunar year, by number and whether it is the leap month."""
    from lunar_python import LunarYear

    return {
        (abs(each.getMonth()), each.getMonth() < 0): _Month(
            date.fromordinal(int(each.getFirstJulianDay()) - _OF_JULIAN_DAYS), each.getDayCount()
        )
        for each in LunarYear.fromYear(year).getMonthsInYear()
    }


def of(day: date) -> LunarDay:
    """The lunar day of a day; raises `Invalid` for one outside of the years that are published."""
    within_reach(day.year)
    for year in (day.year, day.year - 1):
        for (month, is_leap), (first, days) in _months(year).items():
            if 0 <= (day - first).days < days:
                return LunarDay(month, (day - first).days + 1, is_leap)
    raise AssertionError(f"{day} is in no lunar month")


def has(year_day: LunarDay, year: int) -> bool:
    """Whether a lunar year has that very day: its leap month, and a month of so many days."""
    found = _months(year).get((year_day.month, year_day.is_leap))
    return found is not None and year_day.day <= found.days


def in_lunar_year(of: LunarDay, year: int) -> date:
    """When a lunar day comes in a lunar year, which is named after ours in which it begins.

    A day of a leap month comes in the plain month where there is no such leap month, and day 30 of a
    month that has 29 days on its last.
    """
    months = _months(year)
    found = months.get((of.month, of.is_leap)) or months[of.month, False]
    return date.fromordinal(found.first.toordinal() + min(of.day, found.days) - 1)


def in_year(of: LunarDay, year: int) -> list[date]:
    """When a lunar day comes in a year of ours: once, or, around New Year, twice or never.

    Raises `Invalid` for a year that is not published.
    """
    within_reach(year)
    both = (in_lunar_year(of, each) for each in (year - 1, year))
    return [each for each in both if each.year == year]


def qingming(year: int) -> date:
    """清明, a term of the sun, in a year of ours; raises `Invalid` for one that is not published."""
    from lunar_python import Solar

    within_reach(year)
    found = Solar.fromYmd(year, 4, 5).getLunar().getJieQiTable()["清明"]
    return date(found.getYear(), found.getMonth(), found.getDay())


def within_reach(year: int) -> int:
    """The same year of ours; raises `Invalid` for one of which the calendar is not published."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid("year_not_published", value=year, first=FIRST_YEAR, last=LAST_YEAR)
    return year


def read_year(text: str) -> int:
    """A year as a person writes it, `2026`; raises `Invalid`."""
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 4):
        raise Invalid("year_not_published", value=text, first=FIRST_YEAR, last=LAST_YEAR)
    return within_reach(int(plain))
