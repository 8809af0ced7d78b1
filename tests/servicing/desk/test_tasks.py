"""The agent's day: her list, and what becomes of what stands on it."""

import dataclasses
import datetime
import json
from typing import Any

import peewee
import pytest

from policies.grace import Grace
from policies.models import Agent
from servicing.core import errors, trail
from servicing.core.models import Task
from servicing.desk import tasks
from servicing.desk.queries import TaskLine
from servicing.desk.windows import Timed
from servicing.operations.workspace import Workspace
from tests import cast
from tests.refusals import english, refuses
from tests.servicing import books, owed, stored

pytestmark = cast.on_one

Book = peewee.Database
WALKER = cast.walker(owed.THREE_YEARS)
WINDOWS = cast.windows(owed.STANDARD)
ON = cast.day("2025-09-30")
NOW = cast.at("2025-09-30", "14:30")


def shown(on: str = "2025-09-30", agent_no: str | None = None) -> list[str]:
    return [
        f"{each.policy_no} {each.touchpoint}" for each in tasks.open_tasks(cast.day(on), agent_no)
    ]


def number(policy_no: str = "P001") -> int:
    return int(cast.task("month_1", policy_no).id)


def postpone(
    to: str, task_id: int | None = None, note: str = "", on: str = "2025-09-30"
) -> datetime.date:
    day = cast.day(on)
    task = number() if task_id is None else task_id
    return tasks.postpone(task, cast.day(to), day, NOW, note, windows=WINDOWS)


def told(task_id: int, kind: str) -> dict[str, Any]:
    task = Task.get_by_id(task_id)
    lines = trail.of_touchpoint(task.client_id, task.touchpoint_id)
    (entry,) = (each for each in lines if each.kind == kind)
    assert entry.client_id == task.client_id and entry.policy_id == task.policy_id
    assert entry.at == NOW
    return dict(json.loads(entry.facts))


@pytest.fixture
def today(book: Book) -> cast.Cast:
    """The morning of the day on which every policy is a month old."""
    people = cast.everybody()
    cast.walk_only(ON, WALKER)
    return people


# --------------------------------------------------------------------------------------------- list


def test_her_list_says_whom_to_call_and_why(today: cast.Cast) -> None:
    assert next(tasks.open_tasks(ON, "A001")) == TaskLine(
        id=number(),
        due_on=ON,
        show_on=ON,
        closes_on=cast.day("2025-10-30"),
        touchpoint="month_1",
        client_no="C001",
        client_name="林伟",
        phone="+12025550111",
        policy_no="P001",
        product="安心终身寿险",
        agent_no="A001",
        agent_name="陈燕",
        note="",
        is_overdue=False,
        complains=False,
        desk="",
    )


AGENTS = [
    (None, ["P001 month_1", "P002 month_1", "P003 month_1", "P900 month_1"]),
    ("A001", ["P001 month_1", "P002 month_1", "P003 month_1"]),
    ("A900", ["P900 month_1"]),
    ("A000", []),  # her manager has no policies of her own
]


def test_each_agent_sees_her_own_tasks(today: cast.Cast) -> None:
    for agent_no, expected in AGENTS:
        assert shown(agent_no=agent_no) == expected


def test_an_agent_who_does_not_exist_is_refused_by_number(today: cast.Cast) -> None:
    for unknown in ("A404", "A001' OR '1'='1", "a001"):
        with refuses(errors.AgentNotFound, match="in this book"):
            list(tasks.open_tasks(ON, unknown))


def test_a_task_is_on_the_list_from_its_day_on_until_it_is_done(today: cast.Cast) -> None:
    assert shown("2025-09-29") == []
    assert len(shown("2025-09-30")) == len(shown("2025-10-05")) == 4
    assert not any(line.is_overdue for line in tasks.open_tasks(ON))
    assert all(line.is_overdue for line in tasks.open_tasks(cast.day("2025-10-01")))


