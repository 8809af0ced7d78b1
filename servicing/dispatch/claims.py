"""Messages are claimed: looked at once more, signed by the agent of today, marked as `sending`.

All of it is one transaction, committed before a provider sees any of them. What may not leave stays
where it is, waits for its window, or ends, with its reason.
"""

import datetime
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from policies import database, models, persons, records
from policies.dates import ONE_DAY
from policies.plan import Plan
from policies.records import Moment, Record
from servicing.breaker import breaker, halts
from servicing.channels import Directory, Outgoing
from servicing.core import errors, references
from servicing.core.context import TouchpointContext, of_touchpoints
from servicing.core.doubts import Doubts, Span
from servicing.core.models import Message
from servicing.core.reasons import Reason
from servicing.core.settings import Breaker
from servicing.core.states import Move, move
from servicing.corrections import sweep
from servicing.dispatch import outgoing, queries, rate_limit
from servicing.messages import permission, signing
from servicing.messages.permission import MessageVerdict, PermissionRules
from servicing.messages.templates import Composer, Text
from servicing.messages.waiting import Writer


@dataclass(frozen=True)
class Dispatcher:
    """Everything a dispatch needs besides the moment."""

    plan: Plan
    composer: Composer
    rules: PermissionRules
    directory: Directory
    wall: rate_limit.Wall
    """Senders keep their pace by the seconds of the real world, whatever moment is rehearsed."""
    unsubscribe_url: Callable[[str], str] = lambda client_no: ""
    """Where a client, by number, ends all marketing with one click; empty: nowhere."""
    breaker: Breaker = Breaker()
    """What stops a touchpoint or a channel."""

    @property
    def writer(self) -> Writer:
        """What a text is made of."""
        return Writer(self.plan, self.composer, self.directory.routes.of)


@dataclass(frozen=True)
class Claimed:
    """The messages taken from a queue."""

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
    rerouted: int = 0
    """How many are in another provider's queue by now."""
    in_doubt: int = 0
    """How many a lost book may have sent: they are asked for first."""

    @property
    def decided(self) -> int:
        """How many of them need nobody to look at them again today."""
        return self.looked_at - self.held - self.rerouted - self.in_doubt


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
    with database.together(signing.LOCK):  # who signs is read, written and committed, or waited for
        messages = queries.due(provider, now, limit, among)
        looking = _SecondLook(worker, provider, messages, now, carried_on)
        for message in messages:
            looking.look(message)
        _reroute(looking.rerouted)
        for message, span in looking.in_doubt:
            put_in_doubt([message], span, now)
        written, unwritable = _written(worker, looking.ready)
        set_aside = [*looking.set_aside, *unwritable]
        _set_aside(set_aside, now)
        ready, repeating = _without_repeated(worker, written, now)
        held = [*looking.held, *repeating]
        halts.hold(held)
        claimed = list(_claimed(worker, ready, now))
    return Claimed(
        looked_at=len(messages),
        to_send=claimed,
        set_aside=Counter(verdict.state for _, verdict in set_aside),
        orphaned=looking.orphaned,
        held=len(held),
        rerouted=len(looking.rerouted),
        in_doubt=len(looking.in_doubt),
    )


class Ready(NamedTuple):
    """A message that may leave."""

    message: Message
    context: TouchpointContext
    verdict: MessageVerdict


class Written(NamedTuple):
    """A message that may leave, and its text."""

    message: Message
    context: TouchpointContext
    verdict: MessageVerdict
    text: Text


class Rerouted(NamedTuple):
    """A message that another provider is to carry by now."""

    message: Message
    verdict: MessageVerdict
    provider: str


