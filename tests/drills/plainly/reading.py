"""The plain second reading: what DOMAIN says of a week, by loops over policies and days.

It knows no table, no statement and nothing of the product but its plan file and its calendar. The
rules stand as sentences in `docs/domain.md`; here each is a few lines, slow and obvious.
"""

import calendar
import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, singledispatchmethod
from zoneinfo import ZoneInfo

from policies import dates, plan
from policies.plan import Step, Touchpoint
from tests.drills.plainly import world
from tests.drills.plainly.events import (
    Booked,
    CompleteLedger,
    Did,
    Dispatched,
    Event,
    Halted,
    Imported,
    Mended,
    Resumed,
    Said,
    Walked,
)
from tests.drills.plainly.seen import Seen, Sent, Stood, Told
from tests.drills.plainly.world import Row

Day = datetime.date
Moment = datetime.datetime
ONE_DAY = datetime.timedelta(days=1)

LOOK_BACK = 16
"""Days: no window of the plan is longer, with days off in it."""
PAUSED = frozenset(["applied", "suspended"])

AS_BUILT = {
    "the right day of a task is looked for by its nominal day": False,
    "what was cancelled before keeps its occurrence": False,
}
"""Where the product is at fault and no event can be left out for it: True reads it as it is built.

A touchpoint that was cancelled because its policy paused or ended, or its premium was paid, keeps its
occurrence when its date falls afterwards: the right day never comes. A task that fell on a day off
has its window from its working day on, and is not made by then if the corrected day is found late.
"""

STOPS, STARTS = frozenset(["STOP", "TD", "退订"]), frozenset(["START"])


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

    def is_there(self, on: Day) -> bool:
        """Issued, joined, and not over on that day."""
        begun = self.issued <= on and self.joined <= on
        return begun and (self.ended is None or self.ended > on)

    def is_owed_still(self, on: Day, key: str) -> bool:
        """Of what was found before: neither over nor paused."""
        paused = {"applied", "paid_up"} if key == "renewal" else {"applied", "suspended"}
        is_over = self.ended is not None and self.ended <= on
        return not is_over and self.row["status"] not in paused

    def is_owed(self, on: Day, key: str) -> bool:
        """In force, in grace or paid up; a suspension does not pause what is about the premium."""
        paused = {"applied", "paid_up"} if key == "renewal" else {"applied", "suspended"}
        return self.is_there(on) and self.row["status"] not in paused


@dataclass
class Instalment:
    """One line of the ledger."""

    amount: int
    paid_on: Day | None

    def asks(self, on: Day) -> bool:
        """For money, on that day; one of 0 asks for nothing."""
        return self.amount > 0 and self._is_unpaid(on)

    def _is_unpaid(self, on: Day) -> bool:
        return self.paid_on is None or self.paid_on > on


@dataclass(frozen=True)
class Due:
    """What falls due: whose, which, when, counted from what."""

    whose: str
    touchpoint: Touchpoint
    step: Step
    occurrence: str
    anchor: Day
    nominal: Day
    origin: str
    """The policy whose date it is counted from."""
    due_on: Day


@dataclass
class Owed:
    """A touchpoint that was found, and what has become of it."""

    due: Due
    not_before: Day
    """The day it was found, or given back: the client is not written to before it."""
    carrier: str
    client_no: str
    message: str = ""
    task: str = ""
    task_due: Day = Day.max
    closes_on: Day = Day.max
    was_taken_back: dict[str, str] = field(default_factory=dict)
    """Of `message` and `task` what the book has cancelled, and may give back; with why."""
    is_released: bool = False

    @property
    def key(self) -> str:
        return self.due.touchpoint.id

    @property
    def told(self) -> Told:
        return Told(self.due.whose, self.key, self.due.occurrence, self.due.due_on)

    @property
    def had(self) -> bool:
        """Something of it has left, or was done."""
        return self.message == "accepted" or self.task == "done"

    @property
    def template(self) -> str:
        return self.due.touchpoint.template_of(self.due.step)


