"""Messages on their way: each provider's threads, its pace, and its stop.

The channels work in threads of their own; claiming and recording stay in the caller's, which is the
only one that speaks to the database.
"""

import datetime
import math
import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

from servicing.breaker import halts
from servicing.channels import Answer, Channel, Directory, Outgoing, Rejected
from servicing.core.states import LEASE
from servicing.dispatch import rate_limit

Clock = Callable[[], datetime.datetime]

IN_ONE_GO = 500
"""Messages claimed at a time for a channel that works in our own thread."""

AHEAD, SECONDS_AHEAD = 250, 2
"""Messages claimed before a thread is free: enough to keep all busy, few to settle after a crash."""

A_THREADS_RATE = 20
"""Messages a second that a thread can hand over where an answer takes 50 ms."""

BLOCK_SECONDS = 0.1
"""Moments of a sender are taken so many seconds at a time: what is not used of them is lost."""

HAND_OVER_WITHIN = LEASE / 2
"""Later nothing is handed over any more: others may soon take it for lost, and clocks differ."""

LONGEST_NAP_SECONDS = 1.0
"""Whoever waits for a turn checks so often whether there is still one."""

LATE_SECONDS = 0.005
"""Every sleep ends a little late; more than this is a delay, and shifts what follows."""

TOO_LATE_SECONDS = 0.015
"""Whoever comes late to a moment asks for another one.

Late ones of several workers arrive together. `rate_limit.SLACK` has room for this and three times as much
on the way to the provider.
"""

ENOUGH, AT_MOST_SECONDS = 500, 0.25
"""Answers are written down together: so many, or after so long."""

START_WITHIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class HeldBack:
    """It was not handed over after all, so it waits as before."""

    why: str


@dataclass(frozen=True, slots=True)
class _Late:
    """It came too late to its moment, and needs another one."""


Answered = tuple[Outgoing, Answer | HeldBack]


class ProviderPool:
    """Hands messages to the providers that their routes lead to, several at a time."""

    def __init__(self, directory: Directory, clock: Clock, wall: rate_limit.Wall) -> None:
        self._directory = directory
        self._clock, self._wall = clock, wall
        self._answers: queue.SimpleQueue[tuple[Outgoing, Answer | HeldBack | _Late | Exception]]
        self._answers = queue.SimpleQueue()
        self._lanes: dict[str, _Lane] = {}
        self._on_their_way: Counter[str] = Counter()
        self._is_ending = False
        self.mistake: Exception | None = None
        """What a channel raised, which none may do: its message is settled like after a crash."""
        self.halted = halts.NOTHING
        """What must not be handed over any more: it goes back to where it waited."""
        self.stopped: dict[str, Rejected] = {}
        """Providers that have said that they cannot send at all, and what they said."""

    def __enter__(self) -> "ProviderPool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_ending = True
        for lane in self._lanes.values():
            lane.pool.shutdown(wait=True)
        for channel in self._directory.channels.values():
            channel.close()

    @property
    def on_their_way(self) -> int:
        """How many messages have not been answered for."""
        return sum(self._on_their_way.values())

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

    def give(self, messages: Iterable[Outgoing]) -> None:
        """Hand over messages, each as soon as its provider has a thread and a moment for it."""
        for message in messages:
            channel = self._channel_of(message)
            self._on_their_way[channel.name] += 1
            if channel.capabilities.concurrency:
                self._lane(channel).backlog.append(message)
            else:
                self._answers.put((message, self._send(channel, message)))
        for lane in self._lanes.values():
            self._submit(lane)

    def answered(self) -> list[Answered]:
        """The answers so far: at once where there are any, else a little later."""
        answers: list[Answered] = []
        deadline = time.monotonic() + AT_MOST_SECONDS
        while self.on_their_way and len(answers) < ENOUGH:
            try:
                message, answer = self._answers.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                break
            name = self._channel_of(message).name
            if lane := self._lanes.get(name):
                lane.in_pool -= 1
                if isinstance(answer, _Late):
                    lane.backlog.appendleft(message)
                self._submit(lane)
            if isinstance(answer, _Late):
                continue
            self._on_their_way[name] -= 1
            if isinstance(answer, Exception):
                self.mistake = self.mistake or answer
            else:
                answers.append((message, answer))
        return answers

    def wind_down(self) -> list[Answered]:
        """Hand nothing more over; back when what is with a provider has been answered."""
        self._is_ending = True
        answers: list[Answered] = []
        for lane in self._lanes.values():
            answers += [(message, HeldBack("the dispatch was ended")) for message in lane.backlog]
            lane.backlog.clear()
            lane.pool.shutdown(wait=True)
        while not self._answers.empty():
            message, answer = self._answers.get()
            if isinstance(answer, _Late):
                answer = HeldBack("the dispatch was ended")
            if not isinstance(answer, Exception):
                answers.append((message, answer))
        return answers

    def ask(self, works: Iterable[tuple[Channel, Callable[[], None]]]) -> None:
        """Do works that ask a provider, in its threads; back when all are done."""
        futures: list[Future[None]] = []
        for channel, work in works:
            if channel.capabilities.concurrency:
                futures.append(self._lane(channel).pool.submit(work))
            else:
                work()
        for future in futures:
            future.result()

    def _is_halted(self, message: Outgoing) -> bool:
        return self.halted.holds(message.channel, message.touchpoint)

    def _channel_of(self, message: Outgoing) -> Channel:
        return self._directory.route(message.channel, message.address)

    def _lane(self, channel: Channel) -> "_Lane":
        if channel.name not in self._lanes:
            self._lanes[channel.name] = _Lane(channel)
        return self._lanes[channel.name]

    def _submit(self, lane: "_Lane") -> None:
        """To the threads what they can take: whoever is handed a moment must not come late to it."""
        while lane.backlog and lane.in_pool < lane.depth:
            if self._is_halted(lane.backlog[0]):  # it takes no moment from those that may leave
                lane.in_pool += 1
                self._answers.put((lane.backlog.popleft(), HeldBack("it was halted")))
                continue
            moment = lane.next_moment(self._wall())
            lane.in_pool += 1
            lane.pool.submit(self._work, lane, lane.backlog.popleft(), moment)

    def _work(self, lane: "_Lane", message: Outgoing, leave_at: float) -> None:
        answer: Answer | HeldBack | _Late | Exception
        try:
            is_in_time = not lane.rate or self._wait_for_its_turn(lane, message, leave_at)
            answer = self._send(lane.channel, message) if is_in_time else _Late()
        except Exception as error:
            answer = error
        self._answers.put((message, answer))

    def _wait_for_its_turn(self, lane: "_Lane", message: Outgoing, leave_at: float) -> bool:
        """Until its moment, and not right behind one that was late: to catch up would be too fast.

        Answers with whether it came in time.
        """
        while (pause := leave_at - self._wall()) > 0:
            if self._is_ending or lane.channel.name in self.stopped or self._is_halted(message):
                return True
            time.sleep(min(pause, LONGEST_NAP_SECONDS))
        with lane.gate:
            turn = max(leave_at, lane.last + rate_limit.interval(lane.rate))
            time.sleep(max(0.0, turn - self._wall()))
            now = self._wall()
            if lane.is_held_by_its_pace and now - leave_at > TOO_LATE_SECONDS:
                return False
            lane.last = max(turn, now - LATE_SECONDS)
            return True

    def _send(self, channel: Channel, message: Outgoing) -> Answer | HeldBack:
        if self._is_ending:
            return HeldBack("the dispatch was ended")
        if self._is_halted(message):
            return HeldBack("it was halted")
        if stopped := self.stopped.get(channel.name):
            return stopped
        now = self._clock()
        if now >= message.not_after:
            return HeldBack("its window has closed")
        if now - message.handed_over_at >= HAND_OVER_WITHIN:
            return HeldBack("it was claimed too long ago")
        answer = channel.send(message)
        if isinstance(answer, Rejected) and answer.kind == "configuration":
            self.stopped.setdefault(channel.name, answer)
        return answer


