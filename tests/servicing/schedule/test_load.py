"""Tasks by day against what agents can do: overdue ones stand on today, days off hold nothing."""

import datetime

import peewee
import pytest

from policies import dates
from policies.models import Agent
from servicing.core.models import Task
from servicing.core.settings import Capacity
from servicing.schedule.load import Load, Span
from tests import cast
from tests.servicing import owed

pytestmark = cast.on_one

Book = peewee.Database
CALENDAR = dates.work_calendar("CN")
WALKER = cast.walker(owed.THREE_YEARS)


def span(first: str, last: str, on: str) -> Span:
    return Span(cast.day(first), cast.day(last), cast.day(on))


def agents(*numbers: str) -> dict[int, str]:
    return {each.id: each.agent_no for each in Agent.select().where(Agent.agent_no << numbers)}


@pytest.fixture
def month_old(book: Book) -> cast.Cast:
    """Three tasks of Chen Yan and one of Sun Li, on Tuesday 30 September 2025."""
    people = cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    return people


ON = [
    # read on, tasks by day from Monday 29 September to Sunday 5 October, overdue
    ("2025-09-29", [0, 3, 0, 0, 0, 0, 0], 0),
    ("2025-09-30", [0, 3, 0, 0, 0, 0, 0], 0),
    ("2025-10-01", [0, 0, 3, 0, 0, 0, 0], 3),
]


@pytest.mark.parametrize(("on", "tasks", "overdue"), ON)
def test_what_is_overdue_stands_on_today(
    month_old: cast.Cast, on: str, tasks: list[int], overdue: int
) -> None:
    load = Load(agents("A001"), cast.day(on))
    week = load.by_day(span("2025-09-29", "2025-10-05", on), CALENDAR, Capacity(2))
    assert [each.tasks for each in week] == tasks
    assert load.overdue(month_old.chen_yan.id) == overdue
    assert [each.is_over for each in week] == [bool(each) for each in tasks]


def test_days_off_and_days_that_are_over_hold_nothing(month_old: cast.Cast) -> None:
    """National Day 2025: from 1 to 8 October nobody works, on Saturday 11 October everybody does."""
    load = Load(agents("A001"), cast.day("2025-09-30"))
    days = load.by_day(span("2025-09-29", "2025-10-12", "2025-09-30"), CALENDAR, Capacity(12))
    assert [each.capacity for each in days] == [0, 12] + [0] * 8 + [12, 12, 12, 0]
    assert [each.is_workday for each in days] == [True] * 2 + [False] * 8 + [True] * 3 + [False]


def test_a_unit_holds_what_its_agents_hold(month_old: cast.Cast) -> None:
    load = Load(agents("A001", "A900"), cast.day("2025-09-30"))
    capacity = Capacity(5, {"A900": 1})
    (day,) = load.by_day(span("2025-09-30", "2025-09-30", "2025-09-30"), CALENDAR, capacity)
    assert (day.tasks, day.capacity) == (4, 6)
    only = [month_old.sun_li.id]
    (day,) = load.by_day(span("2025-09-30", "2025-09-30", "2025-09-30"), CALENDAR, capacity, only)
    assert (day.tasks, day.capacity) == (1, 1)


def test_a_task_that_is_postponed_stands_on_its_new_day(month_old: cast.Cast) -> None:
    Task.update(show_on=datetime.date(2025, 10, 9)).where(
        Task.id == cast.task("month_1").id
    ).execute()
    load = Load(agents("A001"), cast.day("2025-09-30"))
    agent_id = month_old.chen_yan.id
    assert load.tasks(agent_id, cast.day("2025-09-30")) == 2
    assert load.tasks(agent_id, cast.day("2025-10-09")) == 1
