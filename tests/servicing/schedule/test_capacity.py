"""Visits and calls spread over their window to what an agent can do: the same days each time."""

import dataclasses
import datetime
from pathlib import Path

import msgspec
import peewee
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import dates, models
from policies import plan as plans
from servicing.core import errors
from servicing.core.models import CardEntry, Task
from servicing.core.settings import Capacity
from servicing.explain import why
from servicing.schedule.capacity import AgentDays
from servicing.schedule.materialize import Walker
from tests import cast
from tests.refusals import refuses
from tests.servicing import owed
from tests.servicing.look_ahead import TODAY, a_messy_book, foreseen, walked

pytestmark = cast.on_one

CALENDAR = dates.work_calendar("CN")
MONDAY = datetime.date(2026, 6, 1)


def levels(capacity: int, **agents: int) -> Walker:
    """The plan that levels all its tasks."""
    plan = msgspec.structs.replace(
        owed.THREE_YEARS,
        touchpoints=tuple(
            msgspec.structs.replace(each, level=any(map(each.has_task, each.due)))
            for each in owed.THREE_YEARS.touchpoints
        ),
    )
    return dataclasses.replace(cast.walker(plan), capacity=Capacity(capacity, agents))


def days_of(agent_no: str = "A001") -> list[str]:
    """The days on which her tasks are shown."""
    query = Task.select(Task.show_on).join(models.Policy).join(models.Agent)
    return sorted(str(each.show_on) for each in query.where(models.Agent.agent_no == agent_no))


PLACES = [
    # tasks on the days from Monday on, capacity, the day that is found, how many before it were full
    ([], 2, "2026-06-01", 0),
    ([2], 2, "2026-06-02", 1),
    ([2, 2, 2, 2, 2], 2, "2026-06-08", 5),
    ([2, 1], 2, "2026-06-02", 1),
    ([9, 9, 9, 9, 9, 0, 0, 9, 8, 9], 1, "2026-06-09", 6),
]


@pytest.mark.parametrize(("tasks", "capacity", "on", "full"), PLACES)
def test_the_first_working_day_with_room_is_taken_else_the_emptiest(
    tasks: list[int], capacity: int, on: str, full: int
) -> None:
    levelling = AgentDays(CALENDAR, Capacity(capacity), MONDAY)
    for number, count in enumerate(tasks):
        for _ in range(count):
            levelling.put(1, MONDAY + datetime.timedelta(days=number))
    last = MONDAY + datetime.timedelta(days=7 if len(tasks) < 10 else 9)
    placed = levelling.place(1, MONDAY, last)
    assert (str(placed.on), placed.full, placed.capacity) == (on, full, capacity)


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(1, 4))
def test_no_day_holds_more_than_it_can_while_another_has_room(
    agents: list[int], capacity: int
) -> None:
    levelling, last = AgentDays(CALENDAR, Capacity(capacity), MONDAY), MONDAY
    last += datetime.timedelta(days=13)
    placed = [(agent, levelling.place(agent, MONDAY, last).on) for agent in agents]
    assert all(CALENDAR.is_workday(day) and MONDAY <= day <= last for _, day in placed)
    for agent in set(agents):
        per_day = [sum(pair == (agent, day) for pair in placed) for day in {d for _, d in placed}]
        assert max(per_day) <= max(capacity, -(-agents.count(agent) // 10))


def test_three_calls_of_a_day_are_spread_over_the_days_that_have_room(
    book: peewee.Database,
) -> None:
    cast.everybody(issued="2026-05-01", served_from=MONDAY)
    cast.walk_on(MONDAY, levels(1))
    assert days_of() == ["2026-06-01", "2026-06-02", "2026-06-03"]
    assert days_of("A900") == ["2026-06-01"]
    task = cast.task("month_1", "P003")
    assert (str(task.due_on), str(task.show_on), task.reason) == (
        *("2026-06-01", "2026-06-03"),
        "levelled",
    )
    assert str(task.closes_on) == "2026-07-01", "its window is its own, wherever it is shown"
    cast.walk_on(MONDAY, levels(1))
    assert len(days_of()) == 3


def test_an_agent_who_can_do_more_has_more(book: peewee.Database) -> None:
    cast.everybody(issued="2026-05-01", served_from=MONDAY)
    cast.walk_on(MONDAY, levels(1, A001=2))
    assert days_of() == ["2026-06-01", "2026-06-01", "2026-06-02"]


def test_what_stands_on_her_list_takes_its_room(book: peewee.Database) -> None:
    cast.everybody(issued="2026-05-01", served_from="2026-05-01")
    cast.walk_on("2026-05-04", cast.walker(owed.THREE_YEARS))
    for each in Task.select().where(Task.state == "open"):
        cast.change(each, show_on=MONDAY)
    cast.walk_on(MONDAY, levels(3))
    assert days_of().count("2026-06-01") == 3
    assert days_of().count("2026-06-02") == 3


def test_why_tells_what_room_there_was(book: peewee.Database) -> None:
    cast.everybody(issued="2026-05-01", served_from=MONDAY)
    walker = levels(1)
    cast.walk_on(MONDAY, walker)
    found = why.why(walker, "P003", "month_1", MONDAY, MONDAY)
    links = {link.code: link.facts for link in found.chain}
    assert links["levelled"] == {
        **{"from": MONDAY, "to": datetime.date(2026, 6, 3)},
        **{"full": 2, "capacity": 1},
    }
    assert "levels" in links
    entry = CardEntry.get(CardEntry.kind == "task.levelled")
    assert '"show_on": ["2026-06-01", "2026-06-02"]' in entry.facts


def test_the_look_ahead_gives_the_same_days(book: peewee.Database, tmp_path: Path) -> None:
    a_messy_book(tmp_path)
    walker, last = levels(1), TODAY + datetime.timedelta(days=14)
    there = foreseen(walker, TODAY, last)
    assert sum("levelled" in row for row in there) > 2
    assert there == walked(walker, TODAY, last)


def test_a_plan_that_levels_messages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(
        '[[touchpoint]]\nid = "tea"\ntitle = { en = "Tea" }\nkind = "basic"\nowner = "message"\n'
        'template = "news"\nlevel = true\ndue = [{ months = 1 }]\n',
        "utf-8",
    )
    with refuses(errors.ServicingError, match="level = true spreads tasks, and it has none"):
        plans.load(path)
