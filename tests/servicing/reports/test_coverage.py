"""How touchpoints were served: in time, late, missed or waiting, by whom and in which month.

Lin Wei's policy of 31 August 2025 has its month_1 on 30 September, a Tuesday; in time is what is
done within seven days, up to the last second of 7 October in the book's zone.
"""

import datetime
import zoneinfo
from collections.abc import Sequence
from typing import Any

import msgspec
import peewee
import pytest

from policies import plan
from policies.models import Agent
from policies.persistency import cohorts
from servicing.core.models import Message, Task
from servicing.corrections import sweep
from servicing.desk import tasks
from servicing.reports import coverage, queries
from servicing.reports.queries import Service
from servicing.schedule.materialize import Walker
from tests import cast
from tests.servicing import owed

Book = peewee.Database
DUE = cast.day("2025-09-30")
SHANGHAI, NEW_YORK = zoneinfo.ZoneInfo("Asia/Shanghai"), zoneinfo.ZoneInfo("America/New_York")
WALKER = cast.walker(owed.only(owed.touchpoint("delivery"), owed.touchpoint("month_1")))


def only_message(key: str = "month_1") -> Walker:
    """A plan of which the touchpoint is a message and nothing for an agent to do."""
    touchpoint = msgspec.structs.replace(owed.touchpoint(key), owner="message")
    return cast.walker(owed.only(touchpoint))


@pytest.fixture
def people(book: Book) -> cast.Cast:
    """The cast, with one policy of Lin Wei's."""
    people = cast.people()
    cast.give_policy(people.lin_wei, "P001", "2025-08-31")
    return people


def found(
    first: str = "2025-09-01",
    last: str = "2026-12-31",
    *,
    keys: Sequence[str] = ("month_1",),
    zone: zoneinfo.ZoneInfo = SHANGHAI,
    days: int = 7,
) -> list[tuple[str, str, str, int]]:
    """Agent number, month, how it was served and how often."""
    told = coverage.coverage(keys, cast.day(first), cast.day(last), zone, days)
    numbers = {agent.id: agent.agent_no for agent in Agent.select()}
    return sorted(
        (numbers[each.agent_id], cohorts.key(each.month), name, count)
        for each in told
        for name in (service.name.lower() for service in Service)
        if (count := getattr(each, name))
    )


def served(**how: Any) -> str | None:
    """How the one touchpoint was served."""
    told = found(**how)
    assert sum(count for *_, count in told) == len(told) <= 1
    return told[0][2] if told else None


# --- Tasks ----------------------------------------------------------------------------------------

DONE = [
    ("2025-09-30T06:00:00+08:00", "in_time"),
    ("2025-10-07T21:30:00+08:00", "in_time"),  # late in the evening of the last day
    ("2025-10-07T23:59:59+08:00", "in_time"),
    ("2025-10-07T23:59:59.999999+08:00", "in_time"),
    ("2025-10-08T00:00:00+08:00", "late"),
    ("2025-10-08T00:00:01+08:00", "late"),
    ("2025-10-30T23:59:59+08:00", "late"),
]


def set_done(at: str, key: str = "month_1") -> None:
    """As `tasks.done` leaves it, at that moment."""
    moment = datetime.datetime.fromisoformat(at)
    task = cast.task(key)
    cast.change(task, state="done", ended_at=moment, done_by_id=task.policy.agent_id)


def test_a_task_is_in_time_until_the_end_of_its_last_day(people: cast.Cast) -> None:
    cast.walk_only(DUE, WALKER)
    for at, expected in DONE:
        set_done(at)
        assert served() == expected, at


ZONES = [
    # the same moment is another day elsewhere: the book's zone decides
    ("2025-10-08T03:59:59+00:00", NEW_YORK, "in_time"),
    ("2025-10-08T04:00:00+00:00", NEW_YORK, "late"),
    ("2025-10-08T03:59:59+00:00", SHANGHAI, "late"),
    ("2025-10-07T15:59:59+00:00", SHANGHAI, "in_time"),
]


