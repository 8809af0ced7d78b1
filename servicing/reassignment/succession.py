"""Who takes an agent's clients over: the request of a person, and the share of each new agent.

A proposal is a reading of the book, made anew inside the transaction that carries it out
(`reassigning`): what was shown is what is done as long as nothing has changed between.
"""

import datetime
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from peewee import JOIN

from policies import database, models
from policies.models import Agent, Team
from servicing.core import errors
from servicing.reassignment import balance, queries, succession_file
from servicing.reassignment.queries import ServedPolicy

Rule = Literal["balanced"]


@dataclass(frozen=True, slots=True)
class Request:
    """Which clients a person wants to reassign, and to whom; one of the last three is given."""

    from_no: str | None = None
    """The agent who gives clients away; None: whoever serves what a file names."""
    client_nos: tuple[str, ...] = ()
    """Only these clients; empty: all who are served."""
    to_no: str | None = None
    rule: Rule | None = None
    file: Path | None = None
    country: str = ""
    """Of the workspace, whose files are in its encoding."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One policy and who takes it over."""

    policy_id: int
    client_id: int
    from_id: int
    to_id: int


@dataclass(frozen=True)
class Share:
    """The policies, tasks and messages that one agent takes over."""

    agent_no: str
    agent_name: str
    team: str
    clients: int
    policies: int
    """The ended ones of these clients among them."""
    annual_premium: Decimal | None
    """Of the policies in service; None where they are in several currencies."""
    by_currency: dict[str, Decimal]
    tasks: int
    """Open ones, that move with the policies."""
    messages: int
    """Those that wait; they are signed anew."""


@dataclass(frozen=True)
class Proposal:
    """The policies with their new agents, and the share of each of these."""

    taken: list[Transfer] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """What it would do, in a few letters: a person agrees to what was shown, and to nothing else."""
        moves = sorted((each.policy_id, each.from_id, each.to_id) for each in self.taken)
        return hashlib.sha256(repr(moves).encode()).hexdigest()[:16]


def propose(request: Request, on: datetime.date) -> Proposal:
    """The reassignment that a request would make on a day; nothing is written.

    Of an agent all clients who have a policy in service with them, and with each client all of their
    policies that the agent serves; clients who are named, whatever they have with that agent. Raises
    `AgentNotFound`, `ClientNotFound`, `BadReassignment`, and of a file `UnreadableFile`,
    `MissingColumns` or `BadLines`.
    """
    giver = _agent(request.from_no) if request.from_no else None
    taker_of = _takers(request, giver, on)
    return _proposal({each: to for each, to in taker_of.items() if each.agent_id != to})


def preview(request: Request, on: datetime.date) -> Proposal:
    """The same of the book as it is at one moment."""
    with database.explained(), database.snapshot():
        return propose(request, on)


# ------------------------------------------------------------------------------- whose, and what


def _takers(request: Request, giver: Agent | None, on: datetime.date) -> dict[ServedPolicy, int]:
    """By policy the agent who is to take it over: the one named, or by the file, or by the rule."""
    if request.file is not None:
        return succession_file.of_file(request.file, giver, on, request.country)
    if giver is None:
        raise errors.BadReassignment("from_nobody")
    held = _of_agent(giver, request.client_nos, on)
    if request.to_no is not None:
        return dict.fromkeys(held, _taker(request.to_no, giver).id)
    return balance.balanced(held, balance.colleagues(giver, on), on)


def _agent(agent_no: str) -> Agent:
    agent: Agent | None = Agent.get_or_none(Agent.agent_no == agent_no)
    if agent is None:
        raise errors.AgentNotFound(agent_no)
    return agent


def _taker(agent_no: str, giver: Agent) -> Agent:
    """The agent who is to take over; raises `BadReassignment` for one who cannot."""
    taker = _agent(agent_no)
    if taker.id == giver.id:
        raise errors.BadReassignment("to_oneself", agent_no=agent_no)
    if taker.left_on is not None:
        raise errors.BadReassignment("agent_has_left", agent_no=agent_no, left_on=taker.left_on)
    return taker


def _of_agent(giver: Agent, client_nos: Sequence[str], on: datetime.date) -> list[ServedPolicy]:
    """The policies of the clients named, or of all whom the agent serves."""
    held = queries.held_by_agent(giver.id, on)
    if client_nos:
        _check_served(giver, client_nos, {each.client_no for each in held})
        wanted = set(client_nos)
    else:
        wanted = {each.client_no for each in held if each.is_in_service}
    return [each for each in held if each.client_no in wanted]


def _check_served(giver: Agent, client_nos: Sequence[str], served: set[str]) -> None:
    """Raises `ClientNotFound` or `BadReassignment` for a client whom the agent does not serve."""
    for number in client_nos:
        if not models.Client.select().where(models.Client.client_no == number).exists():
            raise errors.ClientNotFound(number)
        if number not in served:
            raise errors.BadReassignment(
                "serves_no_policy", agent_no=giver.agent_no, client_no=number
            )


# ------------------------------------------------------------------------- what it is for each one


def _proposal(taker_of: dict[ServedPolicy, int]) -> Proposal:
    """The policies with their new agents, and the share of each of these."""
    ids = [each.id for each in taker_of]
    tasks = queries.open_tasks(ids)
    messages = Counter(each.policy_id for each in queries.waiting_messages(ids))
    policies_of: dict[int, list[ServedPolicy]] = defaultdict(list)
    for each, taker in taker_of.items():
        policies_of[taker].append(each)
    agents = (
        Agent.select(Agent, Team)
        .join(Team, JOIN.LEFT_OUTER)
        .where(Agent.id.in_(list(policies_of)))
        .order_by(Agent.agent_no)
    )
    return Proposal(
        taken=[
            Transfer(each.id, each.client_id, each.agent_id, to) for each, to in taker_of.items()
        ],
        shares=[_share(agent, policies_of[agent.id], tasks, messages) for agent in agents],
    )


def _share(
    agent: Agent, policies: Sequence[ServedPolicy], tasks: Counter[int], messages: Counter[int]
) -> Share:
    """The share of an agent; `tasks` and `messages` are counted by policy."""
    premiums = _premiums(policies)
    return Share(
        agent_no=agent.agent_no,
        agent_name=agent.name,
        team=agent.team.name if agent.team else "",
        clients=len({each.client_id for each in policies}),
        policies=len(policies),
        annual_premium=sum(premiums.values(), Decimal()) if len(premiums) < 2 else None,
        by_currency=premiums,
        tasks=sum(tasks[each.id] for each in policies),
        messages=sum(messages[each.id] for each in policies),
    )


def _premiums(policies: Iterable[ServedPolicy]) -> dict[str, Decimal]:
    """By currency: the annual premium of what is in service."""
    totals: Counter[str] = Counter()
    for each in policies:
        if each.is_in_service:
            totals[each.currency] += each.premium
    return {currency: models.amount(total) for currency, total in sorted(totals.items())}
