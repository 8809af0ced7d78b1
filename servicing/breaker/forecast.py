"""How many touchpoints a day is expected to bring: what the circuit breaker measures a day by.

A forecast is made some days ahead and kept as it was first made. What is imported after it is not in
it, which is the point: a book of clients that is imported by mistake is not expected.
"""

import datetime
from collections import Counter
from collections.abc import Collection

from policies import database, models, records
from policies.dates import ONE_DAY, WorkCalendar, days_between
from policies.plan import Plan
from policies.records import Record
from servicing.core import due
from servicing.core.due import Search
from servicing.core.models import Volume

AHEAD = (ONE_DAY, datetime.timedelta(days=7))
"""How far ahead of a day its forecast is made: a week, and where that was missed, on the eve.

A walk counts no other days: each costs about what finding the day costs.
"""

LOOKS_BACK = 14
"""Walked days among which the busiest is a measure, too: new business stands in no forecast."""

ALL = ""
"""The key of the row that counts a day as a whole; that it is there says that the day was counted."""


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
    """Count the day after `on` and the day a week ahead, where nobody has; the first forecast stands."""
    for day in (on + ahead for ahead in AHEAD):
        if not _is_known(day):
            _keep(day, count(plan, calendar, day, day)[day], now)


def _is_known(day: datetime.date) -> bool:
    """Whether the day was counted ahead, or walked."""
    sql = f"""
        SELECT EXISTS (SELECT 1 FROM forecast WHERE key = '{ALL}' AND day = ?)
            OR EXISTS (SELECT 1 FROM walked_day WHERE day = ?)
    """
    return bool(database.value(sql, [day, day]))


def _keep(day: datetime.date, counted: Counter[str], now: datetime.datetime) -> None:
    at = models.stored(now)
    rows = [(day, key, number, at) for key, number in {ALL: counted.total(), **counted}.items()]
    sql = "INSERT INTO forecast (day, key, touchpoints, made_at) VALUES (?, ?, ?, ?)"
    with database.writing():
        database.execute_many(f"{sql} ON CONFLICT DO NOTHING", rows)


def of_day(day: datetime.date) -> Counter[str] | None:
    """The forecast of a day by key; None: there is none."""
    rows = database.execute("SELECT key, touchpoints FROM forecast WHERE day = ?", [day])
    return Counter(dict(rows.fetchall())) or None


def busiest(day: datetime.date) -> Counter[str]:
    """By key, the most of one day among the last walked days before `day`.

    Left out is what was too much and is not accepted by a person; what he has accepted of `day`
    itself counts. Otherwise a day would grow past its measure, walk by walk.
    """
    sql = f"""
        SELECT key, MAX(touchpoints) FROM volume
        WHERE verdict <> 'over' AND (day < ? OR day = ? AND verdict = 'accepted') AND day >= COALESCE((
            SELECT MIN(day) FROM (SELECT day FROM volume WHERE key = '{ALL}' AND day < ?
                                  ORDER BY day DESC LIMIT {LOOKS_BACK}) AS lately), ?)
        GROUP BY key
    """
    return Counter(dict(database.execute(sql, [day] * 4).fetchall()))


def recorded(day: datetime.date, policy_mark: int) -> tuple[Counter[str], Counter[str]]:
    """By key the touchpoints due on a day, and those of policies up to the one with that id."""
    sql = """
        SELECT key, COUNT(*), SUM(CASE WHEN policy_id <= ? THEN 1 ELSE 0 END)
        FROM touchpoint WHERE due_on = ? GROUP BY key
    """
    found = records.listed(_Recorded, sql, [policy_mark, day])
    every, known = (
        {each.key: each.every for each in found},
        {each.key: each.known for each in found},
    )
    return Counter(every), Counter(known)


class _Recorded(Record, frozen=True):
    """How many touchpoints of a key are due on a day."""

    key: str
    every: int
    known: int
    """Those of policies that an earlier walk knew."""


def remember(day: datetime.date, counted: Counter[str], over: Collection[str]) -> None:
    """Keep what a day has brought, and of which keys it was too much."""
    rows = [(day, key, count, "over" if key in over else "usual") for key, count in counted.items()]
    rows.append((day, ALL, counted.total(), "usual"))
    sql = """
        INSERT INTO volume (day, key, touchpoints, verdict) VALUES (?, ?, ?, ?)
        ON CONFLICT (day, key) DO UPDATE SET touchpoints = excluded.touchpoints,
            verdict = CASE WHEN excluded.verdict = 'usual' AND volume.verdict = 'accepted'
                           THEN 'accepted' ELSE excluded.verdict END
    """
    database.execute_many(sql, rows)


def accept(keys: Collection[str] | None, but: Collection[str] = ()) -> None:
    """A person has accepted what was too much: of these touchpoints, or of all `but` some."""
    is_meant = Volume.key.not_in(list(but)) if keys is None else Volume.key.in_(list(keys))
    Volume.update(verdict="accepted").where(is_meant & (Volume.verdict == "over")).execute()
