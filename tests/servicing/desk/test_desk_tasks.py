"""A desk's task is no agent's: what is asked for an agent leaves it out, and nobody checks themselves."""

import datetime
import json
from collections.abc import Callable
from typing import Any

import msgspec
import peewee
import pytest

from policies.models import Agent, Client, PastAgent, Policy, Reassignment
from servicing.cases import desks
from servicing.checks import queries as check_queries
from servicing.core import errors, trail, visibility
from servicing.core.account_models import User
from servicing.core.models import Message, Task, Touchpoint
from servicing.core.settings import Capacity
from servicing.desk import agenda, tasks, undoing, worklist
from servicing.desk import queries as desk_queries
from servicing.desk.of_desks import queries, work
from servicing.month import queries as month
from servicing.operations import health, metrics
from servicing.projections import queries as projections
from servicing.projections import simulate
from servicing.reassignment import queries as reassignment
from servicing.reports import coverage
from servicing.reports import queries as reports
from servicing.rights import erasing
from servicing.rights.erasing import Order
from servicing.schedule import queries as schedule
from tests import cast
from tests.refusals import refuses
from tests.servicing import owed
from tests.servicing.checks import drawn
from tests.servicing.handed_over import hand_over
from tests.servicing.web.visits import account, give_account

Book = peewee.Database
CALL = msgspec.structs.replace(owed.touchpoint("month_1"), id="desk_call", desk="callback")
PLAN = owed.only(owed.touchpoint("month_1"), CALL)
WALKER = cast.walker(PLAN)
WINDOWS = cast.windows(PLAN)
ON = cast.day("2025-09-30")
TOMORROW = cast.day("2025-10-09")
"""The next working day."""
NOW = cast.at("2025-09-30", "14:30")
MIDNIGHT = cast.at("2025-09-30", "00:00")


@pytest.fixture
def people(book: Book) -> cast.Cast:
    """The morning on which each policy has a task of its agent and one of the desk."""
    people = cast.everybody()
    cast.walk_only(ON, WALKER)
    return people


def number(policy_no: str = "P001", key: str = "desk_call") -> int:
    return int(cast.task(key, policy_no).id)


def of_the_desk(login: str, role: Any = "operations", **part: str) -> User:
    known: User | None = User.get_or_none(User.login == login)
    user = known or give_account(login, role, **part)
    desks.put(user, ["callback"], NOW)
    return user


def chen_yan() -> Agent:
    return cast.agent("A001")


def ids() -> list[int]:
    return [each.id for each in Agent.select().order_by(Agent.id)]


def her_day() -> Any:
    day = worklist.of_agent(WINDOWS, chen_yan(), "chenyan", TOMORROW, MIDNIGHT)
    items = [item for line in day.lines() for item in line.call.items]
    return sorted(item.task_id or 0 for item in items), len(day.recorded)


def without_the_desk() -> None:
    """As if the plan had given it nothing."""
    Task.delete().where(Task.desk.is_null(False)).execute()
    theirs = Touchpoint.select(Touchpoint.id).where(Touchpoint.key == CALL.id)
    Message.delete().where(Message.touchpoint.in_(theirs)).execute()
    Touchpoint.delete().where(Touchpoint.key == CALL.id).execute()


def covered() -> Any:
    keys = coverage.first_year(PLAN)
    days = [reports.ServiceDay(day, 0, NOW + datetime.timedelta(days=30)) for day in (ON, TOMORROW)]
    return [tuple(msgspec.structs.astuple(each)) for each in reports.service(keys, ON, ON, days)]


def who_does_not_know_their_agent() -> Any:
    """Handed over after the last task that the agent has done, and before the desk's."""
    if not Reassignment.select().exists():
        hand_over(now=NOW + datetime.timedelta(minutes=1))
    return reassignment.not_introduced([], ON - datetime.timedelta(days=1), TOMORROW)


def policy_ids() -> list[int]:
    return [each.id for each in Policy.select().order_by(Policy.id)]


def client_id() -> int:
    return int(Client.get(Client.client_no == "C001").id)


OF_THE_AGENT: dict[str, Callable[[], Any]] = {
    "her day, and what she has recorded": her_day,
    "her list by the command": lambda: [it.id for it in tasks.open_tasks(TOMORROW, "A001")],
    "the next day with tasks": lambda: tasks.next_day_with_tasks(cast.day("2025-09-29"), "A001"),
    "the capacity of her days": lambda: list(schedule.open_tasks(ids(), ON)),
    "what a manager sees overdue": lambda: month.work(ids(), TOMORROW, ON),
    "what a reassignment moves": lambda: reassignment.open_tasks(policy_ids()),
    "the clients who do not know their new agent": who_does_not_know_their_agent,
    "how much agents have": lambda: reassignment.tasks_of_agents(ids()),
    "what she has overdue": lambda: reports.overdue(TOMORROW),
    "the coverage": covered,
    "what simulate finds on her list": lambda: projections.standing_tasks(ON, TOMORROW),
    "her last contact": lambda: desk_queries.beside(
        [client_id()], chen_yan().id, is_for_agent=True
    ),
    "the last contact that she reads of the whole client": lambda: desk_queries.beside(
        [client_id()], None, is_for_agent=True
    ),
}
"""What is asked for an agent: with a desk's tasks it answers as without them."""


