"""Whether what was found is owed still, by the book of now."""

from collections.abc import Sequence

from tests.drills.plainly.greeted import greets
from tests.drills.plainly.post import Post
from tests.drills.plainly.rows import DEEDS, LOST, Day, Owed, called
from tests.drills.plainly.shelf import Shelf


class Owing:
    """The book, and all that was found."""

    def __init__(self, shelf: Shelf, post: Post, owed: Sequence[Owed]) -> None:
        self._shelf, self._post, self._owed = shelf, post, owed

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
        is_festive = greets(touchpoint) or touchpoint.message_class == "marketing"
        if is_festive and self._shelf.is_spared(owed.client_no, today):
            return False
        if touchpoint.anchor == "premium_due":
            instalment = self._shelf.ledger[owed.due.origin].get(owed.due.anchor)
            return instalment is not None and instalment.asks(today)
        if self._is_left_out_by_the_plan(owed, today):
            return False
        is_worth_doing = part == "task" and owed.has_left and self._goes_on(owed)
        stands = is_worth_doing or not self.has_fallen(owed)
        return stands and not self.is_had_elsewhere(owed)

    def _goes_on(self, owed: Owed) -> bool:
        """Whether its ground stands, though the day of it was corrected; a deed is taken back whole."""
        if owed.due.touchpoint.anchor in DEEDS:
            return False
        policy = self._shelf.policies[owed.due.origin]
        if owed.due.touchpoint.anchor == "suspended":
            return policy.suspension is not None and policy.suspension == owed.suspension
        return owed.due.touchpoint.anchor != "ended" or policy.row["status"] in LOST

    def _is_left_out_by_the_plan(self, owed: Owed, today: Day) -> bool:
        """Who mourns is not asked to pay; who complains, or has stayed, is not asked why they left."""
        numbers = self._shelf.people.numbers(owed.client_no)
        if owed.key == "rescue":
            return self._shelf.is_spared(owed.client_no, today)
        if owed.key != "lost":
            return False
        theirs = [each for one in numbers for each in self._shelf.policies_of(one)]
        stays = (
            each.number != owed.carrier and not each.is_paused("") and not each.has_ended(today)
            for each in theirs
        )
        return any(stays) or bool(self._post.complaining.intersection(numbers))

    def follow(self) -> None:
        """What was had of a suspension is had of its corrected day."""
        moved, self._shelf.moved = self._shelf.moved, []
        for number, suspension, day in moved:
            mine = [
                each for each in self._owed if (each.due.origin, each.key) == (number, "rescue")
            ]
            known = {each.due.occurrence for each in mine if not each.is_released}
            for each in mine:
                is_its = each.suspension == suspension and each.had and not each.is_released
                if is_its and called(each.due, day) not in known:
                    each.is_called_after(day)

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
