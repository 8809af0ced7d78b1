"""Queued messages leave the house: claim, commit, hand over, record (DESIGN idea 2).

A message is claimed by compare-and-swap and committed as `sending` before a provider sees it. Who
crashes in between leaves `sending`; that becomes `unknown` and is settled by asking the provider,
so nothing is lost and nothing goes out twice.
"""

import datetime
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from policies import database, errors, models
from policies.plan import Plan
from servicing import permission, trail
from servicing.channels import (
    Accepted,
    Answer,
    Directory,
    Lookup,
    Outgoing,
    Rejected,
    Throttled,
)
from servicing.compose import Composer
from servicing.facts import Facts, of_touchpoints
from servicing.models import Message
from servicing.permission import Rules, Verdict
from servicing.reasons import Reason

CLAIM = 500
"""Messages claimed in one transaction."""

LEASE = datetime.timedelta(minutes=5)
"""After it, whoever claimed a message and has not said what became of it is taken for dead."""

SHORTEST_PAUSE = datetime.timedelta(seconds=1)
"""However little a provider asks for: no message comes round twice in one dispatch."""

LEFT = ("sending", "accepted", "delivered", "unknown")
"""States of a message that has left for its client, or may have."""

ASK_AGAIN = datetime.timedelta(minutes=15)
"""A message that nobody can say anything of is asked for again after this pause."""


Change = tuple[Message, str, Reason, str]
"""A message, the state it goes into, why, and the provider's id if it has one."""


@dataclass(frozen=True)
class Dispatcher:
    """Everything a dispatch needs besides the moment."""

    plan: Plan
    composer: Composer
    rules: Rules
    directory: Directory


def dispatch(worker: Dispatcher, now: datetime.datetime, limit: int | None = None) -> Counter[str]:
    """Send what may leave at `now`, at most `limit` messages; answers with counts by resulting state."""
    counts: Counter[str] = Counter()
    with database.explained():
        give_up_on_silent_claims(now)
        counts.update(settle(worker, now))
        left = limit
        while left is None or left > 0:
            taken, outgoing, refused = claim(
                worker, now, CLAIM if left is None else min(CLAIM, left)
            )
            answers = list(hand_over(worker, outgoing, now))
            counts.update(refused)
            counts.update(record(answers, now))
            for message, answer in answers:
                if isinstance(answer, Rejected) and answer.kind == "configuration":
                    channel = worker.directory.route(message.channel, message.address)
                    raise errors.ChannelStopped(channel.name, answer.detail)
            left = left if left is None else left - taken
            if not taken:
                break
    return counts


def hand_over(
    worker: Dispatcher, messages: Iterable[Outgoing], now: datetime.datetime
) -> Iterator[tuple[Outgoing, Answer]]:
    """Give messages that were claimed at `now` to the providers that their routes lead to.

    What somebody else has taken over meanwhile, because we were slower than our lease, is passed
    over. Once a provider says that it cannot send at all, it is not tried with the rest.
    """
    stopped: dict[str, Rejected] = {}
    for message in messages:
        if not _is_ours(message, now):
            continue
        channel = worker.directory.route(message.channel, message.address)
        answer = stopped.get(channel.name) or channel.send(message)
        if isinstance(answer, Rejected) and answer.kind == "configuration":
            stopped[channel.name] = answer
        yield message, answer


def _is_ours(message: Outgoing, claimed_at: datetime.datetime) -> bool:
    sql = "SELECT 1 FROM message WHERE id = ? AND state = 'sending' AND claimed_at = ?"
    return database.execute(sql, (message.id, models.utc(claimed_at))).fetchone() is not None


# ------------------------------------------------------------------------------------------- claim


def claim(
    worker: Dispatcher, now: datetime.datetime, limit: int
) -> tuple[int, list[Outgoing], Counter[str]]:
    """Take up to `limit` messages that are due: how many, those to send, those decided otherwise."""
    with database.writing():
        query = (
            Message.select()
            .where((Message.state == "queued") & (Message.send_from <= now))
            .order_by(Message.send_from, Message.id)
            .limit(limit)
        )
        messages = list(database.skip_locked(query))
        known = {
            each.touchpoint_id: each for each in of_touchpoints([m.touchpoint_id for m in messages])
        }
        booked = _marketing_that_left(messages)
        to_send: list[tuple[Message, Facts, Verdict]] = []
        set_aside: list[tuple[Message, Verdict]] = []
        for message in messages:
            facts = known[message.touchpoint_id]
            days = booked.setdefault(message.client_id, [])
            verdict = _verdict(worker, message, facts, now, days)
            if verdict.reason is not Reason.HANDED_OVER:
                set_aside.append((message, verdict))
                continue
            to_send.append((message, facts, verdict))
            if message.message_class == "marketing" and verdict.planned_on:
                days.append(verdict.planned_on)
        _set_aside(set_aside, now)
        outgoing = list(_claimed(worker, to_send, now))
    return len(messages), outgoing, Counter(verdict.state for _, verdict in set_aside)