def test_the_oldest_stand_first_then_the_clients_in_order(book: Book) -> None:
    people = cast.everybody(issued=["2025-09-16", "2025-09-15", "2025-08-16"])
    for day in ("2025-09-16", "2025-09-18", "2025-09-19"):
        cast.walk_only(day, WALKER)
    cast.give_policy(people.zhou_ming, "P901", "2025-08-16")
    cast.walk_only("2025-09-16", WALKER)
    assert shown("2025-09-20") == [
        *("P003 month_1", "P901 month_1"),  # 16 September: C001 before C900
        *("P002 delivery",),
        *("P001 delivery", "P900 delivery"),
    ]


def test_an_agent_without_tasks_today_is_told_of_the_next_day_with_some(book: Book) -> None:
    people = cast.everybody(issued=["2025-09-15", "2025-09-16", "2025-09-16"])
    for day in ("2025-09-18", "2025-09-19"):
        cast.walk_only(day, WALKER)
    postpone("2025-10-17", cast.task("delivery", "P900").id)
    days = [tasks.next_day_with_tasks(cast.day(f"2025-09-{each}"), "A001") for each in (17, 18, 19)]
    assert days == [cast.day("2025-09-18"), cast.day("2025-09-19"), None]
    assert tasks.next_day_with_tasks(cast.day("2025-09-19")) == cast.day("2025-10-17")
    assert tasks.next_day_with_tasks(cast.day("2025-09-19"), people.he_jing.agent_no) is None


# ------------------------------------------------------------------------- done, skipped, postponed


def test_a_task_done_leaves_the_list_and_stands_on_the_card(today: cast.Cast) -> None:
    tasks.done(number(), NOW, "已通话，客户满意")
    assert shown(agent_no="A001") == ["P002 month_1", "P003 month_1"]
    task = Task.get_by_id(number())
    assert (task.state, task.reason, task.note) == ("done", "agent", "已通话，客户满意")
    assert (task.ended_at, task.done_by_id) == (NOW, today.chen_yan.id)
    assert told(task.id, "task.done") == {"note": "已通话，客户满意", "agent_no": "A001"}


def test_a_task_skipped_says_why(today: cast.Cast) -> None:
    tasks.skip(number(), NOW, "客户出差")
    task = Task.get_by_id(number())
    assert (task.state, task.note) == ("skipped", "客户出差")
    assert told(task.id, "task.skipped") == {"note": "客户出差", "agent_no": "A001"}
    assert shown(agent_no="A001") == ["P002 month_1", "P003 month_1"]


def test_a_task_needs_no_note(today: cast.Cast) -> None:
    tasks.done(number(), NOW)
    assert told(number(), "task.done") == {"agent_no": "A001"}


def test_a_task_postponed_comes_back_on_its_new_day(today: cast.Cast) -> None:
    assert postpone("2025-10-15", note="节后联系") == cast.day("2025-10-15")
    assert "P001 month_1" not in shown("2025-10-14")
    assert shown("2025-10-15")[-1] == "P001 month_1", "the newest day stands last"
    line = list(tasks.open_tasks(cast.day("2025-10-15")))[-1]
    assert (line.due_on, line.show_on, line.is_overdue) == (ON, cast.day("2025-10-15"), False)
    assert told(number(), "task.postponed") == {
        **{"to": "2025-10-15", "from": "2025-09-30", "note": "节后联系", "agent_no": "A001"}
    }


MOVED = [
    # National Day 2025: 1 to 8 October are days off, Saturday 11 October is a make-up working day
    ("2025-10-01", "2025-10-09"),
    ("2025-10-08", "2025-10-09"),
    ("2025-10-09", "2025-10-09"),
    ("2025-10-11", "2025-10-11"),
    ("2025-10-12", "2025-10-13"),
    ("2025-10-25", "2025-10-27"),
    ("2025-10-30", "2025-10-30"),
]


@pytest.mark.parametrize(("to", "day"), MOVED)
def test_a_task_is_postponed_to_no_day_off(today: cast.Cast, to: str, day: str) -> None:
    assert postpone(to) == cast.day(day)
    task = Task.get_by_id(number())
    assert (task.show_on, task.closes_on) == (cast.day(day), cast.day("2025-10-30"))


PAST_ITS_WINDOW = ["2025-10-31", "2026-01-05", "9999-12-31"]


