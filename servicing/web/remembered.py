"""What took long to count is shown again for a while, rather than counted for each look."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar

LONG = 0.05
"""Seconds; what is found sooner is found anew each time."""

TIMES = 50
"""So many times as long as it took to find, it is shown: ten seconds for a fifth of a second."""

MOST = 200
"""Answers in memory."""

T = TypeVar("T")


class _Held(NamedTuple):
    value: Any
    until: float


class Remembered:
    """What this process has found, by what it is; whoever changes something of it forgets all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[Hashable, _Held] = {}
        self._turn = threading.Lock()

    def of(self, what: Hashable, find: Callable[[], T]) -> T:
        """The answer that `find` gives, or gave a moment ago."""
        begun = self._clock()
        with self._turn:
            held = self._held.get(what)
        if held is not None and begun < held.until:
            return held.value  # type: ignore[no-any-return]
        value, took = find(), self._clock() - begun
        if took > LONG:
            with self._turn:
                if len(self._held) >= MOST:
                    self._held.clear()
                self._held[what] = _Held(value, begun + took * (TIMES + 1))
        return value

    def forget(self) -> None:
        """Something has been changed: the next look finds it."""
        with self._turn:
            self._held.clear()
