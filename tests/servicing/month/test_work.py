"""What needs somebody in a unit: who is in grace on a day, and what else waits."""

import datetime
from typing import Any

import pytest

from policies.grace import Grace
from policies.models import Agent, Policy
from servicing.core.models import Task
from servicing.month import work
from tests import cast

GRACE = Grace(60, {"短险": 10})


@pytest.fixture
def force(book: Any) -> cast.Cast:
    return cast.people()


def in_grace(on: str) -> list[tuple[str, int]]:
    """The policies of Chen Yan in grace, each with its days left."""
    found = work.in_grace([cast.agent().id], cast.day(on), GRACE)
    return [(Policy.get_by_id(each.policy_id).policy_no, each.days_left) for each in found]


@pytest.mark.parametrize(
    ("on", "days_left"),
    [
        ("2026-05-31", None),  # not due yet
        ("2026-06-01", 60),  # the due date
        ("2026-07-30", 1),
        ("2026-07-31", 0),  # the last day of grace
        ("2026-08-01", None),  # it is over
    ],
)
def test_a_policy_is_in_grace_from_the_due_date_to_the_last_day(
    force: cast.Cast, on: str, days_left: int | None
) -> None:
    cast.give_premium(cast.give_policy(force.lin_wei, "P001", "2025-06-01"), "2026-06-01")
    assert in_grace(on) == ([] if days_left is None else [("P001", days_left)])


@pytest.mark.parametrize(("on", "is_there"), [("2026-06-11", True), ("2026-06-12", False)])
def test_a_product_has_a_grace_of_its_own(force: cast.Cast, on: str, is_there: bool) -> None:
    policy = cast.give_policy(force.lin_wei, "P001", "2025-06-01", product="短险")
    cast.give_premium(policy, "2026-06-01")
    assert bool(in_grace(on)) == is_there


def test_whoever_owes_an_older_premium_is_in_grace_no_more(force: cast.Cast) -> None:
    policy = cast.give_policy(force.lin_wei, "P001", "2024-06-01")
    for due in ("2025-06-01", "2026-06-01"):
        cast.give_premium(policy, due)
    assert in_grace("2026-06-10") == []


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "lapsed", "ended_on": "2026-06-05"},
        {"status": "paid_up"},
        {"status": "applied"},
    ],
)
def test_who_owes_nothing_is_not_called(force: cast.Cast, facts: dict[str, Any]) -> None:
    cast.give_premium(cast.give_policy(force.lin_wei, "P001", "2025-06-01", **facts), "2026-06-01")
    assert in_grace("2026-06-10") == []


def test_the_fewest_days_come_first_then_the_most_money(force: cast.Cast) -> None:
    for number, due, amount in (
        ("P1", "2026-06-05", "10"),
        ("P2", "2026-06-01", "20"),
        ("P3", "2026-06-01", "30"),
    ):
        cast.give_premium(cast.give_policy(force.lin_wei, number, "2025-06-01"), due, amount=amount)
    assert [number for number, _ in in_grace("2026-06-10")] == ["P3", "P2", "P1"]


@pytest.mark.parametrize(
    ("issued", "is_fresh"),
    [("2026-05-25", False), ("2026-05-26", True), ("2026-06-10", True)],
)
def test_calls_are_fresh_for_fifteen_days(force: cast.Cast, issued: str, is_fresh: bool) -> None:
    policy = cast.give_policy(force.lin_wei, "P001", issued)
    day = datetime.date(2026, 6, 10)
    known = {"policy": policy, "client": policy.client_id, "state": "open", "reason": "due"}
    Task.create(**known, due_on=day, show_on=day, closes_on=day)
    found = work.todo([cast.agent().id], day, GRACE)
    assert (len(found.fresh), found.overdue) == (int(is_fresh), [])


def test_an_orphan_is_a_policy_in_service_whose_agent_has_left(force: cast.Cast) -> None:
    cast.give_policy(force.lin_wei, "P001", "2025-06-01")
    cast.give_policy(force.lin_wei, "P002", "2025-06-01", status="lapsed", ended_on="2026-01-01")
    Agent.update(left_on="2026-06-10").where(Agent.agent_no == "A001").execute()
    ids = [cast.agent().id]
    for on, orphans in (("2026-06-09", 0), ("2026-06-10", 1)):
        assert len(work.todo(ids, cast.day(on), GRACE).orphans) == orphans
