"""On which days each client gets marketing messages: what is booked, and what a look ahead adds.

Many clients have the same days: for each client we keep the number of a pattern of days, four bytes.
"""

import datetime
from array import array
from collections.abc import Callable, Collection

from servicing.messages import queries

Read = Callable[[Collection[int], datetime.date], dict[int, list[datetime.date]]]
"""By client, of some, the days since one that are booked."""

Since = Callable[[datetime.date], datetime.date]
"""From which day on days count, on a day."""


def first_of_month(day: datetime.date) -> datetime.date:
    """From which day on marketing counts, on a day."""
    return day.replace(day=1)


class BookedDays:
    """The days of each client's messages that count against a cap (domain.md §6.6, §17.6)."""

    UNKNOWN = 0

    def __init__(
        self, clients: int, read: Read = queries.marketing_days, since: Since = first_of_month
    ) -> None:
        self._read, self._since = read, since
        self._of = array("I", bytes(4 * (clients + 1)))
        self._patterns: list[tuple[datetime.date, ...]] = [()]
        self._numbers: dict[tuple[datetime.date, ...], int] = {}

    def look_up(self, clients: Collection[int], day: datetime.date) -> None:
        """Read what is booked already for the clients who are new to us."""
        unknown = [each for each in clients if self._of[each] == self.UNKNOWN]
        booked = self._read(unknown, self._since(day)) if unknown else {}
        for client in unknown:
            self._of[client] = self._number(tuple(sorted(booked.get(client, ()))))

    def pattern_of(self, client: int) -> int:
        """The number of a client's pattern of days."""
        return self._of[client]

    def days(self, pattern: int) -> tuple[datetime.date, ...]:
        """The days of the pattern of that number."""
        return self._patterns[pattern]

    def book(self, client: int, day: datetime.date, on: datetime.date) -> None:
        """Add a day, decided `on` another; days of long before that fill no cap any more."""
        kept = [each for each in self.days(self._of[client]) if each >= self._since(on)]
        self._of[client] = self._number(tuple(sorted([*kept, day])))

    def _number(self, days: tuple[datetime.date, ...]) -> int:
        if days not in self._numbers:
            self._numbers[days] = len(self._patterns)
            self._patterns.append(days)
        return self._numbers[days]