@cast.on_one
def test_the_day_ends_where_the_book_is_at_home(people: cast.Cast) -> None:
    cast.walk_only(DUE, WALKER)
    for at, zone, expected in ZONES:
        set_done(at)
        assert served(zone=zone) == expected, (at, zone)


@cast.on_one
def test_the_day_ends_by_the_clock_of_winter_once_it_is_winter(people: cast.Cast) -> None:
    """New York sets its clocks back on 2 November 2025; due on 27 October, in time to 3 November."""
    cast.give_policy(people.lin_wei, "P002", "2025-09-27")
    cast.walk_only("2025-10-27", WALKER)
    task = cast.task("month_1", "P002")
    for at, expected in [("04:59:59", "in_time"), ("05:00:00", "late")]:
        moment = datetime.datetime.fromisoformat(f"2025-11-04T{at}+00:00")
        cast.change(task, state="done", ended_at=moment, done_by_id=people.chen_yan.id)
        assert served(zone=NEW_YORK) == expected, at


LAST_DAYS = [(0, "2025-09-30"), (1, "2025-10-01"), (7, "2025-10-07"), (30, "2025-10-30")]


@cast.on_one
def test_how_many_days_are_in_time_is_the_company_s_own(people: cast.Cast) -> None:
    cast.walk_only(DUE, WALKER)
    for days, last in LAST_DAYS:
        set_done(f"{last}T23:59:59+08:00")
        assert served(days=days) == "in_time", days
        set_done(f"{cast.day(last) + datetime.timedelta(1)}T00:00:00+08:00")
        assert served(days=days) == "late", days


@cast.on_one
def test_a_task_that_waited_for_a_working_day_has_its_days_from_then_on(
    people: cast.Cast,
) -> None:
    """1 October begins the holidays; the task stands on the list on the 9th, and has to the 16th."""
    cast.give_policy(people.lin_wei, "P002", "2025-09-01")
    cast.walk_only("2025-10-01", WALKER)
    task = cast.task("month_1", "P002")
    assert task.due_on == cast.day("2025-10-09")
    for at, expected in [("2025-10-16T23:59:59", "in_time"), ("2025-10-17T00:00:00", "late")]:
        moment = datetime.datetime.fromisoformat(f"{at}+08:00")
        cast.change(task, state="done", ended_at=moment, done_by_id=people.chen_yan.id)
        assert served() == expected, at


@cast.on_one
def test_postponed_is_not_in_time(people: cast.Cast) -> None:
    """Whoever postpones has another day on the list, and no other last day in time."""
    cast.walk_only(DUE, WALKER)
    task, now = cast.task("month_1"), cast.at("2025-09-30")
    tasks.postpone(task.id, cast.day("2025-10-20"), DUE, now, windows=cast.windows())
    assert served() == "waiting"
    tasks.done(task.id, cast.at("2025-10-20"))
    assert served() == "late"


@cast.on_one
def test_what_an_agent_decides_against_is_missed(people: cast.Cast) -> None:
    cast.walk_only(DUE, WALKER)
    tasks.skip(cast.task("month_1").id, cast.at("2025-10-01"), "客户出国")
    assert served() == "missed"


@cast.on_one
def test_an_open_task_waits_until_its_last_day_has_passed(people: cast.Cast) -> None:
    cast.walk_only(DUE, WALKER)
    for day, expected in [("2025-10-30", "waiting"), ("2025-10-31", "missed")]:
        sweep.sweep(WALKER.plan, cast.day(day), cast.at(day))
        assert served() == expected, day


@cast.on_one
def test_what_was_taken_back_was_not_owed(people: cast.Cast) -> None:
    cast.walk_only(DUE, WALKER)
    cast.change(cast.policy(), status="surrendered", ended_on=cast.day("2025-10-02"))
    sweep.sweep(WALKER.plan, cast.day("2025-10-03"), cast.at("2025-10-03"))
    assert cast.task("month_1").state == "cancelled"
    assert found() == []


