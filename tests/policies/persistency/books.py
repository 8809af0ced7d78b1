"""Contracts as plain Python has them, put into a book; and a plain question as the product is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from policies import dates, models
from policies.database import database
from policies.models import Agent, Branch, Client, PastAgent, Policy, Premium, Team
from policies.persistency import cohorts, figure, policy_lines
from policies.persistency.cohorts import Measure
from policies.persistency.figure import FigureRow
from policies.persistency.policy_lines import PolicyLine
from policies.persistency.rules import CountingRules
from policies.persistency.selection import Selection
from tests.policies.persistency import plain
from tests.policies.persistency.plain import Contract, Question


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is written here is not there afterwards."""
    with database.atomic() as transaction:
        yield
        transaction.rollback()


def put(book: list[Contract], agents: list[plain.Agent]) -> None:
    """A few statements, whatever the size of the book."""
    agent_ids = put_agents(agents)
    Client.create(id=1, client_no="C001", name="林伟")
    insert(Policy, [policy_of(number, each, agent_ids) for number, each in enumerate(book, 1)])
    insert(
        Premium,
        [
            {
                "policy": number,
                "due_date": each.due,
                "amount": models.amount(each.amount),
                "paid_on": each.paid_on,
            }
            for number, contract in enumerate(book, 1)
            for each in contract.ledger
        ],
    )
    insert(
        PastAgent,
        [
            {"policy": number, "agent": agent_ids[agent.agent_no], "until": until}
            for number, contract in enumerate(book, 1)
            for agent, until in contract.past_agents
        ],
    )


def put_agents(agents: list[plain.Agent]) -> dict[str, int]:
    branches = {name: number for number, name in enumerate(sorted({a.branch for a in agents}), 1)}
    teams = {unit: n for n, unit in enumerate(sorted({(a.branch, a.team) for a in agents}), 1)}
    insert(Branch, [{"id": number, "name": name} for name, number in branches.items() if name])
    insert(
        Team,
        [
            {"id": number, "branch": branches[branch] if branch else None, "name": team}
            for (branch, team), number in teams.items()
            if team
        ],
    )
    ids = {agent.agent_no: number for number, agent in enumerate(agents, 1)}
    insert(
        Agent,
        [
            {
                "id": ids[agent.agent_no],
                "agent_no": agent.agent_no,
                "team": teams[agent.branch, agent.team] if agent.team else None,
            }
            for agent in agents
        ],
    )
    return ids


def policy_of(number: int, contract: Contract, agent_ids: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "policy_no": contract.policy_no,
        "client": 1,
        "agent": agent_ids[contract.agent.agent_no],
        "product": contract.product,
        "issue_date": contract.issued,
        "served_from": contract.issued,
        "status": contract.status,
        "ended_on": contract.ended_on,
        "annual_premium": models.amount(contract.premium),
        "currency": contract.currency,
        "payment_mode": contract.mode,
        "premium_term_years": contract.term_years,
    }


def insert(model: type[models.Numbered], rows: list[dict[str, Any]]) -> None:
    if rows:
        model.insert_many(rows).execute()


# ------------------------------------------------------------------------------------------ asking


def measure(ask: Question) -> Measure:
    return Measure(ask.month, ask.definition, ask.as_of, ask.grace_days)  # type: ignore[arg-type]


def rules(ask: Question) -> CountingRules:
    return CountingRules(ask.excluded, ask.whose, ask.product_grace)  # type: ignore[arg-type]


def selection(ask: Question) -> Selection:
    first, last = (day and dates.month_index(day) for day in (ask.first, ask.last))
    units = (ask.branch, ask.team, ask.agent_no, ask.product, ask.currency)
    return Selection(ask.by, first, last, ask.is_rolling, *units)  # type: ignore[arg-type]


def audit(ask: Question) -> figure.Audit:
    with database.atomic():  # a refused question leaves nothing behind in the test's transaction
        return figure.audit(measure(ask), rules(ask), selection(ask), ask.basis)  # type: ignore[arg-type]


def listed(ask: Question, **how: Any) -> list[PolicyLine]:
    """The policies behind the figure; it must be one that is not refused."""
    return list(policy_lines.policies(measure(ask), rules(ask), selection(ask), **how))


# --------------------------------------------------------------------------------------- comparing


def row_of(line: plain.Sum, ask: Question) -> FigureRow:
    """What the product should say where the plain reading says this."""
    return FigureRow(
        key=line.key,
        issued=line.issued,
        counted=line.counted,
        persisting=line.persisting,
        premium_counted=models.amount(line.premium_counted),
        premium_persisting=models.amount(line.premium_persisting),
        ratio=line.ratio(ask.basis),
        complete=line.complete,
    )


def added_up(rows: list[FigureRow]) -> tuple[int | Decimal, ...]:
    """Every count and amount of the rows together."""
    names = list(plain.counts())
    assert set(names) < {each.name for each in fields(FigureRow)}
    return tuple(sum(getattr(row, name) for row in rows) for name in names)


def lines_added_up(lines: list[PolicyLine]) -> tuple[int | Decimal, ...]:
    """What the rows of these policies should add up to."""
    return (
        len(lines),
        sum(line.counted for line in lines),
        sum(line.persisting for line in lines),
        sum(line.premium_counted for line in lines),
        sum(line.premium_persisting for line in lines),
    )


def lines_of(row: FigureRow, lines: list[PolicyLine], ask: Question) -> list[PolicyLine]:
    """Those that belong to a row; a rolling cohort's are its own and the eleven before it."""
    if ask.by == "cohort" and ask.is_rolling:
        last = cohorts.parse(row.key)
        return [line for line in lines if 0 <= last - cohorts.parse(line.cohort) < 12]
    field = {"agent": "agent_no"}.get(ask.by, ask.by)
    return [line for line in lines if getattr(line, field) == row.key]


def also(ask: Question) -> list[Question]:
    """The question and its sisters: they cost a statement each, the book is there already."""
    return [
        ask,
        replace(ask, by="cohort", is_rolling=not ask.is_rolling),
        replace(ask, by="agent", basis="count"),
    ]