def _verdict(
    worker: Dispatcher,
    message: Message,
    facts: Facts,
    now: datetime.datetime,
    booked: Sequence[datetime.date],
) -> Verdict:
    touchpoint = worker.plan.touchpoint(facts.key)
    if touchpoint is None:  # the plan has dropped it: what it owed is owed no more
        return Verdict("cancelled", Reason.NOT_IN_PLAN)
    return permission.at_sending(
        facts, touchpoint, worker.rules, now, message.send_until, message.channel, booked
    )


def _marketing_that_left(messages: list[Message]) -> dict[int, list[datetime.date]]:
    """By client of a marketing message: the days of those that have left, or may have."""
    clients = {each.client_id for each in messages if each.message_class == "marketing"}
    found: dict[int, list[datetime.date]] = {}
    if clients:
        since = min(each.planned_on for each in messages).replace(day=1)
        query = Message.select(Message.client, Message.planned_on).where(
            Message.client.in_(list(clients))
            & (Message.message_class == "marketing")
            & (Message.planned_on >= since)
            & Message.state.in_(LEFT)
        )
        for each in query:
            found.setdefault(each.client_id, []).append(each.planned_on)
    return found


def _set_aside(refused: list[tuple[Message, Verdict]], now: datetime.datetime) -> None:
    """What may not leave now: waits for its window, or ends here, with the reason on the card."""
    waiting = [(models.utc(verdict.send_from), m.id) for m, verdict in refused if verdict.send_from]
    database.update_rows(Message, ("send_from",), waiting)
    ended = [(m, verdict) for m, verdict in refused if verdict.state != "queued"]
    _change([(m, verdict.state, verdict.reason, "") for m, verdict in ended], "queued", now)


def _claimed(
    worker: Dispatcher, to_send: list[tuple[Message, Facts, Verdict]], now: datetime.datetime
) -> Iterator[Outgoing]:
    """Mark as `sending`, signed by the agent of today, and make what the provider is handed.

    Which provider it is handed to is remembered: that one is asked if nobody hears of it again.
    """
    at = models.utc(now)
    rows = []
    for message, facts, verdict in to_send:
        if message.agent_id != facts.agent_id:
            _sign_anew(worker, message, facts)
        message.address = verdict.address
        message.planned_on = verdict.planned_on or message.planned_on
        message.provider = worker.directory.route(message.channel, message.address).name
        told = (message.address, message.planned_on, message.provider)
        rows.append(("sending", at, message.attempts + 1, *told, message.id))
        yield outgoing_of(message, facts)
    columns = ("state", "claimed_at", "attempts", "address", "planned_on", "provider")
    database.update_rows(Message, columns, rows)


def _sign_anew(worker: Dispatcher, message: Message, facts: Facts) -> None:
    """The policy has another agent than when the text was made (DOMAIN §4)."""
    text = worker.composer.compose(facts, message.template, message.channel)
    message.agent_id = facts.agent_id
    message.params = json.dumps(text.params, ensure_ascii=False)
    message.subject, message.body = text.subject, text.body
    message.parts, message.encoding = text.parts, text.encoding
    message.save()


def outgoing_of(message: Message, facts: Facts) -> Outgoing:
    """The message as a provider is handed it."""
    return Outgoing(
        id=message.id,
        channel=message.channel,
        address=message.address,
        touchpoint=facts.key,
        template=message.template,
        locale=message.locale,
        params=json.loads(message.params),
        subject=message.subject,
        body=message.body,
        parts=message.parts,
        encoding=message.encoding,
        message_class=message.message_class,
        planned_on=message.planned_on,
        client_no=facts.client_no,
        policy_tail=facts.policy_no[-4:],
        agent_name=facts.agent_name,
    )


# ------------------------------------------------------------------------------------------ record


