"""Why something was done or not done, or will be: the whole chain for a touchpoint of a policy.

It asks the functions that decide (`timeline`, `permission`) and reads what was recorded; it decides
nothing itself (docs/architecture.md, idea 4). First the `grounds`, then the `sequel`.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from policies import records
from servicing.core import errors, i18n, reasons, trail
from servicing.core.models import Touchpoint
from servicing.explain import before, grounds, queries, sequel
from servicing.explain.chain import Link, until_it_breaks
from servicing.explain.grounds import Inquiry
from servicing.explain.recorded import message_of, task_of
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


def answer(found: Why, locale: str, zone: datetime.tzinfo) -> list[str]:
    """What a person asked to know, in a sentence or two, before the chain that leads to it."""
    if found.outcome == "recorded":
        sentences = [i18n.say("card", "answer_recorded", locale, on=found.on)]
        said = {
            "message": (found.message, found.message_reason),
            "task": (found.task, found.task_reason),
        }
        for what, (state, reason) in said.items():
            if state:
                words = {
                    "state": i18n.say("state", state, locale),
                    "reason": reasons.sentence(reason, locale),
                }
                sentences.append(i18n.say("card", f"answer_{what}", locale, **words))
        return sentences
    broken = next((each for each in found.chain if not each.holds), None)
    links = [each for each in (broken, found.chain[-1]) if each is not None]
    return list(dict.fromkeys(each.in_zone(zone).sentence(locale) for each in links))


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
    inquiry = inquire(walker, policy_no, key)
    day = _meant(walker, inquiry, on or _usual_day(walker, inquiry, today))
    row = next((each for each in inquiry.recorded if each.due_on == day), None)
    chain = until_it_breaks(grounds.steps(walker, inquiry, day, today))
    if row is not None:
        return _of_the_row(walker, inquiry, row, chain)
    return _of_the_coming(walker, inquiry, day, chain)


def inquire(walker: Walker, policy_no: str, key: str) -> Inquiry:
    """The touchpoint that a person asks about; raises as `why` does."""
    policy = queries.policy(policy_no)
    inquiry = Inquiry(policy, key, walker.plan.touchpoint(key), queries.recorded(policy, key))
    if inquiry.planned is None and not inquiry.recorded:
        known = [each.id for each in walker.plan.touchpoints]
        raise errors.BadArgument("not_in_plan", touchpoint=key, known=known)
    return inquiry


def _of_the_row(walker: Walker, inquiry: Inquiry, row: Touchpoint, chain: list[Link]) -> Why:
    """It was recorded: what for, and what became of it."""
    client, message, task = inquiry.policy.client, message_of(row), task_of(row)
    links = [link for link in chain if link.holds]
    told = trail.of_touchpoint(row.client_id, row.id)
    links += before.of_the_row(inquiry, row, told)
    links += sequel.of_the_row(walker, row, client, told)
    return Why(
        policy_no=inquiry.policy.policy_no,
        client_no=client.client_no,
        touchpoint=inquiry.key,
        on=row.due_on,
        outcome="recorded",
        message=message.state if message else "",
        message_reason=message.reason if message else "",
        task=task.state if task else "",
        task_reason=task.reason if task else "",
        chain=links,
    )


def _of_the_coming(walker: Walker, inquiry: Inquiry, day: datetime.date, chain: list[Link]) -> Why:
    """It was not recorded: why not, or what will become of it."""
    planned, last, verdict = inquiry.planned, chain[-1], None
    outcome = last.code
    if last.holds and planned is not None:
        missing = grounds.not_recorded(inquiry.policy, planned, day)
        outcome, chain = missing.code, [*chain, missing]
    elif last.code == "to_come" and planned is not None:
        asked = grounds.asked_today(walker, inquiry.policy, planned, day)
        due = sequel.coming(asked)
        if planned.has_message(due.step):
            verdict = sequel.expected(walker, asked, due)
            chain = [*chain, *sequel.of_the_verdict(walker, asked, due, verdict)]
        else:
            chain = [*chain, *sequel.kept_back(asked, due)]
    return Why(
        policy_no=inquiry.policy.policy_no,
        client_no=inquiry.policy.client.client_no,
        touchpoint=inquiry.key,
        on=day,
        outcome=outcome,
        message=verdict.state if verdict else "",
        message_reason=verdict.reason.value if verdict else "",
        task="",
        task_reason="",
        chain=chain,
    )


def _usual_day(walker: Walker, inquiry: Inquiry, today: datetime.date) -> datetime.date:
    """The day that a person means who names none."""
    past = [row.due_on for row in inquiry.recorded if row.due_on <= today]
    if past or inquiry.planned is None:
        return max(past, default=today)
    asked = grounds.asked_today(walker, inquiry.policy, inquiry.planned, today)
    coming = asked.named(today, today + 2 * grounds.AROUND)
    return min((due.due_on for due, _ in coming), default=today)


def _meant(walker: Walker, inquiry: Inquiry, day: datetime.date) -> datetime.date:
    """The touchpoint's day, also where a person names the working day of its task."""
    if inquiry.planned is None or any(row.due_on == day for row in inquiry.recorded):
        return day
    for row in inquiry.recorded:
        if (task := task_of(row)) and task.due_on == day:
            return row.due_on
    asked = grounds.asked_today(walker, inquiry.policy, inquiry.planned, day)
    dues = [due for due, _ in asked.named(day - LONGEST_SHIFT, day)]
    if any(due.due_on == day for due in dues):
        return day
    return next((due.due_on for due in dues if due.task_on == day), day)