class _Lane:
    """One provider: its threads, what waits for them, and the moments that were taken for it."""

    def __init__(self, channel: Channel) -> None:
        able = channel.capabilities
        self.channel = channel
        self.backlog: deque[Outgoing] = deque()
        self.in_pool = 0
        self.rate = able.messages_per_second or 0
        self.is_held_by_its_pace = 0 < self.rate <= A_THREADS_RATE * able.concurrency
        # where threads are what is short: some more, so that none is idle while answers are recorded
        self.depth = able.concurrency + (0 if self.is_held_by_its_pace else AHEAD)
        self.gate = threading.Lock()
        self.last = 0.0
        """When the last one left."""
        self._moments: deque[float] = deque()
        self.pool = self._started(able.concurrency)

    def _started(self, threads: int) -> ThreadPoolExecutor:
        """Threads that have loaded what they need: loading must not take the time of a moment."""
        self.channel.prepare()
        pool = ThreadPoolExecutor(threads, self.channel.name, self.channel.prepare)
        together = threading.Barrier(threads + 1, timeout=START_WITHIN_SECONDS)
        for _ in range(threads):
            pool.submit(together.wait)
        together.wait()
        return pool

    def next_moment(self, now: float) -> float:
        """The next moment at which the sender may send; 0, which is at once, for one without a pace."""
        if not self.rate:
            return 0.0
        while self._moments and self._moments[0] < now - BLOCK_SECONDS:
            self._moments.popleft()  # others have sent since: to catch up would be too fast
        if not self._moments:
            free = max(self.depth - self.in_pool, math.ceil(self.rate * BLOCK_SECONDS))
            count = min(free, len(self.backlog))
            self._moments.extend(rate_limit.take(self.channel.name, self.rate, count, now))
        return self._moments.popleft()


def ahead(channel: Channel) -> int:
    """How many messages may be claimed for a channel before they are handed over."""
    able = channel.capabilities
    if able.messages_per_second:
        return min(AHEAD, max(2 * able.concurrency, SECONDS_AHEAD * able.messages_per_second))
    return AHEAD