@pytest.mark.parametrize("asked", OF_THE_AGENT)
def test_what_is_the_agents_is_as_if_the_desk_had_no_task(people: cast.Cast, asked: str) -> None:
    cast.change(people.policies[0], delivered_on=ON)
    member = of_the_desk("desk")
    tasks.done(number("P002", "month_1"), NOW, "已通话", "spoke")
    tasks.done(number("P002"), NOW + datetime.timedelta(minutes=5), "已回访", by=member.login)
    answer = OF_THE_AGENT[asked]()
    assert answer
    without_the_desk()
    assert OF_THE_AGENT[asked]() == answer


OF_ALL: dict[str, Callable[[], Any]] = {
    "everybody's tasks by the command": lambda: [it.id for it in tasks.open_tasks(TOMORROW)],
    "the desk's tasks by the command": lambda: [
        it.id for it in tasks.open_tasks(TOMORROW, desk="callback")
    ],
    "overdue tasks of the house": lambda: metrics.overdue_tasks(TOMORROW),
    "the last contact of the client": lambda: desk_queries.beside([client_id()], None),
}
"""What is asked of the whole house: a desk's tasks are in it."""


@pytest.mark.parametrize("asked", OF_ALL)
def test_what_is_the_houses_has_the_desks_tasks(people: cast.Cast, asked: str) -> None:
    tasks.done(number("P002"), NOW, "已回访", by=of_the_desk("desk").login)
    answer = OF_ALL[asked]()
    without_the_desk()
    assert OF_ALL[asked]() != answer


def test_an_agent_sees_no_client_for_a_desks_task(people: cast.Cast) -> None:
    chenyan = account("chenyan")
    Policy.update(ended_on=ON).execute()
    assert visibility.known(chenyan, ["C001"], TOMORROW) == {"C001"}
    for policy_no in ("P001", "P002", "P003"):
        tasks.done(number(policy_no, "month_1"), NOW)
    assert Task.select().where(Task.state == "open").exists()
    assert visibility.known(chenyan, ["C001"], TOMORROW) == set()


def test_what_the_walks_will_bring_a_desk_does_not_stand_in_her_next_days(book: Book) -> None:
    cast.everybody()
    soon = {
        desk: agenda.agenda(
            owed.only(msgspec.structs.replace(CALL, desk=desk)),
            WALKER.calendar,
            chen_yan(),
            cast.day("2025-09-25"),
        ).items
        for desk in (None, "callback")
    }
    assert len(soon[None]) == 3 and soon["callback"] == []


def test_a_later_plan_changes_nothing_that_was_given_out(people: cast.Cast) -> None:
    moved = owed.only(msgspec.structs.replace(CALL, desk=None), owed.touchpoint("month_1"))
    cast.walk_only(cast.day("2025-10-01"), cast.walker(moved))
    assert {each.desk for each in Task.select() if each.touchpoint.key == "desk_call"} == {
        "callback"
    }


def test_a_new_agent_takes_over_no_task_of_a_desk(people: cast.Cast) -> None:
    Policy.update(agent=cast.agent("A900")).where(Policy.policy_no == "P001").execute()
    assert number("P001", "month_1") in [it.id for it in tasks.open_tasks(ON, "A900")]
    assert number("P001") not in [it.id for it in tasks.open_tasks(ON, "A900")]
    assert number("P001") in [it.id for it in tasks.open_tasks(ON, desk="callback")]


# --------------------------------------------------------------------------------------- who may

SEES = {
    "of the desk": ("desk", ["P001", "P002", "P003", "P900"], True),
    "of the desk, the client's agent": ("chenyan", ["P900"], True),
    "of the desk, another's agent": ("sunli", ["P001", "P002", "P003"], True),
    "the manager of the unit": ("team", ["P001", "P002", "P003"], False),
    "the manager of another unit": ("beijing", ["P900"], False),
    "an administrator": ("admin", ["P001", "P002", "P003", "P900"], False),
    "operations": ("ops", None, False),
    "the client's agent": ("agent", None, False),
}
"""By who reads: which policies' tasks they see (None: there is no list for them), and may record."""


