"""The statements of the agent's desk: tasks, clients and their policies, recorded touchpoints."""

import datetime
from collections.abc import Collection, Iterator

from peewee import JOIN, Expression, ModelSelect

from policies import database, dialect, inforce, records
from policies.models import Agent, Branch, Client, Policy, Team
from policies.records import Record
from servicing.core.models import Message, Task, Touchpoint
from servicing.core.reasons import Reason

REPLY = "reply"
"""Stands where a touchpoint's key would: nothing was due, a client has written to us."""

BY_REASON = {Reason.CONDOLENCE: "condolence", Reason.CLAIM_ASKS: "claim_asks"}
"""The same of other tasks for which nothing was due, each by the reason for which it is there."""

WITHOUT_TOUCHPOINT = [REPLY] + list(BY_REASON.values())
"""All of them."""

_KEY = "COALESCE(t.key, CASE x.reason {} ELSE '{}' END)".format(
    " ".join(f"WHEN '{reason}' THEN '{key}'" for reason, key in BY_REASON.items()), REPLY
)
"""What a task `x` is about: its touchpoint `t`, or what stands there instead."""

# -------------------------------------------------------------------------------------------- tasks


class TaskLine(Record, frozen=True):
    """A task as the agent sees it."""

    id: int
    due_on: datetime.date
    show_on: datetime.date
    closes_on: datetime.date
    is_overdue: bool
    touchpoint: str
    client_no: str
    client_name: str
    phone: str
    policy_no: str
    product: str
    agent_no: str
    agent_name: str
    note: str
    """The client's words, where a reply is what there is to do."""


def tasks_shown(
    until: datetime.date, on: datetime.date, agent_no: str | None
) -> Iterator[TaskLine]:
    """The open tasks of one agent or of all until a day, the oldest first; overdue as of `on`.

    Read them inside a `database.snapshot`.
    """
    # an agent's are looked up by the policies: the day's list of a whole company is long
    shown = dialect.unindexed("x.show_on") if agent_no else "x.show_on"
    sql = f"""
        SELECT x.id, x.due_on, x.show_on, x.closes_on, x.show_on < '{on}',
               {_KEY},
               c.client_no, c.name, c.phone, p.policy_no, p.product, a.agent_no, a.name, x.note
        FROM task x
        LEFT JOIN touchpoint t ON t.id = x.touchpoint_id
        JOIN policy p ON p.id = x.policy_id
        JOIN agent a ON a.id = p.agent_id
        JOIN client c ON c.id = x.client_id
        WHERE x.state = 'open' AND {shown} <= '{until}' {"AND a.agent_no = ?" if agent_no else ""}
        ORDER BY x.show_on, c.client_no, x.id
    """
    return records.read(TaskLine, sql, [agent_no] if agent_no else [])


class OpenTask(Record, frozen=True):
    """A task that is open for a client."""

    id: int
    show_on: datetime.date
    due_on: datetime.date
    touchpoint: str
    policy_no: str


def open_tasks(client_id: int) -> list[OpenTask]:
    """The open tasks for a client, in the order in which they come up."""
    sql = f"""
        SELECT x.id, x.show_on, x.due_on, {_KEY}, p.policy_no
        FROM task x LEFT JOIN touchpoint t ON t.id = x.touchpoint_id
        JOIN policy p ON p.id = x.policy_id
        WHERE x.client_id = ? AND x.state = 'open' ORDER BY x.show_on, x.id
    """
    return records.listed(OpenTask, sql, [client_id])


# ------------------------------------------------------------------------------- what is at stake


class Unpaid(Record, frozen=True):
    """An instalment that is still to be paid."""

    policy_id: int
    due_on: datetime.date
    amount: int
    """Hundredths."""
    currency: str
    product: str


def unpaid_of(
    policy_ids: Collection[int], on: datetime.date, until: datetime.date
) -> Iterator[Unpaid]:
    """The instalments due until a day that some policies, in force on `on`, still owe; in order."""
    if not policy_ids:
        return
    sql = f"""
        SELECT x.policy_id, x.due_date, x.amount, p.currency, p.product
        FROM premium x JOIN policy p ON p.id = x.policy_id
        WHERE x.policy_id IN ({dialect.marks(policy_ids)}) AND x.due_date <= '{until}'
            AND {inforce.in_force("p", on)} AND {inforce.to_pay("p", "x", on)}
        ORDER BY x.policy_id, x.due_date
    """
    yield from records.listed(Unpaid, sql, list(policy_ids))


class Contact(Record, frozen=True):
    """When somebody last had a client on the telephone, met them, or wrote to them."""

    client_id: int
    at: datetime.datetime


def last_contacts(client_ids: Collection[int]) -> dict[int, datetime.datetime]:
    """The last moment at which an agent has done a task for each of some clients; UTC."""
    if not client_ids:
        return {}
    sql = f"""
        SELECT e.client_id, MAX(e.at) FROM card_entry e
        WHERE e.client_id IN ({dialect.marks(client_ids)}) AND e.kind = 'task.done'
        GROUP BY e.client_id
    """
    return {each.client_id: each.at for each in records.listed(Contact, sql, list(client_ids))}


# ------------------------------------------------------------------------- a client, on the card


