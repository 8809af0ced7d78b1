"""Taking back what is no longer owed, and closing what nobody did in time.

Looks at what is open only: queued messages and open tasks, never at the book.
"""

import datetime
from collections import Counter
from collections.abc import Sequence

from policies import database, dialect, inforce, models, records, status
from policies.plan import Plan
from policies.records import Record
from servicing.core import trail
from servicing.core.models import Message, Task
from servicing.core.reasons import Reason


def sweep(plan: Plan, on: datetime.date, now: datetime.datetime) -> Counter[str]:
    """Cancel what is owed no more, mark tasks past their window as missed; answers with counts.

    Called before each walk and dispatch and after each import, so a death or a payment that the
    book learns of stops what was to go out (domain.md §4.9).
    """
    with database.explained(), database.exclusive("sweep"):
        return Counter(
            {
                "touchpoints handed on": _hand_on(
                    on, now, f"t.id IN ({_WAITING}) AND {_may_be_carried_on(plan)}"
                ),
                "messages cancelled": _cancel("message", Message, "queued", plan, on, now),
                "tasks cancelled": _cancel("task", Task, "open", plan, on, now),
                "tasks missed": _close(on, now),
            }
        )


def carry_on(touchpoint_ids: Sequence[int], on: datetime.date, now: datetime.datetime) -> int:
    """Hand on some touchpoints whose policy has ended since the last sweep, where another can carry.

    Answers with how many were handed on.
    """
    with database.exclusive("sweep"):
        return _hand_on(on, now, f"t.id IN ({', '.join(map(str, touchpoint_ids))})")


_WAITING = (
    "SELECT touchpoint_id FROM message WHERE state = 'queued'"
    " UNION SELECT touchpoint_id FROM task WHERE state = 'open'"
)


def _may_be_carried_on(plan: Plan) -> str:
    """`permission.may_be_carried_on` of a touchpoint `t`: an introduction is another agent's."""
    keys = [each.id for each in plan.touchpoints if each.anchor != "handover"]
    return f"t.key IN ({dialect.quoted(keys)})"


def _orphaned(on: datetime.date) -> str:
    """A touchpoint `t` is a client's, and its policy `p` is owed nothing of his any more."""
    return f"t.scope = 'client' AND NOT (p.client_id = t.client_id AND {inforce.owed('p', on)})"


def _carriers(on: datetime.date) -> str:
    """The policies of the client of a touchpoint `t` that may carry it, the next one first."""
    return f"""
        SELECT q.id FROM policy q WHERE q.client_id = t.client_id AND {inforce.owed("q", on)}
        ORDER BY q.issue_date, q.id LIMIT 1
    """


def _hand_on(on: datetime.date, now: datetime.datetime, which: str) -> int:
    """What is owed to a client outlives the policy that carries it: the next one carries it on.

    `which`: a condition on the touchpoint `t`.
    """
    sql = f"""
        SELECT t.id, t.client_id, ({_carriers(on)})
        FROM touchpoint t JOIN policy p ON p.id = t.policy_id
        WHERE {which} AND {_orphaned(on)} ORDER BY t.id
    """
    rows = [each for each in records.listed(_Orphaned, sql) if each.carrier_id is not None]
    moved = [(each.carrier_id, each.touchpoint_id) for each in rows]
    for table, key in _CARRIED:
        database.execute_many(f"UPDATE {table} SET policy_id = ? WHERE {key} = ?", moved)
    trail.write(map(_carried_entry, rows), now)
    return len(rows)


_CARRIED = (("touchpoint", "id"), ("message", "touchpoint_id"), ("task", "touchpoint_id"))
"""What goes to another policy with a touchpoint, and the column that names the touchpoint."""


class _Orphaned(Record, frozen=True):
    """A touchpoint whose policy has ended, and the policy that may carry it on."""

    touchpoint_id: int
    client_id: int
    carrier_id: int | None


def _carried_entry(each: _Orphaned) -> trail.Entry:
    told = trail.reasoned(reason=Reason.CARRIED_ON.value)
    kind = "touchpoint.changed"
    return trail.Entry(each.client_id, each.carrier_id, each.touchpoint_id, kind, told)


def _cancel(
    table: str,
    model: type[Message] | type[Task],
    state: str,
    plan: Plan,
    on: datetime.date,
    now: datetime.datetime,
) -> int:
    """One statement finds the rows and says why each is owed no more."""
    rows = _no_longer_owed(table, state, plan, on)
    database.update_rows(
        model, ("state", "reason"), [("cancelled", each.reason, each.id) for each in rows]
    )
    trail.write((each.entry(f"{table}.cancelled") for each in rows), now)
    return len(rows)


class _Ending(Record, frozen=True):
    """A message or task that ends, and why."""

    id: int
    client_id: int
    policy_id: int
    touchpoint_id: int
    reason: str

    def entry(self, kind: str) -> trail.Entry:
        """Its line on the card."""
        told = trail.reasoned(reason=self.reason)
        return trail.Entry(self.client_id, self.policy_id, self.touchpoint_id, kind, told)


def _no_longer_owed(table: str, state: str, plan: Plan, on: datetime.date) -> list[_Ending]:
    """What `permission.no_longer_owed` says, set-wise.

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
    return records.listed(_Ending, sql)


def _close(on: datetime.date, now: datetime.datetime) -> int:
    """Open tasks whose last worthwhile day has passed are missed."""
    sql = (
        f"SELECT id, client_id, policy_id, touchpoint_id, '{Reason.LATE}' FROM task"
        f" WHERE state = 'open' AND closes_on < '{on}' ORDER BY +id {dialect.for_update_of('task')}"
    )
    rows = records.listed(_Ending, sql)
    ended = [("missed", each.reason, models.utc(now), each.id) for each in rows]
    database.update_rows(Task, ("state", "reason", "ended_at"), ended)
    trail.write((each.entry("task.missed") for each in rows), now)
    return len(rows)
