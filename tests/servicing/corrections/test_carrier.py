"""A client's touchpoint has a carrier on every path, as long as a policy of theirs is owed service."""

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import peewee
import pytest

from policies.plan import Plan, Step
from servicing.channels.memory import Memory
from servicing.core.models import Message, Task, Touchpoint
from servicing.corrections import sweep
from servicing.schedule import parts
from tests import cast
from tests.servicing import owed
from tests.servicing.dispatched import by, dispatch
from tests.servicing.hands import Hands

Book = peewee.Database
DAY, NEXT = "2026-09-02", "2026-09-03"


def the_visit_and_a_word_of_it() -> Plan:
    """The half-yearly visit, announced by a message of the same touchpoint."""
    visit = owed.touchpoint("visit")
    step = Step(months=18, owner="both", template="month_1")
    return owed.only(msgspec.structs.replace(visit, due=(step,), template="month_1"))


PLAN = the_visit_and_a_word_of_it()
WALKER = cast.walker(PLAN)

FATES: dict[str, Callable[[cast.Cast], dict[str, Any]]] = {
    "surrendered": lambda people: {"status": "surrendered", "ended_on": cast.day(NEXT)},
    "suspended": lambda people: {"status": "suspended"},
    "left out": lambda people: {"left_out_times": 2},
    "another client's": lambda people: {"client": people.zhou_ming},
}


def walk_and_sweep(change: Callable[[], object]) -> None:
    cast.walk_only(DAY, WALKER)
    change()
    sweep.sweep(PLAN, cast.day(NEXT), cast.at(NEXT, "06:00"))


def walk_and_send_without_a_sweep(change: Callable[[], object]) -> None:
    cast.walk_only(DAY, WALKER)
    change()
    sends(NEXT)


def walk_after_downtime(change: Callable[[], object]) -> None:
    change()
    cast.walk_on(NEXT, WALKER)


def make_a_part_of_the_day(change: Callable[[], object]) -> None:
    hands = Hands()
    cast.walk_day(hands.help(WALKER), cast.day(DAY), cast.day(DAY), cast.at(DAY, "06:00"))
    change()
    for part in hands.parts:
        parts.make(hands.help(WALKER), part, cast.at(NEXT, "06:00"))


def make_a_part_after_downtime(change: Callable[[], object]) -> None:
    hands = Hands()
    cast.walk_day(hands.help(WALKER), cast.day(DAY), cast.day(NEXT), cast.at(NEXT, "06:00"))
    change()
    for part in hands.parts:
        parts.make(hands.help(WALKER), part, cast.at(NEXT, "06:00"))


PATHS = [
    walk_and_sweep,
    walk_and_send_without_a_sweep,
    walk_after_downtime,
    make_a_part_of_the_day,
    make_a_part_after_downtime,
]


def sends(on: str) -> dict[str, int]:
    worker = by(Memory())
    return dispatch(replace(worker, plan=PLAN), cast.at(on, "10:00"))


@pytest.mark.parametrize("path", PATHS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("fate", FATES)
def test_the_next_policy_carries_what_the_client_is_owed(
    book: Book, path: Callable[[Callable[[], object]], None], fate: str
) -> None:
    people = cast.everybody(issued="2025-03-02", served_from="2026-09-01")
    path(lambda: cast.change(people.policies[0], **FATES[fate](people)))
    sends(NEXT)
    theirs = Touchpoint.get(Touchpoint.client == people.lin_wei)
    task, message = Task.get(Task.touchpoint == theirs), Message.get(Message.touchpoint == theirs)
    assert (task.state, message.state) == ("open", "accepted")
    carriers = {row.policy.policy_no for row in (theirs, task, message)}
    assert carriers == {"P002"}


@pytest.mark.parametrize("path", PATHS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("fate", FATES)
def test_without_another_policy_it_is_cancelled(
    book: Book, path: Callable[[Callable[[], object]], None], fate: str
) -> None:
    people = cast.everybody(issued="2025-03-02", served_from="2026-09-01")
    for each in people.policies[1:3]:
        cast.change(each, status="surrendered", ended_on=cast.day("2026-09-01"))
    path(lambda: cast.change(people.policies[0], **FATES[fate](people)))
    sweep.sweep(PLAN, cast.day(NEXT), cast.at(NEXT, "06:30"))
    for row in Touchpoint.select().where(Touchpoint.client == people.lin_wei):
        task, message = Task.get(Task.touchpoint == row), Message.get(Message.touchpoint == row)
        assert (task.state, message.state) == ("cancelled", "cancelled")


def test_what_was_carried_on_still_counts_from_the_date_of_its_first_policy(book: Book) -> None:
    """Its carrier was issued on another day, and no sweep takes that for a corrected date."""
    people = cast.everybody(issued=["2025-03-02", "2025-05-20", "2025-06-11", "2025-06-12"])
    cast.walk_only(DAY, WALKER)
    cast.change(people.policies[0], status="suspended")
    for hour in ("06:00", "07:00"):
        sweep.sweep(PLAN, cast.day(NEXT), cast.at(NEXT, hour))
    assert cast.task("visit", "P002").state == "open"
    cast.change(people.policies[0], issue_date=datetime.date(2025, 4, 2))
    sweep.sweep(PLAN, cast.day(NEXT), cast.at(NEXT, "08:00"))
    assert cast.task("visit", "P002").reason == "date_corrected"


@pytest.mark.parametrize(("leaves", "again"), [(False, ["P001", "P002"]), (True, ["P001"])])
def test_what_a_client_is_owed_once_is_owed_by_the_next_policy_if_none_could_carry_it(
    book: Book, leaves: bool, again: list[str]
) -> None:
    step = Step(days=2, owner="message", template="month_1")
    visit = owed.touchpoint("visit")
    plan = owed.only(msgspec.structs.replace(visit, due=(step,), template="month_1"))
    people = cast.everybody(issued="2026-09-01", served_from="2026-09-01")
    first, second, third = people.policies[:3]
    for each in (second, third):
        cast.change(each, status="surrendered", ended_on=cast.day("2026-09-01"))
    cast.walk_on("2026-09-03", cast.walker(plan))
    if leaves:
        dispatch(replace(by(Memory()), plan=plan), cast.at("2026-09-03", "10:00"))
    cast.change(first, status="surrendered", ended_on=cast.day("2026-09-04"))
    sweep.sweep(plan, cast.day("2026-09-04"), cast.at("2026-09-04", "06:00"))
    cast.change(second, status="in_force", ended_on=None, issue_date=cast.day("2026-10-08"))
    cast.walk_on("2026-10-10", cast.walker(plan))
    theirs = Touchpoint.select().where(Touchpoint.client == people.lin_wei)
    assert [each.policy.policy_no for each in theirs.order_by(Touchpoint.id)] == again
