"""Service coverage: the touchpoints that were owed, and how they were done (domain.md §8.12).

A touchpoint that has a task is what became of the task, for the agent is assessed and not the
machine; one without is what became of its message. What was cancelled was not owed after all.
"""

import datetime
import zoneinfo
from collections import Counter
from collections.abc import Sequence
from enum import IntEnum

from policies import database, dates, dialect, models, records
from policies.persistency.cohorts import Cohort
from policies.plan import Plan
from policies.records import Record
from servicing.core.states import SENT, WAITING


class Service(IntEnum):
    """How a touchpoint was served."""

    IN_TIME = 0
    LATE = 1
    MISSED = 2
    WAITING = 3


class Served(Record, frozen=True):
    """How an agent's touchpoints of a month were served: how many so, by `Service`."""

    agent_id: int
    month: Cohort
    """In which they were due."""
    in_time: int
    late: int
    missed: int
    waiting: int


SHIFTED = datetime.timedelta(days=60)
"""How far behind its due day a task may stand, at the most: holidays, and what was found late."""


def first_year(plan: Plan) -> list[str]:
    """The touchpoints by which agents are assessed (考核)."""
    return [each.id for each in plan.touchpoints if each.kind == "first-year"]


def coverage(
    keys: Sequence[str],
    first: datetime.date,
    last: datetime.date,
    zone: zoneinfo.ZoneInfo,
    in_time_days: int,
) -> list[Served]:
    """How the touchpoints `keys` that fell due from `first` to `last` were served.

    In time is a task that was done by the end of the day `in_time_days` after it stood on the list,
    in the book's time zone, and a message that was not found late.
    """
    with database.snapshot():
        database.execute("DROP TABLE IF EXISTS service_day")
        columns = "day DATE PRIMARY KEY, month INTEGER, in_time_until TIMESTAMP"
        database.execute(dialect.small_table("service_day", columns))
        in_time = datetime.timedelta(in_time_days + 1)
        days = (
            (str(day), dates.month_index(day), day_begins(day + in_time, zone))
            for day in dates.days_between(first, last + SHIFTED)
        )
        database.execute_many("INSERT INTO service_day VALUES (?, ?, ?)", days)
        values = [first.isoformat(), last.isoformat(), *keys]
        found = records.listed(Served, _sql(len(keys)), values)
        database.execute("DROP TABLE service_day")
    return found


def _sql(keys: int) -> str:
    sent, waiting = (dialect.quoted(states) for states in (SENT, WAITING))
    # looked up only where there is no task, or where nobody has done it
    message = "(SELECT m.state FROM message m WHERE m.touchpoint_id = t.id)"
    agent = "(SELECT p.agent_id FROM policy p WHERE p.id = t.policy_id)"
    served = (
        "CASE"
        f" WHEN x.state = 'open' THEN {Service.WAITING.value}"
        f" WHEN x.state = 'done' AND x.ended_at < w.in_time_until THEN {Service.IN_TIME.value}"
        f" WHEN x.state = 'done' THEN {Service.LATE.value}"
        f" WHEN x.id IS NOT NULL THEN {Service.MISSED.value}"
        f" WHEN {message} IN ({waiting}) THEN {Service.WAITING.value}"
        f" WHEN {message} IN ({sent}) AND t.found_on <= t.due_on THEN {Service.IN_TIME.value}"
        f" WHEN {message} IN ({sent}) THEN {Service.LATE.value}"
        f" ELSE {Service.MISSED.value} END"
    )
    counts = ", ".join(f"COUNT(CASE WHEN served = {each.value} THEN 1 END)" for each in Service)
    return (
        f"SELECT agent_id, month, {counts} FROM"
        f" (SELECT COALESCE(x.done_by_id, {agent}) AS agent_id, d.month, {served} AS served"
        " FROM touchpoint t JOIN service_day d ON d.day = t.due_on"
        " LEFT JOIN task x ON x.touchpoint_id = t.id"
        " LEFT JOIN service_day w"
        " ON w.day = CASE WHEN t.found_on > x.due_on THEN t.found_on ELSE x.due_on END"
        f" WHERE t.due_on BETWEEN ? AND ? AND t.key IN ({', '.join('?' * keys) or 'NULL'})"
        f" AND COALESCE(x.state, {message}) <> 'cancelled') AS each_one"
        " GROUP BY agent_id, month"
    )


def day_begins(day: datetime.date, zone: zoneinfo.ZoneInfo) -> str | None:
    """The moment at which a day begins there, as it is stored."""
    return models.stored(datetime.datetime.combine(day, datetime.time.min, zone))


def overdue(on: datetime.date) -> Counter[int]:
    """By agent id: open tasks that have stood on the list since before the day."""
    sql = (
        "SELECT p.agent_id, COUNT(*) FROM task x JOIN policy p ON p.id = x.policy_id"
        " WHERE x.state = 'open' AND x.show_on < ? GROUP BY p.agent_id"
    )
    return Counter(dict(database.execute(sql, [on.isoformat()])))