@pytest.mark.parametrize("who", SEES)
def test_who_sees_a_desks_tasks_and_records_them(people: cast.Cast, who: str) -> None:
    login, policies, may_record = SEES[who]
    if who.startswith("of the desk"):
        user = of_the_desk(login) if login == "desk" else account(login)
        desks.put(user, ["callback"], NOW)
    else:
        user = account("chenyan" if login == "agent" else login)
    reader = work.reader(user, "callback")
    listed = queries.listed("callback", "due", ON, reader, 30) if reader else None
    assert (listed and sorted(each.policy_no for each in listed)) == policies
    for policy_no in ("P001", "P900"):
        is_seen = policy_no in (policies or [])
        assert (work.seen(user, number(policy_no)) is not None) == is_seen
        assert work.may_record(user, number(policy_no)) == (is_seen and may_record)
        assert work.seen(user, number(policy_no, "month_1")) is None


def test_whoever_has_served_the_client_is_recused_too(people: cast.Cast) -> None:
    """Under any of the client's numbers, whatever policy it was."""
    sunli = of_the_desk("sunli", "agent", agent_no="A900")
    assert work.seen(sunli, number("P001"))
    PastAgent.create(policy=people.policies[2], agent=cast.agent("A900"), until=ON)
    assert work.seen(sunli, number("P001")) is None
    other = Client.create(client_no="C901", name="周明", phone="+12025550199")
    cast.change(people.zhou_ming, person_id=people.zhou_ming.id)
    cast.change(other, person_id=people.zhou_ming.id)
    chenyan = of_the_desk("chenyan", "agent", agent_no="A001")
    assert work.seen(chenyan, number("P900"))
    cast.give_policy(other, "P901", cast.ISSUED)
    Policy.update(agent=chen_yan()).where(Policy.policy_no == "P901").execute()
    assert work.seen(chenyan, number("P900")) is None


REFUSED = [
    ("desk", "month_1", "task {id} is an agent's: --by names who of a desk has done it"),
    ("ops", "desk_call", "ops is not of the call-back desk, whose task it is"),
    ("chenyan", "desk_call", "chenyan serves the client of task {id}, or has served them"),
]


@pytest.mark.parametrize(("login", "key", "sentence"), REFUSED)
def test_nobody_else_is_said_to_have_done_it(
    people: cast.Cast, login: str, key: str, sentence: str
) -> None:
    of_the_desk("desk")
    of_the_desk("chenyan", "agent", agent_no="A001")
    account("ops")
    task_id = number(key=key)
    with refuses(errors.BadArgument, sentence.format(id=task_id)):
        work.login_for(task_id, login, ON)
    with pytest.raises(errors.UserNotFound):
        work.login_for(task_id, "nobody", ON)
    with pytest.raises(errors.TaskNotFound):
        work.login_for(99_999, "desk", ON)
    assert work.login_for(task_id, "", ON) == ""


LEFT = [("2025-09-29", False), ("2025-09-30", False), ("2025-10-01", True)]


@pytest.mark.parametrize(("left_on", "may"), LEFT)
def test_nobody_who_may_not_come_in_is_said_to_have_done_it(
    people: cast.Cast, left_on: str, may: bool
) -> None:
    of_the_desk("desk")
    of_the_desk("sunli", "agent", agent_no="A900")
    Agent.update(left_on=left_on).where(Agent.agent_no == "A900").execute()
    if may:
        assert work.login_for(number(), "SunLi", ON) == "sunli"
    else:
        with refuses(errors.BadArgument, "sunli may not log in any more"):
            work.login_for(number(), "sunli", ON)
    assert work.login_for(number(), "desk", ON) == "desk"
    User.update(is_disabled=True).where(User.login == "desk").execute()
    with refuses(errors.BadArgument, "desk may not log in any more"):
        work.login_for(number(), "desk", ON)


# ------------------------------------------------------------------------------- what is recorded


def told(task_id: int) -> list[tuple[str, dict[str, Any]]]:
    task = Task.get_by_id(task_id)
    lines = trail.of_touchpoint(task.client_id, task.touchpoint_id)
    return [(each.kind, json.loads(each.facts)) for each in lines if each.kind.startswith("task.")]


def test_the_record_says_which_desk_and_who(people: cast.Cast) -> None:
    login = of_the_desk("desk").login
    tasks.postpone(number(), TOMORROW, ON, NOW, windows=WINDOWS, by=login)
    tasks.done(number(), NOW, "已回访", "spoke", by=login)
    task = Task.get_by_id(number())
    assert (task.state, task.done_by_login, task.done_by_id) == ("done", "desk", None)
    who = {"desk": "callback", "by": "desk"}
    assert [kind for kind, facts in told(number()) if who.items() <= facts.items()] == [
        "task.postponed",
        "task.done",
    ]
    assert not any("agent_no" in facts for _, facts in told(number()))
    assert [it.id for it in queries.ended_by("desk", MIDNIGHT, queries.Reader())] == [number()]


