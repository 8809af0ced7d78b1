"""The grounds on which a walk found a touchpoint of a policy on a day, or did not, step by step.

What decides is asked (`timeline`), not imitated. A past day is judged by what the book knew when that
day was walked: `hindsight` undoes what has changed since (docs/architecture.md, idea 4).
"""

import datetime
from collections.abc import Iterator

from policies import clients, dates, inforce, timeline
from policies.models import BookImport, Client, Policy
from policies.plan import Touchpoint as Planned
from policies.timeline import ClientDates, Due, PolicyDates
from servicing.core.models import Touchpoint, WalkedDay
from servicing.explain import hindsight
from servicing.explain.chain import Link
from servicing.schedule.materialize import Walker

AROUND = datetime.timedelta(days=400)
"""How far before and after a day the same touchpoint is looked for, to say when it is due."""


def known_of(client: Client) -> ClientDates:
    """What the book knows of the client today."""
    stored = Policy.select().where(Policy.client == client).order_by(Policy.id)
    return clients.dates_of(client, list(stored))


def steps(
    walker: Walker,
    policy: Policy,
    key: str,
    planned: Planned | None,
    rows: list[Touchpoint],
    day: datetime.date,
    today: datetime.date,
) -> Iterator[Link]:
    """The steps of the walk for a day; `rows` are what was recorded of the touchpoint."""
    if planned is None:
        yield Link("not_in_plan", False, {"plan": walker.plan.name})
        return
    told = {"touchpoint": key, "kind": planned.kind, "message_class": planned.message_class}
    yield Link("in_plan", True, {**told, "scope": planned.scope, "plan": walker.plan.name})
    walked = WalkedDay.get_or_none(WalkedDay.day == day)
    later = hindsight.since(policy.client, walked.walked_at) if walked else []
    client = hindsight.holder(policy, later)
    known = known_of(client)
    if walked and client != policy.client:
        known = _with(client, policy)
        later += hindsight.since(client, walked.walked_at)
    known = hindsight.client_dates(known, later)
    own = next(each for each in known.policies if each.id == policy.id)
    yield from _of_the_plan(walker, planned, known, own, day)
    yield from _of_the_policy(planned, own, day)
    if planned.scope == "client":
        yield _of_the_client(walker, planned, known, own, day)
        rows = [row for row in rows if row.client_id == client.id]
    else:
        rows = [row for row in rows if row.policy_id == policy.id]
    yield from _of_the_period(walker, planned, known, own, rows, day)
    yield _of_the_walk(policy, walked, day, today)


def _with(client: Client, policy: Policy) -> ClientDates:
    """What the book knows of an earlier client, with the policy that was theirs."""
    stored = Policy.select().where((Policy.client == client) | (Policy.id == policy.id))
    return clients.dates_of(client, list(stored.order_by(Policy.id)))


def _of_the_plan(
    walker: Walker, planned: Planned, known: ClientDates, own: PolicyDates, day: datetime.date
) -> Iterator[Link]:
    """Whether the plan names that day, counted from which date by which rule (domain.md §4.2)."""
    anchors = timeline.anchors(planned, known, own)
    if not anchors:
        yield Link("no_anchor", False, {"anchor": planned.anchor})
        return
    around = list(timeline.named(planned, walker.calendar, known, own, day - AROUND, day + AROUND))
    here = [(due, paid_on) for due, paid_on in around if due.due_on == day]
    if not here:
        dues = around or _ever(walker, planned, known, own, day)
        before = [due.due_on for due, _ in dues if due.due_on < day]
        after = [due.due_on for due, _ in dues if due.due_on > day]
        last, following = max(before, default=None), min(after, default=None)
        yield Link("not_that_day", False, {"last": last, "next": following})
        return
    due, paid_on = next((each for each in here if not _is_paid(*each)), here[0])
    yield _counted(due, planned)
    if due.task_on and due.task_on != nominal_of(due):
        yield Link("moved_to_working_day", True, {"from": nominal_of(due), "to": due.task_on})
    if due.task_on and due.touchpoint.level:
        window = datetime.timedelta(days=due.touchpoint.task_window_days)
        yield Link("levels", True, {"from": due.task_on, "until": due.task_on + window})
    if _is_paid(due, paid_on):
        yield Link("premium_was_paid", False, {"paid_on": paid_on})