@cast.on_one
def test_a_task_found_after_its_last_day_is_missed(people: cast.Cast) -> None:
    when = cast.day("2025-10-31")
    cast.walk_day(WALKER, DUE, when, cast.at(when, "06:00"))
    assert served() == "missed"


@cast.on_one
def test_the_task_counts_and_not_its_message(people: cast.Cast) -> None:
    """A message that went out is no call: agents are assessed, not the machine."""
    cast.walk_only(DUE, WALKER)
    for state in ("delivered", "failed"):
        cast.change(cast.message("month_1"), state=state)
        assert served() == "waiting"
    sweep.sweep(WALKER.plan, cast.day("2025-10-31"), cast.at("2025-10-31"))
    assert served() == "missed"


# --- Messages alone -------------------------------------------------------------------------------

STATES = [
    ("accepted", "in_time"),
    ("delivered", "in_time"),
    ("queued", "waiting"),
    ("sending", "waiting"),
    ("unknown", "waiting"),
    ("undelivered", "missed"),
    ("failed", "missed"),
    ("suppressed", "missed"),
    ("skipped", "missed"),
    ("cancelled", None),
]


def test_without_a_task_the_message_counts(people: cast.Cast) -> None:
    cast.walk_only(DUE, only_message())
    assert Task.select().count() == 0
    for state, expected in STATES:
        cast.change(cast.message("month_1"), state=state, body="a text")
        assert served() == expected, state


FOUND_ON = [("2025-09-30", "in_time"), ("2025-10-01", "late"), ("2025-10-07", "late")]


@cast.on_one
@pytest.mark.parametrize(("day", "expected"), FOUND_ON)
def test_a_message_that_was_found_late_is_late(people: cast.Cast, day: str, expected: str) -> None:
    cast.walk_day(only_message(), DUE, cast.day(day), cast.at(day, "06:00"))
    assert cast.message("month_1").state == "queued"
    assert served() == "waiting"
    cast.change(cast.message("month_1"), state="accepted")
    assert served() == expected


@cast.on_one
def test_a_message_that_was_found_too_late_or_may_not_be_sent_is_missed(
    people: cast.Cast,
) -> None:
    when = cast.day("2025-10-08")
    cast.walk_day(only_message(), DUE, when, cast.at(when, "06:00"))
    cast.change(people.zhou_ming, phone="")
    cast.give_policy(people.zhou_ming, "P900", "2025-09-08")
    cast.walk_only("2025-10-08", only_message())
    states = [message.state for message in Message.select().order_by(Message.id)]
    assert states == ["skipped", "suppressed"]
    assert found() == [("A001", "2025-09", "missed", 1), ("A900", "2025-10", "missed", 1)]


# --- Of whom, and when ----------------------------------------------------------------------------


def test_who_did_it_has_done_it_and_who_serves_today_has_to_do_the_rest(
    people: cast.Cast,
) -> None:
    for number in ("P002", "P003"):
        cast.give_policy(people.lin_wei, number, "2025-08-31")
    cast.walk_only(DUE, WALKER)
    tasks.done(cast.task("month_1", "P001").id, cast.at("2025-10-01"))
    tasks.skip(cast.task("month_1", "P002").id, cast.at("2025-10-01"))
    for policy in people.policies:
        cast.change(policy, agent=people.he_jing)
    assert found() == [
        ("A000", "2025-09", "waiting", 1),
        ("A001", "2025-09", "in_time", 1),
        ("A001", "2025-09", "missed", 1),
    ]


