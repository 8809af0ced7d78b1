"""What the plain reading holds in its hands: policies, instalments, and what is owed."""

import calendar
import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from zoneinfo import ZoneInfo

from policies.plan import Step, Touchpoint
from tests.drills.plainly import world
from tests.drills.plainly.seen import Told
from tests.drills.plainly.world import Row

Day = datetime.date
ONE_DAY = datetime.timedelta(days=1)

PAUSED = frozenset(["applied", "suspended"])
LOST = frozenset(["surrendered", "terminated"])
DEEDS = ("case_closed", "task_done")
"""What people have done, from which a plan counts."""

LEFT_OUT_PAUSES = 2
"""Complete files in a row without a policy."""


def book_day(now: datetime.datetime) -> Day:
    return now.astimezone(ZoneInfo(world.BOOK_ZONE)).date()


def days(first: Day, last: Day) -> Iterator[Day]:
    while first <= last:
        yield first
        first += ONE_DAY


def day_of(text: str) -> Day | None:
    return Day.fromisoformat(text) if text else None


@cache
def months_later(anchor: Day, months: int) -> Day:
    """The same day of the month, or the last one of a shorter month."""
    year, month = anchor.year, anchor.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return Day(year, month, min(anchor.day, calendar.monthrange(year, month)[1]))


@dataclass
class Owned:
    """A policy as the files say, and since when it is served."""

    row: Row
    order: int
    joined: Day
    suspended: Day | None = None
    """Since when it is, if somebody knows."""
    suspensions: list[Day] = field(default_factory=list)
    """Of each the day that was said last; the one that goes on is among them."""
    left_out: int = 0
    """Complete files in a row that have left it out."""

    @property
    def number(self) -> str:
        return self.row["policy_no"]

    @property
    def client_no(self) -> str:
        return self.row["client_no"]

    @property
    def issued(self) -> Day:
        return Day.fromisoformat(self.row["issue_date"])

    @property
    def ended(self) -> Day | None:
        return day_of(self.row["ended_on"])

    def has_ended(self, on: Day) -> bool:
        return self.ended is not None and self.ended <= on

    def is_paused(self, key: str) -> bool:
        """For a while, or for good where it owes no premium; a suspension stops no reminder."""
        paused = _GOES_ON.get(key, PAUSED)
        return self.row["status"] in paused or self.left_out >= LEFT_OUT_PAUSES

    def is_owed_still(self, on: Day, key: str) -> bool:
        """Of what was found before: neither over nor paused; what follows an end is owed all the same."""
        if key == "lost":
            return self.ended is not None
        return not self.has_ended(on) and not self.is_paused(key)

    def is_owed(self, on: Day, key: str) -> bool:
        """Issued, joined, not over, and not paused."""
        has_begun = self.issued <= on and self.joined <= on
        is_over = key != "lost" or self.has_ended(on)
        return has_begun and is_over and self.is_owed_still(on, key)

    @property
    def suspension(self) -> int | None:
        """Which of its suspensions goes on."""
        return self.suspensions.index(self.suspended) if self.suspended else None


_GOES_ON = {"renewal": frozenset(["applied", "paid_up"]), "rescue": frozenset(["applied"])}
"""What a suspension does not stop, and what stops it."""


@dataclass
class Instalment:
    """One line of the ledger."""

    amount: int
    paid_on: Day | None

    def asks(self, on: Day) -> bool:
        """For money, on that day; one of 0 asks for nothing."""
        return self.amount > 0 and (self.paid_on is None or self.paid_on > on)

    def asks_longer_than(self, was: "Instalment") -> bool:
        """Whether there are days on which it asks for money and has not before."""
        return self.asks(Day.min) and (
            was.amount == 0 or (self.paid_on or Day.max) > (was.paid_on or Day.max)
        )


@dataclass(frozen=True)
class Due:
    """What falls due: whose, which, when, counted from what."""

    whose: str
    touchpoint: Touchpoint
    step: Step
    occurrence: str
    anchor: Day
    origin: str
    """The policy whose date it is counted from."""
    due_on: Day