@pytest.mark.parametrize("to", PAST_ITS_WINDOW)
def test_a_task_is_not_postponed_past_its_window(today: cast.Cast, to: str) -> None:
    before = stored.everything()
    with refuses(errors.BadArgument, match=f"to 2025-10-30 at the latest, not to {to}"):
        postpone(to)
    assert stored.everything() == before


LAST_DAYS = [
    # the window closes on 30 October, a Thursday; on a Sunday the latest day is the Friday before
    ("2025-10-30", "2025-10-29", "2025-10-30"),
    ("2025-10-30", "2025-10-30", None),
    ("2025-10-26", "2025-10-23", "2025-10-24"),
    ("2025-10-26", "2025-10-24", None),
    ("2025-10-26", "2025-10-25", None),
    ("2025-09-01", "2025-10-25", None),
]


@pytest.mark.parametrize(("closes_on", "on", "latest"), LAST_DAYS)
def test_the_latest_day_is_the_last_working_day_of_the_window(
    closes_on: str, on: str, latest: str | None
) -> None:
    task = Timed(cast.day(closes_on), "month_1", cast.day("2025-08-31"), "")
    assert WINDOWS.latest(task, cast.day(on)) == cast.maybe_day(latest)
    if latest is None:
        with refuses(errors.BadArgument, match=f"no working day is left until {closes_on}"):
            WINDOWS.later(task, cast.day(on) + datetime.timedelta(1), cast.day(on))


def test_a_saturday_past_which_the_window_closes_is_refused_with_the_friday() -> None:
    task = Timed(cast.day("2025-10-26"), "month_1", cast.day("2025-08-31"), "")
    with refuses(errors.BadArgument, match="2025-10-24 at the latest, not to 2025-10-25"):
        WINDOWS.later(task, cast.day("2025-10-25"), cast.day("2025-10-20"))


GRACE = [
    # due on 1 August 2025: grace of 60 days ends on Tuesday 30 September, of 30 on Sunday 31 August
    ("renewal", "", "2025-09-30"),
    ("renewal", "短期险", "2025-08-29"),
    ("month_1", "短期险", "2025-10-30"),
    ("reply", "短期险", "2025-10-30"),
]


@pytest.mark.parametrize(("key", "product", "latest"), GRACE)
def test_a_reminder_of_a_premium_is_worth_nothing_after_grace(
    key: str, product: str, latest: str
) -> None:
    grace = Grace(60, {"短期险": 30})
    windows = dataclasses.replace(WINDOWS, grace=grace)
    task = Timed(cast.day("2025-10-30"), key, cast.day("2025-08-01"), product)
    assert windows.latest(task, cast.day("2025-08-20")) == cast.day(latest)


def test_a_task_can_be_postponed_again_and_then_be_done(today: cast.Cast) -> None:
    postpone("2025-10-15")
    postpone("2025-10-10")
    assert "P001 month_1" in shown("2025-10-10")
    tasks.done(number(), NOW)
    kinds = [kind for kind in cast.trail_of(today.lin_wei) if kind.startswith("task.")]
    assert kinds == ["task.postponed", "task.postponed", "task.done"]


@pytest.mark.parametrize("to", ["2025-09-30", "2025-09-29", "1999-01-01"])
def test_a_task_cannot_be_postponed_to_today_or_before(today: cast.Cast, to: str) -> None:
    before = stored.everything()
    with refuses(errors.BadArgument, match=f"after 2025-09-30, not to {to}"):
        postpone(to)
    assert stored.everything() == before


DAYS_OF_DOING = [
    (None, None),
    ("2025-09-30", None),
    ("2025-09-29", "2025-09-29"),
    ("2024-09-29", "2024-09-29"),
]


@pytest.mark.parametrize(("day", "told_on"), DAYS_OF_DOING)
def test_what_was_done_before_is_told_with_its_day(
    today: cast.Cast, day: str | None, told_on: str | None
) -> None:
    was_on = tasks.day_of_doing(cast.maybe_day(day), ON)
    tasks.done(number(), NOW, "", "met", was_on)
    assert told(number(), "task.done").get("was_on") == told_on
    assert Task.get_by_id(number()).ended_at == NOW, "figures count when it was recorded"


