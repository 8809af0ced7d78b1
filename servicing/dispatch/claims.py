"""Messages are claimed: looked at once more, signed by the agent of today, marked as `sending`.

All of it is one transaction, committed before a provider sees any of them. What may not leave stays
where it is, waits for its window, or ends, with its reason.
"""

import datetime
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from policies import database, models, persons, records
from policies.dates import ONE_DAY
from policies.plan import Plan
from policies.records import Record
from servicing.breaker import breaker, halts
from servicing.channels import Directory, Outgoing
from servicing.core import errors, packed_texts, references
from servicing.core.context import TouchpointContext, of_touchpoints
from servicing.core.doubts import Doubts, Span
from servicing.core.models import Message
from servicing.core.reasons import Reason
from servicing.core.settings import Breaker
from servicing.core.states import AnyMessage, Move, Queued, move
from servicing.corrections import sweep
from servicing.dispatch import outgoing, queries, rate_limit
from servicing.events import inviting as on_lists
from servicing.events import replying
from servicing.messages import greetings, permission, signing, still_owed
from servicing.messages.permission import MessageVerdict, PermissionRules
from servicing.messages.templates import Composer, Text
from servicing.messages.waiting import Writer
from servicing.surveys import inviting


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
    to_send: list[tuple[Queued, Outgoing]]
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
        written, unwritable = _written(worker, looking.ready, looking.surveys)
        set_aside = [*looking.set_aside, *unwritable]
        _set_aside(set_aside, now)
        ready, repeating = _without_repeated(worker, written, now)
        held = [*looking.held, *repeating]
        halts.hold(held)
        claimed = list(_claimed(worker, ready, now))
        on_lists.invited((_invited(each) for each in ready if each.text.event), now)
        inviting.invite(worker.plan, worker.composer.asking, map(_leaving, ready))
    return Claimed(
        looked_at=len(messages),
        to_send=claimed,
        set_aside=Counter(each.verdict.state for each in set_aside),
        orphaned=looking.orphaned,
        held=len(held),
        rerouted=len(looking.rerouted),
        in_doubt=len(looking.in_doubt),
    )


class Judged(NamedTuple):
    """A message, and what was decided on it."""

    message: Queued
    context: TouchpointContext
    verdict: MessageVerdict


class Written(NamedTuple):
    """A message that may leave, and its text."""

    message: Queued
    context: TouchpointContext
    verdict: MessageVerdict
    text: Text


class Rerouted(NamedTuple):
    """A message that another provider is to carry by now."""

    message: Queued
    verdict: MessageVerdict
    provider: str


class _SecondLook:
    """Messages that are looked at once more: each goes to one of six places."""

    def __init__(
        self,
        worker: Dispatcher,
        provider: str,
        messages: Sequence[Queued],
        now: datetime.datetime,
        carried_on: Collection[int],
    ) -> None:
        self._worker, self._provider = worker, provider
        self._now, self._carried_on = now, carried_on
        found = list(of_touchpoints(each.touchpoint_id for each in messages))
        self.surveys = inviting.Turn(worker.plan, found, replying.waits_at(now))
        self._contexts = {each.touchpoint_id: each for each in found + self.surveys.contexts}
        # read after them: what was made together with a halt is seen together with it
        self._halted = halts.halted()
        self._booked = _marketing_that_left(messages, now)
        self._greeted = _greetings_that_left(messages, now)
        self._doubts = Doubts(found, worker.rules.timezone)
        self.ready: list[Judged] = []
        self.set_aside: list[Judged] = []
        self.orphaned: list[int] = []
        self.held: list[int] = []
        self.rerouted: list[Rerouted] = []
        self.in_doubt: list[tuple[Queued, Span]] = []

    def look(self, message: Queued) -> None:
        """Decide on one message, after those before it."""
        context = self._contexts[message.touchpoint_id]
        booked = self._booked.setdefault(message.client_id, [])
        greeted = self._greeted.setdefault(message.client_id, [])
        judged = _verdict(self._worker, context, self._now, booked, greeted)
        verdict = self.surveys.look(context, judged)
        if self._may_be_carried_on(verdict, context):
            self.orphaned.append(message.touchpoint_id)
        elif verdict.state != "queued":
            self.set_aside.append(Judged(message, context, verdict))
        elif span := self._doubts.of(message.cleared, context):
            self.in_doubt.append((message, span))
        elif (provider := self._provider_of(verdict)) != self._provider:
            self.rerouted.append(Rerouted(message, verdict, provider))
        elif self._halted.holds(verdict.channel, context.key):
            self.held.append(message.id)
        elif verdict.reason is not Reason.HANDED_OVER:
            self.set_aside.append(Judged(message, context, verdict))
        else:
            self.ready.append(Judged(message, context, verdict))
            if message.message_class == "marketing" and verdict.planned_on:
                booked.append(verdict.planned_on)
            if message.is_greeting and verdict.planned_on:
                greeted.append(verdict.planned_on)

    def _provider_of(self, verdict: MessageVerdict) -> str:
        return self._worker.directory.routes.of(verdict.channel, verdict.address)

    def _may_be_carried_on(self, verdict: MessageVerdict, context: TouchpointContext) -> bool:
        touchpoint = self._worker.plan.touchpoint(context.key)
        may_be = still_owed.may_be_carried_on(verdict.reason, touchpoint)
        return may_be and context.touchpoint_id not in self._carried_on


