"""Random weeks of a complaint desk: people of every role act, time runs out, nights are missed.

What must be so is said once more, plainly: no case is lost, reopened, closed without decision, notice
and follow-up, seen or moved by whom it is about, or over in silence; and the weeks add up.
"""

import datetime
import random
from collections.abc import Iterator

import peewee
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies import database
from policies.case_moves import Given
from servicing.case_reports import weeks
from servicing.cases import desks, recusal, stepping
from servicing.cases.queries import Wanted
from servicing.cases.stepping import Order
from servicing.core import errors
from servicing.core.account_models import User
from servicing.core.case_models import Case, CaseEntry
from tests import cast
from tests.servicing.cases import plain
from tests.servicing.cases.opened import BY, CHINA, NOW, complaint
from tests.servicing.cases.plain import STAFF, days, is_kept, listed, went_up
from tests.servicing.web.visits import give_account

Day = datetime.date

FIRST, DAYS = Day(2026, 2, 2), 70
"""A Monday; Spring Festival is among them."""

OF_THE_DESK = ("lihua", "chen")
ACTORS = [*STAFF, "A001", BY, BY, *["lihua"] * 6]
"""A login, an agent's number, or whoever is at the machine."""

ABOUT = ("", "", "A001", "chen", "he", "over", "lihua", "admin")
NEXT = {
    "received": "accept",
    "accepted": "investigate",
    "investigating": "offer",
    "offered": "decide",
    "decided": "inform",
}
"""What is likely to be done with a case, by where it stands."""

SETTLED = {"decide", "inform", "follow_up"}


@pytest.fixture
def staff(book: peewee.Database) -> dict[str, User]:
    cast.everybody(issued="2025-06-01")
    for login, (role, of) in STAFF.items():
        give_account(login, role, **of)
    found = {each.login: each for each in User.select()}
    for login in OF_THE_DESK:
        desks.put(found[login], ["complaint"], NOW)
    return found


