"""Queued messages leave the house: claim, commit, hand over, record (DESIGN idea 2).

A message is claimed by compare-and-swap and committed as `sending` before a provider sees it. Who
crashes in between leaves `sending`; that becomes `unknown` and is settled by asking the provider,
so nothing is lost and nothing goes out twice.
"""

import datetime
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policies import database, errors, models
from policies.plan import Plan
from servicing import permission, trail
from servicing.channels import Accepted, Answer, Directory, Outgoing, Rejected, Throttled
from servicing.compose import Composer
from servicing.facts import Facts, of_touchpoints
from servicing.models import Message
from servicing.permission import Rules, Verdict
from servicing.reasons import Reason

CLAIM = 500
"""Messages claimed in one transaction."""

LEASE = datetime.timedelta(minutes=5)
"""After it, whoever claimed a message and has not said what became of it is taken for dead."""

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
            answers = list(hand_over(worker, outgoing))
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
    worker: Dispatcher, messages: Iterable[Outgoing]
) -> Iterator[tuple[Outgoing, Answer]]:
    """Give messages to the providers that their routes lead to.

    Once a provider says that it cannot send at all, it is not tried with the rest.
    """
    stopped: dict[str, Rejected] = {}
    for message in messages:
        channel = worker.directory.route(message.channel, message.address)
        answer = stopped.get(channel.name) or channel.send(message)
        if isinstance(answer, Rejected) and answer.kind == "configuration":
            stopped[channel.name] = answer
        yield message, answer


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
        decided = [
            (message, facts := known[message.touchpoint_id], _verdict(worker, message, facts, now))
            for message in messages
        ]
        may_leave = [
            (message, facts)
            for message, facts, verdict in decided
            if verdict.reason is Reason.HANDED_OVER
        ]
        refused = [
            (m, verdict) for m, _, verdict in decided if verdict.reason is not Reason.HANDED_OVER
        ]
        _set_aside(refused, now)
        outgoing = list(_claimed(worker, may_leave, now))
    return len(messages), outgoing, Counter(verdict.state for _, verdict in refused)


def _verdict(worker: Dispatcher, message: Message, facts: Facts, now: datetime.datetime) -> Verdict:
    touchpoint = worker.plan.touchpoint(facts.key)
    if touchpoint is None:  # the plan has dropped it: what it owed is owed no more
        return Verdict("cancelled", Reason.NOT_IN_PLAN)
    return permission.at_sending(
        facts, touchpoint, worker.rules, now, message.send_until, message.channel
    )


def _set_aside(refused: list[tuple[Message, Verdict]], now: datetime.datetime) -> None:
    """What may not leave now: waits for its window, or ends here, with the reason on the card."""
    waiting = [(models.utc(verdict.send_from), m.id) for m, verdict in refused if verdict.send_from]
    database.update_rows(Message, ("send_from",), waiting)
    ended = [(m, verdict) for m, verdict in refused if verdict.state != "queued"]
    _change([(m, verdict.state, verdict.reason, "") for m, verdict in ended], "queued", now)


def _claimed(
    worker: Dispatcher, may_leave: list[tuple[Message, Facts]], now: datetime.datetime
) -> Iterator[Outgoing]:
    """Mark as `sending`, signed by the agent of today, and make what the provider is handed."""
    at = models.utc(now)
    rows = []
    for message, facts in may_leave:
        if message.agent_id != facts.agent_id:
            _sign_anew(worker, message, facts)
        message.address = permission.address_of(facts, message.channel)
        rows.append((at, message.attempts + 1, message.address, message.id))
        yield outgoing_of(message, facts)
    database.execute_many(
        "UPDATE message SET state = 'sending', claimed_at = ?, attempts = ?, address = ? WHERE id = ?",
        rows,
    )


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
        _change([(message, *meanings[message.id]) for message in messages], "sending", now)
        pauses = [
            (models.utc(now + answer.retry_after), message.id)
            for message, answer in told
            if isinstance(answer, Throttled)
        ]
        database.update_rows(Message, ("send_from",), pauses)
    return Counter(state for state, *_ in meanings.values())


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


def _change(changes: Iterable[Change], was: str, now: datetime.datetime) -> None:
    """Move messages on from state `was`, each with its card entry, in the transaction we are in.

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
        silent = list(query)
        _change([(m, "unknown", Reason.NO_ANSWER, "") for m in silent], "sending", now)
    return len(silent)


def settle(worker: Dispatcher, now: datetime.datetime) -> Counter[str]:
    """Ask the providers for what is unknown: found is accepted, provably absent is queued again."""
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
        outgoing = outgoing_of(message, known[message.touchpoint_id])
        found = worker.directory.route(message.channel, message.address).find(outgoing)
        with database.writing():
            if found.state == "found":
                _change([(message, "accepted", Reason.ACCEPTED, found.ref)], "unknown", now)
                counts["accepted"] += 1
            elif found.state == "absent":
                _change([(message, "queued", Reason.NOT_THERE, "")], "unknown", now)
            else:
                database.update_rows(
                    Message, ("claimed_at",), [(models.utc(now + ASK_AGAIN - LEASE), message.id)]
                )
                counts["unknown"] += 1
    return counts
