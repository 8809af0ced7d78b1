"""Who takes an agent's clients over: what somebody wants, and what that would be for each.

A proposal is a reading of the book, made anew inside the transaction that carries it out
(`handing`): what was shown is what is done as long as nothing has changed between.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from peewee import JOIN

from policies import database, models
from policies.models import Agent, Team
from servicing.core import errors
from servicing.reassignment import balance, served, succession_file
from servicing.reassignment.served import HeldPolicy

Rule = Literal["balanced"]


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants to be handed over, and to whom; one of the last three is given."""

    from_no: str | None = None
    """The agent who hands over; None: whoever serves what a file names."""
    client_nos: tuple[str, ...] = ()
    """Only these clients; empty: all who are served."""
    to_no: str | None = None
    rule: Rule | None = None
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """One policy and who takes it over."""

    policy_id: int
    client_id: int
    from_id: int
    to_id: int


@dataclass(frozen=True)
class Share:
    """What one agent takes over."""

    agent_no: str
    agent_name: str
    team: str
    clients: int
    policies: int
    """The ended ones of these clients among them."""
    annual_premium: Decimal | None
    """Of those in service; None where they are in several currencies."""
    by_currency: dict[str, Decimal]
    tasks: int
    """Open ones, that move with the policies."""
    messages: int
    """That wait, and are signed anew."""


@dataclass(frozen=True)
class Proposal:
    """Who takes over what, and what that is for each."""

    taken: list[Transfer] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)


def propose(wish: Request, on: datetime.date) -> Proposal:
    """Who would take over what on a day; nothing is written.

    Of an agent all clients who have a policy in service with him, and with each client all that he
    serves of theirs; clients who are named, whatever they have with him. Raises `AgentNotFound`,
    `ClientNotFound`, `BadReassignment`, and of a file `UnreadableFile`, `MissingColumns` or `BadLines`.
    """
    giver = _agent(wish.from_no) if wish.from_no else None
    if wish.file is not None:
        to_of = succession_file.of_file(wish.file, giver, on)
    else:
        if giver is None:
            raise errors.BadReassignment("from_nobody")
        held = _of_agent(giver, wish.client_nos, on)
        if wish.to_no is not None:
            to_of = dict.fromkeys(held, _taker(wish.to_no, giver).id)
        else:
            to_of = balance.balanced(list(held), balance.colleagues(giver, on), on)
    return _proposal({each: to for each, to in to_of.items() if each.agent_id != to})


def preview(wish: Request, on: datetime.date) -> Proposal:
    """What `propose` says of the book as it is at one moment."""
    with database.explained(), database.snapshot():
        return propose(wish, on)


# ------------------------------------------------------------------------------- whose, and what


def _agent(agent_no: str) -> Agent:
    found: Agent | None = Agent.get_or_none(Agent.agent_no == agent_no)
    if found is None:
        raise errors.AgentNotFound(agent_no)
    return found


def _taker(agent_no: str, giver: Agent) -> Agent:
    """Who is to take over; raises `BadReassignment` for one who cannot."""
    found = _agent(agent_no)
    if found.id == giver.id:
        raise errors.BadReassignment("to_oneself", agent_no=agent_no)
    if found.left_on is not None:
        raise errors.BadReassignment("agent_has_left", agent_no=agent_no, left_on=found.left_on)
    return found


def _of_agent(giver: Agent, client_nos: Sequence[str], on: datetime.date) -> dict[HeldPolicy, None]:
    """What the agent hands over: of the clients named, or of all whom he serves."""
    held = served.held("p.agent_id = ?", [giver.id], on)
    if client_nos:
        his = {each.client_no for each in held}
        for number in client_nos:
            if not models.Client.select().where(models.Client.client_no == number).exists():
                raise errors.ClientNotFound(number)
            if number not in his:
                raise errors.BadReassignment(
                    "serves_no_policy", agent_no=giver.agent_no, client_no=number
                )
        wanted = set(client_nos)
    else:
        wanted = {each.client_no for each in held if each.is_in_service}
    return {each: None for each in held if each.client_no in wanted}


# ------------------------------------------------------------------------- what it is for each one


def _proposal(to_of: dict[HeldPolicy, int]) -> Proposal:
    """The policies with their takers, and what each of these takes over."""
    ids = [each.id for each in to_of]
    tasks, messages = served.open_tasks(ids), Counter(whose for _, whose in served.waiting(ids))
    takers: dict[int, list[HeldPolicy]] = {}
    for each, to in to_of.items():
        takers.setdefault(to, []).append(each)
    shares = [
        Share(
            agent_no=agent.agent_no,
            agent_name=agent.name,
            team=agent.team.name if agent.team else "",
            clients=len({each.client_id for each in takers[agent.id]}),
            policies=len(takers[agent.id]),
            annual_premium=sum(premiums.values(), Decimal()) if len(premiums) < 2 else None,
            by_currency=premiums,
            tasks=sum(tasks[each.id] for each in takers[agent.id]),
            messages=sum(messages[each.id] for each in takers[agent.id]),
        )
        for agent in Agent.select(Agent, Team)
        .join(Team, JOIN.LEFT_OUTER)
        .where(Agent.id.in_(list(takers)))
        .order_by(Agent.agent_no)
        for premiums in [_premiums(takers[agent.id])]
    ]
    taken = [Transfer(each.id, each.client_id, each.agent_id, to) for each, to in to_of.items()]
    return Proposal(taken, shares)


def _premiums(held: Iterable[HeldPolicy]) -> dict[str, Decimal]:
    """By currency: the annual premium of what is in service."""
    found: Counter[str] = Counter()
    for each in held:
        if each.is_in_service:
            found[each.currency] += each.premium
    return {currency: models.amount(held) for currency, held in sorted(found.items())}
