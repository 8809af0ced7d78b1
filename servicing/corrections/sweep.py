"""Taking back what is no longer owed, and closing what nobody did in time.

Looks at what is open only: queued messages and open tasks, never at the book.
"""

import datetime
from collections import Counter
from collections.abc import Sequence

from policies import database, models
from policies.plan import Plan
from servicing.core import touched, trail
from servicing.core.models import Message, Task
from servicing.core.reasons import Reason
from servicing.corrections import moving, queries
from servicing.corrections.queries import Ending, WithoutCarrier
from servicing.messages import still_owed


def sweep(plan: Plan, on: datetime.date, now: datetime.datetime) -> Counter[str]:
    """Cancel what is owed no more, mark tasks past their window as missed; answers with counts.

    Called before each walk and dispatch and after each import, so a death or a payment that the
    book learns of stops what was to go out (domain.md §4.9).
    """
    with database.explained(), database.exclusive("sweep"):
        if queries.is_all_owed(plan, on):
            missed = _close(on, now)
            touched.note_other_numbers(each.client_id for each in missed)
            return Counter({"tasks missed": len(missed)})
        followed = moving.follow(now)
        carried = _hand_on(plan, on, now, queries.WAITS)
        messages = _cancel("message", Message, "queued", plan, on, now)
        tasks = _cancel("task", Task, "open", plan, on, now)
        ended, missed = [*messages, *tasks], _close(on, now)
        touched.note_other_numbers(each.client_id for each in ended + missed)
        fell = (each.touchpoint_id for each in ended if each.reason in RELEASING)
        release(each for each in fell if each is not None)
        theirs = {each.client_id for each in ended if each.reason in still_owed.OF_ITS_POLICY}
        release(queries.without_carrier(plan, theirs))
        return Counter(
            {
                "touchpoints handed on": carried + followed,
                "messages cancelled": len(messages),
                "tasks cancelled": len(tasks),
                "tasks missed": len(missed),
            }
        )


RELEASING = queries.RELEASING
release = queries.release


def carry_on(
    plan: Plan, touchpoint_ids: Sequence[int], on: datetime.date, now: datetime.datetime
) -> int:
    """Hand on some touchpoints whose policy has ended since the last sweep, where another can carry.

    Answers with how many were handed on.
    """
    with database.exclusive("sweep"):
        return _hand_on(plan, on, now, f"t.id IN ({', '.join(map(str, touchpoint_ids))})")


def _hand_on(plan: Plan, on: datetime.date, now: datetime.datetime, which: str) -> int:
    """A client's touchpoint outlives the policy that carries it: the next one carries it on.

    `which`: a condition on the touchpoint `t`.
    """
    rows = [each for each in queries.orphaned(plan, on, which) if each.carrier_id is not None]
    queries.give_to_carriers(rows)
    trail.write(map(_carried_entry, rows), now)
    return len(rows)


def _carried_entry(each: WithoutCarrier) -> trail.Entry:
    facts = trail.reasoned(reason=Reason.CARRIED_ON.value)
    kind = "touchpoint.changed"
    return trail.Entry(each.client_id, each.carrier_id, each.touchpoint_id, kind, facts)


def _cancel(
    table: str,
    model: type[Message] | type[Task],
    state: str,
    plan: Plan,
    on: datetime.date,
    now: datetime.datetime,
) -> list[Ending]:
    """One statement finds the rows and says why each is owed no more."""
    rows = queries.no_longer_owed(table, state, plan, on)
    database.update_rows(
        model, ("state", "reason"), [("cancelled", each.reason, each.id) for each in rows]
    )
    trail.write((_entry(each, f"{table}.cancelled") for each in rows), now)
    return rows


def _entry(each: Ending, kind: str) -> trail.Entry:
    facts = trail.reasoned(reason=each.reason)
    if each.reason in RELEASING and each.anchor_on:
        facts = trail.facts(reason=each.reason, counted_from=each.anchor_on.isoformat())
    return trail.Entry(each.client_id, each.policy_id, each.touchpoint_id, kind, facts)


def _close(on: datetime.date, now: datetime.datetime) -> list[Ending]:
    """Open tasks whose last worthwhile day has passed are missed."""
    rows = queries.too_late(on)
    ended = [("missed", each.reason, models.utc(now), each.id) for each in rows]
    database.update_rows(Task, ("state", "reason", "ended_at"), ended)
    trail.write((_entry(each, "task.missed") for each in rows), now)
    return rows