class Reading:
    """What is so, after each thing that happened."""

    def __init__(self) -> None:
        self.plan = plan.load(world.PLAN)
        self.calendar = dates.work_calendar("CN")
        windows = (
            (each.message_window_days, each.task_window_days) for each in self.plan.touchpoints
        )
        self.longest = max(max(each) for each in windows)
        self.policies: dict[str, Owned] = {}
        self.clients: dict[str, Row] = {}
        self.agents: dict[str, Row] = {}
        self.ledger: dict[str, dict[Day, Instalment]] = {}
        self.has_ledger: set[str] = set()
        """Policies of which an earlier ledger spoke; a first one makes up for nothing."""
        self.stopped: set[str] = set()
        self.halted: set[str] = set()
        self.versions = dict.fromkeys((*world.TEMPLATES.values(), "t_grace"), 1)
        self.first_joined: Day | None = None
        self.walked: dict[Day, set[str]] = {}
        self.owed: list[Owed] = []
        self.sent: list[Sent] = []
        self.corrected: list[tuple[str, str]] = []
        """Policies and kinds of their dates that were corrected since we looked."""

    # ------------------------------------------------------------------------------ what happens

    def happens(self, event: Event, now: Moment) -> None:
        """Let one thing happen."""
        self._happens(event, now)

    @singledispatchmethod
    def _happens(self, event: Event, now: Moment) -> None:
        raise NotImplementedError(event.not_yet)

    @_happens.register
    def _(self, event: Imported, now: Moment) -> None:
        today = book_day(now)
        for row in event.rows:
            self._takes_in(row, event.joined, today)
        self.settle(today)

    def _takes_in(self, row: Row, joined: Day, today: Day) -> None:
        number = row["policy_no"]
        before = self.clients.get(row["client_no"], {}).get("birthday", row["birthday"])
        self.clients[row["client_no"]] = {name: row[name] for name in world.CLIENT_COLUMNS}
        self.agents[row["agent_no"]] = {name: row[name] for name in world.AGENT_COLUMNS}
        if before != row["birthday"]:
            mine = [each.number for each in self.policies_of(row["client_no"])]
            self.corrected += [(each, "birthday") for each in mine or [number]]
        if number not in self.policies:
            self.policies[number] = Owned(dict(row), len(self.policies), joined)
            self.first_joined = min(joined, self.first_joined or joined)
            return
        self._changes(self.policies[number], row, today)

    def _changes(self, policy: Owned, row: Row, today: Day) -> None:
        was, policy.row = policy.row, dict(row)
        for column, anchor in (("issue_date", "issue"), ("delivered_on", "delivered")):
            if was[column] != row[column]:
                self.corrected.append((policy.number, anchor))
        if was["ended_on"] and not row["ended_on"]:  # it was in force all the time
            kinds = ("issue", "delivered", "premium_due", "birthday")
            self.corrected += [(policy.number, anchor) for anchor in kinds]
        was_paused = was["status"] in PAUSED and not was["ended_on"]
        if was_paused and row["status"] not in PAUSED and not row["ended_on"]:
            policy.joined = max(policy.joined, today)  # it resumes without making up

    @_happens.register
    def _(self, event: Booked, now: Moment) -> None:
        for row in event.rows:
            number, due = row["policy_no"], Day.fromisoformat(row["due_date"])
            instalment = Instalment(int(row["amount"]), day_of(row["paid_on"]))
            was = self.ledger.setdefault(number, {}).get(due)
            is_asked_again = was and not was.asks(Day.max) and instalment.asks(Day.max)
            is_fresh = was is None and number in self.has_ledger
            if is_fresh or is_asked_again:
                self.corrected.append((number, "premium_due"))
            self.ledger[number][due] = instalment
        self.has_ledger |= {row["policy_no"] for row in event.rows}
        self.settle(book_day(now))

    @_happens.register
    def _(self, event: CompleteLedger, now: Moment) -> None:
        for number in {row["policy_no"] for row in event.rows}:
            said = {Day.fromisoformat(row["due_date"]) for row in event.rows}
            for due in [each for each in self.ledger[number] if each not in said]:
                del self.ledger[number][due]
        self._happens(Booked(event.rows), now)

    @_happens.register
    def _(self, event: Said, now: Moment) -> None:
        if event.word in STOPS:
            self.stopped.add(event.phone)
        if event.word in STARTS:
            self.stopped.discard(event.phone)

    @_happens.register
    def _(self, event: Halted, now: Moment) -> None:
        self.halted.add(event.key)

    @_happens.register
    def _(self, event: Resumed, now: Moment) -> None:
        self.halted.discard(event.key)

    @_happens.register
    def _(self, event: Mended, now: Moment) -> None:
        self.versions[event.template] += 1

    @_happens.register
    def _(self, event: Did, now: Moment) -> None:
        mine = self.list_of(event.agent_no, book_day(now))
        if mine:
            mine[event.place % len(mine)].task = "done"

    @_happens.register
    def _(self, event: Walked, now: Moment) -> None:
        self.settle(event.on)
        first = self.first_joined or event.on
        missed = [each for each in days(first, event.on - ONE_DAY) if self._is_open(each)]
        for day in [*missed, event.on]:
            known = self.walked.get(day, set()) if day != event.on else set()
            for due in list(self.dues(day)):
                if due.origin not in known:
                    self.find(due, event.on)
            self.walked[day] = set(self.policies)
        tomorrow = event.on + ONE_DAY
        for due in list(self.dues(tomorrow)):
            if due.touchpoint.has_message(due.step) and self._is_early(due):
                self.find(due, event.on)

    def _is_early(self, due: Due) -> bool:
        """Far to the east its day begins before the book's own walk of it."""
        zone = self.clients[self.policies[due.origin].client_no]["timezone"]
        opens = Moment.combine(due.due_on, world.OPENS, ZoneInfo(zone))
        return opens < world.at(due.due_on, world.WALK)

    def _is_open(self, day: Day) -> bool:
        """Not walked, or a policy has joined since that was owed service by then."""
        new = set(self.policies) - self.walked.get(day, set())
        return day not in self.walked or any(self.policies[each].joined <= day for each in new)

    @_happens.register
    def _(self, event: Dispatched, now: Moment) -> None:
        self.settle(book_day(now))
        for owed in self.owed:
            if owed.message == "queued":
                self.claim(owed, now)

    # ------------------------------------------------------------------------- what falls due when

    def dues(self, day: Day, anchor: str = "") -> Iterator[Due]:
        """All that falls due on a day, by the book of this moment; perhaps of one kind of date."""
        for touchpoint in self.plan.touchpoints:
            if anchor and touchpoint.anchor != anchor:
                continue
            if touchpoint.scope == "policy":
                for policy in self.policies.values():
                    if policy.is_owed(day, touchpoint.id):
                        yield from self._dues_of(policy.number, policy, touchpoint, day)
            else:
                for client_no in self.clients:
                    carrier = self.carrier(client_no, day)
                    if carrier:
                        yield from self._dues_of(client_no, carrier, touchpoint, day)

    def carrier(self, client_no: str, day: Day) -> Owned | None:
        """The earliest of the client's policies that are owed service."""
        mine = [each for each in self.policies_of(client_no) if each.is_owed(day, "")]
        return min(mine, key=lambda each: (each.issued, each.order), default=None)

    def policies_of(self, client_no: str) -> list[Owned]:
        return [each for each in self.policies.values() if each.client_no == client_no]

    def _dues_of(
        self, whose: str, policy: Owned, touchpoint: Touchpoint, day: Day
    ) -> Iterator[Due]:
        for anchor in self._anchors(policy, touchpoint, day):
            for step in touchpoint.due:
                for nominal, offset in _counted(anchor, step, day):
                    due_on = nominal if touchpoint.has_message(step) else self.working(nominal)
                    if due_on == day:
                        occurrence = _occurrence(touchpoint, step, anchor, nominal, offset)
                        found = (whose, touchpoint, step, occurrence, anchor, nominal)
                        yield Due(*found, policy.number, due_on)

    def _anchors(self, policy: Owned, touchpoint: Touchpoint, day: Day) -> list[Day]:
        if touchpoint.anchor == "premium_due":
            mine = self.ledger.get(policy.number, {})
            return [due for due, each in mine.items() if each.asks(day)]
        return self.anchor_dates(policy, touchpoint.anchor)

    def anchor_dates(self, policy: Owned, anchor: str) -> list[Day]:
        """The dates of that kind that stand in the book."""
        if anchor == "premium_due":
            return list(self.ledger.get(policy.number, {}))
        if anchor == "issue":
            return [policy.issued]
        of_client = self.clients[policy.client_no]["birthday"]
        text = policy.row["delivered_on"] if anchor == "delivered" else of_client
        return [Day.fromisoformat(text)] if text else []

    def working(self, day: Day) -> Day:
        while not self.calendar.is_workday(day):
            day += ONE_DAY
        return day

    # ------------------------------------------------------------------------- found, and made

    def find(self, due: Due, found_on: Day) -> None:
        """Record it once, with its message and its task as the book of now wants them."""
        if self.is_recorded(due):
            return
        owed = Owed(due, max(found_on, due.due_on), due.origin, self.policies[due.origin].client_no)
        self._carry_on(owed, found_on)
        gone = self.why_gone(owed, found_on)
        late = (found_on - due.due_on).days
        if due.touchpoint.has_message(due.step):
            is_late = late > due.touchpoint.message_window_days
            owed.message = "cancelled" if gone else "skipped" if is_late else self.way(owed)[0]
            if gone:
                owed.was_taken_back["message"] = gone
        if due.touchpoint.has_task(due.step):
            owed.task_due = self.working(due.due_on)
            owed.closes_on = self.closing(due)
            owed.task = "cancelled" if gone else "missed" if found_on > owed.closes_on else "open"
            if gone:
                owed.was_taken_back["task"] = gone
        self.owed.append(owed)

    # -------------------------------------------------------------------------- taken and given back

    def settle(self, today: Day) -> None:
        """What the book has taken back is cancelled; what it gives back lives while there is time."""
        was_released = [each for each in self.owed if each.is_released]
        for owed in self.owed:
            if not owed.is_released:
                self._judge(owed, today)
        for owed in was_released:
            if self._stands_again(owed):
                self._judge(owed, today)
        corrected, self.corrected = self.corrected, []
        for number, anchor in corrected:
            self._right_days(number, anchor, today)

    def _stands_again(self, owed: Owed) -> bool:
        """Its date is back in the book, and nothing was made for it meanwhile."""
        if not self.has_fallen(owed) and not self.is_recorded(owed.due):
            owed.is_released = False
        return not owed.is_released

    def is_recorded(self, due: Due) -> bool:
        """Whether that occurrence was found before, and not released."""
        wanted = (due.whose, due.touchpoint.id, due.occurrence)
        return any(
            (each.due.whose, each.key, each.due.occurrence) == wanted
            for each in self.owed
            if not each.is_released
        )

    def _judge(self, owed: Owed, today: Day) -> None:
        self._carry_on(owed, today)
        gone = self.why_gone(owed, today)
        if gone:
            self._take_back(owed, gone)
        else:
            self._give_back(owed, today)
        if self.has_fallen(owed) and not owed.had:
            others = set(owed.was_taken_back.values()) - {"date"}
            is_kept = others and AS_BUILT["what was cancelled before keeps its occurrence"]
            owed.is_released = not is_kept
        if owed.task == "open" and today > owed.closes_on:
            owed.task = "missed"

    def _take_back(self, owed: Owed, gone: str) -> None:
        if owed.message == "queued":
            owed.message = "cancelled"
            owed.was_taken_back["message"] = gone
        if owed.task == "open":
            owed.task = "cancelled"
            owed.was_taken_back["task"] = gone

    def _give_back(self, owed: Owed, today: Day) -> None:
        """As if it were found today."""
        window = datetime.timedelta(days=owed.due.touchpoint.message_window_days)
        is_back = "message" in owed.was_taken_back and owed.message == "cancelled"
        if (is_back or owed.message == "suppressed") and today <= owed.due.due_on + window:
            owed.message = self.way(owed)[0]
            owed.not_before = max(today, owed.not_before)
            owed.was_taken_back.pop("message", "")
        if "task" in owed.was_taken_back and owed.task == "cancelled" and today <= owed.closes_on:
            owed.task = "open"
            del owed.was_taken_back["task"]

    def _carry_on(self, owed: Owed, today: Day) -> None:
        """What is owed to a client has a carrier as long as any policy of theirs is owed service."""
        carrier = self.policies[owed.carrier]
        if owed.due.touchpoint.scope == "client":
            is_carried = carrier.client_no == owed.client_no and carrier.is_owed(today, owed.key)
            other = self.carrier(owed.client_no, today)
            if not is_carried and other:
                owed.carrier = other.number
        else:
            owed.client_no = carrier.client_no  # what hangs on a policy goes where it goes

    def why_gone(self, owed: Owed, today: Day) -> str:
        """Why it is owed no more; empty: it is."""
        carrier = self.policies[owed.carrier]
        if carrier.client_no != owed.client_no or not carrier.is_owed_still(today, owed.key):
            return "status"
        touchpoint = owed.due.touchpoint
        if self.has_fallen(owed) and (touchpoint.anchor == "premium_due" or not owed.had):
            return "date"
        if touchpoint.anchor == "premium_due" and not self.has_fallen(owed):
            instalment = self.ledger[owed.due.origin][owed.due.anchor]
            return "" if instalment.asks(today) else "paid"
        return ""

    def has_fallen(self, owed: Owed) -> bool:
        """Whether the date that it was counted from stands in the book no more."""
        origin, anchor = self.policies[owed.due.origin], owed.due.touchpoint.anchor
        return owed.due.anchor not in self.anchor_dates(origin, anchor)

    def _right_days(self, number: str, anchor: str, today: Day) -> None:
        """A corrected date may have come already: what it owes comes late, inside its window."""
        if not self.walked:
            return
        last = max(self.walked)
        theirs = self.policies[number].client_no
        for day in days(last - datetime.timedelta(days=LOOK_BACK), last):
            for due in list(self.dues(day, anchor)):
                is_theirs = self.policies[due.origin].client_no == theirs
                if is_theirs and self.has_time(due, today):
                    self.find(due, today)

    def has_time(self, due: Due, today: Day) -> bool:
        """Whether its task is still worth doing, or any window that long would still be open."""
        is_lately = today <= due.due_on + datetime.timedelta(days=self.longest)
        if AS_BUILT["the right day of a task is looked for by its nominal day"]:
            return is_lately
        return is_lately or (due.touchpoint.has_task(due.step) and today <= self.closing(due))

    def closing(self, due: Due) -> Day:
        """The last day on which its task is worth doing."""
        window = datetime.timedelta(days=due.touchpoint.task_window_days)
        return self.working(due.due_on) + window

    # -------------------------------------------------------------------------------- may it leave?

    def way(self, owed: Owed) -> tuple[str, str, str]:
        """Whether the client may be written to, and how: state, channel, address."""
        client = self.clients[owed.client_no]
        channel = client["channel"] or "sms"
        address = client["email"] if channel == "email" else client["phone"]
        is_marketing = owed.due.touchpoint.message_class == "marketing"
        may = (
            channel != "none"
            and address not in self.stopped
            and (not is_marketing or client["marketing_consent"] == "yes")
        )
        return ("queued" if may else "suppressed"), channel, address

    def zone(self, owed: Owed) -> ZoneInfo:
        return ZoneInfo(self.clients[owed.client_no]["timezone"])

    def not_after(self, owed: Owed) -> Moment:
        window = datetime.timedelta(days=owed.due.touchpoint.message_window_days)
        return Moment.combine(owed.due.due_on + window, world.CLOSES, self.zone(owed))

    def claim(self, owed: Owed, now: Moment) -> None:
        """It is about to leave: everything is asked again, and its text is written."""
        there = now.astimezone(self.zone(owed))
        if now >= self.not_after(owed):
            owed.message = "skipped"
        elif there.date() < owed.not_before or not world.OPENS <= there.time() < world.CLOSES:
            return
        elif owed.key not in self.halted:
            state, channel, address = self.way(owed)
            owed.message = "accepted" if state == "queued" else state
            if state == "queued":
                sms_or_email = (owed.client_no, channel, address)
                self.sent.append(Sent(*sms_or_email, tuple(self._spelled(owed))))

    def _spelled(self, owed: Owed) -> Iterator[str]:
        client, policy = self.clients[owed.client_no], self.policies[owed.carrier]
        locale, agent = client["language"], self.agents[policy.row["agent_no"]]
        yield f"{owed.template} v{self.versions[owed.template]} {locale}"
        yield from (client["client_name"], policy.number[-4:], policy.row["product"])
        yield from (agent["agent_name"], agent["agent_phone"])
        yield long_date(owed.due.due_on, locale)
        if owed.template in world.OF_A_PREMIUM:
            due = owed.due.anchor
            yield money(self.ledger[policy.number][due].amount, locale)
            yield long_date(due, locale)
            days_of = world.PRODUCT_GRACE_DAYS.get(policy.row["product"], world.GRACE_DAYS)
            yield long_date(due + datetime.timedelta(days=days_of), locale)

    # ----------------------------------------------------------------------------- what is compared

    def list_of(self, agent_no: str, today: Day) -> list[Owed]:
        """The open tasks on the list of whoever serves the policy today."""
        mine = [
            each
            for each in self.owed
            if each.task == "open"
            and each.task_due <= today
            and self.policies[each.carrier].row["agent_no"] == agent_no
        ]
        return sorted(mine, key=lambda each: each.told)

    def seen(self, today: Day) -> Seen:
        """What stands after a day."""
        touchpoints: dict[Told, list[Stood]] = {}
        for each in self.owed:
            touchpoints.setdefault(each.told, []).append(Stood(each.message, each.task))
        lists = {each: [owed.told for owed in self.list_of(each, today)] for each in world.AGENTS}
        return Seen(
            {told: sorted(stood) for told, stood in touchpoints.items()}, sorted(self.sent), lists
        )


