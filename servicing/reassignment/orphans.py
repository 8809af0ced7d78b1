"""Orphan policies (孤儿单): whose agent has left, and who was handed over but has not been told.

Being an orphan is a fact of the service, not a status of the policy (domain.md §4.13).
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from policies import database, dialect, inforce, models
from policies.models import Agent
from policies.plan import Plan
from servicing.core import errors, states

What = Literal["no_agent", "not_told"]

TELL_WITHIN_DAYS = 30
"""So soon a client should know who serves him now."""

LOOK_BACK_DAYS = 366
"""Whoever was handed over longer ago and knows nothing of it will not be told by a list."""


@dataclass(frozen=True)
class OrphanLine:
    """The orphans an agent has left behind, or a client who does not know his new agent yet."""

    what: What
    agent_no: str
    """Who has left; or who serves the client now."""
    agent_name: str
    client_no: str
    """Of one who was not told."""
    since: datetime.date
    """When the agent left; or when the client was handed over."""
    days: int
    is_overdue: bool
    """For more than 30 days."""
    clients: int
    policies: int
    """In service: suspended ones are, ended ones are not."""
    annual_premium: Decimal | None
    """None where it is in several currencies."""


def left(agent_no: str, on: datetime.date | None) -> Agent:
    """An agent is gone from a day on, or (None) is back; raises `AgentNotFound`."""
    agent: Agent | None = Agent.get_or_none(Agent.agent_no == agent_no)
    if agent is None:
        raise errors.AgentNotFound(agent_no)
    with database.writing():
        Agent.update(left_on=on).where(Agent.id == agent.id).execute()
    return agent


def report(plan: Plan, on: datetime.date) -> list[OrphanLine]:
    """The orphans by the agent who has left, then the clients who were not told; oldest first."""
    with database.snapshot():
        return [*_without_agent(on), *_not_told(plan, on)]


def _premium(total: int, currencies: int) -> Decimal | None:
    return models.amount(int(total)) if currencies < 2 else None


def _without_agent(on: datetime.date) -> Iterator[OrphanLine]:
    sql = f"""
        SELECT a.agent_no, a.name, CAST(a.left_on AS TEXT), COUNT(DISTINCT p.client_id),
               COUNT(*), SUM(p.annual_premium), COUNT(DISTINCT p.currency)
        FROM agent a JOIN policy p ON p.agent_id = a.id
        WHERE a.left_on <= '{on}' AND {inforce.not_ended("p", on)}
        GROUP BY a.id, a.agent_no, a.name, a.left_on ORDER BY a.left_on, a.agent_no
    """
    for agent_no, name, since, clients, policies, total, currencies in database.execute(sql):
        day = database.needed_day(since)
        days = (on - day).days
        counted = (clients, policies, _premium(total, currencies))
        yield OrphanLine(
            *("no_agent", agent_no, name, "", day, days, days > TELL_WITHIN_DAYS, *counted)
        )


def _not_told(plan: Plan, on: datetime.date) -> Iterator[OrphanLine]:
    """Clients whose new agent has neither introduced herself by a message nor done a task for them."""
    keys = [each.id for each in plan.touchpoints if each.anchor == "handover"]
    sql = f"""
        SELECT a.agent_no, a.name, c.client_no, CAST(MAX(h.handed_on) AS TEXT),
               COUNT(DISTINCT p.id), SUM(p.annual_premium), COUNT(DISTINCT p.currency)
        FROM handing h
        JOIN policy p ON p.id = h.policy_id AND p.agent_id = h.to_agent_id
        JOIN client c ON c.id = p.client_id
        JOIN agent a ON a.id = p.agent_id
        WHERE h.handed_on > '{on - datetime.timedelta(LOOK_BACK_DAYS)}' AND {inforce.not_ended("p", on)}
          AND NOT EXISTS (SELECT 1 FROM handing l WHERE l.policy_id = h.policy_id
                          AND l.handed_on > h.handed_on)
          AND NOT EXISTS ({_introduced(keys)})
          AND NOT EXISTS (SELECT 1 FROM card_entry e
                          WHERE e.client_id = p.client_id AND e.kind = 'task.done' AND e.at > h.at)
        GROUP BY a.id, a.agent_no, a.name, c.id, c.client_no
        ORDER BY MAX(h.handed_on), a.agent_no, c.client_no
    """
    for agent_no, name, client_no, since, policies, total, currencies in database.execute(sql):
        day = database.needed_day(since)
        days = (on - day).days
        counted = (1, policies, _premium(total, currencies))
        yield OrphanLine(
            *("not_told", agent_no, name, client_no, day, days, days > TELL_WITHIN_DAYS, *counted)
        )


def _introduced(keys: Sequence[str]) -> str:
    """A SELECT of the introductions that have reached a client, counted from that handover or later."""
    among = dialect.quoted(keys)
    sent = dialect.quoted(states.SENT)
    return f"""
        SELECT 1 FROM touchpoint t JOIN message m ON m.touchpoint_id = t.id
        WHERE t.client_id = p.client_id AND t.scope = 'client' AND t.key IN ({among})
          AND t.anchor_on >= h.handed_on AND m.state IN ({sent})
    """
