"""What a manager hands over: one open task a policy, and what becomes of it."""

from typing import Any

import pytest

from policies.models import Agent
from servicing.core.models import Task
from servicing.desk import tasks
from servicing.month import asking, queries
from servicing.month.asking import Handed, Word
from servicing.schedule import deaths
from servicing.schedule.deaths import Report
from tests import cast

NOW = cast.at("2026-06-01")
ON = NOW.date()


@pytest.fixture
def people(book: Any) -> cast.Cast:
    return cast.everybody(issued="2025-06-01")


def hand_over(*policy_nos: str, press: str = "one", until: dict[str, str] | None = None) -> Handed:
    policies = queries.policies("policy_no", policy_nos)
    days = {each.id: cast.day((until or {}).get(each.policy_no, "2026-06-01")) for each in policies}
    return asking.hand_over(Word(policies, days, "请联系", "manager", press), ON, NOW)


def asked(policy_no: str = "P001") -> Task:
    return Task.get(Task.policy == cast.policy(policy_no))


def test_a_policy_has_one_open_task_of_a_managers(people: cast.Cast) -> None:
    assert hand_over("P001", "P002") == Handed(2, 0)
    assert hand_over("P001", "P003", press="two") == Handed(1, 1)
    assert Task.select().count() == 3


def test_the_same_press_is_carried_out_once(people: cast.Cast) -> None:
    hand_over("P001")
    tasks.done(asked().id, NOW, "", "spoke")
    assert hand_over("P001") == Handed(0, 1)
    assert hand_over("P001", press="tomorrow") == Handed(1, 0)


@pytest.mark.parametrize(
    ("grace_until", "closes_on"),
    [("2026-06-10", "2026-07-01"), ("2026-07-01", "2026-07-01"), ("2026-07-20", "2026-07-20")],
)
def test_it_is_worth_doing_for_a_month_and_to_the_end_of_grace(
    people: cast.Cast, grace_until: str, closes_on: str
) -> None:
    hand_over("P001", until={"P001": grace_until})
    assert asked().closes_on == cast.day(closes_on)


def test_it_goes_with_the_policy_to_another_agent(people: cast.Cast) -> None:
    hand_over("P001")
    cast.change(cast.policy(), agent=Agent.get(Agent.agent_no == "A000"))
    assert [each.note for each in tasks.open_tasks(ON, "A000")] == ["请联系"]
    ids = [people.he_jing.id]
    (line,) = queries.handed(ids, NOW - asking.LOOK_BACK, "", 10)
    assert (line.agent_no, line.asked_by, line.state) == ("A000", "manager", "open")


def test_with_the_client_it_ends_and_no_mistake_brings_it_back(people: cast.Cast) -> None:
    hand_over("P001")
    report, walker = Report("ops", ON, NOW), cast.walker()
    deaths.deceased(walker, people.lin_wei, ON, report)
    assert (asked().state, asked().reason) == ("cancelled", "client_deceased")
    deaths.alive(walker, cast.lin_wei(), report)
    assert asked().state == "cancelled"
    assert hand_over("P001", press="anew") == Handed(1, 0)
