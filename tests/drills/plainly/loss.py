"""A book that is lost: when it is copied, when it goes, and what the world does about it then.

Some weeks have one, by dice of its own. What operations do is what docs/operations.md tells them: they
restore the copy, at once or hours later, and say when the book was lost, or do not. A dispatch may come
before anything else. Then the files of today are imported again, the whole book and its ledger, and
what persons have said since the copy is said once more, in its order: stops and their end,
complaints and theirs, deaths, that
somebody is alive, halts and their end. Days later somebody asks those clients of whom nobody can say
what they have got. Whoever has said it knows it still, the core system, or the
provider. The work of agents, and who belongs to whose family, stand nowhere else: a task that was done
since is open again, a family that was named since is none. Plan and texts are files, and stay.
"""

import datetime
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.drills.plainly import world
from tests.drills.plainly.events import (
    At,
    Booked,
    Complained,
    Copied,
    Died,
    Dispatched,
    Edited,
    Event,
    Halted,
    Imported,
    Lives,
    Mended,
    Receipted,
    Restored,
    Resumed,
    Said,
    Settled,
    Stopped,
    Walked,
)
from tests.drills.plainly.imagined import Day, Imagined, after
from tests.drills.plainly.world import Row

SHARE = 0.3
"""Of the weeks."""

GAPS = (
    *("04:45", "05:40", "07:00", "09:00", "10:30"),
    *("13:00", "15:30", "17:30", "20:00", "23:00"),
)
"""When nothing else happens: before and after walks, dispatches and corrections."""

SAID = (Said, Stopped, Complained, Died, Lives, Halted, Resumed)
"""What is said again."""

OF_FILES = (Mended, Edited)
"""What a lost database does not undo."""

Moment = datetime.datetime
STEP = datetime.timedelta(seconds=10)
"""From one thing that operations do to the next."""


@dataclass(frozen=True)
class Files:
    """What the core system says at a moment."""

    rows: tuple[Row, ...]
    ledger: tuple[Row, ...]

    @classmethod
    def of(cls, book: Imagined) -> "Files":
        return cls(book.all(), tuple(map(dict, book.ledger.values())))


@dataclass
class Loss:
    """The loss of one week."""

    copied_at: Moment
    lost_at: Moment
    restored_at: Moment
    settled_at: Moment
    """When somebody has found time to ask clients what they have got."""
    dice: random.Random
    _client_nos: set[str] = field(default_factory=set)
    """That the copy knows."""
    _said: list[Event] = field(default_factory=list)
    """Since the copy was made."""

    def befalls(self, events: Iterable[At], book: Imagined) -> Iterator[At]:
        """What happens in a week, with its loss."""
        to_come = [
            (self.copied_at, self._copied),
            (self.restored_at, self._restored),
            (self.settled_at, self._settled),
        ]
        files = Files.of(book)
        for each in events:
            while to_come and to_come[0][0] <= each.moment:
                moment, happens = to_come.pop(0)
                for number, event in enumerate(happens(files)):
                    yield At(moment + number * STEP, event)
            if self._is_there(each):
                yield each
            files = Files.of(book)

    def _is_there(self, each: At) -> bool:
        """Whether it happens, or there is no book at that moment; what is to be said again is noted."""
        if each.moment < self.copied_at and isinstance(each.event, Imported):
            self._client_nos.update(row["client_no"] for row in each.event.rows)
        if self.copied_at < each.moment < self.restored_at and isinstance(each.event, SAID):
            self._said.append(each.event)
        is_lost = self.lost_at < each.moment < self.restored_at
        return not is_lost or isinstance(each.event, OF_FILES)

    def _copied(self, files: Files) -> Iterator[Event]:
        yield Copied()

    def _restored(self, files: Files) -> Iterator[Event]:
        dice, today = self.dice, self.restored_at.date()
        yield Restored(dice.choice([None, self.lost_at]))
        yield Receipted(self.copied_at)
        if dice.random() < 0.4:
            yield Dispatched()
        joined = dice.choice([today, self.copied_at.date()])
        yield Imported(files.rows, joined, "the whole book, after the loss")
        yield Booked(files.ledger, "the whole ledger, after the loss", dice.random() < 0.8)
        known = self._client_nos.union(row["client_no"] for row in files.rows)
        yield from (each for each in self._said if _whose(each) in {"", *known})
        if dice.random() < 0.5:
            yield Walked(today)

    def _settled(self, files: Files) -> Iterator[Event]:
        yield Settled()


def _whose(event: Event) -> str:
    """The client whom it names; nobody can name one whom neither the copy nor the file knows."""
    return event.client_no if isinstance(event, Complained | Died | Lives) else ""


def of_week(seed: int, begins: Day, days: int) -> Loss | None:
    """By dice of its own, so that the week around it is what it would be without."""
    dice = random.Random(f"loss {seed}")
    if dice.random() >= SHARE:
        return None
    lost = dice.randint(1, days - 2)
    copied = max(0, lost - dice.choice([0, 1, 1, 2, 3, 4]))
    first, last = sorted(dice.sample(range(len(GAPS)), 2))
    if copied != lost and dice.random() < 0.5:
        first, last = last, first
    copied_at = world.at(after(begins, copied), GAPS[first])
    lost_at = world.at(after(begins, lost), GAPS[last])
    down = datetime.timedelta(hours=dice.choice([0, 0, 0, 2, 6, 16, 30]), minutes=20)
    restored_at = lost_at + down
    asking = datetime.timedelta(hours=dice.choice([1, 7, 24, 48]))
    return Loss(copied_at, lost_at, restored_at, restored_at + asking, dice)
