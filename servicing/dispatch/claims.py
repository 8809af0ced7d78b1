"""Messages are claimed: looked at once more, signed by the agent of today, marked as `sending`.

All of it is one transaction, committed before a provider sees any of them. What may not leave stays
where it is, waits for its window, or ends, with its reason.
"""

import datetime
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from policies import database, models
from policies.dates import ONE_DAY
from policies.plan import Plan
from servicing.breaker import breaker, halts
from servicing.channels import Directory, Outgoing, Routes
from servicing.core import states
from servicing.core.context import Facts, of_touchpoints
from servicing.core.models import Message, literally
from servicing.core.reasons import Reason
from servicing.core.settings import Breaker
from servicing.core.states import Move, move
from servicing.dispatch import rate_limit
from servicing.messages import permission
from servicing.messages.permission import Rules, Verdict
from servicing.messages.templates import Composer

SIGNING = "signing"
"""Claims share it; who changes the agent of policies at large has it alone."""


@dataclass(frozen=True)
class Dispatcher:
    """Everything a dispatch needs besides the moment."""

    plan: Plan
    composer: Composer
    rules: Rules
    directory: Directory
    wall: rate_limit.Wall
    """Senders keep their pace by the seconds of the real world, whatever moment is rehearsed."""
    unsubscribe_url: Callable[[str], str] = lambda client_no: ""
    """Where a client, by number, ends all marketing with one click; empty: nowhere."""
    breaker: Breaker = Breaker()
    """What stops a touchpoint or a channel."""


def queues() -> Iterator[str]:
    """The providers that have messages waiting: one step of the index each."""
    sql = "SELECT MIN(provider) FROM message WHERE state = 'queued' AND provider {} ?"
    found = database.execute(sql.format(">="), ("",)).fetchone()[0]
    while found is not None:
        yield found
        found = database.execute(sql.format(">"), (found,)).fetchone()[0]


@dataclass(frozen=True)
class Claimed:
    """What was taken from a queue."""

    looked_at: int
    """How many messages."""
    to_send: list[tuple[Message, Outgoing]]
    """Those that are to be handed over: committed as `sending`."""
    set_aside: Counter[str]
    """By state how many of the others there are."""
    orphaned: list[int]
    """Touchpoints of clients whose policy has ended since the last sweep: left where they are."""
    held: int = 0
    """How many are halted: they stay queued."""


def claim(
    worker: Dispatcher,
    provider: str,
    now: datetime.datetime,
    limit: int,
    carried_on: Collection[int] = (),
    among: Sequence[int] | None = None,
) -> Claimed:
    """Take up to `limit` messages of a provider's queue that are due.

    `carried_on`: touchpoints that were orphaned before; who carries them now is all there is.
    `among`: these messages only, by id.
    """
    with database.together(SIGNING):  # who signs is read, written and committed, or waited for
        is_due = (
            (Message.state == literally("queued"))
            & (Message.provider == provider)
            & (Message.send_from <= now)
        )
        if among is not None:
            is_due &= Message.id.in_(list(among))
        query = Message.select().where(is_due).order_by(Message.send_from, Message.id).limit(limit)
        messages = list(database.skip_locked(query))
        known = {
            each.touchpoint_id: each for each in of_touchpoints([m.touchpoint_id for m in messages])
        }
        # read after them: what was made together with a halt is seen together with it
        halted, held = halts.halted(), []
        booked = _marketing_that_left(messages, now)
        to_send: ToSend = []
        set_aside: list[tuple[Message, Verdict]] = []
        orphaned: list[int] = []
        for message in messages:
            facts = known[message.touchpoint_id]
            if halted.holds(message.channel, facts.key) and now < message.send_until:
                held.append(message.id)
                continue
            days = booked.setdefault(message.client_id, [])
            verdict = _verdict(worker, message, facts, now, days)
            touchpoint = worker.plan.touchpoint(facts.key)
            if (
                permission.may_be_carried_on(verdict.reason, touchpoint)
                and message.touchpoint_id not in carried_on
            ):
                orphaned.append(message.touchpoint_id)
                continue
            if verdict.reason is not Reason.HANDED_OVER:
                set_aside.append((message, verdict))
                continue
            to_send.append((message, facts, verdict))
            if message.message_class == "marketing" and verdict.planned_on:
                days.append(verdict.planned_on)
        _set_aside(set_aside, now)
        to_send, repeating = _without_repeated(worker, to_send, now)
        halts.hold(held + repeating)
        claimed = list(_claimed(worker, to_send, now))
    counts = Counter(verdict.state for _, verdict in set_aside)
    return Claimed(len(messages), claimed, counts, orphaned, len(held) + len(repeating))


