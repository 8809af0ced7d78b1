"""Random weeks of all desks at once: every kind of case, everybody's hands, a leaver, an erased client.

What must be so is said plainly: each case is there and was opened by hand or by a step that opens one,
none moves after its end, nobody moves or sees what is kept from them, an enquiry becomes a complaint and
nothing ends as an enquiry, and of each kind the weeks add up.
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
from policies.models import Client, Policy
from servicing.case_reports import weeks
from servicing.cases import desks, opening, recusal, stepping
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.core import accounts, errors
from servicing.core.account_models import User
from servicing.core.case_models import Case, CaseEntry
from servicing.rights import erasing
from tests import cast
from tests.servicing.cases import plain
from tests.servicing.cases.opened import BY, CHINA, NOW
from tests.servicing.cases.plain import STAFF, is_kept
from tests.servicing.web.visits import give_account

Day = datetime.date

FIRST, DAYS = Day(2026, 3, 2), 42
"""A Monday, and six weeks."""

ERASED_AFTER, LEFT_AFTER = 20, 14
"""Days after which Zhou Ming is erased, and one of the desks of complaints leaves."""

DESKS = {"lihua": "complaint", "chen": "complaint", "calls": "callback", "checks": "quality"}
OTHERS = {"calls": "operations", "checks": "operations", "leaver": "operations"}
KINDS = ("complaint", "enquiry", "problem", "callback", "improvement", "follow_up")
ACTORS = [*STAFF, *OTHERS, "A001", BY, BY, BY, "lihua", "lihua", "calls", "checks"]
ONWARD = {
    **{"accepted": ["investigate"], "investigating": ["offer"], "offered": ["decide"]},
    **{"decided": ["inform", "follow_up"], "informed": ["follow_up", "close"]},
}
"""What is likely to be done with a complaint, by where it stands."""
SETTLED = {"decide", "inform", "follow_up"}


@pytest.fixture
def staff(book: peewee.Database) -> dict[str, User]:
    cast.everybody(issued="2025-06-01")
    for login, (role, of) in STAFF.items():
        give_account(login, role, **of)
    for login in OTHERS:
        give_account(login, "operations")
    found = {each.login: each for each in User.select()}
    for login, desk in [*DESKS.items(), ("leaver", "complaint")]:
        desks.put(found[login], [desk], NOW)  # type: ignore[list-item]
    return found


class House:
    """What happens, day by day; and what is known of it."""

    def __init__(self, seed: int, staff: dict[str, User]) -> None:
        self.chance = random.Random(seed)
        self.staff = staff
        self.cases: dict[int, tuple[str, Day]] = {}
        """By number, its kind and when it was received."""
        self.ended: dict[int, tuple[Day, str]] = {}
        self.gone: set[str] = set()
        self.emptied = 0
        """Entries of the client who was erased."""

    def lives(self) -> Iterator[Day]:
        for number in range(DAYS):
            today = FIRST + datetime.timedelta(days=number)
            if self.chance.random() < 0.8:  # else the service stood still
                plain.night(today)
            if number == LEFT_AFTER:
                accounts.set_disabled(self.staff["leaver"], True, NOW)
                self.gone.add("leaver")
            if number == ERASED_AFTER:
                self.erases(today)
            for _ in range(self.chance.randint(1, 2)):
                self.opens(today)
            for case in list(self.cases):
                if case not in self.ended and self.chance.random() < 0.5:
                    self.tries(case, today)
            yield today

    def erases(self, today: Day) -> None:
        ended = {"status": "surrendered", "ended_on": today}
        zhou_ming = Client.get(Client.client_no == "C900")
        Policy.update(**ended).where(Policy.client == zhou_ming).execute()
        erasing.erase("C900", erasing.Order("PIPL 47(1)(3)", "ada", today, NOW))
        said = CaseEntry.select().join(Case).where(Case.client == zhou_ming)
        assert not any(each.text for each in said), "his words are gone"
        self.emptied = said.count()
        self.gone.add("C900")

    def opens(self, today: Day) -> None:
        """Somebody opens a case by hand; what is refused to them leaves nothing."""
        kind, by = self.chance.choice(KINDS), self.chance.choice([BY, BY, BY, *STAFF, *OTHERS])
        received = today - datetime.timedelta(days=self.chance.choice([0, 0, 1, 9]))
        client = self.chance.choice(["C001", "", "C001" if "C900" in self.gone else "C900"])
        asked = Request(
            kind,
            received,
            f"said on {today}",
            by,
            client_no="C001" if kind in ("callback", "problem") else client,
            policy_no="P001" if kind == "callback" else "",
            about=self.chance.choice(["", "", "A001", "he", "lihua"]),
            by_hand=True,
        )
        before = numbers()
        try:
            made = opening.open_case(CHINA, asked, today, NOW)
        except errors.CaseRefused:
            assert numbers() == before
            return
        self.cases[made.id] = (kind, received)

    def tries(self, number: int, today: Day) -> None:
        """Somebody does something, or is refused."""
        case, who = Case.get_by_id(number), self.chance.choice(ACTORS)
        kind = CHINA.kind(case.kind)
        likely = kind.steps_from(case.state)
        step = self.chance.choice(likely if self.chance.random() < 0.9 else kind.step)
        if case.state in ONWARD and self.chance.random() < 0.7:
            step = kind.step_of(self.chance.choice(ONWARD[case.state])) or step
        person = self.chance.choice([*self.staff])
        needs_person = {"owner", "approver"} & set(step.needs)
        done = Given(
            "words",
            reason=step.reasons[0] if step.reasons else "",
            date=today + datetime.timedelta(days=10) if step.ahead else today,
            person=person if needs_person else "",
        )
        before = numbers()
        try:
            after = stepping.step(CHINA, Order(number, step.id, who, today, done), today, NOW)
        except errors.ServicingError:
            assert (Case.get_by_id(number).moves, numbers()) == (case.moves, before)
            return
        assert not is_kept(case, who), "it was moved by whom it is kept from"
        assert not needs_person or person not in self.gone, "it went to who has left"
        self.has_come_of(after, step.opens, numbers() - before, today)
        if not after.is_open:
            self.ended[number] = today, after.state

    def has_come_of(self, case: Case, opens: str, made: set[int], today: Day) -> None:
        """What a step opens is one case, or none where a follow-up moves; nothing else comes of it."""
        assert len(made) <= bool(opens)
        for each in map(Case.get_by_id, made):
            assert (each.kind, each.caused_by) == (opens, case.id)
            self.cases[each.id] = (each.kind, today)

    # ------------------------------------------------------------------------------------ what is so

    def look(self, today: Day) -> None:
        every = {each.id: each for each in Case.select()}
        assert every.keys() == self.cases.keys(), "one is lost, or came of nothing"
        assert {each for each, case in every.items() if not case.is_open} == self.ended.keys()
        for number, (on, state) in self.ended.items():
            assert (every[number].ended_on, every[number].state) == (on, state), "it moved on"
            self.has_ended_well(every[number])
        for login, user in self.staff.items():
            seen = {each.id for each in Case.select(Case.id).where(recusal.seen(user))}
            assert not [each for each in seen if is_kept(every[each], login)], login
            desk = DESKS.get(login)
            theirs = {each.id for each in every.values() if each.desk == desk}
            assert theirs - seen == {each for each in theirs if is_kept(every[each], login)}
        for kind in KINDS:
            self.adds_up(kind, today)

    def has_ended_well(self, case: Case) -> None:
        steps = {each.step for each in CaseEntry.select().where(CaseEntry.case == case)}
        became = Case.select().where((Case.caused_by == case.id) & (Case.kind == "complaint"))
        if case.kind == "complaint":
            assert case.state != "closed" or steps >= SETTLED
            enquiries = Case.select().where((Case.caused_by == case.id) & (Case.kind == "enquiry"))
            assert not enquiries.exists(), "no complaint ends as an enquiry"
        else:
            assert became.count() == (case.state == "complaint")

    def adds_up(self, kind: str, today: Day) -> None:
        """Open + received − ended = open, week after week, as it is counted plainly."""
        before = None
        for monday in plain.days(FIRST, today, 7):
            until = min(monday + datetime.timedelta(days=6), today)
            week = weeks.week(CHINA.kind(kind), until)
            assert week.open_at_start + week.received - week.closed == week.open_at_end
            assert before in (None, week.open_at_start)
            before = week.open_at_end
            assert before == sum(
                of == kind
                and received <= until
                and not (number in self.ended and self.ended[number][0] <= until)
                for number, (of, received) in self.cases.items()
            )


def numbers() -> set[int]:
    return {each.id for each in Case.select(Case.id)}


def live(seed: int, staff: dict[str, User]) -> House:
    """Six weeks, looked at week by week; nothing of them stays."""
    with database.database.atomic() as transaction:
        house = House(seed, staff)
        for number, today in enumerate(house.lives(), 1):
            if number % 14 == 0:
                house.look(today)
        transaction.rollback()
    return house


def test_of_every_kind_no_case_goes_wrong(staff: dict[str, User]) -> None:
    house = live(22, staff)
    assert house.emptied, "the erased client had cases"
    kinds = {kind for kind, _ in house.cases.values()}
    assert kinds == {*KINDS}
    assert {house.cases[each][0] for each in house.ended} >= {"complaint", "enquiry", "problem"}
    assert house.ended.keys() < house.cases.keys(), "some end, and some are open"


@pytest.mark.drilled
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 30))
def test_over_other_weeks_none_does_either(staff: dict[str, User], seed: int) -> None:
    live(seed, staff)
