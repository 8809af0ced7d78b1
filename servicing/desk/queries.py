"""The statements of the agent's desk: tasks, clients and their policies, recorded touchpoints."""

import datetime
import json
from collections.abc import Collection, Iterator
from typing import NamedTuple

from policies import dialect, inforce, models, records
from policies.records import Record
from servicing.core import trail, whose
from servicing.core.context import COMPLAINS, TIER, other_until
from servicing.core.reasons import Reason

REPLY = "reply"
"""Stands where a touchpoint's key would: nothing was due, a client has written to us."""

BY_REASON = {
    Reason.CONDOLENCE: "condolence",
    Reason.CLAIM_ASKS: "claim_asks",
    Reason.MANAGER_ASKS: "manager_asks",
}
"""The same of other tasks for which nothing was due, each by the reason for which it is there."""

WITHOUT_TOUCHPOINT = [REPLY] + list(BY_REASON.values())
"""All of them."""

ABOUT = "COALESCE(t.key, CASE x.reason {} ELSE '{}' END)".format(
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
    """The client's words where a reply is what there is to do, or the manager's who has asked."""
    complains: bool
    """A complaint of the client's is open: nothing is sold to them."""
    desk: str
    """Whose task it is; empty: the agent's."""


class Whose(NamedTuple):
    """Of whom tasks are asked for; of nobody in particular: all of them, also those of desks."""

    agent_no: str = ""
    desk: str = ""

    @property
    def condition(self) -> str:
        """Of a task `x` and its policy's agent `a`; the value takes the place of the mark."""
        if self.desk:
            return "AND x.desk = ?"
        return f"AND a.agent_no = ? AND {whose.of_agent()}" if self.agent_no else ""

    @property
    def values(self) -> list[str]:
        """What the mark stands for."""
        return [each for each in (self.desk or self.agent_no,) if each]


def tasks_shown(until: datetime.date, on: datetime.date, of: Whose) -> Iterator[TaskLine]:
    """The open tasks of an agent, of a desk or of all until a day, the oldest first; overdue as of `on`.

    Read them inside a `database.snapshot`.
    """
    return records.read(TaskLine, _shown(until, on, of), of.values)


class WorkLine(TaskLine, frozen=True):
    """The same with what decides on its window, and what leads to more about its client."""

    client_id: int
    policy_id: int
    touchpoint_id: int | None
    anchor_on: datetime.date | None
    """The date that its touchpoint counts from."""


def work_of(agent_no: str, on: datetime.date) -> list[WorkLine]:
    """All open tasks of an agent, whenever they are shown; as `tasks_shown`."""
    more, of = ", x.client_id, x.policy_id, x.touchpoint_id, t.anchor_on", Whose(agent_no)
    return records.listed(WorkLine, _shown(datetime.date.max, on, of, more), of.values)


def _shown(until: datetime.date, on: datetime.date, of: Whose, more: str = "") -> str:
    # an agent's are looked up by the policies: the day's list of a whole company is long
    shown = dialect.unindexed("x.show_on") if of.agent_no else "x.show_on"
    return f"""
        SELECT x.id, x.due_on, x.show_on, x.closes_on, x.show_on < '{on}',
               {ABOUT},
               c.client_no, c.name, c.phone, p.policy_no, p.product, a.agent_no, a.name, x.note,
               {COMPLAINS}, COALESCE(x.desk, ''){more}
        FROM task x
        LEFT JOIN touchpoint t ON t.id = x.touchpoint_id
        JOIN policy p ON p.id = x.policy_id
        JOIN agent a ON a.id = p.agent_id
        JOIN client c ON c.id = x.client_id
        WHERE x.state = 'open' AND {shown} <= '{until}' {of.condition}
        ORDER BY x.show_on, c.client_no, x.id
    """


class EndedTask(Record, frozen=True):
    """A task that an agent has done or skipped."""

    id: int
    client_no: str
    client_name: str
    touchpoint: str
    policy_no: str
    state: str
    note: str
    at: records.Moment


def ended_by(agent_id: int, since: datetime.datetime) -> list[EndedTask]:
    """What an agent has done or skipped from a moment on, the last first."""
    sql = f"""
        SELECT x.id, c.client_no, c.name, {ABOUT}, p.policy_no, x.state, x.note,
               {dialect.moment("x.ended_at")}
        FROM task x LEFT JOIN touchpoint t ON t.id = x.touchpoint_id
        JOIN policy p ON p.id = x.policy_id JOIN client c ON c.id = x.client_id
        WHERE x.done_by_id = ? AND x.ended_at >= ? ORDER BY x.ended_at DESC, x.id DESC
    """
    return records.listed(EndedTask, sql, [agent_id, models.stored(since)])


class TaskEvent(Record, frozen=True):
    """A line of a card that tells what became of a task."""

    client_id: int
    touchpoint_id: int | None
    kind: str
    facts: str
    """As JSON."""
    at: records.Moment


def told_of(client_ids: Collection[int]) -> list[TaskEvent]:
    """What was recorded of some clients' tasks, and the notes on their cards, the oldest first."""
    # an index holds these lines, and is found by the same words
    kinds = ["note.written", "task.done", "task.postponed", "task.reopened", "task.skipped"]
    sql = f"""
        SELECT e.client_id, e.touchpoint_id, e.kind, e.facts, {dialect.moment("e.at")}
        FROM card_entry e
        WHERE e.client_id IN ({dialect.marks(client_ids)}) AND e.kind IN ({dialect.quoted(kinds)})
        ORDER BY e.id
    """
    return records.listed(TaskEvent, sql, list(client_ids)) if client_ids else []


def last_line_of(
    client_id: int, policy_id: int, touchpoint_id: int | None, task_id: int
) -> TaskEvent | None:
    """The last line about a task; one without a touchpoint is named by the line itself."""
    which = (
        "e.touchpoint_id = ?" if touchpoint_id else "e.touchpoint_id IS NULL AND e.policy_id = ?"
    )
    sql = f"""
        SELECT e.client_id, e.touchpoint_id, e.kind, e.facts, {dialect.moment("e.at")}
        FROM card_entry e
        WHERE e.client_id = ? AND {which} AND SUBSTR(e.kind, 1, 5) = 'task.'
        ORDER BY e.id DESC
    """
    lines = records.listed(TaskEvent, sql, [client_id, touchpoint_id or policy_id])
    told = (
        each for each in lines if touchpoint_id or json.loads(each.facts).get("task") == task_id
    )
    return next(told, None)


# ------------------------------------------------------------------------------- what is at stake


class Unpaid(Record, frozen=True):
    """An instalment that is still to be paid."""

    policy_id: int
    due_on: datetime.date
    amount: int
    """Hundredths."""
    currency: str
    product: str
    issued: datetime.date | None = None
    """Of the policy, where what the instalment earns is asked for; so is the payment term."""
    term: int | None = None


def unpaid_of(
    policy_ids: Collection[int], on: datetime.date, until: datetime.date
) -> Iterator[Unpaid]:
    """The instalments due until a day that some policies, in force on `on`, still owe; in order."""
    if not policy_ids:
        return
    sql = f"""
        SELECT x.policy_id, x.due_date, x.amount, p.currency, p.product, p.issue_date,
            p.premium_term_years
        FROM premium x JOIN policy p ON p.id = x.policy_id
        WHERE x.policy_id IN ({dialect.marks(policy_ids)}) AND x.due_date <= '{until}'
            AND {inforce.in_force("p", on)} AND {inforce.to_pay("p", "x", on)}
        ORDER BY x.policy_id, x.due_date
    """
    yield from records.listed(Unpaid, sql, list(policy_ids))


class Contact(Record, frozen=True):
    """When somebody last had a client on the telephone, met them, or wrote to them."""

    client_id: int
    at: records.Moment


def last_contacts(client_ids: Collection[int]) -> dict[int, datetime.datetime]:
    """The last moment at which an agent has done a task for each of some clients."""
    if not client_ids:
        return {}
    sql = f"""
        SELECT e.client_id, {dialect.moment("MAX(e.at)")} FROM card_entry e
        WHERE e.client_id IN ({dialect.marks(client_ids)}) AND e.kind = 'task.done'
            AND {trail.stands("e")}
        GROUP BY e.client_id
    """
    return {each.client_id: each.at for each in records.listed(Contact, sql, list(client_ids))}


class Beside(Record, frozen=True):
    """What a list says of a client beside their policies."""

    client_id: int
    contact: records.Moment | None
    """When a task for them was last done; UTC."""
    complains: bool
    """A complaint of the client's is open, under any of their numbers."""
    tier: str | None
    stage: int | None
    """As a number; None: no policy is in force."""


def beside(
    client_ids: Collection[int],
    agent_id: int | None,
    *,
    is_for_agent: bool = False,
    stage: str = "NULL",
) -> list[Beside]:
    """What a list says of some clients; with an agent, of tasks those of her policies.

    `is_for_agent`: an agent reads it, who is told of no desk's task; `stage`: as a statement has it.
    """
    if not client_ids:
        return []
    hers = "JOIN policy p ON p.id = x.policy_id AND p.agent_id = ?" if agent_id is not None else ""
    told = f"AND {whose.of_agent()}" if is_for_agent else ""
    sql = f"""
        SELECT c.id, (
            SELECT MAX({dialect.moment("x.ended_at")}) FROM task x {hers}
            WHERE x.client_id = c.id AND x.state = 'done' {told}
        ), {COMPLAINS}, {TIER}, {stage}
        FROM client c WHERE c.id IN ({dialect.marks(client_ids)})
    """
    values = [*([agent_id] if agent_id is not None else []), *client_ids]
    return records.listed(Beside, sql, values)


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
    suspended_on: datetime.date | None
    left_out_times: int
    deceased_on: datetime.date | None
    death_asked_on: datetime.date | None
    bereaved_until: datetime.date | None
    complains: bool
    """A complaint of the client's is open."""
    other_until: datetime.date | None
    """Where the policy has an end: until, but not on, which day another of the client's is served."""
    tier: str | None
    """The client's; None: nobody has scored them yet."""
    surveyed_on: datetime.date | None = None
    """Not looked up, nor are the next three: tasks are looked for here, and no survey is one."""
    surveyed_before: datetime.date | None = None
    received_on: datetime.date | None = None
    claimed_on: datetime.date | None = None


_OF_CLIENTS = "p.client_id IN (SELECT client_id FROM policy WHERE agent_id = ?)"


def policies_of_clients(agent_id: int) -> list[ClientPolicy]:
    """All policies of the clients of an agent, whoever serves them; client by client."""
    sql = f"""
        SELECT c.id, c.client_no, c.name, c.phone, c.birthday, p.agent_id, p.product, p.id,
               p.policy_no, p.issue_date, p.served_from, p.status, p.ended_on, p.delivered_on,
               p.suspended_on, p.left_out_times,
               c.deceased_on, c.death_asked_on, c.bereaved_until, {COMPLAINS}, {other_until()},
               {TIER}
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