@pytest.mark.parametrize(
    ("day", "match"),
    [
        ("2025-10-01", "on 2025-09-30 or before, not on 2025-10-01"),
        ("2024-09-28", "on 2024-09-29 at the earliest"),
    ],
)
def test_nothing_was_done_in_the_future_or_long_ago(day: str, match: str) -> None:
    with refuses(errors.BadArgument, match=match):
        tasks.day_of_doing(cast.day(day), ON)


def test_a_visit_that_happened_before_its_day_is_done(today: cast.Cast) -> None:
    postpone("2025-10-27")
    assert "P001 month_1" not in shown()
    tasks.done(number(), NOW, "", "met")
    assert Task.get_by_id(number()).state == "done"


# ------------------------------------------------------------------------------------------- refused


def do_everything_to(task_id: int) -> list[errors.ServicingError]:
    refused = []
    for act in (
        lambda: tasks.done(task_id, NOW),
        lambda: tasks.skip(task_id, NOW),
        lambda: postpone("2025-10-15", task_id),
    ):
        with pytest.raises(errors.ServicingError) as error:
            act()
        refused.append(error.value)
    return refused


def test_a_task_that_has_ended_is_refused_with_what_became_of_it(today: cast.Cast) -> None:
    task_id = number()
    for state in ("done", "skipped", "missed", "cancelled"):
        Task.update(state=state).where(Task.id == task_id).execute()
        before = stored.everything()
        for error in do_everything_to(task_id):
            assert isinstance(error, errors.TaskNotOpen)
            assert english(error) == f"task {task_id} is not open: it is {state}"
        assert stored.everything() == before


@pytest.mark.parametrize("task_id", [404, 0, -1, 2**31, 2**63 - 1, 2**64])
def test_a_task_that_does_not_exist_is_refused_by_number(today: cast.Cast, task_id: int) -> None:
    for error in do_everything_to(task_id):
        assert isinstance(error, errors.TaskNotFound)
        assert english(error) == f"no task {task_id}"


def test_two_who_do_a_task_at_once_do_it_once(today: cast.Cast) -> None:
    task_id = number()

    def do() -> str:
        try:
            tasks.done(task_id, NOW)
        except errors.TaskNotOpen:
            return "was done"
        return "did it"

    assert sorted(stored.at_once(do, do, do)) == ["did it", "was done", "was done"]
    assert cast.trail_of(today.lin_wei).count("task.done") == 1


# ---------------------------------------------------------------------------------------- new agent


def test_a_new_agent_takes_over_what_is_open_and_nothing_else(workspace: Workspace) -> None:
    people = cast.everybody()
    cast.walk_only(ON, WALKER)
    tasks.done(number("P001"), NOW)
    moved = [books.row(policy_no, agent_no="A002") for policy_no in ("P001", "P002")]
    books.take_in(workspace, *moved, on=ON)
    assert shown(agent_no="A001") == ["P003 month_1"]
    assert shown(agent_no="A002") == ["P002 month_1"]
    assert Task.get_by_id(number("P001")).done_by_id == people.chen_yan.id, "who did it, did it"
    tasks.done(number("P002"), NOW)
    new = Agent.get(Agent.agent_no == "A002")
    assert Task.get_by_id(number("P002")).done_by_id == new.id
    assert told(number("P002"), "task.done") == {"agent_no": "A002"}
    assert "agent.changed" in cast.trail_of(people.lin_wei)


# --------------------------------------------------------------------------------------------- words


def test_a_task_is_called_what_the_manual_calls_it() -> None:
    assert tasks.title(owed.STANDARD, "month_10", "zh_CN") == "续期准备"
    assert tasks.title(owed.STANDARD, "month_10", "en") == "Second-year premium preparation"
    assert tasks.title(owed.STANDARD, "long_forgotten", "en") == "long_forgotten"


def test_a_list_of_a_day_without_tasks_is_empty(book: Book) -> None:
    cast.people()
    assert list(tasks.open_tasks(datetime.date(2026, 1, 1), "A001")) == []
