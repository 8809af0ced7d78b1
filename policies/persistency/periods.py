"""The calendar months, quarters and years of figures."""

import re
from dataclasses import dataclass
from datetime import date

from policies import dates
from policies.notices import Invalid
from policies.persistency import cohorts

YEAR = 12


@dataclass(frozen=True, order=True)
class Period:
    """Some whole months of the calendar: a month, a quarter or a year."""

    first: cohorts.Cohort
    months: int = 1

    def __str__(self) -> str:
        year, month = divmod(self.first, YEAR)
        if self.months == YEAR:
            return f"{year:04}"
        return f"{year:04}-Q{month // 3 + 1}" if self.months == 3 else cohorts.key(self.first)

    @property
    def last(self) -> cohorts.Cohort:
        """Its last month."""
        return self.first + self.months - 1

    @property
    def begins(self) -> date:
        """Its first day."""
        return cohorts.first_day(self.first)

    @property
    def ends(self) -> date:
        """Its last day."""
        return cohorts.last_day(self.last)

    @property
    def year_begins(self) -> date:
        """The first day of the twelve months that end with it."""
        return cohorts.first_day(self.last - YEAR + 1)

    def before(self, count: int) -> "Period":
        """The period of the same length, so many before this one."""
        return Period(self.first - count * self.months, self.months)


def parse(text: str) -> Period:
    """A period written as 2026, 2026-Q2 or 2026-05; raises `Invalid`."""
    try:
        if re.fullmatch(r"\d{4}", text):
            return Period(cohorts.parse(f"{text}-01"), YEAR)
        if found := re.fullmatch(r"(?P<year>\d{4})-Q(?P<quarter>[1-4])", text):
            january = cohorts.parse(f"{found['year']}-01")
            return Period(january + 3 * (int(found["quarter"]) - 1), 3)
        return Period(cohorts.parse(text))
    except ValueError:
        raise Invalid("not_a_period", value=text) from None


def last_full_month(on: date) -> Period:
    """The month before that of the day."""
    return Period(dates.month_index(on) - 1)