def called(due: Due, day: Day) -> str:
    """The occurrence of its step, counted from a day."""
    return f"{day}{due.step.days or 0:+}d"


@dataclass
class Owed:
    """A touchpoint that was found, and what has become of it."""

    due: Due
    not_before: Day
    """The day it was found, or given back: the client is not written to before it."""
    carrier: str
    client_no: str
    planned: Day = Day.max
    """The day on which its message leaves, or has left."""
    has_no_room: bool = False
    """A greeting is left out because of others, or of a mourning day: for good."""
    message: str = ""
    task: str = ""
    task_due: Day = Day.max
    closes_on: Day = Day.max
    was_taken_back: set[str] = field(default_factory=set)
    """Of `message` and `task` what the book has cancelled, and may give back."""
    went_with_its_policy: bool = False
    """The book has taken it back because its policy was owed nothing more, or was another client's."""
    was_left_out: bool = False
    """Because complete files had left its policy out."""
    is_released: bool = False
    held_for: tuple[str, str] | None = None
    """Channel and address for which a halt holds it; nobody asks again before it is resumed."""

    left_as: int | None = None
    """Which of the texts at the provider it is; one that was found there, too."""
    suspension: int | None = None
    """Of which suspension of its policy it is."""
    is_cleared: bool = False
    """What became of it in the days of a lost book is known."""

    @property
    def lacked_a_carrier(self) -> bool:
        """Another policy's own day of the same occurrence may still come; what was done has one day."""
        is_dated = self.due.touchpoint.anchor not in DEEDS
        return self.is_personal and is_dated and self.went_with_its_policy

    @property
    def key(self) -> str:
        return self.due.touchpoint.id

    @property
    def is_personal(self) -> bool:
        return self.due.touchpoint.scope == "client"

    @property
    def told(self) -> Told:
        return Told(self.due.whose, self.key, self.due.occurrence, self.due.due_on)

    @property
    def name(self) -> tuple[str, str, str]:
        """What it is, on whatever day and in whatever words."""
        return self.due.whose, self.key, self._own

    @property
    def _own(self) -> str:
        """The name of its occurrence when it was found; of a suspension the day was corrected since."""
        is_dated = self.due.touchpoint.anchor == "suspended"
        return called(self.due, self.due.anchor) if is_dated else self.due.occurrence

    def is_called_after(self, day: Day) -> None:
        """It is of a suspension, and known as the step that is counted from that day."""
        self.due = replace(self.due, occurrence=called(self.due, day))

    @property
    def had(self) -> bool:
        """Something of it has left, or may have, or was done."""
        return self.has_left or self.task == "done"

    @property
    def has_left(self) -> bool:
        """Its message has, or nobody knows whether it has."""
        return self.message in ("accepted", "unknown")

    @property
    def is_open(self) -> bool:
        return self.message == "queued" or self.task == "open"

    @property
    def template(self) -> str:
        return self.due.touchpoint.template_of(self.due.step)

    @property
    def last_day(self) -> Day:
        """On which its message may leave."""
        window = datetime.timedelta(days=self.due.touchpoint.message_window_days)
        return self.due.due_on + window

    def comes_back(self, part: str) -> None:
        """Its message or its task lives again, and nothing is known of why it was gone."""
        self.was_taken_back.discard(part)
        self.went_with_its_policy = self.went_with_its_policy and bool(self.was_taken_back)
        self.was_left_out = self.was_left_out and bool(self.was_taken_back)

    def is_settled(self, message: str) -> None:
        """Somebody knows what became of it in the days of a lost book; it may leave on its day."""
        self.message, self.is_cleared = message, True
        if message == "queued":
            self.not_before = self.due.due_on

    def goes_to(self, client_no: str) -> None:
        """It is another client's."""
        self.client_no = client_no
        if self.is_personal:
            self.due = replace(self.due, whose=client_no)


@dataclass
class Asked:
    """A task for which nothing was due: to condole, or to find out about a death."""

    policy: str
    client_no: str
    what: str
