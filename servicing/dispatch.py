"""Queued messages leave the house: claim, commit, hand over, record (DESIGN idea 2).

A message is claimed by compare-and-swap and committed as `sending` before a provider sees it. Who
crashes in between leaves `sending`; that becomes `unknown` and is settled by asking the provider,
so nothing is lost and nothing goes out twice.
"""

import contextlib
import datetime
import json
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import peewee

from policies import database, errors, models
from policies.dates import ONE_DAY
from policies.plan import Plan
from servicing import barred, breaker, halts, pace, permission, settle, states, sweep
from servicing.channels import Accepted, Answer, Directory, Outgoing, Rejected, Routes, Throttled
from servicing.compose import Composer
from servicing.ending import IsOver, never
from servicing.facts import Facts, of_touchpoints
from servicing.handover import LEASE, Clock, Handover, Held, Told
from servicing.models import Message, literally
from servicing.permission import Rules, Verdict
from servicing.reasons import Reason
from servicing.settings import Breaker
from servicing.sharing import Batch, Others, batches
from servicing.states import Move, move

SHORTEST_PAUSE = datetime.timedelta(seconds=1)
"""However little a provider asks for: no message comes round twice in one dispatch."""

FIRST_PAUSE, LONGEST_PAUSE = datetime.timedelta(seconds=30), datetime.timedelta(hours=1)
"""Where no provider says how long: from the one to the other, twice as long each time."""

JITTER = 0.25
"""Pauses differ by so much either way, so that what failed together does not come back together."""

SIGNING = "signing"
"""Claims share it; who changes the agent of policies at large has it alone."""

SETTLE_EVERY = datetime.timedelta(minutes=1)

HANDED_OUT = 100_000
"""Messages that are handed out to others at a time: more than they can send until the next time."""

TOO_FAST = 3
"""After so many refusals in a row for speed the sender as a whole pauses, not the message only."""

LONGEST_WAIT_SECONDS = 10.0
"""A sender that has to pause for longer is left to the next dispatch."""


@dataclass(frozen=True)
class Dispatcher:
    """Everything a dispatch needs besides the moment."""

    plan: Plan
    composer: Composer
    rules: Rules
    directory: Directory
    wall: pace.Wall
    """Senders keep their pace by the seconds of the real world, whatever moment is rehearsed."""
    unsubscribe_url: Callable[[str], str] = lambda client_no: ""
    """Where a client, by number, ends all marketing with one click; empty: nowhere."""
    breaker: Breaker = Breaker()
    """What stops a touchpoint or a channel."""


def dispatch(
    worker: Dispatcher,
    clock: Clock,
    limit: int | None = None,
    is_over: IsOver = never,
    batch: Batch | None = None,
) -> Counter[str]:
    """Send what may leave, at most `limit` messages; answers with counts by resulting state.

    With a `batch`, of its messages only, and what is unknown is left to `settle_unknown`.
    `clock` is read again and again: a long dispatch ends with the send window. Once it `is_over`,
    what is with a provider is waited for, and what was only claimed is queued again. Raises
    `ChannelStopped` at the end if a provider said that it cannot send at all.
    """
    with database.explained(), Handover(worker.directory, clock, worker.wall) as hands:
        counts = _Desk(worker, clock, hands, limit, is_over, batch).work()
    if hands.stopped:
        names = ", ".join(sorted(hands.stopped))
        raise errors.ChannelStopped(names, next(iter(hands.stopped.values())).detail)
    return counts


def settle_unknown(worker: Dispatcher, clock: Clock) -> Counter[str]:
    """Ask the providers for the messages of which nobody can say whether they left."""
    with database.explained(), Handover(worker.directory, clock, worker.wall) as hands:
        return _settle(worker, hands, clock())


def _settle(worker: Dispatcher, hands: Handover, now: datetime.datetime) -> Counter[str]:
    settle.give_up_on_silent_claims(now)
    return settle.settle(worker.directory.channels.get, hands, now, outgoing_of)


