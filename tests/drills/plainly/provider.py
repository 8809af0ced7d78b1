"""A provider in memory that is asked for what it has, as Aliyun is: by address, day by day."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from servicing.channels import Accepted, Answer, Capabilities, Lookup, Outgoing
from servicing.core import references
from servicing.dispatch.receipts import Receipt

THEIR_DAYS = datetime.timezone(datetime.timedelta(hours=8))


@dataclass(frozen=True)
class Taken:
    """A message that it has, and its own id of it."""

    ref: str
    message: Outgoing


class Provider:
    """It keeps whatever it was handed, by the book that is lost as well."""

    name = "memory"
    capabilities = Capabilities(is_asked_by_address=True)

    def __init__(self) -> None:
        self.taken: list[Taken] = []

    def prepare(self) -> None:
        """Nothing to load."""

    def send(self, message: Outgoing) -> Answer:
        """It takes whatever it is handed."""
        self.taken.append(Taken(f"memory-{len(self.taken)}", message))
        return Accepted(self.taken[-1].ref)

    def find(self, message: Outgoing) -> Lookup:
        """What it has for that address on the days at which the message may have been handed over."""
        refs = tuple(each.ref for each in self._listed(message) if _is_it(each.message, message))
        return Lookup("found", refs) if refs else Lookup("absent")

    def _listed(self, asked: Outgoing) -> Iterator[Taken]:
        first = asked.doubt.since if asked.doubt else asked.handed_over_at
        last = asked.doubt.until if asked.doubt else first
        for each in self.taken:
            is_in_time = _day(first) <= _day(each.message.handed_over_at) <= _day(last)
            if is_in_time and _way(each.message) == _way(asked):
                yield each

    def late_receipts(self, since: datetime.datetime) -> Iterator[Receipt]:
        """That nothing of what it was handed since then has arrived, and may be tried again."""
        for each in self.taken:
            ours = references.parse(each.message.reference)
            if ours and each.message.handed_over_at > since:
                told = (ours.message_id, self.name, each.ref, "undelivered", "", "later")
                yield Receipt(*told, ours.token)

    def close(self) -> None:
        """Nothing is held open."""


def _day(moment: datetime.datetime) -> datetime.date:
    return moment.astimezone(THEIR_DAYS).date()


def _way(message: Outgoing) -> tuple[str, str]:
    return message.channel, message.address.lower()


def _is_it(one: Outgoing, asked: Outgoing) -> bool:
    """By all of its reference, or, where another book may have handed it over, by its touchpoint."""
    if asked.doubt is None:
        return one.reference == asked.reference
    return not one.marks.isdisjoint(asked.marks)
