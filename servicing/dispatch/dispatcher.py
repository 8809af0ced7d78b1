"""Queued messages leave the house: claim, commit, hand over, record (docs/architecture.md, idea 2).

A message is claimed by compare-and-swap and committed as `sending` before a provider sees it. Who
crashes in between leaves `sending`; that becomes `unknown` and is settled by asking the provider,
so nothing is lost and nothing goes out twice.
"""

import contextlib
import datetime
from collections import Counter

from policies import database
from servicing.breaker import breaker, halts
from servicing.channels import Throttled
from servicing.core import errors
from servicing.core.runtime import IsOver, never
from servicing.core.states import AnyMessage
from servicing.corrections import sweep
from servicing.dispatch import claims, outcomes, queries, rate_limit, reconcile
from servicing.dispatch.claims import Dispatcher
from servicing.dispatch.provider_pool import Answered, Clock, ProviderPool
from servicing.dispatch.questions import Questions
from servicing.messages import permission
from servicing.schedule.handoff import Batch, Others, Waiting, batches

SETTLE_EVERY = datetime.timedelta(minutes=1)

HANDED_OUT = 100_000
"""Messages that are handed out to others at a time: more than they can send until the next time."""

TOO_FAST = 3
"""After so many refusals in a row for speed the sender as a whole pauses, not the message only."""

LONGEST_WAIT_SECONDS = 10.0
"""A sender that has to pause for longer is left to the next dispatch."""


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
    with database.explained(), ProviderPool(worker.directory, clock, worker.wall) as pool:
        counts = _Desk(worker, clock, pool, limit, is_over, batch).work()
    if pool.stopped:
        names = ", ".join(sorted(pool.stopped))
        raise errors.ChannelStopped(names, next(iter(pool.stopped.values())).detail)
    return counts


def settle_unknown(worker: Dispatcher, clock: Clock) -> Counter[str]:
    """Ask the providers for the messages of which nobody can say whether they left."""
    with database.explained(), ProviderPool(worker.directory, clock, worker.wall) as pool:
        return _settle(worker, pool, clock())


def _settle(worker: Dispatcher, pool: ProviderPool, now: datetime.datetime) -> Counter[str]:
    reconcile.give_up_on_silent_claims(now)
    return reconcile.settle(Questions(worker), pool, now)


def hand_out(others: Others, now: datetime.datetime) -> int:
    """Hand what may leave, and is in nobody's hands, to others in batches; answers with how many.

    What waits for a window, a retry or a decision is handed out when its moment has come, what is
    halted once it is resumed.
    """
    with database.explained():
        halts.release(list(queries.queues()), now)
    with database.explained(), database.exclusive("hand out"):
        free = queries.in_nobodys_hands(others.in_hand(), now, HANDED_OUT)
        rows = [Waiting(each.provider, now, each.id) for each in free]
        others.send(list(batches(rows)))
    return len(rows)


class _Desk:
    """One dispatch at work: keeps the providers busy, and writes down what they answer."""

    def __init__(
        self,
        worker: Dispatcher,
        clock: Clock,
        pool: ProviderPool,
        limit: int | None,
        is_over: IsOver,
        batch: Batch | None,
    ) -> None:
        self._worker, self._clock, self._hands = worker, clock, pool
        self._left, self._is_over, self._batch = limit, is_over, batch
        self._counts: Counter[str] = Counter()
        self._in_hand: dict[int, AnyMessage] = {}
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
            providers = [self._batch.provider] if self._batch else queries.queues()
            taken = sum(map(self._claim, providers))
            answers = self._hands.answered()
            self._record(answers)
            if self._hands.mistake:
                raise self._hands.mistake  # loud, once what others have answered is written down
            if not taken and not answers and not self._hands.on_their_way:
                return self._counts
        self._record(self._hands.wind_down())
        return self._counts

    def _settle_now_and_then(self) -> None:
        now = self._clock()
        if self._settled_at is None or now - self._settled_at >= SETTLE_EVERY:
            self._settled_at = now
            if skipped := halts.release(list(queries.queues()), now):
                self._counts["skipped"] += skipped
            self._counts.update(_settle(self._worker, self._hands, now))

    def _claim(self, provider: str) -> int:
        room = self._hands.room(provider)
        if self._left is not None:
            room = min(room, self._left)
        pause = queries.free_at(provider) - self._worker.wall()
        if room <= 0 or pause > LONGEST_WAIT_SECONDS:
            return 0
        now = self._clock()
        among = self._batch.messages if self._batch else None
        claimed = claims.claim(self._worker, provider, now, room, self._carried_on, among)
        if claimed.orphaned:  # an import has ended their policies since the sweep
            today = permission.book_day(self._worker.rules, now)
            sweep.carry_on(self._worker.plan, claimed.orphaned, today, now)
            self._carried_on.update(claimed.orphaned)
        self._counts.update(claimed.set_aside)
        if claimed.in_doubt:
            self._settled_at = None  # ask at once
        if claimed.held:
            self._counts["halted"] += claimed.held
        self._left = None if self._left is None else self._left - claimed.decided
        self._in_hand.update((message.id, message) for message, _ in claimed.to_send)
        self._hands.give(outgoing for _, outgoing in claimed.to_send)
        return claimed.looked_at

    def _record(self, answers: list[Answered]) -> None:
        answered = [(self._in_hand.pop(message.id), answer) for message, answer in answers]
        self._counts.update(outcomes.record(answered, self._clock()))
        breaker.heard(self._worker.breaker, outcomes.letters(answered), self._clock())
        for message, answer in answers:
            name = self._worker.directory.route(message.channel, message.address).name
            if not isinstance(answer, Throttled):
                self._too_fast[name] = 0
            elif answer.whole_sender:
                self._too_fast[name] += 1
                if self._too_fast[name] >= TOO_FAST:
                    pause = answer.retry_after or outcomes.FIRST_PAUSE
                    rate_limit.hold(name, self._worker.wall() + pause.total_seconds())
