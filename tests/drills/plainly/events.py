"""What may happen to a book: an event a class, with all that both readings have to know of it."""

import datetime
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.drills.plainly.world import Row


@dataclass(frozen=True)
class Event:
    """Something that happens at a moment."""

    not_yet: ClassVar[str] = ""
    """Why it is switched off; empty: it happens."""


@dataclass(frozen=True)
class Imported(Event):
    """Rows of a book file; policies that are new are served from `joined` on."""

    rows: tuple[Row, ...]
    joined: datetime.date
    what: str = ""
    """The correction that it is, for whoever reads a failing week."""


@dataclass(frozen=True)
class Booked(Event):
    """Rows of a premium ledger."""

    rows: tuple[Row, ...]
    what: str = ""


@dataclass(frozen=True)
class CompleteLedger(Event):
    """A ledger that is complete for its policies: what it leaves out is void."""

    rows: tuple[Row, ...]
    what: str = ""


@dataclass(frozen=True)
class Said(Event):
    """A word that a client sends to our number."""

    phone: str
    word: str


@dataclass(frozen=True)
class Halted(Event):
    """A person halts a touchpoint."""

    key: str


@dataclass(frozen=True)
class Resumed(Event):
    """A person lets it go on."""

    key: str


@dataclass(frozen=True)
class Mended(Event):
    """A text gets other words."""

    template: str


@dataclass(frozen=True)
class Did(Event):
    """An agent does the task that stands at that place of the list, counted round and round."""

    agent_no: str
    place: int


@dataclass(frozen=True)
class Walked(Event):
    """The walk of a day."""

    on: datetime.date


@dataclass(frozen=True)
class Dispatched(Event):
    """What waits and may leave, leaves."""


# ----------------------------------------------------------------- places for what is yet to come


@dataclass(frozen=True)
class Died(Event):
    """A client has died: everything to that person stops, and one task of condolence comes."""

    not_yet = "deaths are not built in this branch"
    client_no: str
    on: datetime.date


@dataclass(frozen=True)
class CompleteBook(Event):
    """A book file that is complete for its branches: what it leaves out twice is paused."""

    not_yet = "the reading does not follow complete book files yet"
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Merged(Event):
    """Two client numbers are one person: all policies, tasks and stops go to the one that stays."""

    not_yet = "the reading does not know yet when two clients are one person"
    client_no: str
    into: str


@dataclass(frozen=True)
class Restored(Event):
    """The book of an earlier moment takes the place of one that was lost."""

    not_yet = "restores that ask the provider by touchpoint are not built in this branch"
    copied_at: datetime.datetime


@dataclass(frozen=True)
class At:
    """An event and its moment."""

    moment: datetime.datetime
    event: Event

    def __str__(self) -> str:
        return f"{self.moment:%m-%d %H:%M} {_told(self.event)}"


def _told(event: Any) -> str:
    if isinstance(event, Booked | CompleteLedger) and len(event.rows) == 1:
        return f"{type(event).__name__} {event.what} {event.rows[0]}"
    if isinstance(event, Imported | Booked | CompleteLedger):
        numbers = ", ".join(row["policy_no"] for row in event.rows)
        return f"{type(event).__name__} {event.what} [{numbers}]"
    return repr(event)
