"""Cohorts: the policies issued in one calendar month, and the days on which they are judged.

Pure calendar: nothing here knows a database. The rules are those of domain.md §8.3.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

from policies import dates, errors
from policies.notices import Invalid
from policies.records import Record

Definition = Literal["paid", "in-force"]

MONTHS = (13, 25, 37, 49, 61)
"""The months at which persistency is asked for."""

ROLLING = 12
"""Cohorts in a rolling figure."""

Cohort = int
"""A calendar month, as `dates.month_index` counts them."""

YEARS = range(1000, 9990)
"""Well inside the calendar: a day some years before or after has to have a date, too."""

DAYS_OF_A_MONTH = 30
"""By which a grace period is turned into months: 60 days are two."""


def key(cohort: Cohort) -> str:
    """The cohort as people write it: 2025-04."""
    return f"{cohort // 12:04}-{cohort % 12 + 1:02}"


def parse(text: str) -> Cohort:
    """The cohort written as 2025-04; raises `Invalid`."""
    found = re.fullmatch(r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])", text)
    if not found or int(found["year"]) not in YEARS:
        raise Invalid("not_a_month", value=text)
    return int(found["year"]) * 12 + int(found["month"]) - 1


def first_day(cohort: Cohort) -> date:
    """The first day of the month."""
    return date(cohort // 12, cohort % 12 + 1, 1)


def last_day(cohort: Cohort) -> date:
    """The last day of the month."""
    return first_day(cohort + 1) - dates.ONE_DAY


@lru_cache(maxsize=1 << 10)
def _days(month: Cohort) -> tuple[date, ...]:
    """Where the 1st to the 31st of other months fall in a month: those that it lacks on its last day.

    It is `dates.months_after` for all days of a cohort: twenty years have 7,000 of them.
    """
    last = last_day(month).day
    return tuple(date(month // 12, month % 12 + 1, min(day, last)) for day in range(1, 32))


class IssueDay(Record, frozen=True):
    """All that the calendar says of the policies issued on one day."""

    issue_date: date
    cohort: Cohort
    is_open: bool
    """Whether the cohort is not complete yet."""
    judged_on: date
    """The day whose serving agent the figure belongs to: the judging date, if that has come."""
    bound_on: date
    """Events after it do not count: `decides_on`, if that has come."""
    decides_on: date
    """`in-force`: k months after issue; `paid`: the judging date."""
    first_due: date
    last_due: date
    """`paid`: the span in which the instalments that decide fall due, both days included."""
    semiannual: int = 0
    quarterly: int = 0
    monthly: int = 0
    """How many instalments of those modes that span holds; of an annual one it holds one."""


@dataclass(frozen=True)
class Measure:
    """Persistency at month `month` by one definition, as it stands on the day `as_of`."""

    month: int
    definition: Definition
    as_of: date
    grace_days: int = 60
    """Of the book; it also says how long a cohort waits to be judged."""

    def __post_init__(self) -> None:
        """Raises `NotMeasurable` for a day at either end of the calendar."""
        if self.as_of.year not in YEARS:
            raise errors.NotMeasurable("nothing_judged", as_of=self.as_of)

    def on(self, as_of: date) -> "Measure":
        """The same as it stood on another day."""
        return replace(self, as_of=as_of)

    def judged_on(self, cohort: Cohort) -> date:
        """The day from which the cohort is complete.

        `in-force`: k months after its last day. `paid`: the last day of month C + (k - 1) + 2,
        two being the months of grace: June judges April of last year.
        """
        if self.definition == "in-force":
            return dates.months_after(last_day(cohort), self.month)
        return last_day(cohort + self.month - 1 + self.months_of_grace)

    @property
    def months_of_grace(self) -> int:
        """How many months a due premium is waited for: 60 days are two, 31 are two as well."""
        return math.ceil(self.grace_days / DAYS_OF_A_MONTH)

    def is_complete(self, cohort: Cohort) -> bool:
        """Whether the cohort's figure is final; until then it is open."""
        return self.judged_on(cohort) <= self.as_of

    @property
    def last_complete(self) -> Cohort:
        """The youngest complete cohort."""
        cohort = dates.month_index(self.as_of) - self.month
        while self.is_complete(cohort + 1):
            cohort += 1
        while not self.is_complete(cohort):
            cohort -= 1
        return cohort

    def days(self, first: Cohort, last: Cohort) -> Iterator[IssueDay]:
        """The days of issue of the cohorts from `first` to `last`, none later than `as_of`."""
        for cohort in range(first, last + 1):
            judged_on, is_open = self.judged_on(cohort), not self.is_complete(cohort)
            known = (min(last_day(cohort), self.as_of) - first_day(cohort)).days + 1
            for issued in _days(cohort)[: max(known, 0)]:
                yield self._day(issued, cohort, judged_on, is_open)

    def _day(self, issued: date, cohort: Cohort, judged_on: date, is_open: bool) -> IssueDay:
        known_on = min(judged_on, self.as_of)
        if self.definition == "in-force":
            ends = _days(cohort + self.month)[issued.day - 1]
            bound_on = min(ends, self.as_of)
            return IssueDay(issued, cohort, is_open, known_on, bound_on, ends, ends, ends)
        begins = cohort + self.month - 1
        year_ends = _days(begins + 12)[issued.day - 1] - dates.ONE_DAY
        last_due = min(year_ends, judged_on)
        months = _months_passed(begins, issued.day, last_due)
        return IssueDay(
            issue_date=issued,
            cohort=cohort,
            is_open=is_open,
            judged_on=known_on,
            bound_on=known_on,
            decides_on=judged_on,
            first_due=_days(begins)[issued.day - 1],
            last_due=last_due,
            semiannual=math.ceil(months / 6),
            quarterly=math.ceil(months / 3),
            monthly=months,
        )


def _months_passed(begins: Cohort, day: int, until: date) -> int:
    """How many monthly instalments the year from that day of a month has by then: at least the first."""
    months = min(dates.month_index(until) - begins, 11)
    return months + (_days(begins + months)[day - 1] <= until)