def _ever(
    walker: Walker, planned: Planned, known: ClientDates, own: PolicyDates, day: datetime.date
) -> list[tuple[Due, datetime.date | None]]:
    """What the plan names in the policy's whole life, for a day that is far from all of it."""
    start, end = min(own.issue_date, day) - AROUND, max(own.issue_date, day) + AROUND
    return list(timeline.named(planned, walker.calendar, known, own, start, end))


def _is_paid(due: Due, paid_on: datetime.date | None) -> bool:
    return paid_on is not None and paid_on <= due.due_on


def nominal_of(due: Due) -> datetime.date:
    """Anchor + offset, before a task is moved to a working day."""
    if due.step.days is not None:
        return due.anchor_on + datetime.timedelta(days=due.step.days)
    months = dates.month_index(due.due_on) - dates.month_index(due.anchor_on)
    counts = due.step.month_counts()
    found = [dates.months_after(due.anchor_on, n) for n in (months - 1, months) if n in counts]
    return max((each for each in found if each <= due.due_on), default=due.due_on)


def _counted(due: Due, planned: Planned) -> Link:
    nominal = nominal_of(due)
    told = {"anchor": planned.anchor, "anchor_on": due.anchor_on, "due_on": nominal}
    if due.step.days is not None:
        return Link("counted_in_days", True, {**told, "days": due.step.days})
    months = dates.month_index(nominal) - dates.month_index(due.anchor_on)
    code = "counted_to_month_end" if nominal.day < due.anchor_on.day else "counted_in_months"
    return Link(code, True, {**told, "months": months})


def _of_the_policy(planned: Planned, own: PolicyDates, day: datetime.date) -> Iterator[Link]:
    """`inforce.is_owed`, one condition after the other."""
    if inforce.is_owed(own, day, inforce.paused_for(planned)):
        yield Link("owed", True, {"status": own.status, "served_from": own.served_from})
    elif own.issue_date > day:
        yield Link("not_issued", False, {"issue_date": own.issue_date})
    elif own.served_from > day:
        yield Link("joined_later", False, {"served_from": own.served_from})
    elif own.ended_on is not None and own.ended_on <= day:
        yield Link("had_ended", False, {"status": own.status, "ended_on": own.ended_on})
    else:
        yield Link("was_paused", False, {"status": own.status})


def _of_the_client(
    walker: Walker, planned: Planned, known: ClientDates, own: PolicyDates, day: datetime.date
) -> Link:
    """What is owed to the client is carried by one policy."""
    due, _ = next(iter(timeline.named(planned, walker.calendar, known, own, day, day)))
    candidates = timeline.candidates(planned, known.policies, due.anchor_on)
    carrier = timeline.carrier(candidates, day)
    if carrier is not None and carrier.id != own.id:
        return Link("carried_by_another", False, {"policy_no": carrier.policy_no})
    return Link("carries", True, {"policies": len(candidates)})


def _of_the_period(
    walker: Walker,
    planned: Planned,
    known: ClientDates,
    own: PolicyDates,
    rows: list[Touchpoint],
    day: datetime.date,
) -> Iterator[Link]:
    """Once a period, or once at all: what was recorded for another day is not recorded again."""
    named = timeline.named(planned, walker.calendar, known, own, day, day)
    occurrences = {due.occurrence for due, _ in named}
    for row in rows:
        if row.occurrence in occurrences and row.due_on != day:
            yield Link("had_already", False, {"on": row.due_on, "period": row.occurrence})
            return


def _of_the_walk(
    policy: Policy, walked: WalkedDay | None, day: datetime.date, today: datetime.date
) -> Link:
    """Whether the day was walked, and whether that walk knew the policy."""
    if walked is None:
        return Link("to_come" if day >= today else "not_walked", False, {"on": day})
    if policy.id > walked.policy_mark:
        return Link("not_walked", False, {"on": day})
    return Link("walked", True, {"on": day, "at": walked.walked_at, "plan": walked.plan})


def not_recorded(planned: Planned, day: datetime.date) -> Link:
    """All of it held, and still nothing was recorded: the walk did not know what we know today."""
    walked = WalkedDay.get(WalkedDay.day == day)
    if planned.anchor == "premium_due":
        later = (BookImport.imported_at > walked.walked_at) & (BookImport.kind == "premiums")
        ledger = BookImport.select().where(later & (BookImport.added > 0)).first()
        if ledger:
            return Link("not_known_then", False, {"at": ledger.imported_at})
    return Link("by_another_plan", False, {"plan": walked.plan})
