"""A policy's life, touchpoint by touchpoint: those that were recorded, and those to come."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from peewee import fn

from policies import dates, inforce, timeline
from policies.dates import WorkCalendar
from policies.grace import Grace
from policies.models import Client, Policy
from policies.plan import Plan
from policies.timeline import ClientDates, Owed
from servicing.card import queries
from servicing.core import errors, happened
from servicing.core.models import Touchpoint, WalkedDay
from servicing.messages import still_owed

AHEAD_MONTHS = 12
"""How far the card looks ahead."""


@dataclass(frozen=True)
class TimelineLine:
    """One touchpoint of a policy's life: done, missed, or to come."""

    due_on: datetime.date
    touchpoint: str
    occurrence: str
    state: str
    """planned, or the states of its message and task."""
    reason: str
    carried_by: str
    """The policy that carries it: another one where the client has several (domain.md §4.4)."""
    task_on: datetime.date | None = None
    premium_due_on: datetime.date | None = None
    """The due date of the premium that it asks for."""
    grace_until: datetime.date | None = None
    """The last day on which that one is paid in time."""
    desk: str = ""
    """Whose its task is; empty: the agent's, or there is none."""


class RecordedLine(NamedTuple):
    """A line that was recorded, with the scope of its touchpoint."""

    scope: str
    line: TimelineLine
    is_released: bool = False
    """The book has taken it back: it may fall due again."""


def policy_timeline(
    plan: Plan,
    calendar: WorkCalendar,
    policy_no: str,
    between: tuple[datetime.date | None, datetime.date | None],
    on: datetime.date,
    grace: Grace,
) -> list[TimelineLine]:
    """A policy's timeline, recorded until `on` and planned after it; raises `PolicyNotFound`."""
    start, end = between
    policy = Policy.get_or_none(Policy.policy_no == policy_no)
    if policy is None:
        raise errors.PolicyNotFound(policy_no)
    client: Client = policy.client
    until = end or dates.months_after(on, AHEAD_MONTHS)
    known = happened.dates_of(plan.touchpoints, client, queries.policies_of(client))
    coming = ahead(plan, calendar, known, on, start, until)
    coming = not_kept_back(coming, client)
    past = recorded(plan, queries.recorded_touchpoints(Touchpoint.client == client))
    first = start or datetime.date.min
    found = [line for line in lines(policy, past, coming) if first <= line.due_on <= until]
    return in_grace(found, grace, policy.product)


def in_grace(lines: Iterable[TimelineLine], grace: Grace, product: str) -> list[TimelineLine]:
    """Lines of a policy of a product, those of a premium with the end of its grace."""
    return [
        replace(line, grace_until=grace.until(line.premium_due_on, product))
        if line.premium_due_on
        else line
        for line in lines
    ]


def ahead(
    plan: Plan,
    calendar: WorkCalendar,
    known: ClientDates,
    on: datetime.date,
    start: datetime.date | None,
    end: datetime.date,
) -> list[Owed]:
    """The touchpoints to come, by the rule that the walk reads backwards; without the walked days.

    Without a `start` it begins on `on`, or with the first day that may still be walked: earlier after
    downtime.
    """
    first = start or on
    last_walked = WalkedDay.select(fn.MAX(WalkedDay.day))
    query = WalkedDay.select(WalkedDay.day).where(
        WalkedDay.day.between(first, end) | (WalkedDay.day == last_walked)
    )
    walked = {each.day for each in query}
    if start is None:
        joined = min((policy.served_from for policy in known.policies), default=on)
        first = min(on, max(walked, default=joined))
    owed = timeline.client_timeline(plan, calendar, known, first, end)
    return [each for each in owed if each.due.due_on not in walked]


def not_kept_back(owed: Sequence[Owed], client: Client) -> list[Owed]:
    """Those that neither a death nor a condition of the plan keeps from the client, as known today.

    Nobody is asked where there is neither.
    """
    has_conditions = any(each.due.touchpoint.conditions for each in owed)
    if not has_conditions and not any(_deaths(client)):
        return list(owed)
    asked = {each.policy_no: each for each in queries.asked_of(client)} if owed else {}
    return [
        each
        for each in owed
        if not still_owed.kept_back(asked[each.policy_no], each.due.touchpoint, each.due.due_on)
    ]


def _deaths(client: Client) -> Iterator[datetime.date | None]:
    yield from (client.deceased_on, client.death_asked_on, client.bereaved_until)


def recorded(plan: Plan, touchpoints: Iterable[Touchpoint]) -> list[RecordedLine]:
    """The lines of touchpoints that were recorded."""
    reminders = {each.id for each in plan.touchpoints if each.anchor == "premium_due"}
    return [
        RecordedLine(each.scope, _line(each, each.key in reminders), each.released)
        for each in touchpoints
    ]


def _line(row: Touchpoint, is_of_a_premium: bool) -> TimelineLine:
    message, task = getattr(row, "message", None), getattr(row, "task", None)
    both = [each for each in (message, task) if each is not None and each.state]
    return TimelineLine(
        due_on=row.due_on,
        touchpoint=row.key,
        occurrence=row.occurrence,
        state=" + ".join(each.state for each in both),
        reason=" + ".join(each.reason for each in both),
        carried_by=row.policy.policy_no,
        task_on=task.due_on if task else None,
        premium_due_on=row.anchor_on if is_of_a_premium else None,
        desk=(task.desk or "") if task else "",
    )


def lines(
    policy: Policy, past: Sequence[RecordedLine], coming: Iterable[Owed]
) -> list[TimelineLine]:
    """The policy's own touchpoints, and those of its client that covered it."""
    own = [
        line
        for scope, line, _ in past
        if line.carried_by == policy.policy_no
        or (scope == "client" and _was_covered(policy, line.due_on))
    ]
    had = [(scope, line) for scope, line, is_released in past if not is_released]
    known = {(line.touchpoint, line.occurrence, line.carried_by) for _, line in had}
    known |= {(line.touchpoint, line.occurrence, "") for scope, line in had if scope == "client"}
    for owed in coming:
        due = owed.due
        is_of_client = due.touchpoint.scope == "client"
        carrier = "" if is_of_client else owed.policy_no
        if (due.key, due.occurrence, carrier) in known:
            continue
        is_own = owed.policy_no == policy.policy_no
        if is_own or (is_of_client and _was_covered(policy, due.due_on)):
            own.append(_planned(owed))
    return sorted(own, key=lambda line: line.due_on)


def _planned(owed: Owed) -> TimelineLine:
    due = owed.due
    return TimelineLine(
        due_on=due.due_on,
        touchpoint=due.key,
        occurrence=due.occurrence,
        state="planned",
        reason="",
        carried_by=owed.policy_no,
        task_on=due.task_on,
        premium_due_on=due.anchor_on if due.touchpoint.anchor == "premium_due" else None,
        desk=(due.touchpoint.desk or "") if due.task_on else "",
    )


def _was_covered(policy: Policy, day: datetime.date) -> bool:
    """Whether a service to its client on `day` was for this policy, too."""
    return inforce.is_in_force(policy, day) and not inforce.is_paused(policy)