def book_day(now: Moment) -> Day:
    return now.astimezone(ZoneInfo(world.BOOK_ZONE)).date()


def days(first: Day, last: Day) -> Iterator[Day]:
    while first <= last:
        yield first
        first += ONE_DAY


def _counted(anchor: Day, step: Step, day: Day) -> Iterator[tuple[Day, int]]:
    """The days that a step names until a day, each with the months or days it is counted."""
    if step.days is not None:
        yield anchor + datetime.timedelta(days=step.days), step.days
        return
    months = step.months or 0
    while (nominal := months_later(anchor, months)) <= day:
        yield nominal, months
        if not step.every_months:
            return
        months += step.every_months


def _occurrence(touchpoint: Touchpoint, step: Step, anchor: Day, nominal: Day, offset: int) -> str:
    if touchpoint.anchor == "premium_due":
        return f"{anchor}{offset:+}d"
    if touchpoint.scope == "client" and step.every_months:
        return f"{nominal:%Y-%m}" if step.every_months == 1 else f"{nominal:%Y}"
    if len(touchpoint.due) == 1 and not step.every_months:
        return "once"
    return f"{offset}d" if step.days is not None else f"{offset}m"


def long_date(day: Day, locale: str) -> str:
    if locale == "zh_CN":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{calendar.month_name[day.month]} {day.day}, {day.year}"


def money(amount: int, locale: str) -> str:
    return f"¥{amount:,}.00" if locale == "zh_CN" else f"CN¥{amount:,}.00"