def _verdict(
    worker: Dispatcher,
    context: TouchpointContext,
    now: datetime.datetime,
    booked: Sequence[datetime.date],
    greeted: Sequence[datetime.date],
) -> MessageVerdict:
    touchpoint = worker.plan.touchpoint(context.key)
    if touchpoint is None:  # the plan has dropped it: what it owed is owed no more
        return MessageVerdict("cancelled", Reason.NOT_IN_PLAN)
    return permission.at_claim(context, touchpoint, worker.rules, now, booked, greeted)


def put_in_doubt(messages: Sequence[AnyMessage], span: Span, now: datetime.datetime) -> int:
    """What a lost book may have sent is `unknown` until its provider was asked; answers with how many.

    It counts as an attempt, begun when the copy was made or with the last that the copy knew of.
    """
    moves = [Move(each, "unknown", Reason.RESTORED, again_at=now) for each in messages]
    moved = move(moves, ["queued"], now)
    rows = [
        (models.utc(max(filter(None, (each.claimed_at, span.since)))), each.attempts + 1, each.id)
        for each in messages
        if each.id in moved
    ]
    database.update_rows(Message, ("claimed_at", "attempts"), rows)
    return len(moved)


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
    worker: Dispatcher, ready: Iterable[Judged], surveys: inviting.Turn
) -> tuple[list[Written], list[Judged]]:
    """The texts, from the facts and the template of this moment; and what nobody can write.

    While a survey waits for digits at a number, no invitation asks for others there.
    """

    def is_asked(verdict: MessageVerdict) -> bool:
        assert verdict.planned_on is not None  # it leaves on that day
        return verdict.channel == "sms" and surveys.asks(verdict.address, verdict.planned_on)

    written, unwritable = [], []
    for message, context, verdict in ready:
        try:
            text = worker.writer.write(
                context,
                message.template,
                verdict.channel,
                verdict.address,
                verdict.planned_on,
                is_asked=partial(is_asked, verdict),
            )
        except errors.BadTemplate:
            failed = MessageVerdict("failed", Reason.TEXT_FAILED, verdict.channel)
            unwritable.append(Judged(message, context, failed))
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
    messages: Sequence[Queued], now: datetime.datetime
) -> dict[int, list[datetime.date]]:
    """By client of a marketing message: the days of those that have left, or may have.

    The numbers of one person have them together.
    """
    some = [each for each in messages if each.message_class == "marketing"]
    if not some:
        return {}
    since = _oldest(some, now).replace(day=1)
    return _that_left(some, lambda clients: queries.marketing_that_left(clients, since))