@cast.on_one
def test_the_month_is_that_of_the_due_day_not_of_the_list_or_the_deed(
    people: cast.Cast,
) -> None:
    """Contract delivery on Saturday 31 May 2025: on the list on 3 June, after the festival."""
    cast.give_policy(people.lin_wei, "P002", "2025-05-28")
    cast.walk_only("2025-05-31", WALKER)
    task = cast.task("delivery", "P002")
    assert task.due_on == cast.day("2025-06-03")
    tasks.done(task.id, cast.at("2025-07-01"))
    keys = ["delivery"]
    assert found("2025-05-01", "2025-05-31", keys=keys) == [("A001", "2025-05", "late", 1)]
    assert found("2025-06-01", "2025-07-31", keys=keys) == []


SPANS = [
    ("2025-09-30", "2025-09-30", True),
    ("2025-09-01", "2025-09-30", True),
    ("2025-09-30", "2025-12-31", True),
    ("2025-09-01", "2025-09-29", False),
    ("2025-10-01", "2025-12-31", False),
]


def test_both_ends_of_the_span_belong_to_it(people: cast.Cast) -> None:
    cast.walk_only(DUE, WALKER)
    for first, last, is_in in SPANS:
        assert (served(first=first, last=last) is not None) == is_in, (first, last)


@cast.on_one
def test_only_the_touchpoints_that_were_asked_for_count(people: cast.Cast) -> None:
    cast.walk_only("2025-09-03", WALKER)
    cast.walk_only(DUE, WALKER)
    assert found() == [("A001", "2025-09", "waiting", 1)]
    assert found(keys=["delivery", "month_1"]) == [("A001", "2025-09", "waiting", 2)]
    assert found(keys=[]) == found(keys=["month_4"]) == []


def test_agents_are_assessed_by_the_first_year() -> None:
    assert coverage.first_year(plan.load(cast.STANDARD)) == [
        *("delivery", "month_1", "month_4", "month_7", "month_10"),
    ]


# --- Overdue --------------------------------------------------------------------------------------


def overdue(on: str) -> dict[str, int]:
    numbers = {agent.id: agent.agent_no for agent in Agent.select()}
    return {numbers[agent_id]: count for agent_id, count in queries.overdue(cast.day(on)).items()}


def test_a_task_is_overdue_from_the_day_after_it_stood_on_the_list(people: cast.Cast) -> None:
    cast.give_policy(people.zhou_ming, "P900", "2025-08-31")
    cast.walk_only(DUE, WALKER)
    assert overdue("2025-09-30") == {}
    assert overdue("2025-10-01") == {"A001": 1, "A900": 1}
    task = cast.task("month_1")
    tasks.postpone(task.id, cast.day("2025-10-20"), DUE, cast.at(DUE), windows=cast.windows())
    assert overdue("2025-10-20") == {"A900": 1}, "postponed, it is due on its new day"
    assert overdue("2025-10-21") == {"A001": 1, "A900": 1}
    cast.change(cast.policy(), agent=people.he_jing)
    assert overdue("2025-10-21") == {"A000": 1, "A900": 1}, "hers is the new agent's now"
    tasks.done(task.id, cast.at("2025-10-21"))
    assert overdue("2025-10-22") == {"A900": 1}


@pytest.mark.parametrize("on", ["2025-09-30", "2025-10-01", "2025-10-05"])
@cast.on_one
def test_what_is_overdue_is_what_the_task_list_says(people: cast.Cast, on: str) -> None:
    for number, issued in [("P002", "2025-09-28"), ("P003", "2025-08-30")]:
        cast.give_policy(people.lin_wei, number, issued)
    for day in ("2025-09-30", "2025-10-01"):
        cast.walk_only(day, WALKER)
    listed = [line for line in tasks.open_tasks(cast.day(on)) if line.is_overdue]
    assert sum(overdue(on).values()) == len(listed)


@cast.on_one
def test_what_the_book_has_taken_back_was_not_owed(people: cast.Cast) -> None:
    """A date was corrected: what was suppressed, skipped or missed on the wrong one counts nowhere."""
    cast.walk_only(DUE, WALKER)
    cast.change(cast.task("month_1"), state="missed")
    assert served() == "missed"
    cast.change(cast.task("month_1").touchpoint, released=True)
    assert served() is None
