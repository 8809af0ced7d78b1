"""The walk's and the sweep's questions to the database, a function each."""

import datetime
from collections.abc import Collection, Iterable, Iterator

from policies import database, dialect, inforce, records, status
from policies.plan import Plan
from policies.records import Record
from servicing.core.models import LIVE
from servicing.core.reasons import Reason
from servicing.schedule.handoff import Waiting

# ------------------------------------------------------------------------- what a walk has recorded


class FoundTouchpoint(Record, frozen=True):
    """A touchpoint that a walk has recorded."""

    branch_id: int
    client_id: int
    touchpoint_id: int
    key: str


def found_by_branch(mark: int) -> Iterator[FoundTouchpoint]:
    """In order; a client who is served by several branches goes with the first of them."""
    return records.read(
        FoundTouchpoint,
        """
        SELECT MIN(COALESCE(b.branch_id, 0)) OVER (PARTITION BY t.client_id) AS branch,
               t.client_id, t.id, t.key
        FROM touchpoint t
        JOIN policy p ON p.id = t.policy_id
        JOIN agent a ON a.id = p.agent_id
        LEFT JOIN team b ON b.id = a.team_id
        WHERE t.id > ?
        ORDER BY branch, t.client_id
        """,
        [mark],
    )


def not_made(touchpoints: list[int]) -> list[int]:
    """Those of which nothing was made, neither a message nor a task."""
    nothing = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {table} x WHERE x.touchpoint_id = t.id)"
        for table in ("message", "task")
    )
    marks = dialect.marks(touchpoints)
    sql = f"SELECT t.id FROM touchpoint t WHERE t.id IN ({marks}) AND {nothing}"
    return [number for (number,) in database.execute(sql, touchpoints)]


# ------------------------------------------------------------------------------ what is there already


def waiting(touchpoints: Iterable[int]) -> Iterator[Waiting]:
    """The queued messages of touchpoints, by provider and moment."""
    for some in database.chunks(touchpoints):
        sql = (
            f"SELECT provider, {dialect.moment('send_from')}, id FROM message"
            f" WHERE state = 'queued' AND touchpoint_id IN ({dialect.marks(some)})"
            " ORDER BY provider, send_from, id"
        )
        yield from records.listed(Waiting, sql, some)


class BookedMessage(Record, frozen=True):
    """A marketing message that a client has had, or is to have."""

    client_id: int
    planned_on: datetime.date


def marketing_days(
    clients: Collection[int], since: datetime.date
) -> dict[int, list[datetime.date]]:
    """By client, by id: the days since then of the marketing messages, those to come included."""
    found: dict[int, list[datetime.date]] = {}
    for some in database.chunks(clients):
        sql = (
            "SELECT client_id, planned_on FROM message"
            f" WHERE message_class = 'marketing' AND client_id IN ({dialect.marks(some)})"
            f" AND planned_on >= '{since}' AND state IN ({dialect.quoted(LIVE)})"
        )
        for each in records.listed(BookedMessage, sql, some):
            found.setdefault(each.client_id, []).append(each.planned_on)
    return found


class AgentTasks(Record, frozen=True):
    """The open tasks of an agent that are shown from a day on."""

    agent_id: int
    show_on: datetime.date
    tasks: int


def open_tasks(agents: Iterable[int], since: datetime.date) -> Iterator[AgentTasks]:
    """The open tasks of agents by the day that shows them, from `since` on."""
    for some in database.chunks(agents):
        sql = (
            "SELECT p.agent_id, x.show_on, COUNT(*) FROM policy p"
            " JOIN task x ON x.policy_id = p.id AND x.state = 'open'"
            f" WHERE p.agent_id IN ({dialect.marks(some)})"
            f" AND x.show_on >= '{since}' GROUP BY p.agent_id, x.show_on"
        )
        yield from records.listed(AgentTasks, sql, some)


class AgentNumber(Record, frozen=True):
    """An agent by id and number."""

    id: int
    agent_no: str


def agents(agent_nos: Iterable[str]) -> Iterator[AgentNumber]:
    """The agents with these numbers."""
    for some in database.chunks(agent_nos):
        sql = f"SELECT id, agent_no FROM agent WHERE agent_no IN ({dialect.marks(some)})"
        yield from records.listed(AgentNumber, sql, some)


# --------------------------------------------------------------------------- what is owed no longer


_WAITING = (
    "SELECT touchpoint_id FROM message WHERE state = 'queued'"
    " UNION SELECT touchpoint_id FROM task WHERE state = 'open'"
)


def _may_be_carried_on(plan: Plan) -> str:
    """`permission.may_be_carried_on` of a touchpoint `t`: an introduction is another agent's."""
    keys = [each.id for each in plan.touchpoints if each.anchor != "handover"]
    return f"t.key IN ({dialect.quoted(keys)})"