def test_only_who_has_recorded_it_takes_it_back(people: cast.Cast) -> None:
    for login in ("desk", "other"):
        of_the_desk(login)
    tasks.skip(number(), NOW, why="declined", by="desk")
    with refuses(errors.CannotUndo, "somebody else"):
        undoing.undo(number(), NOW, by="other")
    with refuses(errors.CannotUndo, "somebody else"):
        undoing.undo(number(), NOW, "A001")
    undoing.undo(number(), NOW, by="desk")
    task = Task.get_by_id(number())
    assert (task.state, task.done_by_login, task.ended_at) == ("open", None, None)
    assert told(number())[-1] == (
        "task.reopened",
        {"undone": "skipped", "desk": "callback", "by": "desk"},
    )


def test_an_agent_does_not_record_a_desks_task_by_the_form(people: cast.Cast) -> None:
    assert tasks.are_of([number(key="month_1")], ids())
    assert not tasks.are_of([number(), number(key="month_1")], ids())


# -------------------------------------------------------------------------------------- nobody

FOR_NOBODY = [
    ([], 4),
    ([("desk", "operations", {})], 0),
    ([("chenyan", "agent", {"agent_no": "A001"})], 3),
    ([("sunli", "agent", {"agent_no": "A900"})], 1),
    ([("chenyan", "agent", {"agent_no": "A001"}), ("sunli", "agent", {"agent_no": "A900"})], 0),
]


@pytest.mark.parametrize(("members", "tasks_of_nobody"), FOR_NOBODY)
def test_tasks_that_nobody_may_record_are_told(
    people: cast.Cast, members: list[Any], tasks_of_nobody: int
) -> None:
    for login, role, part in members:
        of_the_desk(login, role, **part)
    found = [(each.desk, each.tasks) for each in queries.for_nobody(ON)]
    assert found == [("callback", tasks_of_nobody)] * bool(tasks_of_nobody)
    needs = health.status([], ON, NOW).needs
    said = [each for each in needs if each.code == "nobody_at_callback"]
    assert [each.what for each in said] == [str(tasks_of_nobody)] * bool(tasks_of_nobody)
    for each in said:
        assert each.sentence("en").startswith("nobody of the call-back desk may record")


def test_a_member_who_may_not_come_in_is_none(people: cast.Cast) -> None:
    member = of_the_desk("desk")
    User.update(is_disabled=True).where(User.id == member.id).execute()
    assert [each.tasks for each in queries.for_nobody(ON)] == [4]
    assert queries.for_nobody(ON - datetime.timedelta(days=1)) == []


# ------------------------------------------------------------------------------ whatever else


def test_what_comes_is_foreseen_and_takes_no_room_of_an_agent(book: Book) -> None:
    cast.everybody()
    capacity = Capacity(tasks_a_day=4)
    both = simulate.simulate(WALKER, ON, ON, ON, capacity)
    alone = simulate.simulate(
        cast.walker(owed.only(owed.touchpoint("month_1"))), ON, ON, ON, capacity
    )
    assert both.days[0].tasks == 2 * alone.days[0].tasks
    assert both.by_agent == alone.by_agent and both.days[0].agents_over == 0


def test_whoever_has_recorded_it_does_not_check_the_client(people: cast.Cast) -> None:
    of_the_desk("desk")
    tasks.done(number(), NOW, by="desk")
    checks = {each.client_id: each.id for each in drawn.everyone()}
    assert "desk" in check_queries.doers(checks[people.lin_wei.id])
    assert "desk" not in check_queries.doers(checks[people.zhou_ming.id])


def test_an_erasure_takes_its_words_and_leaves_who_it_was(people: cast.Cast) -> None:
    of_the_desk("desk")
    tasks.done(number(), NOW, "客户已移居", "spoke", by="desk")
    Policy.update(status="surrendered", ended_on=ON).execute()
    Message.delete().execute()
    later = NOW + datetime.timedelta(days=10)
    erasing.erase("C001", Order("PIPL 47(1)(3)", "ada", later.date(), later))
    theirs = Task.select().where((Task.client == people.lin_wei) & (Task.desk == "callback"))
    assert {(each.state, each.note) for each in theirs} == {("done", ""), ("cancelled", "")}
    (facts,) = (facts for kind, facts in told(number()) if kind == "task.done")
    assert facts == {"outcome": "spoke", "desk": "callback", "by": "desk", "erased": True}
