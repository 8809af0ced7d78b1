"""Requests of strangers are counted in memory: whoever forges thousands writes nothing to the database.

The counts are brought into it now and then, all at once, while nobody else writes (`afterwards`).
"""

import datetime
import threading
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from policies import database
from servicing.core.models import HookCount


class Tallied(NamedTuple):
    """Requests of a day to a hook or link that came to the same."""

    day: datetime.date
    hook: str
    outcome: str


class Tallies:
    """The counts of this process that are not in the database yet."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._counts: Counter[Tallied] = Counter()

    def add(self, tallied: Tallied, number: int = 1) -> None:
        """So many more."""
        with self._turn:
            self._counts[tallied] += number

    def of(self, day: datetime.date) -> dict[tuple[str, str], int]:
        """The counts of a day, by hook and outcome."""
        with self._turn:
            return {
                (each.hook, each.outcome): number
                for each, number in self._counts.items()
                if each.day == day
            }

    def bring_in(self) -> None:
        """Write all of them; where that fails, they are counted still."""
        with self._turn:
            counts, self._counts = self._counts, Counter()
        try:
            write(counts)
        except BaseException:
            with self._turn:
                self._counts += counts
            raise

    def __bool__(self) -> bool:
        return bool(self._counts)


def write(counts: Mapping[Tallied, int]) -> None:
    """Add to the counts in `hook_count`."""
    columns = [HookCount.day, HookCount.hook, HookCount.outcome]
    with database.writing():
        for each, number in counts.items():
            HookCount.insert(**each._asdict(), count=number).on_conflict(
                conflict_target=columns, update={HookCount.count: HookCount.count + number}
            ).execute()