def _greetings_that_left(
    messages: Sequence[Queued], now: datetime.datetime
) -> dict[int, list[datetime.date]]:
    """The same of greetings."""
    some = [each for each in messages if each.is_greeting]
    if not some:
        return {}
    since = greetings.since(_oldest(some, now))
    return _that_left(some, lambda clients: queries.greetings_that_left(clients, since))


def _oldest(messages: Sequence[Queued], now: datetime.datetime) -> datetime.date:
    """The first day for which one of them is meant; a client's today may be before ours."""
    return min(now.date() - ONE_DAY, *(each.planned_on for each in messages))


def _that_left(
    messages: Sequence[Queued],
    read: Callable[[Collection[int]], Iterable[queries.DayOfCap]],
) -> dict[int, list[datetime.date]]:
    """By client of some messages the days that are read; one list for the numbers of one person."""
    # two who claim at once must not both find the day free
    database.wait_for_turn("marketing")
    clients = {each.client_id for each in messages}
    person_of = persons.by_number(clients)
    found: dict[int, list[datetime.date]] = {}
    together: dict[int, list[datetime.date]] = {}
    for number in {*clients, *person_of}:
        found[number] = together.setdefault(person_of.get(number, number), [])
    for each in read(found):
        found[each.client_id].append(each.planned_on)
    return found


def _leaving(each: Written) -> inviting.Leaving:
    on = each.verdict.planned_on or each.message.planned_on
    return inviting.Leaving(each.message.id, each.context, each.verdict.channel, on)


def _set_aside(refused: Sequence[Judged], now: datetime.datetime) -> None:
    """A message that may not leave now waits for its window, or ends with its reason on the card."""
    waiting = [
        (models.utc(verdict.send_from), message.id)
        for message, _, verdict in refused
        if verdict.send_from
    ]
    database.update_rows(Message, ("send_from",), waiting)
    ended = [each for each in refused if each.verdict.state != "queued"]
    move(map(_ended, ended), ["queued"], now)
    fell = (each for each in ended if each.verdict.reason in sweep.RELEASING)
    sweep.release(each.message.touchpoint_id for each in fell)


def _ended(judged: Judged) -> Move:
    message, context, verdict = judged
    fell = verdict.reason in sweep.RELEASING
    counted_from = context.anchor_on.isoformat() if fell else ""
    return Move(message, verdict.state, verdict.reason, counted_from=counted_from)


def _claimed(
    worker: Dispatcher, ready: Iterable[Written], now: datetime.datetime
) -> Iterator[tuple[Queued, Outgoing]]:
    """Mark as `sending`, and make what the provider is handed.

    Which provider it is handed to is remembered: that one is asked if nobody hears of it again.
    """
    claims, token, ready = [], references.token(), list(ready)
    bases = packed_texts.bases({each.text.base for each in ready})
    for each in ready:
        message, context, verdict = _taken(worker, each, now), each.context, each.verdict
        parcel = outgoing.Parcel(message, each.text)
        claims.append(outgoing.claim_of(parcel, context, bases[each.text.base]))
        url = ""
        if message.channel == "email" and message.message_class == "marketing":
            url = worker.unsubscribe_url(context.client_no)
        not_after = verdict.not_after or message.send_until
        assert not_after
        yield message, outgoing.of(parcel, context, not_after, token, url)
    records.update(Message, claims)


def _invited(ready: Written) -> on_lists.Invited:
    """Whom a message that leaves invites to a client event."""
    return on_lists.Invited(ready.text.event, ready.context.client_id, ready.context.touchpoint_id)


def _taken(worker: Dispatcher, ready: Written, now: datetime.datetime) -> Queued:
    """The message with what was decided on this moment."""
    message, _, verdict, _ = ready
    return replace(
        message,
        claimed_at=now,
        attempts=message.attempts + 1,
        channel=verdict.channel,
        address=verdict.address,
        provider=worker.directory.route(verdict.channel, verdict.address).name,
        planned_on=verdict.planned_on or message.planned_on,
        send_until=verdict.send_until,
    )
