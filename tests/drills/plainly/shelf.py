"""The book as the plain reading keeps it: what files and people have said, and what falls due by it."""

import datetime
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from policies import dates, plan
from policies.plan import Step, Touchpoint
from tests.drills.plainly import world
from tests.drills.plainly.events import Booked, Imported
from tests.drills.plainly.people import People
from tests.drills.plainly.rows import (
    DEEDS,
    LEFT_OUT_PAUSES,
    LOST,
    ONE_DAY,
    PAUSED,
    Asked,
    Day,
    Due,
    Instalment,
    Owed,
    Owned,
    day_of,
    months_later,
)
from tests.drills.plainly.world import Row

MOURNING = datetime.timedelta(days=100)
FIRST_NOTICE = datetime.timedelta(days=7)
"""Before an instalment falls due."""
Rank = tuple[int, datetime.timedelta, int, Day, int]
KINDS_OF_DATES = (
    *("issue", "delivered", "premium_due", "birthday", "suspended", "ended"),
    *DEEDS,
)


class Shelf:
    """Policies, clients, agents and the ledger."""

    def __init__(self) -> None:
        self.plan = plan.load(world.PLAN)
        windows = ((e.message_window_days, e.task_window_days) for e in self.plan.touchpoints)
        self.longest = datetime.timedelta(days=max(max(each) for each in windows))
        self.calendar = dates.work_calendar("CN")
        self.policies: dict[str, Owned] = {}
        self.first_joined: Day | None = None
        self.clients: dict[str, Row] = {}
        self.agents: dict[str, Row] = {}
        self.ledger: dict[str, dict[Day, Instalment]] = {}
        self.has_ledger: set[str] = set()
        """Policies of which an earlier ledger spoke; a first one makes up for nothing."""
        self.corrected: list[tuple[str, str]] = []
        """Policies and kinds of their dates that were corrected since somebody looked."""
        self.moved: list[tuple[str, int, Day]] = []
        """Policies and suspensions of theirs whose day was corrected since somebody looked."""
        self.people = People(self.clients)
        self.died: dict[str, Day] = {}
        self.in_question: set[str] = set()
        """Clients of whom a claim asks whether they have died."""
        self.kin: set[tuple[str, str]] = set()
        self.asked: list[Asked] = []
        self.closed: set[tuple[str, Day]] = set()
        """Clients of whom a complaint was closed on a day."""
        self.done: set[tuple[str, str, str, Day]] = set()
        """Touchpoints whose task was done on a day, each with its policy and its client."""

    # ------------------------------------------------------------------------------- the book file

    def take_in(self, event: Imported) -> None:
        """A book file."""
        was = {number: each.row["status"] for number, each in self.policies.items()}
        for row in event.rows:
            self._row(row, event.joined)
        for row in event.rows:
            if was.get(row["policy_no"]) == "claim" and row["status"] != "claim":
                self._claims_no_more(row["client_no"])
        for row in event.rows:
            has_joined = row["policy_no"] in was or row["ended_on"] >= str(event.joined)
            is_news = row["status"] == "claim" and was.get(row["policy_no"]) != "claim"
            if is_news and has_joined:  # what had ended before it joined asks nothing
                numbers = self.people.numbers(row["client_no"])
                self.in_question.update(each for each in numbers if each not in self.died)
        self._ask()
        if event.is_complete:
            self._leave_out(event)

    def _row(self, row: Row, joined: Day) -> None:
        number, client_no = row["policy_no"], row["client_no"]
        before = self.clients.get(client_no, {}).get("birthday", row["birthday"])
        self.clients[client_no] = {name: row[name] for name in world.CLIENT_COLUMNS}
        self.agents[row["agent_no"]] = {name: row[name] for name in world.AGENT_COLUMNS}
        if number not in self.policies:
            new = self.policies[number] = Owned(dict(row), len(self.policies), joined)
            if row["status"] == "suspended" and row["suspended_on"]:
                self._is_suspended(new, Day.fromisoformat(row["suspended_on"]))
            self.first_joined = min(joined, self.first_joined or joined)
        else:
            self._changes(self.policies[number], row, joined)
        if before != row["birthday"]:
            self.corrected += [(each.number, "birthday") for each in self.policies_of(client_no)]

    def _changes(self, policy: Owned, row: Row, joined: Day) -> None:
        was, policy.row = policy.row, dict(row)
        for column, anchor in (("issue_date", "issue"), ("delivered_on", "delivered")):
            if was[column] != row[column]:
                self.corrected.append((policy.number, anchor))
        self._suspends(policy, was, joined)
        if was["ended_on"] != row["ended_on"] or {was["status"], row["status"]} & LOST:
            self.corrected.append((policy.number, "ended"))
        later = row["ended_on"] or str(Day.max)
        if was["ended_on"] and later > was["ended_on"]:  # it was in force until then
            self.corrected += [(policy.number, anchor) for anchor in KINDS_OF_DATES]
        was_paused = was["status"] == "suspended"  # an application was never served before
        is_reinstated = was_paused and row["status"] not in PAUSED and not row["ended_on"]
        if is_reinstated or policy.left_out >= LEFT_OUT_PAUSES:
            policy.joined = max(policy.joined, joined)  # it resumes without making up
        policy.left_out = 0
        if was["client_no"] != row["client_no"]:
            self.corrected.append((policy.number, "birthday"))
            self.people.hands_on(was["client_no"], row["client_no"])

    def _suspends(self, policy: Owned, was: Row, joined: Day) -> None:
        """From the day after the grace of the first unpaid instalment on, or else from that file on."""
        since, now = policy.suspended, None
        if policy.row["status"] == "suspended" and policy.row["suspended_on"]:
            now = day_of(policy.row["suspended_on"])
        elif policy.row["status"] == "suspended" == was["status"]:
            now = since and max(since, policy.issued)
        elif policy.row["status"] == "suspended":
            ledger = self.ledger.get(policy.number, {})
            asks = [due for due, each in ledger.items() if each.amount and not each.paid_on]
            days = world.PRODUCT_GRACE_DAYS.get(was["product"], world.GRACE_DAYS)
            grace = datetime.timedelta(days=days + 1)
            now = max(min([joined, *(due + grace for due in asks)]), policy.issued)
        if since != now:
            self.corrected.append((policy.number, "suspended"))
        self._is_suspended(policy, now)

    def _is_suspended(self, policy: Owned, now: Day | None) -> None:
        """Another day of the one that goes on; else the one that has that day, or a new one."""
        if policy.suspended and now and now not in policy.suspensions:
            place = policy.suspensions.index(policy.suspended)
            policy.suspensions[place] = now
            self.moved.append((policy.number, place, now))
        elif now and now not in policy.suspensions:
            policy.suspensions.append(now)
        policy.suspended = now

    def _leave_out(self, event: Imported) -> None:
        """What the file leaves out of the branches that it names."""
        named = {row["policy_no"] for row in event.rows}
        branches = {row["branch"] for row in event.rows}
        for policy in self.policies.values():
            branch = self.agents[policy.row["agent_no"]]["branch"]
            is_served = not policy.has_ended(event.joined) and policy.left_out < LEFT_OUT_PAUSES
            if is_served and branch in branches and policy.number not in named:
                policy.left_out += 1

    # ---------------------------------------------------------------------------------- the ledger

    def book(self, event: Booked, today: Day) -> None:
        """A ledger; one that is complete for its policies makes void what it leaves out."""
        said = {(row["policy_no"], Day.fromisoformat(row["due_date"])) for row in event.rows}
        if event.is_complete:
            for number in {row["policy_no"] for row in event.rows}:
                known = self.ledger.get(number, {})
                for due in [each for each in known if (number, each) not in said]:
                    del known[due]
        for row in event.rows:
            self._instalment(row, today)
        self.has_ledger |= {row["policy_no"] for row in event.rows}

    def _instalment(self, row: Row, today: Day) -> None:
        number, due = row["policy_no"], Day.fromisoformat(row["due_date"])
        instalment = Instalment(int(row["amount"]), day_of(row["paid_on"]))
        was = self.ledger.setdefault(number, {}).get(due)
        is_asked_again = was is not None and instalment.asks_longer_than(was)
        has_begun = due - FIRST_NOTICE <= today + ONE_DAY  # else no day of it can be made up for
        is_fresh = was is None and number in self.has_ledger and has_begun
        if is_fresh or is_asked_again:
            self.corrected.append((number, "premium_due"))
        self.ledger[number][due] = instalment

    # -------------------------------------------------------------------------------------- deaths

    def dies(self, client_no: str, on: Day) -> bool:
        """A person says so; in place of all that was open, somebody condoles. Whether it is news."""
        numbers = self.people.numbers(client_no)
        was = {self.died.get(each) for each in numbers}
        if was == {on} and not self.in_question.intersection(numbers):
            return False
        self._has_died(numbers, on)
        if was == {None}:
            self._task(numbers, "condolence")
        return True

    def _has_died(self, numbers: list[str], on: Day) -> None:
        self.died.update(dict.fromkeys(numbers, on))
        self._answered(numbers)

    def lives(self, client_no: str) -> bool:
        """A person says so; whether anybody had said or asked anything else."""
        numbers = self.people.numbers(client_no)
        if not self.in_question.union(self.died).intersection(numbers):
            return False
        for each in numbers:
            self.died.pop(each, None)
        self._answered(numbers)
        self._no_task(numbers, "condolence")
        return True

    def bring_together(self, numbers: list[str]) -> None:
        """They are found to be one person: who has died, or may have, has so under all of them."""
        if deaths := [self.died[each] for each in numbers if each in self.died]:
            self._has_died(numbers, min(deaths))
        elif self.in_question.intersection(numbers):
            self.in_question.update(numbers)

    def _answered(self, numbers: list[str]) -> None:
        self.in_question.difference_update(numbers)
        self._no_task(numbers, "claim_asks")

    def _claims_no_more(self, client_no: str) -> None:
        numbers = self.people.numbers(client_no)
        theirs = [policy for each in numbers for policy in self.policies_of(each)]
        if all(each.row["status"] != "claim" for each in theirs):
            self._answered(numbers)

    def _ask(self) -> None:
        """Once of a person, whatever the number."""
        for client_no in [each for each in self.clients if each in self.in_question]:
            numbers = self.people.numbers(client_no)
            known = {each.client_no for each in self.asked if each.what == "claim_asks"}
            if not known.intersection(numbers):
                self._task([client_no], "claim_asks")

    def _task(self, numbers: list[str], what: str) -> None:
        """Of the earliest policy that goes on, or of the last there was."""
        mine = [policy for each in numbers for policy in self.policies_of(each)]
        going = [each for each in mine if each.ended is None]
        last = max((each.ended for each in mine if each.ended), default=None)
        among = going or [each for each in mine if each.ended == last]
        if among:
            policy = min(among, key=lambda each: (each.issued, each.order))
            self.asked.append(Asked(policy.number, policy.client_no, what))

    def _no_task(self, numbers: list[str], what: str) -> None:
        self.asked = [e for e in self.asked if e.what != what or e.client_no not in numbers]

    def is_spared(self, client_no: str, on: Day) -> bool:
        """Somebody of the family has died in the last hundred days."""
        mine = self.people.numbers(client_no)
        family = {two for one, two in self.kin if one in mine}
        family |= {one for one, two in self.kin if two in mine}
        deaths = [self.died[each] for each in family if each in self.died]
        return bool(deaths) and on <= max(deaths) + MOURNING

    # ----------------------------------------------------------------------------- what people do

    def closes(self, client_no: str, on: Day) -> None:
        """A complaint of a client is over."""
        self.closed.add((client_no, on))
        self.corrected += [(each.number, "case_closed") for each in self.policies_of(client_no)]

    def does(self, owed: Owed, on: Day) -> None:
        """An agent has done a task."""
        self.done.add((owed.key, owed.carrier, owed.client_no, on))
        self.corrected += [(each.number, "task_done") for each in self.policies_of(owed.client_no)]

    def deeds(self, touchpoint: Touchpoint, policy_no: str, numbers: list[str]) -> list[Day]:
        """The days on which what a touchpoint counts from was done for a policy, or for a client."""
        if touchpoint.anchor == "case_closed":
            return sorted({day for number, day in self.closed if number in numbers})
        return sorted(
            {
                day
                for key, of, number, day in self.done
                if key == touchpoint.task
                and (of == policy_no if touchpoint.scope == "policy" else number in numbers)
            }
        )

    # ------------------------------------------------------------------------- what falls due when

    def policies_of(self, client_no: str) -> list[Owned]:
        return [each for each in self.policies.values() if each.client_no == client_no]

    def carrier(self, client_no: str, day: Day) -> Owned | None:
        """The earliest of the client's policies that are owed service."""
        mine = [each for each in self.policies_of(client_no) if each.is_owed(day, "")]
        return min(mine, key=lambda each: (each.issued, each.order), default=None)

    def is_early(self, due: Due) -> bool:
        """Far to the east its day begins before the book's own walk of it."""
        client_no = self.policies[due.origin].client_no
        zone = ZoneInfo(self.clients[client_no]["timezone"])
        opens = datetime.datetime.combine(due.due_on, world.OPENS, zone)
        return opens < world.at(due.due_on, world.WALK)

    def dues(self, day: Day, anchor: str = "") -> Iterator[Due]:
        """All that falls due on a day, by the book of this moment; perhaps of one kind of date."""
        for touchpoint in self.plan.touchpoints:
            if anchor and touchpoint.anchor != anchor:
                continue
            found: list[tuple[Rank, Due]] = []
            if touchpoint.scope == "policy":
                for policy in self.policies.values():
                    if policy.is_owed(day, touchpoint.id):
                        found += self._dues_of(policy.number, policy, touchpoint, day)
            else:
                for client_no in self.clients:
                    carrier = self.carrier(client_no, day)
                    if carrier:
                        found += self._dues_of(client_no, carrier, touchpoint, day)
            yield from (due for _, due in sorted(found, key=lambda each: each[0]))

    def _dues_of(
        self, whose: str, policy: Owned, touchpoint: Touchpoint, day: Day
    ) -> Iterator[tuple[Rank, Due]]:
        """In the order of the plan, then of the book: of one person's two numbers one is first."""
        for anchor in self._anchors(policy, touchpoint, day):
            for place, step in enumerate(touchpoint.due):
                for nominal, offset in _counted(anchor, step, day):
                    due_on = nominal if touchpoint.has_message(step) else self.working(nominal)
                    if due_on == day:
                        occurrence = _occurrence(touchpoint, step, anchor, nominal, offset)
                        found = (whose, touchpoint, step, occurrence, anchor)
                        rank = (place, day - nominal, offset, anchor, policy.order)
                        yield rank, Due(*found, policy.number, due_on)

    def _anchors(self, policy: Owned, touchpoint: Touchpoint, day: Day) -> list[Day]:
        if touchpoint.anchor == "premium_due":
            mine = self.ledger.get(policy.number, {})
            return [due for due, each in mine.items() if each.asks(day)]
        if touchpoint.anchor in DEEDS:
            return self.deeds(touchpoint, policy.number, [policy.client_no])
        return self.anchor_dates(policy, touchpoint.anchor)

    def anchor_dates(self, policy: Owned, anchor: str) -> list[Day]:
        """The dates of that kind that stand in the book."""
        if anchor == "premium_due":
            return list(self.ledger.get(policy.number, {}))
        if anchor == "issue":
            return [policy.issued]
        if anchor == "suspended":
            return [policy.suspended] if policy.suspended else []
        if anchor == "ended":
            return [policy.ended] if policy.ended and policy.row["status"] in LOST else []
        of_client = self.clients[policy.client_no]["birthday"]
        text = policy.row["delivered_on"] if anchor == "delivered" else of_client
        return [Day.fromisoformat(text)] if text else []

    def working(self, day: Day) -> Day:
        while not self.calendar.is_workday(day):
            day += ONE_DAY
        return day


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
    if touchpoint.anchor in DEEDS:
        of = f"task:{touchpoint.task}" if touchpoint.task else f"case:{touchpoint.case}"
        return f"{of}@{anchor}{offset:+}d"
    if touchpoint.anchor in ("premium_due", "suspended"):
        return f"{anchor}{offset:+}d"
    if touchpoint.scope == "client" and step.every_months:
        return f"{nominal:%Y-%m}" if step.every_months == 1 else f"{nominal:%Y}"
    if len(touchpoint.due) == 1 and not step.every_months:
        return "once"
    return f"{offset}d" if step.days is not None else f"{offset}m"