def policies_of(client: Client) -> list[Policy]:
    """The client's policies with agent, team and branch, the oldest first."""
    query: ModelSelect[Policy] = (
        Policy.select(Policy, Agent, Team, Branch)
        .join(Agent)
        .join(Team, JOIN.LEFT_OUTER)
        .join(Branch, JOIN.LEFT_OUTER)
        .where(Policy.client == client)
        .order_by(Policy.issue_date, Policy.id)
    )
    return list(query)


def recorded_touchpoints(condition: Expression) -> list[Touchpoint]:
    """Touchpoints that were recorded, each with its policy, message and task, by their days."""
    query: ModelSelect[Touchpoint] = (
        Touchpoint.select(Touchpoint, Policy, Message, Task)
        .join(Policy)
        .switch(Touchpoint)
        .join(Message, JOIN.LEFT_OUTER)
        .switch(Touchpoint)
        .join(Task, JOIN.LEFT_OUTER)
        .where(condition)
        .order_by(Touchpoint.due_on, Touchpoint.id)
    )
    return list(query)


def who_write_for(agent_id: int, policy_ids: Collection[int], logins: Collection[str]) -> set[str]:
    """Those of some logins whose remarks concern an agent's policies.

    Hers, those of who served one of the policies before her, of her managers, and of operations.
    """
    if not logins or not policy_ids:
        return set()
    sql = f"""
        SELECT u.login FROM user_account u
        JOIN agent a ON a.id = ? LEFT JOIN team t ON t.id = a.team_id
        WHERE u.login IN ({dialect.marks(logins)}) AND (
            u.role NOT IN ('agent', 'manager')
            OR u.role = 'manager'
                AND (u.team_id = t.id OR u.team_id IS NULL AND u.branch_id = t.branch_id)
            OR u.role = 'agent' AND (u.agent_id = a.id OR u.agent_id IN (
                SELECT b.agent_id FROM past_agent b WHERE b.policy_id IN ({dialect.marks(policy_ids)})
            ))
        )
    """
    return {login for (login,) in database.execute(sql, [agent_id, *logins, *policy_ids])}


# ------------------------------------------------------------------------ an agent's next days


class ClientPolicy(Record, frozen=True):
    """A policy with its client."""

    client_id: int
    client_no: str
    client_name: str
    phone: str
    birthday: datetime.date | None
    agent_id: int
    product: str
    id: int
    policy_no: str
    issue_date: datetime.date
    served_from: datetime.date
    status: str
    ended_on: datetime.date | None
    delivered_on: datetime.date | None
    left_out_times: int
    deceased_on: datetime.date | None
    death_asked_on: datetime.date | None
    bereaved_until: datetime.date | None


_OF_CLIENTS = "p.client_id IN (SELECT client_id FROM policy WHERE agent_id = ?)"


def policies_of_clients(agent_id: int) -> list[ClientPolicy]:
    """All policies of the clients of an agent, whoever serves them; client by client."""
    sql = f"""
        SELECT c.id, c.client_no, c.name, c.phone, c.birthday, p.agent_id, p.product, p.id,
               p.policy_no, p.issue_date, p.served_from, p.status, p.ended_on, p.delivered_on,
               p.left_out_times,
               c.deceased_on, c.death_asked_on, c.bereaved_until
        FROM policy p JOIN client c ON c.id = p.client_id
        WHERE {_OF_CLIENTS} ORDER BY p.client_id, p.issue_date, p.id
    """
    return records.listed(ClientPolicy, sql, [agent_id])


class PolicyDay(Record, frozen=True):
    """A day of a policy from which a touchpoint is counted."""

    client_id: int
    policy_id: int
    day: datetime.date
    amount: int
    """Of the instalment that is due on it; 0 where none is."""


def unpaid_due_dates(agent_id: int, days: Collection[datetime.date]) -> list[PolicyDay]:
    """Those of some days on which the clients of an agent owe an instalment."""
    is_owed = f"x.paid_on IS NULL AND {inforce.asked_for('p', 'x')}"
    return _days("premium", "due_date", "x.amount", is_owed, agent_id, days)


def reassigned_days(agent_id: int, days: Collection[datetime.date]) -> list[PolicyDay]:
    """Those of some days on which a policy of the clients of an agent went to another agent."""
    return _days("handing", "handed_on", "0", "TRUE", agent_id, days)


def _days(
    table: str,
    column: str,
    amount: str,
    condition: str,
    agent_id: int,
    days: Collection[datetime.date],
) -> list[PolicyDay]:
    if not days:
        return []
    sql = f"""
        SELECT p.client_id, x.policy_id, x.{column}, {amount}
        FROM policy p JOIN {table} x ON x.policy_id = p.id
        WHERE {_OF_CLIENTS} AND x.{column} BETWEEN '{min(days)}' AND '{max(days)}' AND {condition}
    """
    return [each for each in records.listed(PolicyDay, sql, [agent_id]) if each.day in days]


class Recorded(Record, frozen=True):
    """A touchpoint that the clients or their policies have had, or have."""

    client_id: int
    policy_no: str
    """Empty in the scope of the client."""
    key: str
    occurrence: str


def recorded_for(client_ids: Collection[int]) -> set[Recorded]:
    """The touchpoints that were recorded for some clients."""
    sql = f"""
        SELECT t.client_id, CASE WHEN t.scope = 'policy' THEN p.policy_no ELSE '' END,
               t.key, t.occurrence
        FROM touchpoint t JOIN policy p ON p.id = t.policy_id
        WHERE t.client_id IN ({dialect.marks(client_ids)}) AND NOT t.released
    """
    return set(records.listed(Recorded, sql, list(client_ids)))
