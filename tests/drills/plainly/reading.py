"""The plain second reading: what DOMAIN says of a week, by loops over policies and days.

It knows no table, no statement and nothing of the product but its plan file and its calendar. The
rules stand as sentences in `docs/domain.md`; here each is a few lines, slow and obvious.
"""

import copy
import datetime
from functools import singledispatchmethod

from tests.drills.plainly import shown
from tests.drills.plainly.doubt import Doubt
from tests.drills.plainly.events import (
    Booked,
    Complained,
    Copied,
    Did,
    Died,
    Dispatched,
    Edited,
    Event,
    Halted,
    Imported,
    Lives,
    Mended,
    Receipted,
    Related,
    Restored,
    Resumed,
    Said,
    Settled,
    Stopped,
    Walked,
)
from tests.drills.plainly.greeted import Greeted
from tests.drills.plainly.owing import Owing
from tests.drills.plainly.post import Post
from tests.drills.plainly.rows import LEFT_OUT_PAUSES, ONE_DAY, Day, Due, Owed, book_day, days
from tests.drills.plainly.seen import Seen, Told
from tests.drills.plainly.shelf import Shelf

Moment = datetime.datetime

LOOK_BACK = 16
"""Days: no window of the plan is longer, with days off in it."""


class Reading:
    """What is so, after each thing that happened."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.post = Post(self.shelf)
        self.walked: dict[Day, set[str]] = {}
        self.owed: list[Owed] = []
        self.owing = Owing(self.shelf, self.post, self.owed)
        self.greeted = Greeted(self.shelf, self.owed)
        self.backup: tuple[Shelf, Post, dict[Day, set[str]], list[Owed]] | None = None
        self.doubt: Doubt | None = None
        """Of a book that was lost."""

    # ------------------------------------------------------------------------------ what happens

    def happens(self, event: Event, now: Moment) -> None:
        """Let one thing happen."""
        self._happens(event, now)

    @singledispatchmethod
    def _happens(self, event: Event, now: Moment) -> None:
        raise NotImplementedError(event)

    @_happens.register
    def _(self, event: Imported, now: Moment) -> None:
        self.shelf.take_in(event)
        self.owing.follow()
        if self.doubt:
            self.doubt.imported()
        self.settle(book_day(now))

    @_happens.register
    def _(self, event: Booked, now: Moment) -> None:
        self.shelf.book(event, book_day(now))
        self.settle(book_day(now))

    @_happens.register
    def _(self, event: Said, now: Moment) -> None:
        if event.means == "stop":
            self.post.stops(event.phone)
        if event.means == "start":
            self.post.lifts(event.phone)

    @_happens.register
    def _(self, event: Complained, now: Moment) -> None:
        if event.is_over and event.client_no in self.post.complaining:
            self.shelf.closes(event.client_no, book_day(now))
        self.post.complains(event.client_no, event.is_over)

    @_happens.register
    def _(self, event: Stopped, now: Moment) -> None:
        says = self.post.lifts if event.is_lifted else self.post.stops
        says(event.subject)

    @_happens.register
    def _(self, event: Halted, now: Moment) -> None:
        self.post.halted.add(event.key)

    @_happens.register
    def _(self, event: Resumed, now: Moment) -> None:
        self.post.halted.discard(event.key)
        for owed in self.owed:
            if owed.key == event.key:
                owed.held_for = None

    @_happens.register
    def _(self, event: Mended, now: Moment) -> None:
        self.post.versions[event.template] += 1

    @_happens.register
    def _(self, event: Edited, now: Moment) -> None:
        """Of what it owes nothing has changed."""

    @_happens.register
    def _(self, event: Did, now: Moment) -> None:
        mine = shown.list_of(event.agent_no, book_day(now), self.owed, self.shelf)
        if mine:
            done = mine[event.place % len(mine)]
            done.task = "done"
            self.shelf.does(done, book_day(now))

    @_happens.register
    def _(self, event: Died, now: Moment) -> None:
        if self.shelf.dies(event.client_no, event.on):
            self.settle(book_day(now))

    @_happens.register
    def _(self, event: Lives, now: Moment) -> None:
        if self.shelf.lives(event.client_no):
            self.settle(book_day(now))

    @_happens.register
    def _(self, event: Related, now: Moment) -> None:
        self.shelf.kin.add((event.client_no, event.other_no))
        self.settle(book_day(now))

    @_happens.register
    def _(self, event: Walked, now: Moment) -> None:
        self._walk(event.on)

    def _walk(self, on: Day) -> None:
        self.settle(on)
        first = self.shelf.first_joined or on
        missed = [each for each in days(first, on - ONE_DAY) if self._is_open(each)]
        for day in [*missed, on]:
            known = self.walked.get(day, set()) if day != on else set()
            for due in list(self.shelf.dues(day)):
                if due.origin not in known:
                    self.find(due, on)
            self.walked[day] = set(self.shelf.policies)
        self._look_east(on)

    def _look_east(self, today: Day) -> None:
        """What is due tomorrow where tomorrow begins before the book's own walk of it."""
        for due in list(self.shelf.dues(today + ONE_DAY)):
            if due.touchpoint.has_message(due.step) and self.shelf.is_early(due):
                self.find(due, today)

    def _is_open(self, day: Day) -> bool:
        """Not walked, or a policy has joined since that was owed service by then."""
        new = set(self.shelf.policies) - self.walked.get(day, set())
        joined = (self.shelf.policies[each].joined for each in new)
        return day not in self.walked or any(each <= day for each in joined)

    @_happens.register
    def _(self, event: Dispatched, now: Moment) -> None:
        self.settle(book_day(now))
        for owed in self.owed:
            if owed.message == "unknown":
                self._asks(owed, now)
        for owed in self.owed:
            if owed.message == "queued":
                self._claim(owed, now)

    def _claim(self, owed: Owed, now: Moment) -> None:
        is_in_doubt = self.doubt is not None and self.doubt.keeps(owed, self.owed)
        self.post.claim(owed, now, self.greeted, is_in_doubt=is_in_doubt)
        if owed.message == "unknown":
            self._asks(owed, now)
            if owed.message == "queued":
                self._claim(owed, now)

    def _asks(self, owed: Owed, now: Moment) -> None:
        """What it certainly has not sent leaves while its window is open, if it is owed still."""
        assert self.doubt
        self.doubt.asks(owed, self.owed, self.post.left)
        if owed.message == "queued":
            self._judge(owed, book_day(now))

    @_happens.register
    def _(self, event: Copied, now: Moment) -> None:
        self.backup = copy.deepcopy((self.shelf, self.post, self.walked, self.owed))

    @_happens.register
    def _(self, event: Restored, now: Moment) -> None:
        """The days since are walked, and what could have left by then may have."""
        assert self.backup
        lost = self.post
        self.shelf, self.post, self.walked, self.owed = self.backup
        self.owing = Owing(self.shelf, self.post, self.owed)
        self.greeted = Greeted(self.shelf, self.owed)
        self.post.outlives(lost)
        self.doubt = Doubt(event.lost_at or now, self.shelf)
        self._walk(book_day(now))
        for owed in self.owed:
            if owed.message == "queued" and self.doubt.holds(owed):
                owed.message, owed.held_for = "unknown", None

    @_happens.register
    def _(self, event: Receipted, now: Moment) -> None:
        """What comes late of the lost book settles nothing."""

    @_happens.register
    def _(self, event: Settled, now: Moment) -> None:
        for owed in self.owed:
            if owed.message == "unknown":
                has_come = any(each.name == owed.name for each in self.post.left)
                owed.is_settled("accepted" if has_come else "queued")

    # ------------------------------------------------------------------------- found, and made

    def find(self, due: Due, found_on: Day) -> None:
        """Record it once, with its message and its task as the book of now wants them."""
        if self.is_recorded(due):
            return
        holder = self.shelf.policies[due.origin].client_no
        owed = Owed(due, max(found_on, due.due_on), due.origin, holder)
        self._carry_on(owed, found_on)
        if due.touchpoint.anchor == "suspended":
            owed.suspension = self.shelf.policies[due.origin].suspension
        gone = not self.owing.is_owed(owed, found_on, "message")
        if due.touchpoint.has_message(due.step):
            is_late = found_on > owed.last_day
            owed.message = "cancelled" if gone else "skipped" if is_late else self._made(owed)
        if due.touchpoint.has_task(due.step):
            owed.task_due = self.shelf.working(due.due_on)
            owed.closes_on = self.closing(due)
            owed.task = "cancelled" if gone else "missed" if found_on > owed.closes_on else "open"
        if gone:
            owed.was_taken_back |= {"message", "task"}
            self._say_why(owed, found_on)
        self.owed.append(owed)

    def _made(self, owed: Owed) -> str:
        """The state in which its message begins."""
        state, _, _ = self.post.way(owed)
        day = self.greeted.day_to_make(owed, owed.not_before)
        if state == "queued" and day is None:
            owed.has_no_room = True
            return "suppressed"
        owed.not_before = owed.planned = day or owed.not_before
        return state

    def closing(self, due: Due) -> Day:
        """The last day on which its task is worth doing."""
        window = datetime.timedelta(days=due.touchpoint.task_window_days)
        return self.shelf.working(due.due_on) + window

    def is_recorded(self, due: Due) -> bool:
        """Whether that occurrence was found before, and not released."""
        wanted = (due.whose, due.touchpoint.id, due.occurrence)
        return any(
            (each.due.whose, each.key, each.due.occurrence) == wanted
            for each in self.owed
            if not each.is_released
        )

    # -------------------------------------------------------------------------- taken and given back

    def settle(self, today: Day) -> None:
        """What the book has taken back is cancelled; what it gives back lives while there is time."""
        for owed in self.owed:
            if not owed.is_released:
                self._carry_on(owed, today)
        self._merge()
        was_released = [each for each in self.owed if each.is_released]
        for owed in self.owed:
            if not owed.is_released:
                self._judge(owed, today)
        for owed in was_released:
            if not self.owing.has_fallen(owed) and not self.is_recorded(owed.due):
                owed.is_released = False
                self._judge(owed, today)
        corrected, self.shelf.corrected = self.shelf.corrected, []
        for number, anchor in corrected:
            self._right_days(number, anchor, today)
        if self.walked and max(self.walked) == today:
            self._look_east(today)

    def _merge(self) -> None:
        """What is known of one number is known of all; what one without a policy has had is had."""
        for one, other, is_news in self.shelf.people.pairs():
            if is_news:
                numbers = self.shelf.people.numbers(one)
                self.post.bring_together(numbers)
                self.shelf.bring_together(numbers)
            if self.shelf.policies_of(one) or not self.shelf.policies_of(other):
                continue
            theirs = [each for each in self.owed if each.is_personal and not each.is_released]
            for owed in theirs:
                owed.is_released = owed.client_no in (one, other) and self._is_free(owed)
            for owed in theirs:
                if owed.client_no == one and not owed.is_released:
                    self._goes_to(owed, other)

    def _goes_to(self, owed: Owed, client_no: str) -> None:
        """Unless that client has had it in that period."""
        whose = Told(client_no, *owed.told[1:])[:3]
        if not any(each.told[:3] == whose and not each.is_released for each in self.owed):
            owed.goes_to(client_no)

    def _judge(self, owed: Owed, today: Day) -> None:
        self._carry_on(owed, today)
        for part in ("message", "task"):
            if not self.owing.is_owed(owed, today, part):
                self._take_back(owed, part, today)
        self._give_message_back(owed, today)
        self._give_task_back(owed, today)
        state, *way = self.post.way(owed)
        if owed.message != "queued" or (state == "queued" and tuple(way) != owed.held_for):
            owed.held_for = None
        owed.is_released = self._is_free(owed)
        if owed.is_released and owed.suspension is not None:
            owed.is_called_after(owed.due.anchor)
        if owed.task == "open" and today > owed.closes_on:
            owed.task = "missed"

    def _is_free(self, owed: Owed) -> bool:
        """Whether its occurrence may fall due again: its day is no more, and nobody has had it."""
        is_free = self.owing.has_fallen(owed) or owed.lacked_a_carrier
        return is_free and not owed.had and not owed.is_open

    def _take_back(self, owed: Owed, part: str, today: Day) -> None:
        if getattr(owed, part) in ("queued", "open"):
            self._say_why(owed, today)
            setattr(owed, part, "cancelled")
            owed.was_taken_back.add(part)

    def _say_why(self, owed: Owed, today: Day) -> None:
        """Whether it is its policy that is owed nothing more, and whether files have left that out."""
        carrier = self.shelf.policies[owed.carrier]
        is_theirs = carrier.client_no == owed.client_no
        lives = owed.client_no not in self.shelf.died
        owed.went_with_its_policy = lives and not (
            is_theirs and carrier.is_owed_still(today, owed.key)
        )
        is_in_force = lives and is_theirs and not carrier.has_ended(today)
        owed.was_left_out = is_in_force and carrier.left_out >= LEFT_OUT_PAUSES

    def _give_message_back(self, owed: Owed, today: Day) -> None:
        """As if it were found today."""
        is_spared = owed.message == "suppressed" and not owed.has_no_room
        is_back = is_spared or self._is_given_back(owed, "message")
        is_in_time = today <= owed.last_day and self.owing.is_owed(owed, today, "message")
        if not (is_back and is_in_time and self.post.way(owed)[0] == "queued"):
            return
        if day := self.greeted.day_to_make(owed, max(today, owed.not_before)):
            owed.message = "queued"
            owed.not_before = owed.planned = day
            owed.comes_back("message")

    def _give_task_back(self, owed: Owed, today: Day) -> None:
        is_in_time = today <= owed.closes_on and self.owing.is_owed(owed, today, "task")
        if is_in_time and self._is_given_back(owed, "task"):
            owed.task = "open"
            owed.comes_back("task")

    def _is_given_back(self, owed: Owed, part: str) -> bool:
        """What files had left out goes on without making up."""
        is_made_up = (
            owed.was_left_out and owed.due.due_on < self.shelf.policies[owed.carrier].joined
        )
        is_cancelled = getattr(owed, part) == "cancelled" and part in owed.was_taken_back
        return is_cancelled and not is_made_up

    def _carry_on(self, owed: Owed, today: Day) -> None:
        """What is owed to a client has a carrier as long as any policy of theirs is owed service."""
        carrier = self.shelf.policies[owed.carrier]
        if not owed.is_personal:
            owed.client_no = carrier.client_no  # what hangs on a policy goes where it goes
            return
        is_elsewhere = carrier.client_no != owed.client_no
        if is_elsewhere and owed.is_open and not self.shelf.policies_of(owed.client_no):
            self._goes_to(owed, carrier.client_no)
        is_carried = carrier.client_no == owed.client_no and carrier.is_owed(today, owed.key)
        other = self.shelf.carrier(owed.client_no, today)
        if not is_carried and other:
            owed.carrier = other.number

    def _right_days(self, number: str, anchor: str, today: Day) -> None:
        """A corrected date may have come already: what it owes comes late, inside its window."""
        if not self.walked:
            return
        last = max(self.walked)
        theirs = self.shelf.policies[number].client_no
        for day in days(last - datetime.timedelta(days=LOOK_BACK), last):
            for due in list(self.shelf.dues(day, anchor)):
                is_theirs = self.shelf.policies[due.origin].client_no == theirs
                if is_theirs and self.has_time(due, today):
                    self.find(due, today)

    def has_time(self, due: Due, today: Day) -> bool:
        """Whether its task is still worth doing, or any window that long would still be open."""
        has_task = due.touchpoint.has_task(due.step)
        begins = self.shelf.working(due.due_on) if has_task else due.due_on
        return today <= begins + self.shelf.longest

    # ----------------------------------------------------------------------------- what is compared

    def seen(self, today: Day) -> Seen:
        """What stands after a day."""
        return shown.after(today, self.owed, self.shelf, self.post.sent)
