"""Taking back what is no longer owed, and closing what nobody did in time.

Looks at what is open only: queued messages and open tasks, never at the book.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from policies import database, models, timeline
from policies.plan import Plan
from servicing.core import trail
from servicing.core.context import owed_sql
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
    return f"t.key IN ({_quoted(keys or [''])})"


def _orphaned(on: datetime.date) -> str:
    """A touchpoint `t` is a client's, and its policy `p` is owed nothing of his any more."""
    return f"t.scope = 'client' AND NOT (p.client_id = t.client_id AND {owed_sql('p', on)})"


def _carriers(on: datetime.date) -> str:
    """The policies of the client of a touchpoint `t` that may carry it, the next one first."""
    return f"""
        SELECT q.id FROM policy q WHERE q.client_id = t.client_id AND {owed_sql("q", on)}
        ORDER BY q.issue_date, q.id LIMIT 1
    """


def _hand_on(on: datetime.date, now: datetime.datetime, which: str) -> int:
    """What is owed to a client outlives the policy that carries it: the next one carries it on.

    `which`: a condition on the touchpoint `t`.
    """
    sql = f"""
        SELECT t.id, t.client_id, t.policy_id, ({_carriers(on)})
        FROM touchpoint t JOIN policy p ON p.id = t.policy_id
        WHERE {which} AND {_orphaned(on)} ORDER BY t.id
    """
    rows = [row for row in database.execute(sql).fetchall() if row[3] is not None]
    for table, key in (
        ("touchpoint", "id"),
        ("message", "touchpoint_id"),
        ("task", "touchpoint_id"),
    ):
        database.execute_many(
            f"UPDATE {table} SET policy_id = ? WHERE {key} = ?", [(row[3], row[0]) for row in rows]
        )
    told = trail.reasoned(reason=Reason.CARRIED_ON.value)
    trail.write([(row[1], row[3], row[0], "touchpoint.changed", told) for row in rows], now)
    return len(rows)


def _cancel(
    table: str,
    model: type[Message] | type[Task],
    state: str,
    plan: Plan,
    on: datetime.date,
    now: datetime.datetime,
) -> int:
    """One statement finds the rows and says why each is owed no more."""
    rows = list(_no_longer_owed(table, state, plan, on))
    database.update_rows(
        model, ("state", "reason"), [("cancelled", each[-1], each[0]) for each in rows]
    )
    kind = f"{table}.cancelled"
    trail.write([(*each[1:4], kind, trail.reasoned(reason=each[-1])) for each in rows], now)
    return len(rows)


def _no_longer_owed(
    table: str, state: str, plan: Plan, on: datetime.date
) -> Iterator[tuple[int, int, int, int, str]]:
    """What `permission.no_longer_owed` says, set-wise.

    Left out is what another policy of the client may carry: an import that has ended its policy since
    it was looked for leaves it to the next sweep to hand it on.
    """
    in_plan = _quoted(each.id for each in plan.touchpoints)
    reminders = [each.id for each in plan.touchpoints if each.anchor == "premium_due"] or [""]
    keys = _quoted(reminders)
    paid = f"t.key IN ({keys}) AND i.paid_on <= '{on}'"
    paused = (
        f"p.status IN ({_quoted(timeline.PAUSED_REMINDERS)})"
        f" OR (p.status IN ({_quoted(timeline.PAUSED)}) AND t.key NOT IN ({keys}))"
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
        ORDER BY +x.id {database.for_update_of("x")}
    """
    return iter(database.execute(sql).fetchall())


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


def _close(on: datetime.date, now: datetime.datetime) -> int:
    """Open tasks whose last worthwhile day has passed are missed."""
    sql = (
        "SELECT id, client_id, policy_id, touchpoint_id FROM task"
        f" WHERE state = 'open' AND closes_on < '{on}' ORDER BY +id {database.for_update_of('task')}"
    )
    rows = database.execute(sql).fetchall()
    ended = [("missed", Reason.LATE.value, models.utc(now), row_id) for row_id, *_ in rows]
    database.update_rows(Task, ("state", "reason", "ended_at"), ended)
    told = trail.reasoned(reason=Reason.LATE.value)
    trail.write(
        (
            ((client, policy, touchpoint, "task.missed", told))
            for _, client, policy, touchpoint in rows
        ),
        now,
    )
    return len(rows)