def record(answers: Iterable[tuple[Outgoing, Answer]], now: datetime.datetime) -> Counter[str]:
    """Write down what became of messages that were handed over; answers with counts by state."""
    told = list(answers)
    if not told:
        return Counter()
    meanings = {message.id: _meaning(answer) for message, answer in told}
    with database.writing():
        messages = list(Message.select().where(Message.id.in_(list(meanings))))
        held = _change([(message, *meanings[message.id]) for message in messages], "sending", now)
        pauses = [
            (models.utc(now + max(answer.retry_after, SHORTEST_PAUSE)), message.id)
            for message, answer in told
            if isinstance(answer, Throttled) and message.id in held
        ]
        database.update_rows(Message, ("send_from",), pauses)
    return Counter(meanings[number][0] for number in held)


def _meaning(answer: Answer) -> tuple[str, Reason, str]:
    """The state, reason and provider's id that an answer leads to."""
    if isinstance(answer, Accepted):
        return "accepted", Reason.ACCEPTED, answer.ref
    if isinstance(answer, Rejected) and answer.kind == "configuration":
        return "queued", Reason.CHANNEL_STOPPED, ""
    if isinstance(answer, Rejected):
        return "failed", Reason.REJECTED, ""
    if isinstance(answer, Throttled):
        return "queued", Reason.THROTTLED, ""
    return "unknown", Reason.NO_ANSWER, ""


def _change(changes: Iterable[Change], was: str, now: datetime.datetime) -> set[int]:
    """Move messages on from state `was`, each with its card entry, in the transaction we are in.

    Answers with the ids of those it moved.

    Compare and swap: what somebody else has moved on meanwhile is left alone, card included.
    """
    wanted = list(changes)
    held = _held([message.id for message, *_ in wanted], was)
    rows, entries = [], []
    for message, state, reason, ref in wanted:
        if message.id not in held:
            continue
        rows.append((state, reason.value, ref, message.id))
        facts = trail.facts(
            reason=reason.value, channel=message.channel, **({"ref": ref} if ref else {})
        )
        entries.append(
            (message.client_id, message.policy_id, message.touchpoint_id, f"message.{state}", facts)
        )
    database.update_rows(Message, ("state", "reason", "provider_ref"), rows)
    trail.write(entries, now)
    return held


def _held(ids: list[int], state: str) -> set[int]:
    """Which of the messages are in that state; ours until the transaction ends."""
    query = Message.select(Message.id).where(Message.id.in_(ids) & (Message.state == state))
    return {message.id for message in database.locked(query)} if ids else set()


# ------------------------------------------------------------------------------------------ settle


def give_up_on_silent_claims(now: datetime.datetime) -> int:
    """`sending` beyond its lease becomes `unknown`: whoever claimed it cannot tell any more."""
    query = Message.select().where(
        (Message.state == "sending") & (Message.claimed_at <= now - LEASE)
    )
    with database.writing():
        return len(_change([(m, "unknown", Reason.NO_ANSWER, "") for m in query], "sending", now))


def settle(worker: Dispatcher, now: datetime.datetime) -> Counter[str]:
    """Ask the providers for what is unknown: found is accepted, provably absent is queued again.

    What nobody can say anything of stays unknown; it is asked for again later, or decided by a person.
    """
    unknown = list(
        Message.select()
        .where((Message.state == "unknown") & (Message.claimed_at <= now - LEASE))
        .order_by(Message.id)
        .limit(CLAIM)
    )
    known = {
        each.touchpoint_id: each for each in of_touchpoints([m.touchpoint_id for m in unknown])
    }
    counts: Counter[str] = Counter()
    for message in unknown:
        lookup = _ask(worker, message, known[message.touchpoint_id])
        with database.writing():
            if lookup.state == "found":
                change = (message, "accepted", Reason.ACCEPTED, lookup.ref)
                counts["accepted"] += len(_change([change], "unknown", now))
            elif lookup.state == "absent":
                _change([(message, "queued", Reason.NOT_THERE, "")], "unknown", now)
            else:
                again = models.utc(now + ASK_AGAIN - LEASE)
                database.update_rows(Message, ("claimed_at",), [(again, message.id)])
                counts["unknown"] += 1
    return counts


def _ask(worker: Dispatcher, message: Message, facts: Facts) -> Lookup:
    """What the provider that was handed the message knows of it."""
    channel = worker.directory.channels.get(message.provider)
    return channel.find(outgoing_of(message, facts)) if channel else Lookup("undecided")
