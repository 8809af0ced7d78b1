"""What people do with cases on simulated days: complaints, call-backs and spot checks.

What happens on a day follows from the day alone. So whoever was killed, or slept, does it later, dated
as it was, and what is done already is passed over.
"""

import datetime
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from policies import interview, question_set
from policies.case_moves import Given
from policies.models import Client
from servicing.callbacks import calling
from servicing.callbacks.answer_file import Answered
from servicing.callbacks.calling import Call, House
from servicing.cases import opening, stepping
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.checks import checking, drawing
from servicing.checks.result_file import Result
from servicing.core import errors
from servicing.core.callback_models import CallbackCall
from servicing.core.case_models import Case, CaseEntry
from servicing.core.check_models import CheckResult, SpotCheck
from servicing.core.runtime import IsOver
from servicing.dispatch.provider_pool import Clock
from servicing.operations.workspace import Workspace

Day = datetime.date
DAY = datetime.timedelta(days=1)
BY = "root"
ITEMS = "basic"
"""What spot checks ask."""

SHARE = 0.4
"""Of the days, on which somebody complains."""

SCRIPTS: dict[str, dict[str, int]] = {
    "settled": {"apology": 0, "accept": 1, "investigate": 3, "offer": 6, "decide": 9}
    | {"inform": 10, "follow_up": 10, "close": 12},
    "late": {"accept": 4, "investigate": 12, "offer": 16, "decide": 25, "inform": 26}
    | {"penalty": 27, "follow_up": 27, "close": 40},
    "reviewed": {"accept": 1, "investigate": 2, "offer": 3, "decide": 4, "inform": 5}
    | {"review": 8, "decide_review": 20, "inform_review": 21, "follow_up": 21, "close_review": 22},
    "withdrawn": {"accept": 2, "withdraw": 13},
    "refused": {"refuse": 2},
    "forwarded": {"forward": 1},
    "left lying": {"accept": 1},
}
"""By what becomes of a complaint: how many days after its receipt each step is taken."""

LONGEST = 40


class Complaint(NamedTuple):
    """A complaint of a day, and what becomes of it."""

    on: Day
    client: int
    """Which client, counted round and round."""
    script: str
    categories: tuple[str, ...]


def complaint_of(day: Day) -> Complaint | None:
    """What comes on a day; None: nobody complains."""
    chance = random.Random(f"complaint {day}")
    if chance.random() >= SHARE:
        return None
    categories = chance.choice([(), ("simple", "sales"), ("complex",)])
    return Complaint(day, chance.randrange(1 << 20), chance.choice([*SCRIPTS]), categories)


def work(space: Workspace, clock: Clock, is_over: IsOver) -> dict[str, int]:
    """The job of a day: what the days before it have brought, and nobody has done yet."""
    now = clock()
    today, done = space.today(now), 0
    for day in _days(_worked(space.home, today) + DAY, today - DAY):
        _complaints(space, day, today, now)
        _calls(space, day, now)
        _checks(space, day, today, now)
        (space.home / "worked.txt").write_text(str(day), "utf-8")
        done += 1
    return {"days": done}


def _worked(home: Path, today: Day) -> Day:
    """The last day that is done."""
    path = home / "worked.txt"
    return Day.fromisoformat(path.read_text("utf-8")) if path.exists() else today - 2 * DAY


def _days(first: Day, last: Day) -> Iterator[Day]:
    while first <= last:
        yield first
        first += DAY


# --------------------------------------------------------------------------------------- complaints


def _complaints(space: Workspace, day: Day, today: Day, now: datetime.datetime) -> None:
    if (come := complaint_of(day)) and not _case_of(day):
        client = Client.select().order_by(Client.id).offset(come.client % Client.select().count())
        words = {"kind": "complaint", "text": f"of {day}", "by": BY, "source": "client"}
        facts = {"client_no": client.first().client_no, "categories": come.categories}
        opening.open_case(space.ground, Request(received_on=day, **words, **facts), today, now)
    for before in _days(day - LONGEST * DAY, day):
        of = complaint_of(before)
        case = _case_of(before) if of else None
        if of and case:
            for step, after in SCRIPTS[of.script].items():
                if before + after * DAY == day:
                    _step(space, case, step, day, today, now)


def _case_of(day: Day) -> Case | None:
    found: Case | None = Case.get_or_none((Case.kind == "complaint") & (Case.received_on == day))
    return found


def _step(
    space: Workspace, case: Case, step: str, on: Day, today: Day, now: datetime.datetime
) -> None:
    was_done = (CaseEntry.case == case) & (CaseEntry.step == step)
    if CaseEntry.select().where(was_done).exists():
        return
    reason = "no_harm" if step == "refuse" else ""
    given = Given(f"{step} of {on}", reason, on + 30 * DAY if step == "follow_up" else None)
    stepping.step(space.ground, Order(case.id, step, BY, on, given), today, now)