class _SecondLook:
    """Messages that are looked at once more: each goes to one of six places."""

    def __init__(
        self,
        worker: Dispatcher,
        provider: str,
        messages: Sequence[Message],
        now: datetime.datetime,
        carried_on: Collection[int],
    ) -> None:
        self._worker, self._provider = worker, provider
        self._now, self._carried_on = now, carried_on
        found = list(of_touchpoints(each.touchpoint_id for each in messages))
        self._contexts = {each.touchpoint_id: each for each in found}
        # read after them: what was made together with a halt is seen together with it
        self._halted = halts.halted()
        self._booked = _marketing_that_left(messages, now)
        self._doubts = Doubts(found, worker.rules.timezone)
        self.ready: list[Ready] = []
        self.set_aside: list[tuple[Message, MessageVerdict]] = []
        self.orphaned: list[int] = []
        self.held: list[int] = []
        self.rerouted: list[Rerouted] = []
        self.in_doubt: list[tuple[Message, Span]] = []

    def look(self, message: Message) -> None:
        """Decide on one message, after those before it."""
        context = self._contexts[message.touchpoint_id]
        booked = self._booked.setdefault(message.client_id, [])
        verdict = _verdict(self._worker, context, self._now, booked)
        if self._may_be_carried_on(verdict, context):
            self.orphaned.append(message.touchpoint_id)
        elif verdict.state != "queued":
            self.set_aside.append((message, verdict))
        elif span := self._doubts.of(message, context):
            self.in_doubt.append((message, span))
        elif (provider := self._provider_of(verdict)) != self._provider:
            self.rerouted.append(Rerouted(message, verdict, provider))
        elif self._halted.holds(verdict.channel, context.key):
            self.held.append(message.id)
        elif verdict.reason is not Reason.HANDED_OVER:
            self.set_aside.append((message, verdict))
        else:
            self.ready.append(Ready(message, context, verdict))
            if message.message_class == "marketing" and verdict.planned_on:
                booked.append(verdict.planned_on)

    def _provider_of(self, verdict: MessageVerdict) -> str:
        return self._worker.directory.routes.of(verdict.channel, verdict.address)

    def _may_be_carried_on(self, verdict: MessageVerdict, context: TouchpointContext) -> bool:
        touchpoint = self._worker.plan.touchpoint(context.key)
        may_be = permission.may_be_carried_on(verdict.reason, touchpoint)
        return may_be and context.touchpoint_id not in self._carried_on


def _verdict(
    worker: Dispatcher,
    context: TouchpointContext,
    now: datetime.datetime,
    booked: Sequence[datetime.date],
) -> MessageVerdict:
    touchpoint = worker.plan.touchpoint(context.key)
    if touchpoint is None:  # the plan has dropped it: what it owed is owed no more
        return MessageVerdict("cancelled", Reason.NOT_IN_PLAN)
    return permission.at_claim(context, touchpoint, worker.rules, now, booked)


def put_in_doubt(messages: Sequence[Message], span: Span, now: datetime.datetime) -> int:
    """What a lost book may have sent is `unknown` until its provider was asked; answers with how many.

    It counts as an attempt, begun when the copy was made or with the last that the copy knew of.
    """
    rows = []
    for each in messages:
        each.claimed_at = max(filter(None, (each.claimed_at, span.since)))
        each.attempts += 1
        rows.append((models.utc(each.claimed_at), each.attempts, each.id))
    database.update_rows(Message, ("claimed_at", "attempts"), rows)
    moves = [Move(each, "unknown", Reason.RESTORED, again_at=now) for each in messages]
    return len(move(moves, ["queued"], now))


class _Route(Record, frozen=True):
    """The columns that change when another provider is to carry a message."""

    channel: str
    address: str
    provider: str
    id: int


def _reroute(rerouted: Iterable[Rerouted]) -> None:
    """Put messages into the queue of the provider that carries them by now.

    Not into its hands: its pace, its room and its halts belong to its queue.
    """
    routes = (
        _Route(
            channel=verdict.channel,
            address=verdict.address,
            provider=provider,
            id=message.id,
        )
        for message, verdict, provider in rerouted
    )
    records.update(Message, routes)


def _written(
    worker: Dispatcher, ready: Iterable[Ready]
) -> tuple[list[Written], list[tuple[Message, MessageVerdict]]]:
    """The texts, from the facts and the template of this moment; and what nobody can write."""
    written, unwritable = [], []
    for message, context, verdict in ready:
        try:
            text = worker.writer.write(
                context, message.template, verdict.channel, verdict.address, verdict.planned_on
            )
        except errors.BadTemplate:
            failed = MessageVerdict("failed", Reason.TEXT_FAILED, verdict.channel)
            unwritable.append((message, failed))
        else:
            written.append(Written(message, context, verdict, text))
    return written, unwritable


