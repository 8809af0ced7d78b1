"""Complaints of a week and of a month, as they are known on a day (domain.md §12.7)."""

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from policies.case_kind import Kind
from policies.dates import ONE_DAY
from servicing.case_reports import figures
from servicing.case_reports.figures import COMPLAINT, Span
from servicing.case_reports.part import EVERYBODY, Part

YI, WAN = 100_000_000, 10_000
"""亿 and 万: what complaints are set against."""

UNSORTED = ""
"""In place of a category: nobody has said one of the facet."""

GONE = ""
"""In place of a facet: the kind does not have the category any more."""


@dataclass(frozen=True)
class Enquiries:
    """The enquiries of a week, beside its complaints; became complaints: of those that have ended."""

    open_at_start: int
    received: int
    closed: int
    open_at_end: int
    became_complaints: int


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
    by_facet: dict[str, dict[str, int]]
    """The same by facet, such as matter, function, cause, proposal: each adds up to those received."""
    enquiries: Enquiries | None
    """None: it is no week of complaints."""


def week_of(on: datetime.date) -> Span:
    """The week of a day, from its Monday up to the day."""
    return Span(on - on.weekday() * ONE_DAY, on)


def month_of(on: datetime.date) -> Span:
    """The month of a day, up to and with the day."""
    return Span(on.replace(day=1), on)


def week(kind: Kind, on: datetime.date, part: Part = EVERYBODY) -> Week:
    """The account of the week of a day, up to and with the day. Ask inside a `snapshot`."""
    span = week_of(on)
    is_of_complaints = kind.id == COMPLAINT
    account = figures.week(kind.id, span)
    beside = figures.enquiries(span) if is_of_complaints else []
    counted = figures.counts([each.cases for each in account + beside], part.seen)
    of_kind, of_enquiries = counted[: len(account)], counted[len(account) :]
    numbers = {each.name: number for each, number in zip(account, of_kind, strict=True)}
    by_categories = figures.sorted_as(kind.id, span, part.seen)
    by_category = _by_category(by_categories)
    return Week(
        span.first,
        span.last,
        **numbers,
        by_category=by_category,
        by_facet=_by_facet(kind, by_category, by_categories),
        enquiries=Enquiries(*of_enquiries) if is_of_complaints else None,
    )


def _by_category(sorted_as: Mapping[frozenset[str], int]) -> dict[str, int]:
    """In the order of their names."""
    found: Counter[str] = Counter()
    for categories, count in sorted_as.items():
        found.update(dict.fromkeys(categories, count))
    return dict(sorted(found.items()))


def _by_facet(
    kind: Kind, by_category: Mapping[str, int], sorted_as: Mapping[frozenset[str], int]
) -> dict[str, dict[str, int]]:
    """In the order of the kind's file; what nobody has sorted stands last in each facet."""
    found: dict[str, dict[str, int]] = {each.facet: {} for each in kind.category}
    for category in (each for each in kind.category if each.id in by_category):
        found[category.facet][category.id] = by_category[category.id]
    for facet, counts in found.items():
        of = {each.id for each in kind.category if each.facet == facet}
        unsorted = sum(count for categories, count in sorted_as.items() if not categories & of)
        if unsorted:
            counts[UNSORTED] = unsorted
    if gone := {name: count for name, count in by_category.items() if not kind.category_of(name)}:
        found[GONE] = gone
    return found


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


def month(
    kind: str,
    on: datetime.date,
    premium: float | None = None,
    policies: int | None = None,
    part: Part = EVERYBODY,
) -> Month:
    """The figures of the month of a day.

    `premium` is that of the month, in whole units of the currency, `policies` how many there are; what
    they are set against are the cases that can be judged, so that months can be compared.
    """
    asked = figures.month(kind, month_of(on))
    counted = figures.counts([each.cases for each in asked], part.seen)
    number = {each.name: count for each, count in zip(asked, counted, strict=True)}
    judged, in_time = number["judged"], number["in_time"]
    return Month(
        received=number["received"],
        judged=judged,
        in_time=in_time,
        in_time_ratio=in_time / judged if judged else None,
        repeats=number["repeats"],
        upgraded=number["upgraded"],
        per_yi=judged * YI / premium if premium else None,
        per_wan=judged * WAN / policies if policies else None,
    )
