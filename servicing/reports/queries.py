"""The reports' questions to the database, a function each."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Any

from policies import database, dialect, inforce, records
from policies.persistency.cohorts import Cohort
from policies.persistency.selection import By
from policies.persistency.verdicts import COUNTED, KEPT
from policies.records import Moment, Record
from servicing.core import trail, whose
from servicing.core.states import SENT, WAITING

# ---------------------------------------------------------------------------------------- coverage


class Service(IntEnum):
    """How a touchpoint was served."""

    IN_TIME = 0
    LATE = 1
    MISSED = 2
    WAITING = 3


class ServiceCount(Record, frozen=True):
    """How an agent's touchpoints of a month were served: how many so, by `Service`."""

    agent_id: int
    month: Cohort
    """In which they were due."""
    in_time: int
    late: int
    missed: int
    waiting: int


class ServiceDay(Record, frozen=True):
    """A day on which touchpoints fall due or tasks stand on a list."""

    day: datetime.date
    month: Cohort
    in_time_until: Moment
    """Before this moment a task that stands on the list since that day is done in time."""


def service(
    keys: Sequence[str], first: datetime.date, last: datetime.date, days: Iterable[ServiceDay]
) -> list[ServiceCount]:
    """How the touchpoints `keys` that fell due from `first` to `last` were served, inside a snapshot.

    Those with a desk's task are no agent's.

    `days` hold each of these days and each day on which one of their tasks may stand on a list.
    """
    database.execute("DROP TABLE IF EXISTS service_day")
    columns = "day DATE PRIMARY KEY, month INTEGER, in_time_until TIMESTAMP"
    database.execute(dialect.small_table("service_day", columns))
    records.put("service_day", days)
    values = [first.isoformat(), last.isoformat(), *keys]
    served = records.listed(ServiceCount, _service(keys), values)
    database.execute("DROP TABLE service_day")
    return served


def _service(keys: Sequence[str]) -> str:
    counts = ", ".join(f"COUNT(CASE WHEN served = {each.value} THEN 1 END)" for each in Service)
    agent = "(SELECT p.agent_id FROM policy p WHERE p.id = t.policy_id)"  # where nobody has done it
    each_one = dialect.computed_once(
        f"SELECT COALESCE(x.done_by_id, {agent}) AS agent_id, d.month, {_served()} AS served"
        " FROM touchpoint t JOIN service_day d ON d.day = t.due_on"
        " LEFT JOIN task x ON x.touchpoint_id = t.id"
        " LEFT JOIN service_day w"
        " ON w.day = CASE WHEN t.found_on > x.due_on THEN t.found_on ELSE x.due_on END"
        f" WHERE t.due_on BETWEEN ? AND ? AND t.key IN ({dialect.marks(keys)}) AND NOT t.released"
        f" AND {whose.of_agent()}"
    )
    return (
        f"SELECT agent_id, month, {counts} FROM {each_one} AS each_one"
        " WHERE served IS NOT NULL GROUP BY agent_id, month"
    )


def _served() -> str:
    """How a touchpoint `t` was served by its task `x`, or by its message where it has no task.

    Null: it was cancelled, or never came to be. The message is looked up once, and only there.
    """
    found_in_time = (
        f"CASE WHEN t.found_on <= t.due_on THEN {Service.IN_TIME} ELSE {Service.LATE} END"
    )
    of_message = {
        **dict.fromkeys(sorted(WAITING), str(Service.WAITING)),
        **dict.fromkeys(sorted(SENT), found_in_time),
        "cancelled": "NULL",
    }
    whens = " ".join(f"WHEN '{state}' THEN {served}" for state, served in of_message.items())
    message = "(SELECT m.state FROM message m WHERE m.touchpoint_id = t.id)"
    return (
        f"CASE WHEN x.state = 'open' THEN {Service.WAITING}"
        f" WHEN x.state = 'done' AND x.ended_at < w.in_time_until THEN {Service.IN_TIME}"
        f" WHEN x.state = 'done' THEN {Service.LATE}"
        f" WHEN x.state <> 'cancelled' THEN {Service.MISSED}"
        f" WHEN x.id IS NULL THEN CASE COALESCE({message}, 'cancelled') {whens}"
        f" ELSE {Service.MISSED} END END"
    )


def overdue(on: datetime.date) -> Counter[int]:
    """By agent id: the agent's open tasks that have stood on the list since before the day."""
    sql = (
        "SELECT p.agent_id, COUNT(*) FROM task x JOIN policy p ON p.id = x.policy_id"
        f" WHERE x.state = 'open' AND x.show_on < ? AND {whose.of_agent()} GROUP BY p.agent_id"
    )
    return Counter(dict(database.execute(sql, [on.isoformat()])))


