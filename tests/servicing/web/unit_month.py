"""A month of a unit in which everything happens: Chen Yan's team in 上海, on 1 June 2026."""

from typing import Any

from policies.models import Agent, Client
from servicing.core.models import Task
from servicing.desk import tasks
from servicing.month import asking, queries
from servicing.month.asking import Handed, Word
from tests import cast
from tests.servicing.web.visits import NOW

ON = NOW.date()


def live() -> None:
    """Premiums in their grace, agents red and green, tasks too late, calls, an orphan, asked tasks."""
    chen, he = cast.agent("A001"), cast.agent("A000")
    sold(chen, "P71", "2025-05-20", "1234.50")
    sold(he, "P72", "2025-04-20", "8000")
    sold(he, "P81", "2025-03-10", "5000", paid_on="2026-03-12")
    sold(chen, "P82", "2025-03-12", "5000")
    sold(chen, "P83", "2025-02-12", "5000", paid_on="2026-02-12")
    give_task(sold(chen, "P84", "2026-05-25", "900"), "2026-06-02")
    give_task(cast.policy("P83"), "2026-05-20")
    gone = Agent.create(agent_no="A005", name="赵云", team=he.team, left_on=cast.day("2026-05-01"))
    sold(gone, "P85", "2025-01-09", "700", paid_on="2026-01-09")
    assert hand_over(["P71"]) == hand_over(["P72"], press="another") == Handed(1, 0)
    done = Task.get(Task.policy == cast.policy("P72"), Task.reason == "manager_asks")
    tasks.done(done.id, NOW, "周五转账", "spoke")


def sold(agent: Agent, policy_no: str, issued: str, premium: str, **paid: Any) -> Any:
    """A policy of somebody of its own, the first premium paid; the second one as it is said."""
    client = Client.create(
        client_no=f"C-{policy_no}", name=f"客户{policy_no}", phone="+12025550177"
    )
    policy = cast.give_policy(client, policy_no, issued, annual_premium=premium, agent=agent)
    cast.give_premium(policy, issued, amount=premium, paid_on=issued)
    due = cast.day(issued).replace(year=cast.day(issued).year + 1)
    cast.give_premium(policy, due, amount=premium, **paid)
    return policy


def give_task(of: Any, on: str) -> Task:
    """Something to do for a policy, since or from a day on."""
    days = {"due_on": cast.day(on), "show_on": cast.day(on), "closes_on": cast.day("2026-06-30")}
    known = {"policy": of, "client": of.client_id, "state": "open", "reason": "condolence"}
    return Task.create(**known, **days)


def hand_over(policy_nos: list[str], press: str = "one", text: str = "请联系") -> Handed:
    """As the manager of the branch does it."""
    policies = queries.policies("policy_no", policy_nos)
    return asking.hand_over(Word(policies, {}, text, "shanghai", press), ON, NOW)
