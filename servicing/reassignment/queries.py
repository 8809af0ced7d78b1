"""The statements of a reassignment: who serves whom, tasks and messages of a policy, orphans."""

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from policies import database, dialect, inforce, models, records
from policies.records import Record
from servicing.core import states, trail, whose
from servicing.core.states import LEASE

# ------------------------------------------------------------------ what an agent serves, and has to do


class ServedPolicy(Record, frozen=True):
    """A policy that may be reassigned."""

    id: int
    policy_no: str
    client_id: int
    client_no: str
    agent_id: int
    premium: int
    """Hundredths, a year."""
    currency: str
    is_in_service: bool


def held_by_agent(agent_id: int, on: datetime.date) -> list[ServedPolicy]:
    """The policies of an agent."""
    return _held("p.agent_id = ?", [agent_id], on)


def held_by_number(
    column: Literal["policy_no", "client_no"], numbers: Sequence[str], on: datetime.date
) -> list[ServedPolicy]:
    """The policies of these numbers, or of the clients of these numbers."""
    table = "p" if column == "policy_no" else "c"
    return _held(f"{table}.{column} IN ({dialect.marks(numbers)})", numbers, on)


def _held(condition: str, values: Sequence[object], on: datetime.date) -> list[ServedPolicy]:
    """By the numbers of client and policy."""
    sql = f"""
        SELECT p.id, p.policy_no, p.client_id, c.client_no, p.agent_id, p.annual_premium, p.currency,
               {inforce.not_ended("p", on)}
        FROM policy p JOIN client c ON c.id = p.client_id
        WHERE {condition} ORDER BY c.client_no, p.policy_no
    """
    return records.listed(ServedPolicy, sql, values)


class _Count(Record, frozen=True):
    """A count of an agent or a policy."""

    id: int
    count: int


def _counted(sql: str, ids: Sequence[int]) -> Counter[int]:
    """The counts of some agents or policies; `sql` has a mark for each of them."""
    counts: Counter[int] = Counter()
    for some in database.chunks(ids):
        rows = records.listed(_Count, sql.format(marks=dialect.marks(some)), some)
        counts.update({each.id: each.count for each in rows})
    return counts


def open_tasks(policy_ids: Sequence[int]) -> Counter[int]:
    """How many open tasks each policy has that go to another agent with it."""
    sql = f"""
        SELECT x.policy_id, COUNT(*) FROM task x WHERE x.state = 'open'
            AND x.policy_id IN ({{marks}}) AND {whose.of_agent()} GROUP BY x.policy_id
    """
    return _counted(sql, policy_ids)


def policies_of_agents(agent_ids: Sequence[int], on: datetime.date) -> Counter[int]:
    """How many policies in service each agent has."""
    sql = f"""
        SELECT p.agent_id, COUNT(*) FROM policy p
        WHERE p.agent_id IN ({{marks}}) AND {inforce.not_ended("p", on)} GROUP BY p.agent_id
    """
    return _counted(sql, agent_ids)


def tasks_of_agents(agent_ids: Sequence[int]) -> Counter[int]:
    """How many open tasks each agent has."""
    sql = f"""
        SELECT p.agent_id, COUNT(*) FROM policy p JOIN task x ON x.policy_id = p.id
        WHERE p.agent_id IN ({{marks}}) AND x.state = 'open' AND {whose.of_agent()}
        GROUP BY p.agent_id
    """
    return _counted(sql, agent_ids)


class ServedClient(Record, frozen=True):
    """A client with an agent who serves them."""

    client_id: int
    agent_id: int
    policies: int
    """In service with that agent."""


def serving_agents(client_ids: Sequence[int], on: datetime.date) -> Iterator[ServedClient]:
    """Every agent who serves one of these clients."""
    for some in database.chunks(client_ids):
        sql = f"""
            SELECT p.client_id, p.agent_id, COUNT(*) FROM policy p
            WHERE p.client_id IN ({dialect.marks(some)}) AND {inforce.not_ended("p", on)}
            GROUP BY p.client_id, p.agent_id
        """
        yield from records.listed(ServedClient, sql, some)


def active_colleagues(
    unit: Literal["team", "branch"], unit_id: int, agent_id: int, on: datetime.date
) -> list[int]:
    """The other agents of a team or a branch who serve clients and have not left, by their numbers."""
    column = "a.team_id" if unit == "team" else "t.branch_id"
    sql = f"""
        SELECT a.id FROM agent a JOIN team t ON t.id = a.team_id
        WHERE {column} = ? AND a.id <> ? AND a.left_on IS NULL
          AND EXISTS (SELECT 1 FROM policy p
                      WHERE p.agent_id = a.id AND {inforce.not_ended("p", on)})
        ORDER BY a.agent_no
    """
    return database.numbers(sql, [unit_id, agent_id])


# ----------------------------------------------------------------------------------------- messages


class QueuedMessage(Record, frozen=True):
    """A message that is queued."""

    id: int
    policy_id: int