ToSend = list[tuple[Message, Facts, Verdict]]


def _without_repeated(
    worker: Dispatcher, to_send: ToSend, now: datetime.datetime
) -> tuple[ToSend, list[int]]:
    """What may leave, signed by the agent of today; and what is held for a repeated text."""
    for message, facts, _ in to_send:
        if message.agent_id != facts.agent_id:
            sign_anew(worker.composer, worker.directory.routes, message, facts)
    texts = [
        breaker.Text(message.id, facts.key, verdict.address, message.body)
        for message, facts, verdict in to_send
    ]
    stopped = breaker.stop_repeated(worker.breaker, texts, now)
    held = [message.id for message, facts, _ in to_send if facts.key in stopped]
    return [each for each in to_send if each[1].key not in stopped], held


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


def _marketing_that_left(
    messages: list[Message], now: datetime.datetime
) -> dict[int, list[datetime.date]]:
    """By client of a marketing message: the days of those that have left, or may have."""
    clients = {each.client_id for each in messages if each.message_class == "marketing"}
    found: dict[int, list[datetime.date]] = {}
    if clients:
        # two who claim at once must not both find the day free
        database.wait_for_turn("marketing")
        yesterday = now.date() - ONE_DAY  # a client's today may be before ours
        since = min(yesterday, *(each.planned_on for each in messages)).replace(day=1)
        query = Message.select(Message.client, Message.planned_on).where(
            Message.client.in_(list(clients))
            & (Message.message_class == literally("marketing"))
            & (Message.planned_on >= since)
            & Message.state.in_(states.LEFT)
        )
        for each in query:
            found.setdefault(each.client_id, []).append(each.planned_on)
    return found


def _set_aside(refused: list[tuple[Message, Verdict]], now: datetime.datetime) -> None:
    """What may not leave now: waits for its window, or ends here, with the reason on the card."""
    waiting = [(models.utc(verdict.send_from), m.id) for m, verdict in refused if verdict.send_from]
    database.update_rows(Message, ("send_from",), waiting)
    ended = [(m, verdict) for m, verdict in refused if verdict.state != "queued"]
    move([Move(m, verdict.state, verdict.reason) for m, verdict in ended], ["queued"], now)


def _claimed(
    worker: Dispatcher, to_send: ToSend, now: datetime.datetime
) -> Iterator[tuple[Message, Outgoing]]:
    """Mark as `sending`, and make what the provider is handed.

    Which provider it is handed to is remembered: that one is asked if nobody hears of it again.
    """
    at = models.utc(now)
    rows = []
    for message, facts, verdict in to_send:
        message.address = verdict.address
        message.planned_on = verdict.planned_on or message.planned_on
        message.provider = worker.directory.route(message.channel, message.address).name
        message.claimed_at, message.attempts = now, message.attempts + 1
        told = (message.address, message.planned_on, message.provider)
        rows.append(("sending", at, message.attempts, *told, "", message.id))
        url = ""
        if message.channel == "email" and message.message_class == "marketing":
            url = worker.unsubscribe_url(facts.client_no)
        not_after = verdict.not_after or message.send_until
        yield message, outgoing_of(message, facts, not_after, url)
    columns = ("state", "claimed_at", "attempts", "address", "planned_on", "provider")
    database.update_rows(Message, (*columns, "provider_ref"), rows)


def sign_anew(composer: Composer, routes: Routes, message: Message, facts: Facts) -> None:
    """The policy has another agent than when the text was made (domain.md §4.10).

    Raises `BadTemplate`.
    """
    provider = routes.of(message.channel, permission.address_of(facts, message.channel))
    text = composer.compose(facts, message.template, message.channel, provider)
    message.agent_id = facts.agent_id
    message.params = json.dumps(text.params, ensure_ascii=False)
    message.subject, message.body = text.subject, text.body
    message.parts, message.encoding = text.parts, text.encoding
    message.save()


def outgoing_of(
    message: Message, facts: Facts, not_after: datetime.datetime, unsubscribe_url: str = ""
) -> Outgoing:
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
        handed_over_at=message.claimed_at,
        not_after=not_after,
        unsubscribe_url=unsubscribe_url,
    )
