"""Questions about the tasks of desks, a function each."""

import datetime
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from policies import database, dialect, models, records
from policies.desks import DESKS, Desk
from policies.records import Moment, Record
from servicing.core.context import COMPLAINS, NUMBERS
from servicing.desk.queries import ABOUT

View = Literal["due", "later"]


class Reader(NamedTuple):
    """Who reads: what is kept from them is not there."""

    agent_id: int | None = None
    """The agent who they are, to whom tasks for their own clients are not shown; None: no agent."""
    of_agents: Sequence[int] | None = None
    """Only what concerns policies of these agents; None: whatever the desk has."""


class DeskTask(Record, frozen=True):
    """A task of a desk with its client, its policy and the agent whom it may be about."""

    id: int
    desk: Desk
    touchpoint: str
    state: str
    due_on: datetime.date
    show_on: datetime.date
    closes_on: datetime.date
    anchor_on: datetime.date | None
    client_id: int
    client_no: str
    client_name: str
    phone: str
    policy_no: str
    product: str
    agent_no: str
    agent_name: str
    complains: bool
    """A complaint of the client's is open: nothing is sold to them."""
    note: str
    ended_at: Moment | None
    done_by_login: str


def _tasks(condition: str, reader: Reader, order: str) -> tuple[str, list[Any]]:
    kept, values = _not_kept(reader)
    sql = f"""
        SELECT x.id, x.desk, {ABOUT}, x.state, x.due_on, x.show_on, x.closes_on, t.anchor_on, c.id,
            c.client_no, c.name, c.phone, p.policy_no, p.product, a.agent_no, a.name, {COMPLAINS},
            x.note, {dialect.moment("x.ended_at")}, COALESCE(x.done_by_login, '')
        FROM task x CROSS JOIN policy p CROSS JOIN agent a CROSS JOIN client c
        LEFT JOIN touchpoint t ON t.id = x.touchpoint_id
        WHERE p.id = x.policy_id AND a.id = p.agent_id AND c.id = x.client_id
            AND x.desk IS NOT NULL AND {condition} {kept}
        {order}
    """
    return sql, values


def _not_kept(reader: Reader) -> tuple[str, list[Any]]:
    """That a task `x` of a policy `p` and a client `c` is none that the reader is not shown."""
    parts, values = [], list[Any]()
    if reader.agent_id is not None:
        # most of what is kept is of policies that they serve: of these nothing else is asked
        parts.append(f"p.agent_id <> ? AND NOT ({serves('?', '?')})")
        values += [reader.agent_id] * 3
    if reader.of_agents is not None:
        theirs, whose = dialect.among("p.agent_id", sorted(reader.of_agents))
        parts.append(theirs)
        values += whose
    return "".join(f" AND {each}" for each in parts), values


def serves(agent: str, once: str) -> str:
    """Whether an agent serves a client `c`, or has served them, under any of their numbers.

    `agent` and `once`: the agent by id, as it stands in the two places of the statement.
    """
    held = f"SELECT q.id FROM policy q WHERE q.client_id IN ({NUMBERS})"
    return f"""EXISTS ({held} AND q.agent_id = {agent})
        OR EXISTS (SELECT 1 FROM past_agent b WHERE b.policy_id IN ({held}) AND b.agent_id = {once})"""


def listed(
    desk: Desk, view: View, on: datetime.date, reader: Reader, most: int, skipped: int = 0
) -> list[DeskTask]:
    """The open tasks of a desk that are on its list on a day, or will be later, the oldest first."""
    days = "x.show_on <= ?" if view == "due" else "x.show_on > ?"
    is_there = f"x.state = 'open' AND x.desk = ? AND {days}"
    sql, values = _tasks(is_there, reader, "ORDER BY x.show_on, x.id LIMIT ? OFFSET ?")
    return records.listed(DeskTask, sql, [desk, on.isoformat(), *values, most, skipped])


def of_number(task_id: int, reader: Reader) -> DeskTask | None:
    """A desk's task; None: there is none of that number, or it is kept from the reader."""
    sql, values = _tasks("x.id = ?", reader, "")
    return records.first(DeskTask, sql, [task_id, *values])


def ended_by(login: str, since: datetime.datetime, reader: Reader) -> list[DeskTask]:
    """What somebody has recorded of desks' tasks from a moment on, the last first."""
    condition = "x.done_by_login = ? AND x.ended_at >= ?"
    sql, values = _tasks(condition, reader, "ORDER BY x.ended_at DESC, x.id DESC")
    return records.listed(DeskTask, sql, [login, models.stored(since), *values])


class Standing(Record, frozen=True):
    """How many tasks stand on the list of a desk."""

    desk: Desk
    tasks: int


_MAY_COME_IN = """u.id = m.user_id AND NOT u.is_disabled
    AND NOT EXISTS (SELECT 1 FROM agent g WHERE g.id = u.agent_id AND g.left_on <= ?)"""
"""That an account `u` of a member `m` of a desk is open on a day."""


def for_nobody(on: datetime.date) -> list[Standing]:
    """By desk the tasks on its list of a day that no member may record: it has none, or all serve them.

    Where a member is no agent, nothing is kept from all of them, and no task is looked at.
    """
    at = on.isoformat()
    has_free = f"""SELECT 1 FROM desk_member m CROSS JOIN user_account u
        WHERE m.desk = {{desk}} AND {_MAY_COME_IN} AND u.agent_id IS NULL"""
    may = f"""SELECT 1 FROM desk_member m CROSS JOIN user_account u CROSS JOIN client c
        WHERE m.desk = x.desk AND {_MAY_COME_IN} AND c.id = x.client_id
            AND NOT ({serves("u.agent_id", "u.agent_id")})"""
    found = []
    for desk in _desks_with_tasks(on):
        is_free = database.value(f"SELECT EXISTS ({has_free.format(desk='?')})", [desk, at])
        if not is_free:
            sql = f"""SELECT x.desk, COUNT(*) FROM task x WHERE x.state = 'open' AND x.desk = ?
                AND x.desk IS NOT NULL AND x.show_on <= ? AND NOT EXISTS ({may}) GROUP BY x.desk"""
            found += records.listed(Standing, sql, [desk, at, at])
    return found


def _desks_with_tasks(on: datetime.date) -> list[Desk]:
    sql = """SELECT EXISTS (SELECT 1 FROM task x WHERE x.state = 'open' AND x.desk = ?
        AND x.desk IS NOT NULL AND x.show_on <= ?)"""
    return [each for each in DESKS if database.value(sql, [each, on.isoformat()])]
