"""Why something was done or not done, or will be: the whole chain for a touchpoint of a policy.

It asks the functions that decide (`timeline`, `permission`) and reads what was recorded; it decides
nothing by itself (docs/architecture.md, idea 4). First the `grounds`, then the `sequel`.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from policies import records, timeline
from policies.models import Client, Policy
from policies.plan import Touchpoint as Planned
from servicing.core import errors
from servicing.core.models import Message, Task, Touchpoint
from servicing.explain import grounds, sequel
from servicing.explain.chain import Link, until_it_breaks
from servicing.messages.permission import Verdict
from servicing.schedule.materialize import Walker

LONGEST_SHIFT = datetime.timedelta(days=20)
"""A task is moved by fewer days than this to its working day."""


@dataclass(frozen=True)
class Why:
    """The chain of a touchpoint of a policy on a day."""

    policy_no: str
    client_no: str
    touchpoint: str
    on: datetime.date
    outcome: str
    """`recorded`, or the code of the link that did not hold."""
    message: str
    """State of its message, or what that would be; empty: there is none."""
    message_reason: str
    task: str
    task_reason: str
    chain: list[Link]

    def document(self, locale: str) -> dict[str, Any]:
        """As scripts read it, each link with its sentence."""
        chain = [{**records.named(link), "sentence": link.sentence(locale)} for link in self.chain]
        return {**records.named(self), "chain": chain}


def why(
    walker: Walker,
    policy_no: str,
    key: str,
    on: datetime.date | None,
    today: datetime.date,
) -> Why:
    """The chain for a day; without one, for the last time it was recorded, else for the next time.

    Raises `PolicyNotFound`, and `BadArgument` for a touchpoint that nobody knows.
    """
    policy = _policy(policy_no)
    rows = _recorded(policy, key)
    planned = walker.plan.touchpoint(key)
    if planned is None and not rows:
        known = [each.id for each in walker.plan.touchpoints]
        raise errors.BadArgument("not_in_plan", touchpoint=key, known=known)
    day = _meant(
        walker, policy, planned, rows, on or _usual_day(walker, policy, planned, rows, today)
    )
    row = next((each for each in rows if each.due_on == day), None)
    chain = until_it_breaks(grounds.steps(walker, policy, key, planned, rows, day, today))
    if row is None and chain[-1].holds and planned is not None:
        chain.append(grounds.not_recorded(planned, day))
    is_to_come = chain[-1].code == "to_come"
    verdict: Verdict | None = None
    if row is not None:
        chain = [*(link for link in chain if link.holds), *sequel.of_the_row(row, policy.client)]
    elif is_to_come and planned is not None:
        due, carrier = sequel.coming(walker, policy, planned, day)
        if planned.has_message(due.step):
            verdict = sequel.expected(walker, planned, due, carrier)
            chain += sequel.of_the_verdict(walker, planned, due, carrier, verdict)
    message, task = sequel.message_of(row), sequel.task_of(row)
    return Why(
        policy_no=policy_no,
        client_no=policy.client.client_no,
        touchpoint=key,
        on=day,
        outcome="recorded" if row else next(each.code for each in chain if not each.holds),
        message=message.state if message else verdict.state if verdict else "",
        message_reason=message.reason if message else verdict.reason.value if verdict else "",
        task=task.state if task else "",
        task_reason=task.reason if task else "",
        chain=chain,
    )


def judged(
    walker: Walker, policy_no: str, key: str, day: datetime.date, today: datetime.date
) -> str:
    """What the chain says of a day without a look at what was recorded for it: for the test of it."""
    policy = _policy(policy_no)
    others = [row for row in _recorded(policy, key) if row.due_on != day]
    found = grounds.steps(walker, policy, key, walker.plan.touchpoint(key), others, day, today)
    return until_it_breaks(found)[-1].code


def _policy(policy_no: str) -> Policy:
    query = Policy.select(Policy, Client).join(Client).where(Policy.policy_no == policy_no)
    found: Policy | None = query.first()
    if found is None:
        raise errors.PolicyNotFound(policy_no)
    return found


def _recorded(policy: Policy, key: str) -> list[Touchpoint]:
    """What was recorded of this touchpoint for the policy, or for its client."""
    is_meant = (Touchpoint.policy == policy) | (
        (Touchpoint.client == policy.client_id) & (Touchpoint.scope == "client")
    )
    query = (
        Touchpoint.select(Touchpoint, Policy, Message, Task)
        .join(Policy)
        .switch(Touchpoint)
        .join(Message, JOIN.LEFT_OUTER)
        .switch(Touchpoint)
        .join(Task, JOIN.LEFT_OUTER)
    )
    found = query.where((Touchpoint.key == key) & is_meant)
    return list(found.order_by(Touchpoint.due_on, Touchpoint.id))


def _usual_day(
    walker: Walker,
    policy: Policy,
    planned: Planned | None,
    rows: list[Touchpoint],
    today: datetime.date,
) -> datetime.date:
    """The day that somebody means who names none."""
    past = [row.due_on for row in rows if row.due_on <= today]
    if past or planned is None:
        return past[-1] if past else today
    known = grounds.known_of(policy.client)
    own = next(each for each in known.policies if each.id == policy.id)
    span = (today, today + 2 * grounds.AROUND)
    coming = timeline.named(planned, walker.calendar, known, own, *span)
    return min((due.due_on for due, _ in coming), default=today)


def _meant(
    walker: Walker,
    policy: Policy,
    planned: Planned | None,
    rows: list[Touchpoint],
    day: datetime.date,
) -> datetime.date:
    """The touchpoint's day, also where somebody names the working day of its task."""
    if planned is None or any(row.due_on == day for row in rows):
        return day
    for row in rows:
        if (task := sequel.task_of(row)) and task.due_on == day:
            return row.due_on
    known = grounds.known_of(policy.client)
    own = next(each for each in known.policies if each.id == policy.id)
    span = (day - LONGEST_SHIFT, day)
    dues = [due for due, _ in timeline.named(planned, walker.calendar, known, own, *span)]
    if any(due.due_on == day for due in dues):
        return day
    return next((due.due_on for due in dues if due.task_on == day), day)