# ---------------------------------------------------------------------------------------- call-backs


def _calls(space: Workspace, day: Day, now: datetime.datetime) -> None:
    """A third is reached at once, a third at the second try, a third never."""
    asked = interview.load(question_set.find("callback", space.home))
    house = House(space.ground, space.settings.callbacks, space.zone, asked, space.locale)
    waiting = (Case.kind == "callback") & Case.is_open & Case.due_on.is_null(False)
    for case in Case.select().where(waiting).order_by(Case.id):
        which = sum(case.policy.policy_no.encode()) % 3
        left = (case.due_on - day).days
        if left == 5 and which == 1:
            _call(house, case, day, "10:00", None, now)
        if left == 2 and which < 2:
            is_clean = sum(case.policy.policy_no.encode()) % 5
            said: dict[str, Any] = {each.id: "yes" for each in asked.questions}
            said |= {} if is_clean else {"surrender": "unclear"}
            _call(house, case, day, "15:00", Answered(said, {}, "", "phone"), now)


def _call(
    house: House, case: Case, day: Day, time: str, said: Answered | None, now: datetime.datetime
) -> None:
    at = datetime.datetime.combine(day, datetime.time.fromisoformat(time), house.zone)
    if CallbackCall.select().where((CallbackCall.case == case) & (CallbackCall.called_at == at)):
        return
    call = Call(case.id, at, BY)
    try:
        if said:
            calling.answer(house, call, said, now)
        else:
            calling.attempt(house, call, "no_answer", now)
    except errors.CaseRefused:  # the client was called about another contract
        return


# -------------------------------------------------------------------------------------------- checks


def _checks(space: Workspace, day: Day, today: Day, now: datetime.datetime) -> None:
    """On the first of a month clients are drawn; on the fifteenth all results are there."""
    if day.day == 1:
        questions = question_set.load(question_set.find(ITEMS, space.home), space.plan_alone)
        order = drawing.Order(f"of {day}", Decimal("0.02"), 1, "branch", day, BY)
        drawing.draw(order, questions, today, now)
    if day.day == 15:
        recorded = CheckResult.select(CheckResult.check_id)
        for each in SpotCheck.select().where(SpotCheck.id.not_in(recorded)).order_by(SpotCheck.id):
            found = checking.check(each.id)
            said: dict[str, Any] = {one.id: "pass" for one in found.items}
            said |= {found.items[0].id: "fail"} if each.id % 4 == 0 else {}
            house = checking.House(space.ground, space.locale)
            checking.record(house, found, Result(said, ""), BY, day, now)


# ------------------------------------------------------------------------------- what is left of it

Step = tuple[str, str, str]
"""When it was done, which, and why."""


class Stood(NamedTuple):
    """How a case stands, with what was done by people and by the book."""

    state: str
    ended_on: str
    moves: int
    due_on: str
    steps: tuple[Step, ...]


Name = tuple[str, str, str]
"""Of a case: its kind, its policy or the day of what it follows, and the day of its receipt."""


class Told(NamedTuple):
    """All cases, how each went up, and what was found by spot checks."""

    cases: dict[Name, Stood]
    went_up: dict[Name, list[Step]]
    """For which day, how far, and when."""
    checks: list[tuple[str, ...]]


def told() -> Told:
    """What stands in the book that is open."""
    cases, went_up = dict[Name, Stood](), dict[Name, list[Step]]()
    for case in Case.select().order_by(Case.id):
        policy_no = case.policy.policy_no if case.policy else ""
        if case.kind == "follow_up":
            policy_no = str(Case.get_by_id(case.caused_by).received_on)
        name = (case.kind, policy_no, str(case.received_on))
        assert name not in cases, "one case twice"
        entries = list(CaseEntry.select().where(CaseEntry.case == case).order_by(CaseEntry.id))
        went_up[name] = [
            (str(each.set_on), each.reason, str(each.done_on))
            for each in entries
            if each.step == "escalated"
        ]
        steps = [
            (str(each.done_on), each.step, each.reason)
            for each in entries
            if each.step != "escalated"
        ]
        assert case.moves == len(entries)
        cases[name] = Stood(
            case.state,
            str(case.ended_on or ""),
            len(steps),
            str(case.due_on or ""),
            tuple(steps),
        )
    drawn = {each.id: each for each in SpotCheck.select()}
    checks = [
        (drawn[each.check_id].stratum, str(each.check_id), str(each.checked_on), str(each.earned))
        for each in CheckResult.select().order_by(CheckResult.check_id)
    ]
    return Told(cases, went_up, checks)
