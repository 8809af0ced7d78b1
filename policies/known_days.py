"""The working days of a century as a text: who reads it asks the library of holidays no more.

A day outside of it is asked of the library, as any day is where there is no text.
"""

import warnings
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


class KnownDays:
    """Working days as they were written down."""

    def __init__(self, country: str, days: bytes) -> None:
        self._country, self._days = country, days

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`."""
        if not FIRST <= day <= LAST:
            return dates.work_calendar(self._country).is_workday(day)
        place, bit = divmod(day.toordinal() - _START, 8)
        return bool(self._days[place] >> bit & 1)


def read(country: str, text: str) -> WorkCalendar:
    """The calendar of a country that was written down."""
    found = msgspec.json.decode(text, type=_Text)
    return WorkCalendar(country, found.published_until, KnownDays(country, found.days))


@lru_cache(maxsize=8)
def written(country: str) -> str:
    """The calendar of a country as a text; raises KeyError for one without a calendar."""
    calendar = dates.work_calendar(country)
    with warnings.catch_warnings(action="ignore"):  # of years for which some holidays are unknown
        work = [calendar.is_workday(day) for day in dates.days_between(FIRST, LAST)]
    bits = sum(1 << place for place, is_workday in enumerate(work) if is_workday)
    days = bits.to_bytes(len(work) // 8 + 1, "little")
    return msgspec.json.encode(_Text(calendar.published_until, days)).decode()
