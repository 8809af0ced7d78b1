"""What keeps a message of the plain reading from leaving, and what has left."""

import datetime
from zoneinfo import ZoneInfo

from tests.drills.plainly import world
from tests.drills.plainly.rows import Owed
from tests.drills.plainly.seen import Sent
from tests.drills.plainly.shelf import Shelf
from tests.drills.plainly.texts import spelled

Moment = datetime.datetime


class Post:
    """Stops, halts, the words of the templates, and all texts that were sent."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.stopped: set[str] = set()
        """Addresses, and clients as far as marketing goes."""
        self.halted: set[str] = set()
        self.versions = dict.fromkeys((*world.TEMPLATES.values(), "t_grace"), 1)
        self.sent: list[Sent] = []

    def stops(self, subject: str) -> None:
        """An address; or marketing, for all numbers of a client."""
        self.stopped.update(self._shelf.people.numbers(subject))

    def lifts(self, subject: str) -> None:
        self.stopped.difference_update(self._shelf.people.numbers(subject))

    def bring_together(self, numbers: list[str]) -> None:
        """They are found to be one person: what one of them has said, all have."""
        if self.stopped.intersection(numbers):
            self.stopped.update(numbers)

    def way(self, owed: Owed) -> tuple[str, str, str]:
        """Whether the client may be written to, and how: state, channel, address."""
        client = self._shelf.clients[owed.client_no]
        channel = client["channel"] or "sms"
        address = client["email"] if channel == "email" else client["phone"]
        is_marketing = owed.due.touchpoint.message_class == "marketing"
        has_agreed = client["marketing_consent"] == "yes" and owed.client_no not in self.stopped
        may = (
            channel != "none"
            and address.lower() not in self.stopped
            and (not is_marketing or has_agreed)
        )
        return ("queued" if may else "suppressed"), channel, address

    def claim(self, owed: Owed, now: Moment) -> None:
        """It is about to leave: everything is asked again, and its text is written."""
        zone = ZoneInfo(self._shelf.clients[owed.client_no]["timezone"])
        there = now.astimezone(zone)
        is_open = there.date() >= owed.not_before and world.OPENS <= there.time() < world.CLOSES
        state, *way = self.way(owed)
        if now >= Moment.combine(owed.last_day, world.CLOSES, zone):
            owed.message = "skipped"
        elif not is_open or owed.held_for is not None:
            return
        elif state != "queued":
            owed.message = state
        elif owed.key in self.halted:
            owed.held_for = way[0], way[1]
        else:
            owed.message = "accepted"
            text = spelled(owed, self._shelf, self.versions[owed.template])
            self.sent.append(Sent(owed.client_no, *way, tuple(text)))
