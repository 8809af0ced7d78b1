"""How many touchpoints a day is expected to bring: what the circuit breaker measures a day by.

A forecast is made some days ahead and kept as it was first made. What is imported after it is not in
it, which is the point: a book of clients that is imported by mistake is not expected.
"""

import datetime
from collections import Counter
from collections.abc import Collection

from policies import database
from policies.dates import ONE_DAY, WorkCalendar, days_between
from policies.plan import Plan
from servicing.breaker import queries
from servicing.core import due
from servicing.core.due import Search
from servicing.core.models import Volume

AHEAD = (ONE_DAY, datetime.timedelta(days=7))
"""How far ahead of a day its forecast is made: a week, and where that was missed, on the eve.

A walk counts no other days: each costs about what finding the day costs.
"""

LOOKS_BACK = 14
"""Walked days among which the busiest is a measure, too: new business stands in no forecast."""


def count(
    plan: Plan, calendar: WorkCalendar, first: datetime.date, last: datetime.date
) -> dict[datetime.date, Counter[str]]:
    """By day, from `first` to `last`, how many touchpoints of each key are to fall due.

    Counted as the book stands; what is recorded already is left out.
    """
    return {day: _count(plan, calendar, day) for day in days_between(first, last)}


def _count(plan: Plan, calendar: WorkCalendar, day: datetime.date) -> Counter[str]:
    found: Counter[str] = Counter()
    for statement in due.counts(Search(day, due.dues(plan, calendar, day))):
        for key, number in database.execute(*statement):
            found[key] += number
    return found


def look_ahead(
    plan: Plan, calendar: WorkCalendar, on: datetime.date, now: datetime.datetime
) -> None:
    """Count the day after `on` and the day a week ahead, where nobody has; the first forecast stands.

    What was found of a day early belongs to it.
    """
    for day in (on + ahead for ahead in AHEAD):
        if not queries.is_counted(day):
            counted = count(plan, calendar, day, day)[day] + recorded(day, 0)[0]
            with database.writing():
                queries.keep_forecast(day, counted, now)


def of_day(day: datetime.date) -> Counter[str] | None:
    """The forecast of a day by key; None: there is none."""
    return queries.forecast_of(day) or None


def busiest(day: datetime.date) -> Counter[str]:
    """By key, the most of one day among the last walked days before `day`.

    Left out is what was too much and is not accepted by a person; what they have accepted of `day`
    itself counts. Otherwise a day would grow past its measure, walk by walk.
    """
    return queries.busiest(day, LOOKS_BACK)


def recorded(day: datetime.date, policy_mark: int) -> tuple[Counter[str], Counter[str]]:
    """By key the touchpoints due on a day, and those of policies up to the one with that id."""
    rows = queries.recorded(day, policy_mark)
    every, known = (
        {each.key: each.every for each in rows},
        {each.key: each.known for each in rows},
    )
    return Counter(every), Counter(known)


def accept(keys: Collection[str] | None, but: Collection[str] = ()) -> None:
    """A person has accepted what was too much: of these touchpoints, or of all `but` some."""
    is_meant = Volume.key.not_in(list(but)) if keys is None else Volume.key.in_(list(keys))
    Volume.update(verdict="accepted").where(is_meant & (Volume.verdict == "over")).execute()