def hand_out(others: Others, now: datetime.datetime) -> int:
    """Hand what may leave, and is in nobody's hands, to others in batches; answers with how many.

    What waits for a window, a retry or a decision is handed out when its moment has come, what is
    halted once it is resumed.
    """
    with database.explained():
        halts.release(list(queues()), now)
    with database.explained(), database.exclusive("hand out"):
        could_leave = (Message.state == literally("queued")) & (Message.send_from <= now)
        is_free = Message.id.not_in(peewee.SQL(f"({others.in_hand()})"))
        query = Message.select(Message.id, Message.provider, Message.send_from)
        waiting = query.where(could_leave & is_free).order_by(Message.provider, Message.send_from)
        rows = [(each.provider, now, each.id) for each in waiting.limit(HANDED_OUT)]
        others.send(list(batches(rows)))
    return len(rows)


class _Desk:
    """One dispatch at work: keeps the providers busy, and writes down what they answer."""

    def __init__(
        self,
        worker: Dispatcher,
        clock: Clock,
        hands: Handover,
        limit: int | None,
        is_over: IsOver,
        batch: Batch | None,
    ) -> None:
        self._worker, self._clock, self._hands = worker, clock, hands
        self._left, self._is_over, self._batch = limit, is_over, batch
        self._counts: Counter[str] = Counter()
        self._in_hand: dict[int, Message] = {}
        self._settled_at: datetime.datetime | None = None
        self._too_fast: Counter[str] = Counter()
        self._carried_on: set[int] = set()

    def work(self) -> Counter[str]:
        """Until nothing more may leave; ended early, what is with a provider is still written down."""
        try:
            return self._until_nothing_is_left()
        except (Exception, KeyboardInterrupt, SystemExit):
            with contextlib.suppress(Exception):
                self._record(self._hands.wind_down())
            raise

    def _until_nothing_is_left(self) -> Counter[str]:
        while not self._is_over():
            if not self._batch:
                self._settle_now_and_then()
            self._hands.halted = halts.halted()
            taken = sum(map(self._claim, [self._batch.provider] if self._batch else queues()))
            told = self._hands.answered()
            self._record(told)
            if self._hands.mistake:
                raise self._hands.mistake  # loud, once what others have answered is written down
            if not taken and not told and not self._hands.on_their_way:
                return self._counts
        self._record(self._hands.wind_down())
        return self._counts

    def _settle_now_and_then(self) -> None:
        now = self._clock()
        if self._settled_at is None or now - self._settled_at >= SETTLE_EVERY:
            self._settled_at = now
            if skipped := halts.release(list(queues()), now):
                self._counts["skipped"] += skipped
            self._counts.update(_settle(self._worker, self._hands, now))

    def _claim(self, provider: str) -> int:
        room = self._hands.room(provider)
        if self._left is not None:
            room = min(room, self._left)
        pause = pace.free_at(provider) - self._worker.wall()
        if room <= 0 or pause > LONGEST_WAIT_SECONDS:
            return 0
        now = self._clock()
        among = self._batch.messages if self._batch else None
        claimed = claim(self._worker, provider, now, room, self._carried_on, among)
        if claimed.orphaned:  # an import has ended their policies since the sweep
            sweep.carry_on(claimed.orphaned, permission.book_day(self._worker.rules, now), now)
            self._carried_on.update(claimed.orphaned)
        self._counts.update(claimed.set_aside)
        if claimed.held:
            self._counts["halted"] += claimed.held
        looked_at = claimed.looked_at - claimed.held
        self._left = None if self._left is None else self._left - looked_at
        self._in_hand.update((message.id, message) for message, _ in claimed.to_send)
        self._hands.give(outgoing for _, outgoing in claimed.to_send)
        return claimed.looked_at

    def _record(self, told: list[Told]) -> None:
        answers = [(self._in_hand.pop(message.id), answer) for message, answer in told]
        self._counts.update(record(answers, self._clock()))
        breaker.heard(self._worker.breaker, _letters(answers), self._clock())
        for message, answer in told:
            name = self._worker.directory.route(message.channel, message.address).name
            if not isinstance(answer, Throttled):
                self._too_fast[name] = 0
            elif answer.whole_sender:
                self._too_fast[name] += 1
                if self._too_fast[name] >= TOO_FAST:
                    pause = answer.retry_after or FIRST_PAUSE
                    pace.hold(name, self._worker.wall() + pause.total_seconds())


