"""The working days of a century as a text: who reads it asks the library of holidays no more.

A day outside of it is asked of the library, as any day is where there is no text.
"""

import warnings
from collections.abc import Callable
from datetime import date
from functools import lru_cache

import msgspec

from policies import dates
from policies.dates import WorkCalendar

FIRST, LAST = date(1990, 1, 1), date(2089, 12, 31)
_START = FIRST.toordinal()


class _Text(msgspec.Struct, frozen=True):
    """What is written down."""

    published_until: int
    days: bytes
    """A bit for each day from `FIRST` to `LAST`: whether offices work."""

    weekends: bytes
    """The same: whether it is one of the week's days off."""


class KnownDays:
    """Working days as they were written down."""

    def __init__(self, country: str, subdivision: str, said: _Text) -> None:
        self._country, self._subdivision, self._said = country, subdivision, said

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`."""
        if not FIRST <= day <= LAST:
            return self._of_library().is_workday(day)
        return _is_set(self._said.days, day)

    def is_weekend(self, day: date) -> bool:
        """Whether `day` is one of the week's days off."""
        if not FIRST <= day <= LAST:
            return self._of_library().is_weekend(day)
        return _is_set(self._said.weekends, day)

    def _of_library(self) -> WorkCalendar:
        return dates.work_calendar(self._country, self._subdivision)


def _is_set(bits: bytes, day: date) -> bool:
    place, bit = divmod(day.toordinal() - _START, 8)
    return bool(bits[place] >> bit & 1)


def read(country: str, text: str, subdivision: str = "") -> WorkCalendar:
    """The calendar of a country, or of a part of it, that was written down."""
    found = msgspec.json.decode(text, type=_Text)
    days = KnownDays(country, subdivision, found)
    return WorkCalendar(country, found.published_until, days, subdivision)


@lru_cache(maxsize=8)
def written(country: str, subdivision: str = "") -> str:
    """The calendar of a country, or of a part of it, as a text; raises as `dates.work_calendar`."""
    calendar = dates.work_calendar(country, subdivision)
    with warnings.catch_warnings(action="ignore"):  # of years for which some holidays are unknown
        days, weekends = _bits(calendar.is_workday), _bits(calendar.is_weekend)
    return msgspec.json.encode(_Text(calendar.published_until, days, weekends)).decode()


def _bits(is_such: Callable[[date], bool]) -> bytes:
    found = [is_such(day) for day in dates.days_between(FIRST, LAST)]
    bits = sum(1 << place for place, is_set in enumerate(found) if is_set)
    return bits.to_bytes(len(found) // 8 + 1, "little")
