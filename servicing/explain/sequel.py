"""What became of a touchpoint that was found, and what would become of one that is to come.

The one is read from what was recorded; the other is what `permission` says with what is known today.
"""

import datetime
import json
from collections.abc import Iterator
from typing import TypeVar

from policies import timeline
from policies.models import Client, Policy
from policies.plan import Touchpoint as Planned
from policies.timeline import Due, PolicyDates
from servicing.breaker import halts
from servicing.core import context
from servicing.core.context import Supposed, TouchpointContext
from servicing.core.models import CardEntry, Message, Suppression, Task, Touchpoint
from servicing.explain import grounds, hindsight
from servicing.explain.chain import Link
from servicing.messages import history, permission
from servicing.messages.history import LifeLine
from servicing.messages.permission import Verdict
from servicing.schedule import queries
from servicing.schedule.materialize import Walker

T = TypeVar("T", Message, Task)


def message_of(row: Touchpoint | None) -> Message | None:
    """The message of what was recorded, if it has one."""
    return _there(getattr(row, "message", None))


def task_of(row: Touchpoint | None) -> Task | None:
    """The task of what was recorded, if it has one."""
    return _there(getattr(row, "task", None))


def _there(joined: T | None) -> T | None:
    """What a left join found; without a state it found nothing."""
    return joined if joined is not None and joined.state else None


# ------------------------------------------------------------------------------ what became of it


def of_the_row(row: Touchpoint, client: Client) -> Iterator[Link]:
    """What was recorded, and the life of its message and its task."""
    late = (row.found_on - row.due_on).days
    told = {"policy_no": row.policy.policy_no, "found_on": row.found_on, "days": late}
    yield Link("found_late" if late else "found", True, told)
    if message := message_of(row):
        yield from _of_the_message(message, client)
        if message.state == "queued":
            yield from _halts("halted", message.channel, row.key)
    if task := task_of(row):
        days = {"due_on": task.due_on, "show_on": task.show_on, "closes_on": task.closes_on}
        yield from _of_the_levelling(row)
        yield Link("task", True, {**days, "state": task.state, "reason": task.reason})


def _of_the_levelling(row: Touchpoint) -> Iterator[Link]:
    """Where the plan gave the task another day: what room the days before it had."""
    is_its = (CardEntry.client == row.client_id) & (CardEntry.touchpoint_id == row.id)
    query = CardEntry.select().where(is_its & (CardEntry.kind == "task.levelled"))
    for entry in query:
        told = json.loads(entry.facts)
        was, on = map(datetime.date.fromisoformat, told["show_on"])
        room = {"full": told["full"], "capacity": told["capacity"]}
        yield Link("levelled", True, {"from": was, "to": on, **room})


def _of_the_message(message: Message, client: Client) -> Iterator[Link]:
    lived = history.lived(message.client_id, message.touchpoint_id)
    if message.message_class != "marketing":
        yield Link("no_consent_needed")
    else:
        yield _consent(client, lived[0].at if lived else None)
    if message.body:
        names = ("template", "channel", "parts", "provider")
        told = {name: getattr(message, name) for name in names}
        yield Link("words", True, {**told, "language": message.locale})
    yield from map(_lived, lived)


def _halts(code: str, channel: str, key: str) -> Iterator[Link]:
    """What holds its message back at present."""
    for each in halts.holding(channel, key):
        told = {"name": each.name, "at": each.halted_at, "cause": each.cause}
        yield Link(code, True, told)


def _consent(client: Client, made_at: datetime.datetime | None) -> Link:
    """What the client had said of marketing when the message was made (domain.md §6.1)."""
    later = hindsight.since(client, made_at) if made_at else []
    consent = hindsight.consent(client, later)
    said = {None: "never_asked", True: "consent", False: "refused"}[consent]
    return Link(
        said, True, {"on": client.consent_on if consent == client.marketing_consent else None}
    )


def _lived(line: LifeLine) -> Link:
    told = {"at": line.at, "state": line.state, "reason": line.reason}
    answer = " ".join(str(line.facts[name]) for name in ("code", "ref") if name in line.facts)
    return Link("answered" if answer else "became", True, {**told, "answer": answer})


# --------------------------------------------------------------------------------- what is to come


def coming(
    walker: Walker, policy: Policy, planned: Planned, day: datetime.date
) -> tuple[Due, PolicyDates]:
    """What falls due on a day to come, and the policy as it is known today."""
    known = grounds.known_of(policy.client)
    own = next(each for each in known.policies if each.id == policy.id)
    due, _ = next(iter(timeline.named(planned, walker.calendar, known, own, day, day)))
    return due, own


def _supposed(due: Due, own: PolicyDates) -> TouchpointContext:
    return context.supposed(due.key, due.due_on, Supposed(own.id, due.anchor_on))


def _booked(found: TouchpointContext, planned: Planned) -> list[datetime.date]:
    if planned.message_class != "marketing":
        return []
    since = found.due_on.replace(day=1)
    return queries.marketing_days([found.client_id], since).get(found.client_id, [])


def expected(walker: Walker, planned: Planned, due: Due, own: PolicyDates) -> Verdict:
    """What the walk of that day would say with what is known today."""
    found = _supposed(due, own)
    booked = _booked(found, planned)
    return permission.at_making(found, planned, walker.rules, due.due_on, booked)


def of_the_verdict(
    walker: Walker, planned: Planned, due: Due, own: PolicyDates, verdict: Verdict
) -> Iterator[Link]:
    """What a verdict on a message to come rests on, and what would leave: where, when, in which words."""
    found = _supposed(due, own)
    if planned.message_class == "marketing":
        booked = sorted(_booked(found, planned))
        rules = walker.rules
        caps = {"per_day": rules.marketing_per_day, "per_month": rules.marketing_per_month}
        yield Link("caps", True, {**caps, "booked": booked})
    if verdict.state != "queued":
        suppression = _suppression(found, verdict)
        yield suppression or Link("would_not", True, {"reason": verdict.reason.value})
        return
    provider = walker.routes.of(verdict.channel, verdict.address)
    template = planned.template_of(due.step)
    yield Link(
        "would_say", True, {"template": template, "channel": verdict.channel, "provider": provider}
    )
    window = permission.send_window(planned.send_window)
    told = {"from": verdict.send_from, "until": verdict.send_until}
    opens = {"opens": f"{window.opens:%H:%M}", "closes": f"{window.closes:%H:%M}"}
    zone = found.timezone or walker.rules.timezone
    yield Link("would_leave", True, {**told, **opens, "zone": zone})
    yield from _halts("is_halted", verdict.channel, planned.id)


def _suppression(found: TouchpointContext, verdict: Verdict) -> Link | None:
    """Since when, and where we know it from, that this address may not be written to."""
    subjects = [("sms", found.phone), ("email", found.email), ("marketing", found.client_no)]
    for kind, subject in subjects:
        row = Suppression.get_or_none((Suppression.kind == kind) & (Suppression.subject == subject))
        if (
            subject
            and row is not None
            and verdict.reason.value in ("opted_out", "address_wrong", "marketing_opted_out")
        ):
            told = {"since": row.since, "source": row.source}
            return Link("barred", True, {"reason": verdict.reason.value, **told})
    return None
