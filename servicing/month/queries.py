"""The statements of a manager's month: each is asked of the agents of a unit."""

import datetime
from collections.abc import Collection, Sequence
from typing import Literal

from policies import database, dialect, inforce, models, mourning, records
from policies.records import Moment, Record
from servicing.core import trail, whose
from servicing.core.audit_log import Kind
from servicing.core.context import COMPLAINS
from servicing.core.reasons import Reason

# --------------------------------------------------------------------- what a month is good until

CHANGES: Sequence[Kind] = (
    "agent.changed",
    "book.imported",
    "client.erased",
    "clients.reassigned",
    "tasks.handed_over",
)
"""What changes whose a policy is, what is paid for it, or who is asked: lines of the audit log."""


class Changed(Record, frozen=True):
    """How often something was changed, and when it was the last time."""

    kind: str
    count: int
    at: Moment | None


def changes() -> tuple[Changed, ...]:
    """What the audit log knows of changes that a month rests on, whichever process made them.

    The last agent who came is told too: an import that is not over has no line yet.
    """
    sql = f"""
        SELECT kind, COUNT(*), {dialect.moment("MAX(at)")} FROM audit_entry
        WHERE kind IN ({dialect.quoted(CHANGES)}) GROUP BY kind
        UNION ALL SELECT 'agent', COALESCE(MAX(id), 0), NULL FROM agent
        ORDER BY 1
    """
    return tuple(records.listed(Changed, sql))


# ---------------------------------------------------------------------------- what needs somebody


class Unpaid(Record, frozen=True):
    """An instalment that is due and not paid, its grace perhaps not over."""

    policy_id: int
    agent_id: int
    due_on: datetime.date
    amount: int
    """Hundredths."""
    currency: str
    product: str
    issued_on: datetime.date
    died: bool
    """The client has died."""


def unpaid(agent_ids: Collection[int], since: datetime.date, on: datetime.date) -> list[Unpaid]:
    """The instalments that fell due from a day on, of the policies in force that owe none before.

    A policy at a time, the earliest instalment first. Whoever owes an older one is in grace no more.
    """
    theirs, values = dialect.among("p.agent_id", agent_ids)
    owed = inforce.to_pay("p", "x", on)
    sql = f"""
        SELECT p.id, p.agent_id, x.due_date, x.amount, p.currency, p.product, p.issue_date,
            {mourning.died("c")}
        FROM policy p CROSS JOIN premium x JOIN client c ON c.id = p.client_id
        WHERE {theirs} AND x.policy_id = p.id AND x.due_date BETWEEN '{since}' AND '{on}'
            AND {inforce.in_force("p", on)} AND {owed}
            AND NOT EXISTS (SELECT 1 FROM premium y WHERE y.policy_id = p.id
                AND y.due_date < '{since}' AND {inforce.to_pay("p", "y", on)})
        ORDER BY p.id, x.due_date
    """
    return records.listed(Unpaid, sql, values)


class Work(Record, frozen=True):
    """Something that waits for somebody: an open task, or a policy whose agent has left."""

    what: Literal["task", "orphan"]
    id: int
    """Of the task, or of the policy."""
    agent_id: int
    day: datetime.date
    """Since when the task stands on a list; when the agent left."""
    handed_on: datetime.date
    """When the policy was delivered, else issued."""


def work(agent_ids: Collection[int], on: datetime.date, fresh_since: datetime.date) -> list[Work]:
    """Agents' tasks of before a day, open ones of policies handed over since another, and orphans."""
    theirs, values = dialect.among("p.agent_id", agent_ids)
    gone, of_gone = dialect.among("a.id", agent_ids)
    handed = "COALESCE(p.delivered_on, p.issue_date)"
    sql = f"""
        SELECT 'task' AS what, x.id, p.agent_id, x.show_on AS day, {handed}
        FROM policy p CROSS JOIN task x
        WHERE {theirs} AND x.policy_id = p.id AND x.state = 'open' AND {whose.of_agent()}
            AND (x.show_on < '{on}' OR {handed} BETWEEN '{fresh_since}' AND '{on}')
        UNION ALL
        SELECT 'orphan', p.id, p.agent_id, a.left_on, {handed}
        FROM agent a CROSS JOIN policy p
        WHERE {gone} AND a.left_on <= '{on}' AND p.agent_id = a.id
            AND {inforce.not_ended("p", on)}
        ORDER BY 4, 1, 2
    """
    return records.listed(Work, sql, [*values, *of_gone])


# ------------------------------------------------------------------------------------ in a list


class PolicyOfUnit(Record, frozen=True):
    """A policy with its client and its agent."""

    id: int
    policy_no: str
    product: str
    client_id: int
    client_no: str
    client_name: str
    phone: str
    agent_id: int
    agent_no: str
    agent_name: str
    left_on: datetime.date | None
    """The day from which the agent is gone."""
    issued_on: datetime.date
    last_contact: Moment | None
    """When an agent last did a task for the client."""
    asked: int
    """How many tasks of the policy the manager has handed over and are open."""
    complains: bool
    """A complaint of the client's is open, under any of their numbers."""


