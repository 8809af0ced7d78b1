"""What keeps a message of the plain reading from leaving, and what has left."""

import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.drills.plainly import world
from tests.drills.plainly.greeted import Greeted, greets
from tests.drills.plainly.rows import ONE_DAY, Owed
from tests.drills.plainly.seen import Sent
from tests.drills.plainly.shelf import Shelf
from tests.drills.plainly.texts import spelled

Moment = datetime.datetime

Way = tuple[str, str]
"""A channel and an address."""


class Left(NamedTuple):
    """What a provider knows of a text: whose touchpoint it is, its key and occurrence, and where to."""

    name: tuple[str, str, str]
    way: Way


class Post:
    """Stops, halts, the words of the templates, and all texts that were sent."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.stopped: set[str] = set()
        """Addresses, and clients as far as marketing goes."""
        self.complaining: set[str] = set()
        """Clients of whom a complaint is open."""
        self.halted: set[str] = set()
        self.versions = dict.fromkeys((*world.TEMPLATES.values(), *world.OTHERS), 1)
        self.sent: list[Sent] = []
        self.left: list[Left] = []
        """The same, text by text, as its provider knows it."""

    def outlives(self, lost: "Post") -> None:
        """A copy takes the place of a lost one: files stay, and what was sent was sent."""
        self.versions, self.sent, self.left = lost.versions, lost.sent, lost.left

    def stops(self, subject: str) -> None:
        """An address; or marketing, for all numbers of a client."""
        self.stopped.update(self._shelf.people.numbers(subject))

    def lifts(self, subject: str) -> None:
        self.stopped.difference_update(self._shelf.people.numbers(subject))

    def complains(self, client_no: str, is_over: bool) -> None:
        """Spared what sells, and what greets, until nothing is open any more."""
        (self.complaining.discard if is_over else self.complaining.add)(client_no)

    def bring_together(self, numbers: list[str]) -> None:
        """They are found to be one person: what one of them has said, all have."""
        if self.stopped.intersection(numbers):
            self.stopped.update(numbers)

    def way(self, owed: Owed) -> tuple[str, str, str]:
        """Whether the client may be written to, and how: state, channel, address."""
        client = self._shelf.clients[owed.client_no]
        channel = world.channel_of(client["channel"], client["phone"])
        address = client["email"] if channel == "email" else client["phone"]
        is_marketing = owed.due.touchpoint.message_class == "marketing"
        is_soliciting = is_marketing or greets(owed.due.touchpoint)
        has_agreed = client["marketing_consent"] == "yes" and owed.client_no not in self.stopped
        is_spared = self.complaining.intersection(self._shelf.people.numbers(owed.client_no))
        may = (
            channel != "none"
            and address.lower() not in self.stopped
            and (not is_marketing or has_agreed)
            and not (is_soliciting and is_spared)
        )
        return ("queued" if may else "suppressed"), channel, address

    def claim(self, owed: Owed, now: Moment, greeted: Greeted, *, is_in_doubt: bool) -> None:
        """It is about to leave: everything is asked again, and its text is written."""
        zone = ZoneInfo(self._shelf.clients[owed.client_no]["timezone"])
        there = now.astimezone(zone)
        begins = Moment.combine(owed.not_before, world.OPENS, zone)
        is_open = now >= begins and world.OPENS <= there.time() < world.CLOSES
        state, *way = self.way(owed)
        day = greeted.day_to_leave(owed, there.date()) if is_open else None
        if now >= Moment.combine(owed.last_day, world.CLOSES, zone):
            owed.message = "skipped"
        elif owed.held_for is not None or now < begins:
            return
        elif state != "queued":
            owed.message = state
        elif is_open and day is None:
            owed.message, owed.has_no_room = "suppressed", True
        elif is_in_doubt:
            owed.message = "unknown"
        elif not is_open:
            owed.not_before = there.date() + ONE_DAY * (there.time() >= world.CLOSES)
        elif owed.key in self.halted:
            owed.held_for = way[0], way[1]
        elif day and day > there.date():
            owed.planned = owed.not_before = day
        else:
            owed.planned = there.date()
            self._leaves(owed, (way[0], way[1]))

    def _leaves(self, owed: Owed, way: Way) -> None:
        owed.message, owed.left_as = "accepted", len(self.left)
        text = spelled(owed, self._shelf, self.versions[owed.template])
        self.sent.append(Sent(owed.client_no, *way, tuple(text)))
        self.left.append(Left(owed.name, (way[0], way[1].lower())))
