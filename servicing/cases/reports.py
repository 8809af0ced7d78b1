"""Complaints of a week and of a month, as they are known on a day (domain.md §12.7)."""

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from policies import database
from servicing.cases import queries

YI, WAN = 100_000_000, 10_000
"""亿 and 万: what complaints are set against."""


@dataclass(frozen=True)
class Week:
    """The week of a day, from its Monday to that day: open + received − closed = open."""

    since: datetime.date
    until: datetime.date
    open_at_start: int
    received: int
    closed: int
    open_at_end: int
    by_category: dict[str, int]
    """Of those received; a case counts under each of its categories."""


def week(kind: str, on: datetime.date) -> Week:
    """The account of the week of a day, up to and with the day."""
    monday = on - datetime.timedelta(days=on.weekday())
    with database.snapshot():
        found = queries.account(kind, monday, on)
        by_category: Counter[str] = Counter()
        for each in queries.sorted_as(kind, monday, on):
            for category in each.categories.split():
                by_category[category] += each.count
    return Week(
        monday,
        on,
        found.open_at_start,
        found.received,
        found.closed,
        found.open_at_end,
        dict(sorted(by_category.items())),
    )


@dataclass(frozen=True)
class Month:
    """The cases that came in the month of a day, up to and with the day."""

    received: int
    judged: int
    """Of these, whose time is over; of the others nobody can say yet whether they are in time."""
    in_time: int
    """Of the judged ones."""
    in_time_ratio: float | None
    """None: nothing is judged."""
    repeats: int
    upgraded: int
    per_yi: float | None
    """Judged ones for each 亿 of premium; None: the premium was not given."""
    per_wan: float | None
    """The same for each 万 of policies."""

    @classmethod
    def of(
        cls, counted: Mapping[str, int], premium: float | None = None, policies: int | None = None
    ) -> "Month":
        """The month with these counts, and the shares that follow from them."""
        judged, in_time = counted["judged"], counted["in_time"]
        return cls(
            received=counted["received"],
            judged=judged,
            in_time=in_time,
            in_time_ratio=in_time / judged if judged else None,
            repeats=counted["repeats"],
            upgraded=counted["upgraded"],
            per_yi=judged * YI / premium if premium else None,
            per_wan=judged * WAN / policies if policies else None,
        )


def month(
    kind: str, on: datetime.date, premium: float | None = None, policies: int | None = None
) -> Month:
    """The figures of the month of a day.

    `premium` is that of the month, in whole units of the currency, `policies` how many there are; what
    they are set against are the cases that can be judged, so that months can be compared.
    """
    found = queries.judged(kind, on.replace(day=1), on)
    over = [each for each in found if each.due_on is not None and each.due_on <= on]
    counted = {
        "received": len(found),
        "judged": len(over),
        "in_time": sum(each.is_in_time for each in over),
        "repeats": sum(each.repeat_of is not None for each in found),
        "upgraded": sum(each.is_upgraded for each in found),
    }
    return Month.of(counted, premium, policies)