def serving_agents(on: datetime.date) -> set[int]:
    """The agents, by id, who serve a policy that is in force on a day."""
    holds = f"SELECT 1 FROM policy p WHERE p.agent_id = a.id AND {inforce.in_force('p', on)}"
    sql = f"SELECT a.id FROM agent a WHERE EXISTS ({holds})"
    return {agent_id for (agent_id,) in database.execute(sql)}


# ------------------------------------------------------------------------------------------- losses


class ContactDay(Record, frozen=True):
    """A day, and the moments between which a contact was one of the last before its end."""

    day: datetime.date
    since: Moment
    until: Moment


class Recorded(IntEnum):
    """What stands recorded of a policy's touchpoints."""

    NONE = 0
    OWED = 1
    SERVED = 2


class Fate(Record, frozen=True):
    """How many policies of a cohort, product or agent came to a verdict after so much service."""

    unit: Any
    verdict: int
    recorded: Recorded
    contact: bool
    """Of those that were lost; nobody asks it of others."""
    policies: int


def fates(
    judged: str,
    values: Sequence[Any],
    first_year: Sequence[str],
    days: Iterable[ContactDay],
    by: By,
    is_paid: bool,
) -> Iterator[Fate]:
    """The judged policies, counted by their fates.

    `judged` and `values`: the source of the policies with their verdicts; `days`: every day on which
    one of them may have been lost.
    """
    database.execute("DROP TABLE IF EXISTS contact_day")
    columns = "day DATE PRIMARY KEY, since TIMESTAMP, until TIMESTAMP"
    database.execute(dialect.small_table("contact_day", columns))
    records.put("contact_day", days)
    sql = _fates(judged, dialect.marks(first_year), is_paid, by)
    yield from records.read(Fate, sql, [*list(first_year) * 2, *values])


def _fates(judged: str, keys: str, is_paid: bool, by: By) -> str:
    """A SELECT of the counts: first each policy with what was done for it until it was lost."""
    unit = {"cohort": "cohort", "product": "product"}.get(by, "agent_id")
    lost = "CASE WHEN open_until < bound_on THEN open_until ELSE bound_on END"
    lost_on = (
        f"CASE WHEN ended_on <= bound_on THEN ended_on ELSE {lost if is_paid else 'bound_on'} END"
    )
    is_served = f"""(x.state = 'done' AND x.ended_at < c.until)
        OR (x.id IS NULL AND m.state IN ({dialect.quoted(SENT)}) AND r.due_on <= c.day)"""
    each_one = dialect.computed_once(f"""
        SELECT j.{unit}, j.verdict,
            (SELECT MAX(CASE WHEN {is_served} THEN {Recorded.SERVED} ELSE {Recorded.OWED} END)
                FROM {_recorded_of("j", keys)}
                WHERE COALESCE(x.state, m.state, '') <> 'cancelled') AS recorded,
            NOT {KEPT} AND EXISTS (SELECT 1 FROM card_entry e WHERE e.client_id = j.client_id
                AND e.kind = 'task.done' AND e.at >= c.since AND e.at < c.until
                AND {trail.stands("e")}) AS contact
        FROM {judged} AS j JOIN contact_day c ON c.day = {lost_on}
        WHERE {COUNTED}
    """)
    return f"""
        SELECT {unit}, verdict, COALESCE(recorded, {Recorded.NONE}), contact, COUNT(*)
        FROM {each_one} AS each_one GROUP BY {unit}, verdict, recorded, contact
    """


def _recorded_of(policy: str, keys: str) -> str:
    """What the book has not taken back of a policy's touchpoints `r`, with task `x` and message `m`.

    The policy's own stand in one index, those of its client that it carried in another.
    """
    columns = "SELECT t.id, t.due_on FROM touchpoint t WHERE NOT t.released"
    # one search for all keys, since a policy has few others; of a client it may carry many
    key = dialect.unindexed("t.key")
    return f"""(
            {columns} AND t.scope = 'policy' AND t.policy_id = {policy}.id AND {key} IN ({keys})
            UNION ALL
            {columns} AND t.scope = 'client' AND t.client_id = {policy}.client_id
                AND t.policy_id = {policy}.id AND t.key IN ({keys})
        ) r LEFT JOIN task x ON x.touchpoint_id = r.id LEFT JOIN message m ON m.touchpoint_id = r.id"""