class Desk:
    """What happens, day by day; and what is known of it."""

    def __init__(self, seed: int, staff: dict[str, User]) -> None:
        self.chance = random.Random(seed)
        self.staff = staff
        self.cases: dict[int, Day] = {}
        """By number, when each was received."""
        self.ended: dict[int, tuple[Day, str]] = {}
        """When each ended, and where it then stood."""
        self.steps = [each.id for each in CHINA.kind("complaint").step]

    def lives(self) -> Iterator[Day]:
        for number in range(DAYS):
            today = FIRST + datetime.timedelta(days=number)
            if self.chance.random() < 0.8:  # else the service stood still
                plain.night(today)
            for _ in range(self.chance.randint(0, 2)):
                self.opens(today)
            for case in list(self.cases):
                for _ in range(self.chance.choice([0, 0, 0, 1, 2])):
                    self.tries(case, today)
            yield today

    def opens(self, today: Day) -> None:
        received = today - datetime.timedelta(days=self.chance.choice([0, 0, 1, 12]))
        case = complaint(
            received,
            client_no=self.chance.choice(["", "C001", "C900"]),
            policy_no="",
            categories=self.chance.choice([(), ("complex",), ("simple", "sales")]),
            about=self.chance.choice(ABOUT),
            by=BY,
        )
        self.cases[case.id] = received

    def tries(self, number: int, today: Day) -> None:
        """Somebody does something, or is refused."""
        who, case = self.chance.choice(ACTORS), Case.get_by_id(number)
        likely = NEXT.get(case.state, self.chance.choice(["follow_up", "close"]))
        tried = likely if self.chance.random() < 0.85 else self.chance.choice(self.steps)
        given = Given(
            "words",
            reason="no_harm" if tried == "refuse" else "",
            date=today + datetime.timedelta(days=30),
            person=self.chance.choice([*STAFF]) if tried in ("assign", "extend") else "",
        )
        on = today - datetime.timedelta(days=self.chance.choice([0, 0, 0, 2]))
        try:
            stepping.step(CHINA, Order(number, tried, who, on, given), today, NOW)
        except errors.ServicingError:
            assert Case.get_by_id(number).moves == case.moves, "what is refused leaves nothing"
            return
        assert number not in self.ended, "it was moved after its end"
        assert not is_kept(case, who), "it was moved by whom it is kept from"
        after = Case.get_by_id(number)
        if not after.is_open:
            self.ended[number] = on, after.state

    # ------------------------------------------------------------------------------------ what is so

    def look(self) -> None:
        every = {each.id: each for each in complaints()}
        assert every.keys() == self.cases.keys(), "one is lost"
        assert {number for number, case in every.items() if not case.is_open} == self.ended.keys()
        for number, (on, state) in self.ended.items():
            assert (every[number].ended_on, every[number].state) == (on, state), "it moved on"
        self._measures()
        shown = {each.case for each in listed(Wanted(kind="complaint"))}
        assert shown == every.keys() - self.ended.keys()
        for case in every.values():
            self._entries_of(case)
            follows(case)
        for login, user in self.staff.items():
            both = {each.id for each in Case.select(Case.id).where(recusal.seen(user))}
            followed = {
                each.caused_by for each in Case.select().where(Case.id.in_(both - every.keys()))
            }
            seen = both & every.keys()
            kept = {number for number, case in every.items() if is_kept(case, login)}
            assert not followed & kept, f"{login} sees the follow-up of what is kept from them"
            assert not seen & kept, f"{login} sees what is kept from them"
            if login in (*OF_THE_DESK, "admin"):
                assert seen == every.keys() - kept

    def _measures(self) -> None:
        """Each measure that a complaint has wanted is a case of its own, and there is no other."""
        wanted = CaseEntry.select(CaseEntry.case).where(CaseEntry.step == "improvement").tuples()
        measures = Case.select(Case.caused_by).where(Case.kind == "improvement").tuples()
        assert sorted(wanted) == sorted(measures)

    def _entries_of(self, case: Case) -> None:
        entries = list(CaseEntry.select().where(CaseEntry.case == case).order_by(CaseEntry.id))
        assert len(entries) == case.moves
        for before, after in zip(entries, entries[1:], strict=False):
            assert before.to_state == after.from_state
        assert entries[-1].to_state == case.state
        if case.state == "closed":
            assert {each.step for each in entries} >= SETTLED
        for each in went_up(case):
            assert not is_kept(case, each.person), "it went up to whom it is kept from"
        steps = [(each.set_on, each.reason) for each in went_up(case)]
        assert len(set(steps)) == len(steps), "a step was taken twice"

    def adds_up(self, today: Day) -> None:
        """Week by week, from the first to the last."""
        before = 0
        for monday in days(FIRST, today, 7):
            week = weeks.week(
                CHINA.kind("complaint"), min(monday + datetime.timedelta(days=6), today)
            )
            assert week.open_at_start == before + self._of_before(monday)
            assert week.open_at_start + week.received - week.closed == week.open_at_end
            open_then = [
                number
                for number, received in self.cases.items()
                if received <= week.until
                and not (number in self.ended and self.ended[number][0] <= week.until)
            ]
            assert week.open_at_end == len(open_then)
            before = week.open_at_end

    def _of_before(self, monday: Day) -> int:
        """What was received before the first week of all."""
        if monday != FIRST:
            return 0
        return sum(
            received < FIRST and not (number in self.ended and self.ended[number][0] < FIRST)
            for number, received in self.cases.items()
        )


def complaints() -> list[Case]:
    return list(Case.select().where(Case.kind == "complaint"))


def follows(case: Case) -> None:
    """What was agreed for a day stands in a list, once, on the last day that was said."""
    query = CaseEntry.select().where((CaseEntry.case == case) & (CaseEntry.step == "follow_up"))
    said = [each.set_on for each in query.order_by(CaseEntry.id)]
    found = Case.select().where((Case.kind == "follow_up") & (Case.caused_by == case.id))
    assert [each.due_on for each in found] == said[-1:]
    assert all(
        (each.about_id, each.about_login) == (case.about_id, case.about_login) for each in found
    )


def live(seed: int, staff: dict[str, User]) -> Desk:
    """Ten weeks, looked at week by week; nothing of them stays."""
    with database.database.atomic() as transaction:
        desk = Desk(seed, staff)
        for number, today in enumerate(desk.lives(), 1):
            if number % 14 == 0:
                desk.look()
                desk.adds_up(today)
        transaction.rollback()
    return desk


def test_whoever_acts_and_whatever_runs_out_no_case_goes_wrong(staff: dict[str, User]) -> None:
    desk = live(21, staff)
    assert desk.ended and len(desk.ended) < len(desk.cases), "some end, and some are open"
    assert "closed" in {state for _, state in desk.ended.values()}


@pytest.mark.drilled
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 30))
def test_over_other_histories_none_does_either(staff: dict[str, User], seed: int) -> None:
    live(seed, staff)