# ------------------------------------------------------------------------------------------- claim


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
    """The policy has another agent than when the text was made (DOMAIN §4).

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


# ------------------------------------------------------------------------------------------ record


def _letters(answers: Sequence[tuple[Message, Answer | Held]]) -> dict[str, str]:
    """By channel what its providers have answered; left out is what says nothing of the messages."""
    found: dict[str, str] = {}
    for message, answer in answers:
        if isinstance(answer, Accepted):
            letter = breaker.TAKEN
        elif isinstance(answer, Rejected) and answer.kind != "configuration":
            letter = breaker.REFUSED
        else:
            continue
        found[message.channel] = found.get(message.channel, "") + letter
    return found


def record(
    answers: Sequence[tuple[Message, Answer | Held]], now: datetime.datetime
) -> Counter[str]:
    """Write down what became of messages, as they were claimed; answers with counts by state."""
    if not answers:
        return Counter()
    with database.writing():
        moves = [what_follows(message, answer, now) for message, answer in answers]
        held = move(moves, ["sending"], now)
        for message, answer in answers:
            if message.id in held:
                _remember_the_address(message, answer, now)
    return Counter(each.state for each in moves if each.message.id in held)


def what_follows(message: Message, answer: Answer | Held, now: datetime.datetime) -> Move:
    """The state and reason that an answer leads to, and when the message is looked at again."""
    if isinstance(answer, Accepted):
        return Move(message, "accepted", Reason.ACCEPTED, answer.ref)
    if isinstance(answer, Held):
        return Move(message, "queued", Reason.HELD_BACK)
    if isinstance(answer, Throttled):
        asked = answer.retry_after
        reason = (
            Reason.NOT_REACHED if asked is None and not answer.whole_sender else Reason.THROTTLED
        )
        pause = pause_before(message.attempts, message.id) if asked is None else asked
        again = now + max(pause, SHORTEST_PAUSE)
        return Move(message, "queued", reason, code=answer.detail, again_at=again)
    if isinstance(answer, Rejected):
        return _refused(message, answer)
    again = message.claimed_at + LEASE
    return Move(message, "unknown", Reason.NO_ANSWER, code=answer.detail, again_at=again)


def _refused(message: Message, answer: Rejected) -> Move:
    if answer.kind == "configuration":  # our fault, not the message's: it waits
        return Move(message, "queued", Reason.CHANNEL_STOPPED, code=answer.detail)
    if answer.kind == "opted_out":
        return Move(message, "suppressed", Reason.OPTED_OUT, code=answer.detail)
    reason = Reason.NUMBER_REFUSED if answer.kind == "number" else Reason.CONTENT_REFUSED
    return Move(message, "failed", reason, code=answer.detail)


def _remember_the_address(message: Message, answer: Answer | Held, now: datetime.datetime) -> None:
    """A wrong address stays wrong, and an owner who opted out has opted out of all of us."""
    if isinstance(answer, Rejected) and answer.kind in ("number", "opted_out"):
        why: barred.Why = "opted_out" if answer.kind == "opted_out" else "wrong"
        kind: barred.Kind = "email" if message.channel == "email" else "sms"
        source = f"{message.provider} {answer.detail}".strip()
        barred.bar(kind, message.address, why, source, now)


def pause_before(attempt: int, message_id: int) -> datetime.timedelta:
    """How long to wait before the next attempt: longer each time, and not all at the same moment."""
    dice = random.Random(f"{message_id}/{attempt}")
    longer: datetime.timedelta = FIRST_PAUSE * 2 ** min(attempt - 1, 10)
    return min(LONGEST_PAUSE, longer) * dice.uniform(1 - JITTER, 1 + JITTER)