def _orphaned(on: datetime.date) -> str:
    """A touchpoint `t` is a client's, and its policy `p` is owed none of their service any more."""
    return f"t.scope = 'client' AND NOT (p.client_id = t.client_id AND {inforce.owed('p', on)})"


def _carriers(on: datetime.date) -> str:
    """The policies of the client of a touchpoint `t` that may carry it, the next one first."""
    return f"""
        SELECT q.id FROM policy q WHERE q.client_id = t.client_id AND {inforce.owed("q", on)}
        ORDER BY q.issue_date, q.id LIMIT 1
    """


def waits_and_may_be_carried_on(plan: Plan) -> str:
    """A condition: a touchpoint `t` has something open, and another policy may carry it."""
    return f"t.id IN ({_WAITING}) AND {_may_be_carried_on(plan)}"


class WithoutCarrier(Record, frozen=True):
    """A touchpoint whose policy has ended, and the policy that may carry it on."""

    touchpoint_id: int
    client_id: int
    carrier_id: int | None


def orphaned(on: datetime.date, which: str) -> list[WithoutCarrier]:
    """Touchpoints whose policy is owed nothing more, each with the policy that may carry it on.

    `which`: a condition on the touchpoint `t`.
    """
    sql = f"""
        SELECT t.id, t.client_id, ({_carriers(on)})
        FROM touchpoint t JOIN policy p ON p.id = t.policy_id
        WHERE {which} AND {_orphaned(on)} ORDER BY t.id
    """
    return records.listed(WithoutCarrier, sql)


def give_to_carriers(rows: Iterable[WithoutCarrier]) -> None:
    """Give the touchpoints, with their messages and tasks, to the policies that carry them on."""
    moved = [(each.carrier_id, each.touchpoint_id) for each in rows]
    for table, key in _CARRIED:
        database.execute_many(f"UPDATE {table} SET policy_id = ? WHERE {key} = ?", moved)


_CARRIED = (("touchpoint", "id"), ("message", "touchpoint_id"), ("task", "touchpoint_id"))
"""What goes to another policy with a touchpoint, and the column that names the touchpoint."""


class Ending(Record, frozen=True):
    """A message or task that ends, and why."""

    id: int
    client_id: int
    policy_id: int
    touchpoint_id: int
    reason: str


def no_longer_owed(table: str, state: str, plan: Plan, on: datetime.date) -> list[Ending]:
    """`permission.no_longer_owed`, for all open rows of a table at once.

    Left out is what another policy of the client may carry: an import that has ended its policy since
    it was looked for leaves it to the next sweep to hand it on.
    """
    in_plan = dialect.quoted(each.id for each in plan.touchpoints)
    reminders = [each.id for each in plan.touchpoints if each.anchor == "premium_due"]
    keys = dialect.quoted(reminders)
    paid = f"t.key IN ({keys}) AND i.paid_on <= '{on}'"
    paused = (
        f"p.status IN ({dialect.quoted(status.PAUSED_REMINDERS)})"
        f" OR (p.status IN ({dialect.quoted(status.PAUSED)}) AND t.key NOT IN ({keys}))"
    )
    carried = f"{_may_be_carried_on(plan)} AND {_orphaned(on)} AND EXISTS ({_carriers(on)})"
    # the plus keeps SQLite from reading the whole table because it is in this order already
    sql = f"""
        SELECT x.id, x.client_id, x.policy_id, x.touchpoint_id,
               CASE WHEN t.key NOT IN ({in_plan}) THEN '{Reason.NOT_IN_PLAN}'
                    WHEN p.client_id <> x.client_id THEN '{Reason.MOVED}'
                    WHEN p.ended_on <= '{on}' THEN '{Reason.ENDED}'
                    WHEN {paused} THEN '{Reason.PAUSED}' ELSE '{Reason.PAID}' END
        FROM {table} x
        JOIN touchpoint t ON t.id = x.touchpoint_id
        JOIN policy p ON p.id = x.policy_id
        LEFT JOIN premium i ON i.policy_id = x.policy_id AND i.due_date = t.anchor_on
        WHERE x.state = '{state}'
          AND (t.key NOT IN ({in_plan}) OR p.client_id <> x.client_id
               OR p.ended_on <= '{on}' OR {paused} OR ({paid}))
          AND NOT ({carried})
        ORDER BY +x.id {dialect.for_update_of("x")}
    """
    return records.listed(Ending, sql)


def too_late(on: datetime.date) -> list[Ending]:
    """The open tasks whose last worthwhile day has passed."""
    sql = (
        f"SELECT id, client_id, policy_id, touchpoint_id, '{Reason.LATE}' FROM task"
        f" WHERE state = 'open' AND closes_on < '{on}' ORDER BY +id {dialect.for_update_of('task')}"
    )
    return records.listed(Ending, sql)
