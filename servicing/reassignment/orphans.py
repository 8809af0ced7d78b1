"""Orphan policies (孤儿单): their agent has left, or the client does not know the new one yet.

To be an orphan is no status of the policy: it says how the client is served (domain.md §4.13).
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Literal

from policies import database, models
from policies.models import Agent
from policies.plan import Plan
from servicing.core import accounts, audit_log, errors
from servicing.reassignment import queries
from servicing.reassignment.queries import Orphaned, PremiumLeft, Unintroduced

What = Literal["no_agent", "not_told"]

TELL_WITHIN_DAYS = 30
"""So soon a client should know who serves them now."""

LOOK_BACK_DAYS = 366
"""A client who was reassigned longer ago and does not know it will not learn it by a list."""


@dataclass(frozen=True)
class OrphanLine:
    """The orphans an agent has left behind, or a client who does not know the new agent yet."""

    what: What
    agent_no: str
    """The agent who has left; or who serves the client now."""
    agent_name: str
    client_no: str
    """The client who does not know the new agent; empty for an agent who has left."""
    since: datetime.date
    """When the agent left; or when the client was reassigned."""
    days: int
    is_overdue: bool
    """For more than 30 days."""
    clients: int
    policies: int
    """In service: suspended ones are, ended ones are not."""
    annual_premium: Decimal | None
    """None where it is in several currencies."""
    by_currency: dict[str, Decimal]


def left(
    agent_no: str, on: datetime.date | None, today: datetime.date, now: datetime.datetime
) -> list[str]:
    """An agent is gone from a day on, or (None) is back; raises `AgentNotFound`.

    Answers with the logins that were shut by it.
    """
    agent: Agent | None = Agent.get_or_none(Agent.agent_no == agent_no)
    if agent is None:
        raise errors.AgentNotFound(agent_no)
    with database.writing():
        return record_leaving(agent, on, today, now)


def record_leaving(
    agent: Agent, on: datetime.date | None, today: datetime.date, now: datetime.datetime
) -> list[str]:
    """Write down when an agent leaves, in the transaction we are in; answers with the logins shut.

    Who has left by today loses sessions and calendar addresses for good: who comes back logs in anew,
    also where the day of leaving came without anybody's doing.
    """
    was: datetime.date | None = agent.left_on
    Agent.update(left_on=on).where(Agent.id == agent.id).execute()
    audit_log.record("agent.changed", now, agent_no=agent.agent_no, left_on=on)
    if not any(day and day <= today for day in (was, on)):
        return []
    accounts_of = accounts.of_agent(agent)
    for each in accounts_of:
        accounts.shut_out(each, now)
    return [each.login for each in accounts_of]


def report(plan: Plan, on: datetime.date) -> list[OrphanLine]:
    """The orphans by the agent who has left, then the clients not introduced; oldest first."""
    introductions = [each.id for each in plan.touchpoints if each.anchor == "handover"]
    since = on - datetime.timedelta(LOOK_BACK_DAYS)
    with database.snapshot():
        left, premiums = queries.left_behind(on), queries.premiums_left_behind(on)
        not_told = queries.not_introduced(introductions, since, on)
    by_agent = {
        agent_no: list(of_one) for agent_no, of_one in groupby(premiums, lambda each: each.agent_no)
    }
    by_client = groupby(not_told, lambda each: (each.agent_no, each.client_no))
    clients = (_of_client(list(of_one), on) for _, of_one in by_client)
    return [
        *(_of_agent(each, by_agent[each.agent_no], on) for each in left),
        *sorted(clients, key=lambda each: (each.since, each.agent_no, each.client_no)),
    ]


def _of_agent(of: Orphaned, premiums: list[PremiumLeft], on: datetime.date) -> OrphanLine:
    known = (of.agent_no, of.agent_name, "")
    return _line("no_agent", known, (of.clients, of.policies), of.left_on, premiums, on)


def _of_client(lines: list[Unintroduced], on: datetime.date) -> OrphanLine:
    of, since = lines[0], max(each.reassigned_on for each in lines)
    known, policies = (of.agent_no, of.agent_name, of.client_no), sum(it.policies for it in lines)
    return _line("not_told", known, (1, policies), since, lines, on)


def _line(
    what: What,
    known: tuple[str, str, str],
    counts: tuple[int, int],
    since: datetime.date,
    premiums: Sequence[PremiumLeft | Unintroduced],
    on: datetime.date,
) -> OrphanLine:
    agent_no, agent_name, client_no = known
    clients, policies = counts
    days = (on - since).days
    by_currency = {each.currency: models.amount(each.premium) for each in premiums}
    return OrphanLine(
        what=what,
        agent_no=agent_no,
        agent_name=agent_name,
        client_no=client_no,
        since=since,
        days=days,
        is_overdue=days > TELL_WITHIN_DAYS,
        clients=clients,
        policies=policies,
        annual_premium=next(iter(by_currency.values())) if len(by_currency) == 1 else None,
        by_currency=by_currency,
    )
