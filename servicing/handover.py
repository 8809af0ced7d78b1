"""Messages on their way: each provider's threads, its pace, and its stop.

The channels work in threads of their own; claiming and recording stay in the caller's, which is the
only one that speaks to the database.
"""

import datetime
import queue
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from types import TracebackType

from servicing import pace
from servicing.channels import Answer, Channel, Directory, Outgoing, Rejected

Clock = Callable[[], datetime.datetime]

IN_ONE_GO = 500
"""Messages claimed at a time for a channel that works in our own thread."""

AHEAD, SECONDS_AHEAD = 250, 2
"""Messages claimed before a thread is free: enough to keep all busy, few to settle after a crash."""

LEASE = datetime.timedelta(minutes=5)
"""After it, whoever claimed a message and has not said what became of it is taken for dead."""

HAND_OVER_WITHIN = LEASE / 2
"""Later nothing is handed over any more: others may soon take it for lost, and clocks differ."""

LONGEST_NAP_SECONDS = 1.0
"""Who waits for his turn looks up so often whether there is still one."""

ENOUGH, AT_MOST_SECONDS = 500, 0.25
"""Answers are written down together: so many, or after so long."""


@dataclass(frozen=True, slots=True)
class Held:
    """It was not handed over after all, so it waits as before."""

    why: str


Told = tuple[Outgoing, Answer | Held]


class Handover:
    """Hands messages to the providers that their routes lead to, several at a time."""

    def __init__(self, directory: Directory, clock: Clock, wall: pace.Wall) -> None:
        self._directory = directory
        self._clock, self._wall = clock, wall
        self._answers: queue.SimpleQueue[tuple[Outgoing, Answer | Held | Exception]] = (
            queue.SimpleQueue()
        )
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._last: dict[str, float] = {}
        self._gates: dict[str, Lock] = {name: Lock() for name in directory.channels}
        self._on_their_way: Counter[str] = Counter()
        self._is_ending = False
        self.stopped: dict[str, Rejected] = {}
        """Providers that have said that they cannot send at all, and what they said."""

    def __enter__(self) -> "Handover":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_ending = True
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        for channel in self._directory.channels.values():
            channel.close()

    @property
    def on_their_way(self) -> int:
        """How many messages have not been answered for."""
        return self._on_their_way.total()

    def room(self, provider: str) -> int:
        """How many messages may be claimed for it now."""
        channel = self._directory.channels.get(provider)
        if channel is None:
            return IN_ONE_GO
        if provider in self.stopped:
            return 0
        if not channel.capabilities.concurrency:
            return IN_ONE_GO
        most, waiting = ahead(channel), self._on_their_way[provider]
        return most - waiting if waiting <= most // 2 else 0

    def give(self, messages: Iterable[tuple[Outgoing, float]]) -> None:
        """Hand over messages, each not before its moment (seconds since 1970; 0: now)."""
        for message, leave_at in messages:
            channel = self._directory.route(message.channel, message.address)
            self._on_their_way[channel.name] += 1
            if channel.capabilities.concurrency:
                self._pool(channel).submit(self._work, channel, message, leave_at)
            else:
                self._answers.put((message, self._send(channel, message, leave_at)))

    def answered(self) -> list[Told]:
        """What has been answered: at once what there is, else a little later."""
        told: list[Told] = []
        deadline = time.monotonic() + AT_MOST_SECONDS
        while self.on_their_way and len(told) < ENOUGH:
            try:
                message, answer = self._answers.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                break
            self._on_their_way[self._directory.route(message.channel, message.address).name] -= 1
            if isinstance(answer, Exception):
                raise answer  # a mistake of ours: loud, and settled like a crash
            told.append((message, answer))
        return told

    def wind_down(self) -> list[Told]:
        """Hand nothing more over; back when what is with a provider has been answered."""
        self._is_ending = True
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        told = []
        while not self._answers.empty():
            message, answer = self._answers.get()
            if not isinstance(answer, Exception):
                told.append((message, answer))
        return told

    def ask(self, works: Iterable[tuple[Channel, Callable[[], None]]]) -> None:
        """Do works that ask a provider, in its threads; back when all are done."""
        futures: list[Future[None]] = []
        for channel, work in works:
            if channel.capabilities.concurrency:
                futures.append(self._pool(channel).submit(work))
            else:
                work()
        for future in futures:
            future.result()

    def _work(self, channel: Channel, message: Outgoing, leave_at: float) -> None:
        try:
            answer: Answer | Held | Exception = self._send(channel, message, leave_at)
        except Exception as error:
            answer = error
        self._answers.put((message, answer))

    def _send(self, channel: Channel, message: Outgoing, leave_at: float) -> Answer | Held:
        self._wait_for_our_turn(channel, leave_at)
        if self._is_ending:
            return Held("the dispatch was ended")
        if stopped := self.stopped.get(channel.name):
            return stopped
        now = self._clock()
        if now >= message.not_after:
            return Held("its window has closed")
        if now - message.handed_over_at >= HAND_OVER_WITHIN:
            return Held("it was claimed too long ago")
        answer = channel.send(message)
        if isinstance(answer, Rejected) and answer.kind == "configuration":
            self.stopped.setdefault(channel.name, answer)
        return answer

    def _wait_for_our_turn(self, channel: Channel, leave_at: float) -> None:
        """Until our moment; what was held up does not catch up, since that would be too fast."""
        rate = channel.capabilities.messages_per_second
        if not rate:
            return
        with self._gates[channel.name]:
            earliest = max(leave_at, self._last.get(channel.name, 0.0) + pace.interval(rate))
            while (pause := earliest - self._wall()) > 0:
                if self._is_ending or channel.name in self.stopped:
                    return
                time.sleep(min(pause, LONGEST_NAP_SECONDS))
            self._last[channel.name] = self._wall()

    def _pool(self, channel: Channel) -> ThreadPoolExecutor:
        if channel.name not in self._pools:
            threads = channel.capabilities.concurrency
            self._pools[channel.name] = ThreadPoolExecutor(threads, channel.name)
        return self._pools[channel.name]


def ahead(channel: Channel) -> int:
    """How many messages may be claimed for a channel before they are handed over."""
    able = channel.capabilities
    if able.messages_per_second:
        return min(AHEAD, max(2 * able.concurrency, SECONDS_AHEAD * able.messages_per_second))
    return AHEAD
