"""An agent's clients spread over their colleagues, as evenly as clients can be."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policies.models import Agent
from servicing.core import errors
from servicing.reassignment import queries
from servicing.reassignment.queries import ServedPolicy


def colleagues(giver: Agent, on: datetime.date) -> list[int]:
    """The agents who can take over: those of the team who serve clients, or else those of the branch.

    An agent of whom the book knows only the number, because all their policies went to others, may
    have left long ago: such an agent has to be named. Raises `BadReassignment`.
    """
    if giver.team is not None:
        if in_team := queries.active_colleagues("team", giver.team.id, giver.id, on):
            return in_team
        branch_id = giver.team.branch_id
        if branch_id and (
            in_branch := queries.active_colleagues("branch", branch_id, giver.id, on)
        ):
            return in_branch
    raise errors.BadReassignment("no_colleague", agent_no=giver.agent_no)


@dataclass(frozen=True)
class _HeldClient:
    """A client with the policies that may be reassigned."""

    id: int
    client_no: str
    policies: list[ServedPolicy]
    in_service: int
    """How many of these policies are in service."""
    tasks: int
    """How many open tasks they have."""


def balanced(
    held: list[ServedPolicy], agents: list[int], on: datetime.date
) -> dict[ServedPolicy, int]:
    """Clients to agents so that each serves as many policies, then has as many tasks, as the others.

    All policies of a client go to one agent: to one who serves the client already, if there is one.
    The largest clients are given first; a tie goes by the order of `agents`.
    """
    clients = _clients(held)
    served = _served(clients, agents, on)
    policies, tasks = queries.policies_of_agents(agents, on), queries.tasks_of_agents(agents)
    taker_of: dict[ServedPolicy, int] = {}
    by_size = sorted(clients, key=_largest_first)
    for client in sorted(by_size, key=lambda each: each.id not in served):
        of_theirs = served.get(client.id, Counter())
        taker = min(agents, key=lambda agent: (-of_theirs[agent], policies[agent], tasks[agent]))
        policies[taker] += client.in_service
        tasks[taker] += client.tasks
        taker_of.update(dict.fromkeys(client.policies, taker))
    return taker_of


def _clients(held: Sequence[ServedPolicy]) -> list[_HeldClient]:
    tasks = queries.open_tasks([each.id for each in held])
    policies_of: dict[tuple[int, str], list[ServedPolicy]] = defaultdict(list)
    for each in held:
        policies_of[each.client_id, each.client_no].append(each)
    return [
        _HeldClient(
            id=client_id,
            client_no=client_no,
            policies=policies,
            in_service=sum(each.is_in_service for each in policies),
            tasks=sum(tasks[each.id] for each in policies),
        )
        for (client_id, client_no), policies in policies_of.items()
    ]


def _largest_first(client: _HeldClient) -> tuple[int, int, str]:
    return -client.in_service, -client.tasks, client.client_no


def _served(
    clients: Sequence[_HeldClient], agents: Sequence[int], on: datetime.date
) -> Mapping[int, Counter[int]]:
    """By client how many of their policies in service each of the agents has already."""
    served: dict[int, Counter[int]] = {}
    among = frozenset(agents)
    for each in queries.serving_agents([client.id for client in clients], on):
        if each.agent_id in among:
            served.setdefault(each.client_id, Counter())[each.agent_id] = each.policies
    return served
