"""Service coverage: the touchpoints that were owed, and how they were done (domain.md §8.12).

A touchpoint that has a task is what became of the task, for the agent is assessed and not the
machine; one without is what became of its message. What was cancelled was not owed after all.
"""

import datetime
import zoneinfo
from collections.abc import Collection, Iterator, Sequence

from policies import database, dates
from policies.plan import Plan
from servicing.reports import queries
from servicing.reports.queries import ServedTouchpoint, Service, ServiceCount

SHIFTED = datetime.timedelta(days=60)
"""How far behind its due day a task may stand, at the most: holidays, and what was found late."""


MOST = 1 << 40
"""Lines of a list: all."""


def first_year(plan: Plan) -> list[str]:
    """The touchpoints by which agents are assessed (考核)."""
    return [each.id for each in plan.touchpoints if each.kind == "first-year"]


def coverage(
    keys: Sequence[str],
    first: datetime.date,
    last: datetime.date,
    zone: zoneinfo.ZoneInfo,
    in_time_days: int,
) -> list[ServiceCount]:
    """How the touchpoints `keys` that fell due from `first` to `last` were served.

    In time is a task that was done by the end of the day `in_time_days` after it stood on the list,
    in the book's time zone, and a message that was not found late.
    """
    with database.snapshot():
        return queries.service(keys, first, last, _days(first, last, zone, in_time_days))


def served(
    keys: Sequence[str],
    first: datetime.date,
    last: datetime.date,
    zone: zoneinfo.ZoneInfo,
    in_time_days: int,
    agents: Collection[int] | None,
    how: Collection[Service],
    *,
    limit: int = MOST,
    offset: int = 0,
) -> Iterator[ServedTouchpoint]:
    """The touchpoints that `coverage` counts of some agents; None: of all. Read them in a `snapshot`."""
    days = _days(first, last, zone, in_time_days)
    return queries.served(keys, first, last, days, agents, how, limit, offset)


def _days(
    first: datetime.date, last: datetime.date, zone: zoneinfo.ZoneInfo, in_time_days: int
) -> Iterator[queries.ServiceDay]:
    in_time = datetime.timedelta(in_time_days + 1)
    for day in dates.days_between(first, last + SHIFTED):
        yield queries.ServiceDay(day, dates.month_index(day), day_begins(day + in_time, zone))


def day_begins(day: datetime.date, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """The moment at which a day begins there."""
    return datetime.datetime.combine(day, datetime.time.min, zone)
