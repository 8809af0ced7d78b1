"""What was worked out of a unit's month is good for some minutes: to count a branch takes a while."""

import datetime
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

GOOD_FOR = datetime.timedelta(minutes=5)
MOST = 400
"""Units and months that a process remembers."""


class Kept(Generic[T]):
    """By what it is of: what was found, and when."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._found: dict[object, tuple[datetime.datetime, T]] = {}

    def of(
        self, key: object, now: datetime.datetime, find: Callable[[], T]
    ) -> tuple[datetime.datetime, T]:
        """Since when it is so, and what it is; it is looked for where nothing young is kept."""
        known = self._found.get(key)
        if known is not None and now - known[0] < GOOD_FOR:
            return known
        made = (now, find())
        with self._turn:
            self._found = {
                each: held for each, held in self._found.items() if now - held[0] < GOOD_FOR
            }
            if len(self._found) >= MOST:
                self._found.clear()
            self._found[key] = made
        return made

    def forget(self) -> None:
        """Something was changed that they rest on."""
        with self._turn:
            self._found.clear()