def policies(
    column: Literal["id", "policy_no"], values: Sequence[int] | Sequence[str]
) -> list[PolicyOfUnit]:
    """Some policies, by their ids or numbers."""
    contact = dialect.moment("MAX(e.at)")
    found: list[PolicyOfUnit] = []
    for some in database.chunks(values):
        sql = f"""
            SELECT p.id, p.policy_no, p.product, c.id, c.client_no, c.name, c.phone,
                a.id, a.agent_no, a.name, a.left_on, p.issue_date,
                (SELECT {contact} FROM card_entry e
                    WHERE e.client_id = c.id AND e.kind = 'task.done' AND {trail.stands("e")}),
                (SELECT COUNT(*) FROM task x WHERE x.policy_id = p.id AND x.state = 'open'
                    AND x.reason = '{Reason.MANAGER_ASKS}'), {COMPLAINS}
            FROM policy p JOIN client c ON c.id = p.client_id JOIN agent a ON a.id = p.agent_id
            WHERE p.{column} IN ({dialect.marks(some)})
        """
        found += records.listed(PolicyOfUnit, sql, some)
    return found


class OpenTask(Record, frozen=True):
    """A task that is still open, with its client and its agent."""

    id: int
    touchpoint: str
    """Its key; empty: nothing was due."""
    reason: str
    show_on: datetime.date
    closes_on: datetime.date
    policy_no: str
    client_no: str
    client_name: str
    phone: str
    agent_no: str
    agent_name: str
    handed_on: datetime.date
    """When the policy was delivered, else issued."""


def tasks(task_ids: Sequence[int]) -> list[OpenTask]:
    """Those of some tasks that are open."""
    found: list[OpenTask] = []
    for some in database.chunks(task_ids):
        sql = f"""
            SELECT x.id, COALESCE(t.key, ''), x.reason, x.show_on, x.closes_on, p.policy_no,
                c.client_no, c.name, c.phone, a.agent_no, a.name,
                COALESCE(p.delivered_on, p.issue_date)
            FROM task x LEFT JOIN touchpoint t ON t.id = x.touchpoint_id
            JOIN policy p ON p.id = x.policy_id JOIN client c ON c.id = x.client_id
            JOIN agent a ON a.id = p.agent_id
            WHERE x.id IN ({dialect.marks(some)}) AND x.state = 'open'
        """
        found += records.listed(OpenTask, sql, some)
    return found


# --------------------------------------------------------------------------- what was handed over


class HandedTask(Record, frozen=True):
    """A task that a manager has handed over, and what has become of it."""

    asked_at: Moment
    asked_by: str
    """By name, or by login where there is none."""
    state: str
    reason: str
    note: str
    """The manager's word while it is open; then what the agent wrote."""
    show_on: datetime.date
    ended_at: Moment | None
    policy_no: str
    client_no: str
    client_name: str
    agent_no: str
    agent_name: str


def handed(
    agent_ids: Collection[int], since: datetime.datetime, state: str, most: int
) -> list[HandedTask]:
    """What was handed over to the agents since a moment, the latest first.

    `state`: open, done, or empty for all.
    """
    theirs, values = dialect.among("p.agent_id", agent_ids)
    chosen = {"open": "AND x.state = 'open'", "done": "AND x.state <> 'open'"}.get(state, "")
    sql = f"""
        SELECT {dialect.moment("k.asked_at")}, COALESCE(NULLIF(u.name, ''), k.asked_by), x.state,
            x.reason, x.note, x.show_on, {dialect.moment("x.ended_at")}, p.policy_no, c.client_no,
            c.name, a.agent_no, a.name
        FROM asked_task k CROSS JOIN task x CROSS JOIN policy p
        JOIN client c ON c.id = x.client_id JOIN agent a ON a.id = p.agent_id
        LEFT JOIN user_account u ON u.login = k.asked_by
        WHERE k.asked_at >= ? AND x.id = k.task_id AND p.id = x.policy_id AND {theirs} {chosen}
        ORDER BY k.asked_at DESC, k.task_id DESC LIMIT {most}
    """
    return records.listed(HandedTask, sql, [models.stored(since), *values])


def asked_for(policy_ids: Collection[int]) -> set[int]:
    """Those of some policies that have an open task of a manager's."""
    if not policy_ids:
        return set()
    sql = f"""
        SELECT DISTINCT x.policy_id FROM task x
        WHERE x.policy_id IN ({dialect.marks(policy_ids)}) AND x.state = 'open'
            AND x.reason = '{Reason.MANAGER_ASKS}'
    """
    return set(database.numbers(sql, list(policy_ids)))


# ------------------------------------------------------------------------------- who is to be called


class CaseToCall(Record, frozen=True):
    """What a list of people to call says of a case beside the case itself."""

    case: int
    source: str
    phone: str
    agent_no: str
    agent_name: str
    """Who serves its policy."""
    premium_of: datetime.date | None
    """The due day of the last premium that has come in since, as it is noted."""


def cases(case_ids: Sequence[int], payment_step: str) -> dict[int, CaseToCall]:
    """Some cases of policies, by number. `payment_step`: by which their kind notes what was paid."""
    found: list[CaseToCall] = []
    for some in database.chunks(case_ids):
        sql = f"""
            SELECT k.id, k.source, c.phone, a.agent_no, a.name, (SELECT MAX(e.set_on)
                FROM case_entry e WHERE e.case_id = k.id AND e.step = ?)
            FROM case_file k JOIN client c ON c.id = k.client_id
            JOIN policy p ON p.id = k.policy_id JOIN agent a ON a.id = p.agent_id
            WHERE k.id IN ({dialect.marks(some)})
        """
        found += records.listed(CaseToCall, sql, [payment_step, *some])
    return {each.case: each for each in found}
