"""What may happen to a book: an event a class, with all that both readings have to know of it."""

import datetime
from dataclasses import dataclass
from typing import Any, Literal

from tests.drills.plainly.world import Row


@dataclass(frozen=True)
class Event:
    """Something that happens at a moment."""


@dataclass(frozen=True)
class Imported(Event):
    """Rows of a book file; policies that are new are served from `joined` on."""

    rows: tuple[Row, ...]
    joined: datetime.date
    what: str = ""
    """The correction that it is, for whoever reads a failing week."""
    is_complete: bool = False
    """For the branches that it names: what it leaves out twice is paused."""


@dataclass(frozen=True)
class Booked(Event):
    """Rows of a premium ledger."""

    rows: tuple[Row, ...]
    what: str = ""
    is_complete: bool = False
    """For its policies: what it leaves out is void."""


@dataclass(frozen=True)
class Said(Event):
    """A word that a client sends to our number."""

    phone: str
    word: str
    means: Literal["stop", "start", ""]


@dataclass(frozen=True)
class Stopped(Event):
    """A person, or a provider, says that an address or a client may not be written to; or may again."""

    spelled: str
    """The number, address or client as it was said."""
    subject: str
    """The same as it is meant."""
    is_lifted: bool = False


@dataclass(frozen=True)
class Complained(Event):
    """A client complains, or has no open complaint any more."""

    client_no: str
    is_over: bool = False


@dataclass(frozen=True)
class Died(Event):
    """A client has died: everything to that person stops, and one task of condolence comes."""

    client_no: str
    on: datetime.date


@dataclass(frozen=True)
class Lives(Event):
    """A client is alive."""

    client_no: str


@dataclass(frozen=True)
class Related(Event):
    """A client belongs to the family of another one."""

    client_no: str
    other_no: str


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
class Edited(Event):
    """The plan has another edition: a title, nothing that falls due."""


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


@dataclass(frozen=True)
class Copied(Event):
    """A backup of the book is made."""


@dataclass(frozen=True)
class Restored(Event):
    """The book is lost, and its backup takes its place."""

    lost_at: datetime.datetime | None
    """When it was lost, as the command is told; None: it is not told."""


@dataclass(frozen=True)
class Receipted(Event):
    """A provider tells late that nothing of what it was handed since then has arrived."""

    since: datetime.datetime


@dataclass(frozen=True)
class Settled(Event):
    """Operations ask each client of whom nobody can say whether a text has left."""


@dataclass(frozen=True)
class At:
    """An event and its moment."""

    moment: datetime.datetime
    event: Event

    def __str__(self) -> str:
        return f"{self.moment:%m-%d %H:%M} {_told(self.event)}"


def _told(event: Any) -> str:
    if isinstance(event, Booked) and len(event.rows) == 1:
        return f"{type(event).__name__} {event.what} {event.rows[0]}"
    if isinstance(event, Imported | Booked):
        numbers = ", ".join(row["policy_no"] for row in event.rows)
        complete = " complete" if event.is_complete else ""
        return f"{type(event).__name__}{complete} {event.what} [{numbers}]"
    return repr(event)
