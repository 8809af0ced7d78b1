"""Work that is handed to others: a day's making in parts, what may leave in batches.

Work is handed out in the transaction that writes its rows: both are there, or neither is.
Whoever takes it over may do it twice: what was done is not done again.
"""

import datetime
import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from policies import database
from policies.records import Moment, Record

MESSAGES = 500
"""Of a batch, at most: enough to keep a provider's threads busy, few to be done again after a kill."""


@dataclass(frozen=True)
class Part:
    """Touchpoints of one branch that a walk has found, and whose messages and tasks are to be made.

    All touchpoints of a client found on that day are in the same part.
    """

    day: datetime.date
    found_on: datetime.date
    plan: str
    """The edition of the plan by which they were found."""
    branch: int
    """By id; 0: of agents without one."""
    touchpoints: Sequence[int]


@dataclass(frozen=True)
class Batch:
    """Messages of one provider that may leave from a moment on."""

    provider: str
    send_from: datetime.datetime
    messages: Sequence[int]


class Others(Protocol):
    """Workers that take work over, on this machine or another one."""

    def make(self, part: Part) -> None:
        """Take over a part, in the transaction that we are in."""

    def send(self, batches: Collection[Batch]) -> None:
        """Take over batches, in the transaction that we are in."""

    def in_hand(self) -> str:
        """A SELECT of the messages, by id, that were handed out and are not done with."""


class Waiting(Record, frozen=True):
    """A message that is queued."""

    provider: str
    send_from: Moment
    id: int


def batches(rows: Iterable[Waiting]) -> Iterator[Batch]:
    """Messages in the order of their fields, some at a time."""
    for (provider, send_from), some in itertools.groupby(rows, attrgetter("provider", "send_from")):
        for ids in database.chunks((each.id for each in some), MESSAGES):
            yield Batch(provider, send_from, ids)
