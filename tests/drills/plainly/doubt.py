"""What a lost book may have sent, as the plain reading knows it: docs/operations.md, Backups."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from tests.drills.plainly import world
from tests.drills.plainly.post import Left, Way
from tests.drills.plainly.rows import Owed
from tests.drills.plainly.shelf import Shelf

Contact = tuple[str, str, str]
"""Of a client: channel, phone and address, as a file says."""


class Doubt:
    """From a copy to the loss; and what the book got to know of its clients since."""

    def __init__(self, until: datetime.datetime, shelf: Shelf) -> None:
        self._until, self._shelf = until, shelf
        self._has_book = False
        """Whether a book was imported: until then clients may have been reached elsewhere."""
        self._contacts: dict[str, list[Contact]] = {}
        self._holders: dict[str, str] = {}
        self._had_before: dict[str, list[str]] = {}
        """By client who got a policy: those who had held it."""
        self._look()

    def imported(self) -> None:
        """A book was."""
        self._has_book = True
        self._look()

    def _look(self) -> None:
        for client_no, row in self._shelf.clients.items():
            known = self._contacts.setdefault(client_no, [])
            contact = (row["channel"], row["phone"], row["email"])
            if contact not in known[-1:]:
                known.append(contact)
        for number, policy in self._shelf.policies.items():
            was = self._holders.setdefault(number, policy.client_no)
            if was != policy.client_no:
                self._had_before.setdefault(policy.client_no, []).append(was)
                self._holders[number] = policy.client_no

    # --------------------------------------------------------------------------- what is in doubt

    def holds(self, owed: Owed, days: Iterable[datetime.date] = ()) -> bool:
        """Whether it could have left by the loss, on its day or on one that it had before."""
        zone = ZoneInfo(self._shelf.clients[owed.client_no]["timezone"])
        return min([owed.due.due_on, *days]) <= self._until.astimezone(zone).date()

    def keeps(self, owed: Owed, all_owed: Sequence[Owed]) -> bool:
        """Whether somebody has to be asked before it leaves."""
        days = [each.due.due_on for each in all_owed if each.is_released and each.name == owed.name]
        return not owed.is_cleared and self.holds(owed, days)

    # ------------------------------------------------------------------------ the provider is asked

    def asks(self, owed: Owed, all_owed: Sequence[Owed], left: Sequence[Left]) -> None:
        """Found: it has left. Certainly absent: it waits again. Else it is a person's."""
        ours = {each.left_as: each for each in all_owed if each is not owed}
        names, ways = set(self._names(owed)), set(self._ways(owed))
        found = [n for n, each in enumerate(left) if each.name in names and each.way in ways]
        mine = [number for number in found if number not in ours]
        if mine:
            owed.left_as = mine[0]
            owed.is_settled("accepted")
            return
        is_anothers = any(ours[number].is_cleared for number in found)
        if not is_anothers and self._has_book and not self._may_be_elsewhere(owed.client_no):
            owed.is_settled("queued")

    def _names(self, owed: Owed) -> Iterator[tuple[str, str, str]]:
        """What the touchpoint may be called there, whatever number its client has by now."""
        whose = self._shelf.people.numbers(owed.client_no) if owed.is_personal else [owed.due.whose]
        for each in whose:
            yield each, owed.key, owed.due.occurrence

    def _ways(self, owed: Owed) -> Iterator[Way]:
        """Wherever its client was or is reached, as far as the book knows; and who held a policy."""
        mine = self._contacts[owed.client_no]
        channels = {world.channel_of(channel, phone) for channel, phone, _ in mine}
        for before in self._had_before.get(owed.client_no, []):
            mine = [*mine, self._contacts[before][-1]]
        yield from (("sms", phone) for _, phone, _ in mine)
        if "email" in channels:
            yield from (("email", email.lower()) for _, _, email in mine)

    def _may_be_elsewhere(self, client_no: str) -> bool:
        """Whether there may have been another way in between, which nobody knows of now."""
        mine = self._contacts[client_no]
        is_mailed = world.channel_of(*mine[-1][:2]) == "email"
        ways = {(channel, phone, email if is_mailed else "") for channel, phone, email in mine}
        is_gone = not self._shelf.policies_of(client_no)  # it may have been another's by then
        return len(ways) > 1 or client_no in self._had_before or is_gone
