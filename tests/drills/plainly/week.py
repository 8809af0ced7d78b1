"""A random week: a book of several branches, and what happens to it moment by moment.

The same seed is the same week.
"""

import random
from collections.abc import Callable, Iterator

from tests.drills.plainly import loss, standings, world
from tests.drills.plainly.changes import KINDS, SWITCHED_OFF
from tests.drills.plainly.events import (
    At,
    Booked,
    Complained,
    Dispatched,
    Edited,
    Event,
    Imported,
    Walked,
)
from tests.drills.plainly.imagined import Day, Imagined, after

DISPATCHES = ("00:40", "09:40", "14:30", "18:30")
MOMENTS = ("05:10", "08:15", "11:20", "16:25", "21:30")
COMPLAINTS = "07:30"
"""Between the walk and the first dispatch that people see."""

STANDINGS = "12:45"

FIRST, LAST = Day(2025, 1, 20), Day(2026, 9, 1)
"""Between these days weeks begin: the working days of all of them are published."""


class Week:
    """The events of a seed, in their order."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._moods = random.Random(f"complaints {seed}")
        """Dice of their own, so that the week around a complaint is what it would be without; so are
        the next."""
        self._standings = random.Random(f"standings {seed}")
        self._complaining: list[str] = []
        self.begins = after(FIRST, self._dice.randrange((LAST - FIRST).days))
        self.days = self._dice.randint(7, 15)
        self._book = Imagined(self._dice, self.begins, self.days)
        self.loss = loss.of_week(seed, self.begins, self.days)

    def events(self) -> Iterator[At]:
        """All that happens, the first book included."""
        if self.loss:
            return self.loss.befalls(self._events(), self._book)
        return self._events()

    def _events(self) -> Iterator[At]:
        joined = after(self.begins, -self._dice.choice([0, 0, 1, 3]))
        first = Imported(self._book.all(), joined, "the first book")
        yield At(world.at(self.begins, "00:10"), first)
        ledger = tuple(map(dict, self._book.ledger.values()))
        yield At(world.at(self.begins, "00:20"), Booked(ledger, "the ledger"))
        for event in [each for _ in range(3) for each in self._book.some_kin()]:
            yield At(world.at(self.begins, "00:30"), event)
        away_until = self.begins
        for number in range(self.days):
            day = after(self.begins, number)
            if number and self._dice.random() < 0.12:
                away_until = after(day, self._dice.randint(1, 5))
            if number == self.days // 2:
                yield At(world.at(day, "04:30"), Edited())
            yield from self._day(day, is_away=day < away_until)

    def _day(self, day: Day, *, is_away: bool) -> Iterator[At]:
        times: list[tuple[str, Callable[[Day], Iterator[Event]]]] = [(COMPLAINTS, self._complaint)]
        times.append((STANDINGS, self._standing))
        times += [(time, self._change) for time in MOMENTS if self._dice.random() < 0.55]
        if not is_away:
            times += [(world.WALK, self._walk), *((time, self._dispatch) for time in DISPATCHES)]
        for time, happens in sorted(times, key=lambda each: each[0]):
            for event in happens(day):
                yield At(world.at(day, time), event)

    def _walk(self, day: Day) -> Iterator[Event]:
        yield Walked(day)

    def _dispatch(self, day: Day) -> Iterator[Event]:
        yield Dispatched()

    def _complaint(self, day: Day) -> Iterator[Event]:
        if self._complaining and self._moods.random() < 0.3:
            yield Complained(self._complaining.pop(0), is_over=True)
        if self._moods.random() < 0.35:
            client_nos = sorted({row["client_no"] for row in self._book.policies.values()})
            self._complaining.append(self._moods.choice(client_nos))
            yield Complained(self._complaining[-1])

    def _standing(self, day: Day) -> Iterator[Event]:
        if self._standings.random() < 0.5:
            yield from standings.some(self._book, day, self._standings)

    def _change(self, day: Day) -> Iterator[Event]:
        kinds = [each for each in KINDS if each not in SWITCHED_OFF]
        kind = self._dice.choices(kinds, [KINDS[each][1] for each in kinds])[0]
        yield from KINDS[kind][0](self._book, day)
