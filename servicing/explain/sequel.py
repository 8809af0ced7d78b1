"""The sequel of a touchpoint that was recorded, and the one to expect of a touchpoint to come.

The one is read from the book; the other is what `permission` says with what is known today.
"""

import datetime
import json
from collections.abc import Iterator, Sequence

from policies.models import Client
from policies.plan import Touchpoint as Planned
from policies.timeline import Due
from servicing.breaker import halts
from servicing.core import context, packed_texts, trail
from servicing.core.context import Supposed, TouchpointContext
from servicing.core.models import Message, Touchpoint
from servicing.core.reasons import Reason
from servicing.core.trail import Line
from servicing.explain import hindsight, queries
from servicing.explain.chain import Link
from servicing.explain.grounds import TouchpointDay
from servicing.explain.recorded import message_of, task_of
from servicing.messages import greetings, history, permission, still_owed
from servicing.messages.history import LifeLine
from servicing.messages.permission import MessageVerdict
from servicing.messages.queries import marketing_days
from servicing.messages.waiting import previews
from servicing.schedule.materialize import Walker

OF_DESK = "of_desk"
"""The link that says whose its task is, where that is a desk."""

OF_ITS_TASK = (OF_DESK, "task", "levelled")
"""The links that tell of its task."""

RECORDED = ("found", "found_late", "found_early")
"""The links that name the policy for which a touchpoint was recorded."""

# ------------------------------------------------------------------------------ what became of it


def of_the_row(
    walker: Walker, row: Touchpoint, client: Client, told: Sequence[Line]
) -> Iterator[Link]:
    """The record, and the life of its message and its task; `told`: the lines of its card."""
    late = (row.found_on - row.due_on).days
    facts = {"policy_no": row.policy.policy_no, "found_on": row.found_on, "days": late}
    on_its_day, after_it, before_it = RECORDED
    code = after_it if late > 0 else before_it if late < 0 else on_its_day
    yield Link(code, True, facts)
    if had := _had_under(row):
        yield Link("had_under", True, {"client_no": had})
    if message := message_of(row):
        yield from _of_the_message(message, client, _of_the_holder(message, row, told))
        if message.reason == Reason.GREETING_MERGED:
            planned = walker.plan.touchpoint(row.key)
            yield from _merged(walker, planned, message.planned_on, message.client_id)
        if message.state == "queued":
            yield from _of_the_waiting(walker, message, row.key)
    if task := task_of(row):
        days = {"due_on": task.due_on, "show_on": task.show_on, "closes_on": task.closes_on}
        if task.show_on > task.due_on:
            yield from map(_levelled, (each for each in told if each.kind == "task.levelled"))
        if task.desk:
            yield Link(OF_DESK, True, {"desk": task.desk})
        yield Link("task", True, {**days, "state": task.state, "reason": task.reason})


def _had_under(row: Touchpoint) -> str | None:
    """The other number of the client under which they have it, where it was taken back for that."""
    told = [each for each in (message_of(row), task_of(row)) if each]
    if not any(each.reason == Reason.HAD_ELSEWHERE for each in told):
        return None
    return next((each.had_as for each in context.of_touchpoints([row.id])), None)


def _levelled(entry: Line) -> Link:
    """The plan gave the task another day: what room the days before it had."""
    facts = json.loads(entry.facts)
    was, on = map(datetime.date.fromisoformat, facts["show_on"])
    room = {"full": facts["full"], "capacity": facts["capacity"]}
    return Link("levelled", True, {"from": was, "to": on, **room})


def _of_the_holder(message: Message, row: Touchpoint, told: Sequence[Line]) -> Sequence[Line]:
    """The lines of the card of who had the message, who may be known by another number today."""
    if message.client_id == row.client_id:
        return told
    return trail.of_touchpoint(message.client_id, row.id)


def _of_the_message(message: Message, client: Client, told: Sequence[Line]) -> Iterator[Link]:
    lived = history.lived(told)
    if message.message_class != "marketing":
        yield Link("no_consent_needed")
    else:
        yield _consent(client, next((line.at for line in lived), None))
    if packed_texts.has_words(message) and message.state != "queued":
        facts = {
            "template": message.template,
            "channel": message.channel,
            "parts": message.parts,
            "provider": message.provider,
        }
        code = "words_of_an_email" if message.channel == "email" else "words"
        yield Link(code, True, {**facts, "language": message.locale})
    yield from map(_lived, lived)


def _of_the_waiting(walker: Walker, message: Message, key: str) -> Iterator[Link]:
    """As it would leave now: it is composed when it leaves."""
    preview = previews(walker.writer, [message]).get(message.id)
    if preview:
        facts = {"template": message.template, "channel": preview.channel}
        yield Link("would_say", True, {**facts, "provider": preview.provider})
    channel = preview.channel if preview else message.channel
    yield from _halts("halted", channel, key, message.id)


def _halts(code: str, channel: str, key: str, message_id: int | None = None) -> Iterator[Link]:
    """The halts that hold its message back at present."""
    for each in halts.holding(channel, key, message_id):
        facts = {"name": each.name, "at": each.halted_at, "cause": each.cause}
        if each.kind != "message":
            yield Link(code, True, facts)
            continue
        both = {"client_no": each.client_no, "other_client_no": each.other_client_no}
        yield Link("held_for_its_text", True, {**facts, **both, "other": each.facts["other"]})


def _consent(client: Client, made_at: datetime.datetime | None) -> Link:
    """The client's answer on marketing when the message was made (domain.md §6.1)."""
    later = queries.card_since(client, made_at) if made_at else []
    consent = hindsight.consent(client, later)
    said = {None: "never_asked", True: "consent", False: "refused"}[consent]
    return Link(
        said, True, {"on": client.consent_on if consent == client.marketing_consent else None}
    )


