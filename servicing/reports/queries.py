"""The reports' questions to the database, a function each."""

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
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
    _put(days)
    values = [first.isoformat(), last.isoformat(), *keys]
    served = records.listed(ServiceCount, _service(keys), values)
    database.execute("DROP TABLE service_day")
    return served


def _put(days: Iterable[ServiceDay]) -> None:
    database.execute("DROP TABLE IF EXISTS service_day")
    columns = "day DATE PRIMARY KEY, month INTEGER, in_time_until TIMESTAMP"
    database.execute(dialect.small_table("service_day", columns))
    records.put("service_day", days)


def _service(keys: Sequence[str]) -> str:
    counts = ", ".join(f"COUNT(CASE WHEN served = {each.value} THEN 1 END)" for each in Service)
    return (
        f"SELECT agent_id, month, {counts} FROM {_each_one(keys)} AS each_one"
        " WHERE served IS NOT NULL GROUP BY agent_id, month"
    )


def _each_one(keys: Sequence[str], more: str = "", within: str = "") -> str:
    """Each touchpoint with whose it is, its month, and how it was served, as a source.

    `more` are further columns, `within` is a condition on touchpoints `t`.
    """
    agent = "(SELECT p.agent_id FROM policy p WHERE p.id = t.policy_id)"  # where nobody has done it
    return dialect.computed_once(
        f"SELECT COALESCE(x.done_by_id, {agent}) AS agent_id, d.month, {_served()} AS served{more}"
        " FROM touchpoint t JOIN service_day d ON d.day = t.due_on"
        " LEFT JOIN task x ON x.touchpoint_id = t.id"
        " LEFT JOIN service_day w"
        " ON w.day = CASE WHEN t.found_on > x.due_on THEN t.found_on ELSE x.due_on END"
        f" WHERE t.due_on BETWEEN ? AND ? AND t.key IN ({dialect.marks(keys)}) AND NOT t.released"
        f" AND {whose.of_agent()}{within}"
    )


class ServedTouchpoint(Record, frozen=True):
    """A touchpoint by which agents are assessed, and how it was served."""

    key: str
    policy_no: str
    client_no: str
    client_name: str
    agent_id: int
    """Who has done it, else who serves the policy."""
    due_on: datetime.date
    ended_at: Moment | None
    """When its task was done or missed; None: it has none, or it is open."""
    served: Service


def served(
    keys: Sequence[str],
    first: datetime.date,
    last: datetime.date,
    days: Iterable[ServiceDay],
    agents: Collection[int] | None,
    how: Collection[Service],
    limit: int,
    offset: int,
) -> Iterator[ServedTouchpoint]:
    """The touchpoints that `service` counts, of some agents or None: of all, by how they were served.

    In the order of their days. Read them inside a snapshot; `days` as there.
    """
    _put(days)
    theirs, values = _of(agents, "o.agent_id")
    within, more = ("", []) if agents is None else _of_agents(keys, sorted(agents))
    columns = ", t.id, t.key, t.policy_id, t.client_id, t.due_on"
    columns += f", {dialect.moment('x.ended_at')} AS ended_at"
    of = ", ".join(f"{each.value}" for each in sorted(how))
    sql = f"""
        SELECT o.key, p.policy_no, c.client_no, c.name, o.agent_id, o.due_on, o.ended_at, o.served
        FROM {_each_one(keys, columns, within)} AS o
        JOIN policy p ON p.id = o.policy_id JOIN client c ON c.id = o.client_id
        WHERE o.served IN ({of or "NULL"}) AND {theirs}
        ORDER BY o.due_on, o.id LIMIT ? OFFSET ?
    """
    asked = [first.isoformat(), last.isoformat(), *keys, *more, *values, limit, offset]
    yield from records.read(ServedTouchpoint, sql, asked)


def _of_agents(keys: Sequence[str], agents: Sequence[int]) -> tuple[str, list[Any]]:
    """The condition that agents serve the policy of a touchpoint `t` today, or have done its task.

    Each is looked up from the agent, so that nobody's list reads what is due to everybody.
    """
    theirs, of_policy = dialect.among("p.agent_id", agents)
    done, by_them = dialect.among("y.done_by_id", agents)
    is_key = f"s.key IN ({dialect.marks(keys)}) AND NOT s.released"
    return (
        f""" AND t.id IN (
            SELECT s.id FROM policy p JOIN touchpoint s ON s.policy_id = p.id
            WHERE {theirs} AND s.scope = 'policy' AND {is_key}
            UNION ALL
            SELECT s.id FROM policy p JOIN touchpoint s
            ON s.client_id = p.client_id AND s.policy_id = p.id
            WHERE {theirs} AND s.scope = 'client' AND {is_key}
            UNION ALL
            SELECT y.touchpoint_id FROM task y WHERE {done})""",
        [*of_policy, *keys, *of_policy, *keys, *by_them],
    )


def _of(agents: Collection[int] | None, column: str) -> tuple[str, list[Any]]:
    return ("1 = 1", []) if agents is None else dialect.among(column, sorted(agents))


class Named(Record, frozen=True):
    """A client as a list names them."""

    id: int
    client_no: str
    name: str


def named(ids: Collection[int]) -> dict[int, Named]:
    """Some clients by id."""
    known, values = dialect.among("c.id", sorted(set(ids)))
    sql = f"SELECT c.id, c.client_no, c.name FROM client c WHERE {known}"
    return {each.id: each for each in records.read(Named, sql, values)}


class Bought(Record, frozen=True):
    """A policy that a client bought."""

    client_id: int
    policy_no: str
    product: str
    issue_date: datetime.date


def bought(
    ids: Collection[int], first: datetime.date, last: datetime.date
) -> dict[int, list[Bought]]:
    """By client, of some: the policies that began in some days, in that order."""
    theirs, values = dialect.among("p.client_id", sorted(set(ids)))
    sql = f"""
        SELECT p.client_id, p.policy_no, p.product, p.issue_date FROM policy p
        WHERE {theirs} AND {dialect.unindexed("p.issue_date")} BETWEEN ? AND ? AND {inforce.a_policy("p")}
        ORDER BY p.client_id, p.issue_date, p.id
    """
    found: dict[int, list[Bought]] = {}
    for each in records.read(Bought, sql, [*values, first.isoformat(), last.isoformat()]):
        found.setdefault(each.client_id, []).append(each)
    return found


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