def waiting_messages(policy_ids: Sequence[int]) -> list[QueuedMessage]:
    """The messages that are queued for some policies.

    They are looked up by the touchpoints of their clients: those are few, whatever else waits.
    """
    messages: list[QueuedMessage] = []
    for some in database.chunks(policy_ids):
        sql = f"""
            SELECT m.id, p.id FROM policy p
            CROSS JOIN touchpoint t CROSS JOIN message m
            WHERE p.id IN ({dialect.marks(some)}) AND t.client_id = p.client_id
              AND m.touchpoint_id = t.id AND m.policy_id = p.id AND m.state = 'queued'
            ORDER BY m.id
        """
        messages += records.listed(QueuedMessage, sql, some)
    return messages


def messages_in_an_old_name(now: datetime.datetime) -> int:
    """The number of messages that are with a provider and were signed by an earlier agent.

    A claim that is older than its lease does not count: its worker has died.
    """
    sql = """
        SELECT COUNT(*) FROM message m JOIN policy p ON p.id = m.policy_id
        WHERE m.state = 'sending' AND m.claimed_at > ? AND m.agent_id <> p.agent_id
    """
    return int(database.value(sql, [models.stored(now - LEASE)]))


# ------------------------------------------------------------------------------------------ orphans


class Orphaned(Record, frozen=True):
    """The policies in service of an agent who has left."""

    agent_no: str
    agent_name: str
    left_on: datetime.date
    clients: int
    policies: int


def left_behind(on: datetime.date) -> list[Orphaned]:
    """Each agent who has left policies behind, the longest ago first."""
    sql = f"""
        SELECT a.agent_no, a.name, a.left_on, COUNT(DISTINCT p.client_id), COUNT(*)
        FROM agent a JOIN policy p ON p.agent_id = a.id
        WHERE a.left_on <= '{on}' AND {inforce.not_ended("p", on)}
        GROUP BY a.id, a.agent_no, a.name, a.left_on ORDER BY a.left_on, a.agent_no
    """
    return records.listed(Orphaned, sql)


class PremiumLeft(Record, frozen=True):
    """What is paid in a year, in one currency, for what an agent has left behind."""

    agent_no: str
    currency: str
    premium: int
    """Hundredths."""


def premiums_left_behind(on: datetime.date) -> list[PremiumLeft]:
    """The premiums of `left_behind`, a currency a line: a sum of several says nothing."""
    sql = f"""
        SELECT a.agent_no, p.currency, {dialect.whole("SUM(p.annual_premium)")}
        FROM agent a JOIN policy p ON p.agent_id = a.id
        WHERE a.left_on <= '{on}' AND {inforce.not_ended("p", on)}
        GROUP BY a.agent_no, p.currency ORDER BY a.agent_no, p.currency
    """
    return records.listed(PremiumLeft, sql)


class Unintroduced(Record, frozen=True):
    """A client whose new agent has not come to their notice: the policies in one currency."""

    agent_no: str
    agent_name: str
    client_no: str
    reassigned_on: datetime.date
    policies: int
    currency: str
    premium: int
    """Hundredths, a year."""


def not_introduced(
    introductions: Sequence[str], since: datetime.date, on: datetime.date
) -> list[Unintroduced]:
    """The clients who were reassigned after a day and since then had neither message nor task.

    A desk's task is none: it was somebody else who spoke to them. `introductions`: the touchpoints whose
    message introduces the new agent. A line each currency.
    """
    sql = f"""
        SELECT a.agent_no, a.name, c.client_no, MAX(h.handed_on), COUNT(DISTINCT p.id),
               p.currency, {dialect.whole("SUM(p.annual_premium)")}
        FROM handing h
        JOIN policy p ON p.id = h.policy_id AND p.agent_id = h.to_agent_id
        JOIN client c ON c.id = p.client_id
        JOIN agent a ON a.id = p.agent_id
        WHERE h.handed_on > '{since}' AND {inforce.not_ended("p", on)}
          AND NOT EXISTS (SELECT 1 FROM handing l WHERE l.policy_id = h.policy_id
                          AND l.handed_on > h.handed_on)
          AND NOT EXISTS ({_introduced(introductions)})
          AND NOT EXISTS (SELECT 1 FROM card_entry e
                          WHERE e.client_id = p.client_id AND e.kind = 'task.done' AND e.at > h.at
                            AND {dialect.fact("e.facts", "desk")} IS NULL AND {trail.stands("e")})
        GROUP BY a.id, a.agent_no, a.name, c.id, c.client_no, p.currency
        ORDER BY a.agent_no, c.client_no, p.currency
    """
    return records.listed(Unintroduced, sql)


def _introduced(keys: Sequence[str]) -> str:
    """A SELECT of the introductions that have reached the client of `p` since the reassignment `h`."""
    return f"""
        SELECT 1 FROM touchpoint t JOIN message m ON m.touchpoint_id = t.id
        WHERE t.client_id = p.client_id AND t.scope = 'client' AND t.key IN ({dialect.quoted(keys)})
          AND t.anchor_on >= h.handed_on AND m.state IN ({dialect.quoted(states.SENT)})
    """