def _lived(line: LifeLine) -> Link:
    facts = {"at": line.at, "state": line.state, "reason": line.reason}
    answer = " ".join(str(line.facts[name]) for name in ("code", "ref") if name in line.facts)
    return Link("answered" if answer else "became", True, {**facts, "answer": answer})


# --------------------------------------------------------------------------------- what is to come


def coming(asked: TouchpointDay) -> Due:
    """The due of a day to come, as it is known today."""
    due, _ = next(iter(asked.named(asked.day, asked.day)))
    return due


def _supposed(asked: TouchpointDay, due: Due) -> TouchpointContext:
    return context.supposed(due.key, due.due_on, Supposed(asked.own.id, due.anchor_on))


def _booked(of: TouchpointContext, planned: Planned) -> list[datetime.date]:
    if planned.message_class != "marketing":
        return []
    since = of.due_on.replace(day=1)
    return marketing_days([of.client_id], since).get(of.client_id, [])


def expected(walker: Walker, asked: TouchpointDay, due: Due) -> MessageVerdict:
    """The verdict of that day's walk, if nothing changes until then."""
    supposed = _supposed(asked, due)
    booked, greeted = _booked(supposed, asked.planned), _greeted(walker, supposed, asked.planned)
    return permission.at_making(supposed, asked.planned, walker.rules, due.due_on, booked, greeted)


def _greeted(walker: Walker, of: TouchpointContext, planned: Planned) -> list[datetime.date]:
    plan, calendar, rules = walker.plan, walker.calendar, walker.rules.greetings
    whose = of.client_id, rules, of.occurrence
    return greetings.beside(plan, calendar, planned, of.due_on, *whose)


def _merged(
    walker: Walker, planned: Planned | None, day: datetime.date, client_id: int
) -> Iterator[Link]:
    """With which other greeting it has become one."""
    if planned is None:
        return
    plan, calendar, rules = walker.plan, walker.calendar, walker.rules.greetings
    of = greetings.merged_with(plan, calendar, planned, day, client_id, rules)
    if of:
        facts = {"with": of.key, "on": of.planned_on, "days": rules.merged_within_days}
        yield Link("merged_with", True, facts)


def of_the_verdict(
    walker: Walker, asked: TouchpointDay, due: Due, verdict: MessageVerdict
) -> Iterator[Link]:
    """The grounds of a verdict on a message to come, and the message: channel, hours and template."""
    supposed = _supposed(asked, due)
    if asked.planned.message_class == "marketing":
        booked = sorted(_booked(supposed, asked.planned))
        rules = walker.rules
        caps = {"per_day": rules.marketing_per_day, "per_month": rules.marketing_per_month}
        yield Link("caps", True, {**caps, "booked": booked})
    if verdict.reason is Reason.GREETING_MERGED:
        yield from _merged(walker, asked.planned, supposed.due_on, supposed.client_id)
    if verdict.state != "queued":
        grounds = _death(supposed, verdict.reason) or _suppression(supposed, verdict)
        if verdict.state == "cancelled":
            grounds = grounds or _not_owed(verdict.reason)
        yield grounds or Link("would_not", True, {"reason": verdict.reason.value})
        return
    yield _would_say(walker, asked.planned, due, verdict)
    yield _would_leave(asked.planned, verdict, supposed.timezone or walker.rules.timezone)
    yield from _halts("is_halted", verdict.channel, asked.planned.id)


def _would_say(walker: Walker, planned: Planned, due: Due, verdict: MessageVerdict) -> Link:
    provider = walker.routes.of(verdict.channel, verdict.address)
    facts = {"template": planned.template_of(due.step), "channel": verdict.channel}
    return Link("would_say", True, {**facts, "provider": provider})


def _would_leave(planned: Planned, verdict: MessageVerdict, zone: str) -> Link:
    window = permission.send_window(planned.send_window)
    facts = {"from": verdict.send_from, "until": verdict.send_until}
    opens = {"opens": f"{window.opens:%H:%M}", "closes": f"{window.closes:%H:%M}"}
    return Link("would_leave", True, {**facts, **opens, "zone": zone})


def kept_back(asked: TouchpointDay, due: Due) -> Iterator[Link]:
    """What is known by now that keeps from the client what only a person does."""
    supposed = _supposed(asked, due)
    gone = still_owed.no_longer_owed(supposed, asked.planned, due.due_on)
    if gone:
        yield _death(supposed, gone) or _not_owed(gone)


def _not_owed(reason: Reason) -> Link:
    return Link("would_not_be_owed", True, {"reason": reason.value})


def _death(of: TouchpointContext, reason: Reason) -> Link | None:
    """What is known of a death that keeps it from the client: its day, or until when it does."""
    known = {
        Reason.DECEASED: Link("deceased", True, {"on": of.deceased_on}),
        Reason.DEATH_ASKED: Link("death_asked", True, {"on": of.death_asked_on}),
        Reason.BEREAVED: Link("mourns", True, {"until": of.bereaved_until}),
    }
    return known.get(reason)


def _suppression(of: TouchpointContext, verdict: MessageVerdict) -> Link | None:
    """The suppression behind a verdict: since when it holds, and its source."""
    if verdict.reason.value not in ("opted_out", "address_wrong", "marketing_opted_out"):
        return None
    for row in queries.suppressions(of.phone, of.email, of.client_no):
        facts = {"since": row.since, "source": row.source}
        return Link("barred", True, {"reason": verdict.reason.value, **facts})
    return None
