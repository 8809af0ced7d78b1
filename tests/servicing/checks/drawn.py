"""Books from which clients are drawn for spot checks, and checks as the tests make them."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from policies import plan, question_set
from policies.models import Agent, Branch, Client, Policy, Team
from servicing.checks import checking, drawing
from servicing.checks.drawing import Drawn, Order
from servicing.checks.result_file import Result
from servicing.core.check_models import SpotCheck
from tests import cast
from tests.servicing.cases.opened import CHINA

ON = datetime.date(2026, 5, 11)
NOW = cast.at(ON)

QUESTIONS = question_set.load(
    question_set.find("basic", Path("no-such-home")), plan.load(cast.STANDARD)
)
"""Weights 3, 2, 2, 2, 1 and a red line."""

HOUSE = checking.House(CHINA, "en")

PASSED: dict[str, question_set.Answer] = {each.id: "pass" for each in QUESTIONS.items}
SEVEN_OF_NINE: dict[str, question_set.Answer] = {**PASSED, "birthday": "fail", "news": "na"}


def clients(branch: str, count: int, *, issued: cast.Day = "2025-01-01") -> Agent:
    """So many clients of one agent in a branch, with a policy each."""
    home, _ = Branch.get_or_create(name=branch)
    team, _ = Team.get_or_create(branch=home, name="一部")
    agent: Agent = Agent.create(agent_no=f"A-{branch}", name=branch, team=team)
    first = Client.select().count()
    numbers = [f"C{branch}{first + each:05}" for each in range(count)]
    rows = [{"client_no": number, "name": "林伟"} for number in numbers]
    policies = [
        {"policy_no": f"P{number}", "agent": agent, "annual_premium": Decimal(1200)}
        | {"issue_date": cast.day(issued), "served_from": cast.day(issued)}
        for number in numbers
    ]
    for some, more in zip(batched(rows), batched(policies), strict=True):
        Client.insert_many(some).execute()
        ids = dict(
            Client.select(Client.client_no, Client.id)
            .where(Client.client_no.in_([each["client_no"] for each in some]))
            .tuples()
        )
        Policy.insert_many(
            [{**each, "client": ids[each["policy_no"][1:]]} for each in more]
        ).execute()
    return agent


def batched(rows: Sequence[dict[str, Any]]) -> list[Sequence[dict[str, Any]]]:
    return [rows[at : at + 90] for at in range(0, len(rows), 90)]


def order(**said: Any) -> Order:
    usual = {"seed": "S", "share": Decimal("0.1"), "min_each": 10, "unit": "branch", "on": ON}
    return Order(**{**usual, "by": "quality", **said})


def draw(**said: Any) -> Drawn:
    return drawing.draw(order(**said), QUESTIONS, ON, NOW)


def everyone(**said: Any) -> list[SpotCheck]:
    """Checks of everybody."""
    return list(draw(share=Decimal(1), **said).draw.checks.order_by(SpotCheck.id))


def numbers(of: Drawn) -> set[str]:
    """The clients who were drawn."""
    query = of.draw.checks.join(Client, on=SpotCheck.client == Client.id).select(Client.client_no)
    return {number for (number,) in query.tuples()}


def record(
    check_id: int,
    answers: dict[str, question_set.Answer] = SEVEN_OF_NINE,
    *,
    note: str = "",
    by: str = "quality",
) -> question_set.Judged:
    return recorded(check_id, answers, note=note, by=by).judged


def recorded(
    check_id: int,
    answers: dict[str, question_set.Answer] = SEVEN_OF_NINE,
    *,
    note: str = "",
    by: str = "quality",
) -> checking.Recorded:
    of = checking.check(check_id)
    return checking.record(HOUSE, of, Result(answers, note), by, ON, NOW)
