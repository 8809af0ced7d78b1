"""Others who take work over and do nothing until they are asked to: what was handed out, to look at."""

import datetime
from collections.abc import Collection, Iterator
from dataclasses import replace

from servicing.schedule import parts
from servicing.schedule.handoff import Batch, Part
from servicing.schedule.materialize import DayWalked, Walker


class Hands:
    """What was handed out, in order."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.batches: list[Batch] = []

    def make(self, part: Part) -> None:
        self.parts.append(part)

    def send(self, batches: Collection[Batch]) -> None:
        self.batches += batches

    def in_hand(self) -> str:
        held = ", ".join(str(number) for each in self.batches for number in each.messages)
        return f"SELECT id FROM message WHERE id IN ({held or 0})"

    def help(self, walker: Walker) -> Walker:
        """The walker, with these hands beside it."""
        return replace(walker, others=self)

    def make_all(self, walker: Walker, now: datetime.datetime) -> Iterator[DayWalked]:
        """Make the parts, in the order in which they were handed out."""
        while self.parts:
            yield parts.make(self.help(walker), self.parts.pop(0), now)
