"""Whether what was found is owed still, by the book of now."""

from collections.abc import Sequence

from tests.drills.plainly.rows import Day, Owed
from tests.drills.plainly.shelf import DEEDS, Shelf


class Owing:
    """The book, and all that was found."""

    def __init__(self, shelf: Shelf, owed: Sequence[Owed]) -> None:
        self._shelf, self._owed = shelf, owed

    def is_owed(self, owed: Owed, today: Day, part: str) -> bool:
        """Whether its message, or its task, is owed still."""
        carrier, touchpoint = self._shelf.policies[owed.carrier], owed.due.touchpoint
        if owed.client_no in self._shelf.died or carrier.client_no != owed.client_no:
            return False
        if not carrier.is_owed_still(today, owed.key):
            return False
        is_personal = owed.is_personal or touchpoint.message_class == "marketing"
        if is_personal and owed.client_no in self._shelf.in_question:
            return False
        is_festive = touchpoint.id == "birthday" or touchpoint.message_class == "marketing"
        if is_festive and self._shelf.is_spared(owed.client_no, today):
            return False
        if touchpoint.anchor == "premium_due":
            instalment = self._shelf.ledger[owed.due.origin].get(owed.due.anchor)
            return instalment is not None and instalment.asks(today)
        is_worth_doing = part == "task" and owed.has_left and touchpoint.anchor not in DEEDS
        stands = is_worth_doing or not self.has_fallen(owed)
        return stands and not self.is_had_elsewhere(owed)

    def is_had_elsewhere(self, owed: Owed) -> bool:
        """Under another number of the same person; of two that are open the first one stays."""
        others = {*self._shelf.people.numbers(owed.client_no)} - {owed.client_no}
        if not others or not owed.is_personal:
            return False
        is_before, what = True, (owed.key, owed.due.occurrence)
        for each in self._owed:
            is_before = is_before and each is not owed
            is_same = each.is_personal and (each.key, each.due.occurrence) == what
            if not (is_same and each.client_no in others) or each.is_released:
                continue
            if each.had or (each.is_open and is_before):
                return True
        return False

    def has_fallen(self, owed: Owed) -> bool:
        """Whether the date that it was counted from stands in the book no more."""
        if owed.due.touchpoint.anchor == "birthday":
            return str(owed.due.anchor) != self._shelf.clients[owed.client_no]["birthday"]
        if owed.due.touchpoint.anchor in DEEDS:
            numbers = self._shelf.people.numbers(owed.client_no)
            touchpoint, policy_no = owed.due.touchpoint, owed.due.origin
            return owed.due.anchor not in self._shelf.deeds(touchpoint, policy_no, numbers)
        origin, anchor = self._shelf.policies[owed.due.origin], owed.due.touchpoint.anchor
        return owed.due.anchor not in self._shelf.anchor_dates(origin, anchor)