def _without_repeated(
    worker: Dispatcher, written: Sequence[Written], now: datetime.datetime
) -> tuple[list[Written], list[int]]:
    """The messages that may leave, and those held for a repeated text."""
    texts = [
        breaker.OutgoingText(message.id, context.key, verdict.address, text.body)
        for message, context, verdict, text in written
    ]
    stopped = breaker.stop_repeated(worker.breaker, texts, now)
    held = [
        each.message.id
        for each in written
        if each.message.id in stopped.messages or each.context.key in stopped.touchpoints
    ]
    return [each for each in written if each.message.id not in set(held)], held


def _marketing_that_left(
    messages: Sequence[Message], now: datetime.datetime
) -> dict[int, list[datetime.date]]:
    """By client of a marketing message: the days of those that have left, or may have.

    The numbers of one person have them together.
    """
    clients = {each.client_id for each in messages if each.message_class == "marketing"}
    found: dict[int, list[datetime.date]] = {}
    if clients:
        # two who claim at once must not both find the day free
        database.wait_for_turn("marketing")
        yesterday = now.date() - ONE_DAY  # a client's today may be before ours
        since = min(yesterday, *(each.planned_on for each in messages)).replace(day=1)
        person_of = persons.by_number(clients)
        together: dict[int, list[datetime.date]] = {}
        for number in {*clients, *person_of}:
            found[number] = together.setdefault(person_of.get(number, number), [])
        for each in queries.marketing_that_left(found, since):
            found[each.client_id].append(each.planned_on)
    return found


def _set_aside(refused: list[tuple[Message, MessageVerdict]], now: datetime.datetime) -> None:
    """A message that may not leave now waits for its window, or ends with its reason on the card."""
    waiting = [(models.utc(verdict.send_from), m.id) for m, verdict in refused if verdict.send_from]
    database.update_rows(Message, ("send_from",), waiting)
    ended = [(m, verdict) for m, verdict in refused if verdict.state != "queued"]
    move([_ended(m, verdict) for m, verdict in ended], ["queued"], now)
    sweep.release(m.touchpoint_id for m, verdict in ended if verdict.reason in sweep.RELEASING)


def _ended(message: Message, verdict: MessageVerdict) -> Move:
    fell = verdict.reason in sweep.RELEASING
    counted_from = message.touchpoint.anchor_on.isoformat() if fell else ""
    return Move(message, verdict.state, verdict.reason, counted_from=counted_from)


class _Claim(Record, frozen=True):
    """The columns that change when a message is claimed."""

    state: str
    claimed_at: Moment
    attempts: int
    agent_id: int
    channel: str
    address: str
    planned_on: datetime.date
    send_until: Moment | None
    provider: str
    provider_ref: str
    locale: str
    params: str
    subject: str
    body: str
    parts: int
    encoding: str
    id: int


def _claimed(
    worker: Dispatcher, ready: Iterable[Written], now: datetime.datetime
) -> Iterator[tuple[Message, Outgoing]]:
    """Mark as `sending`, and make what the provider is handed.

    Which provider it is handed to is remembered: that one is asked if nobody hears of it again.
    """
    claims, token = [], references.token()
    for each in ready:
        message, context, verdict, _ = each
        _take(worker, each, now)
        claims.append(_claim_of(message))
        url = ""
        if message.channel == "email" and message.message_class == "marketing":
            url = worker.unsubscribe_url(context.client_no)
        not_after = verdict.not_after or message.send_until
        yield message, outgoing.of(message, context, not_after, token, url)
    records.update(Message, claims)


def _take(worker: Dispatcher, ready: Written, now: datetime.datetime) -> None:
    """Give the message what was decided on this moment."""
    message, context, verdict, text = ready
    message.claimed_at, message.attempts = now, message.attempts + 1
    message.agent_id = context.agent_id
    message.channel, message.address = verdict.channel, verdict.address
    message.provider = worker.directory.route(message.channel, message.address).name
    message.planned_on = verdict.planned_on or message.planned_on
    message.send_until = verdict.send_until
    outgoing.put(message, text)


def _claim_of(message: Message) -> _Claim:
    return _Claim(
        state="sending",
        claimed_at=message.claimed_at,
        attempts=message.attempts,
        agent_id=message.agent_id,
        channel=message.channel,
        address=message.address,
        planned_on=message.planned_on,
        send_until=message.send_until,
        provider=message.provider,
        provider_ref="",
        locale=message.locale,
        params=message.params,
        subject=message.subject,
        body=message.body,
        parts=message.parts,
        encoding=message.encoding,
        id=message.id,
    )
