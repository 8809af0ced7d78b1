"""An agent's clients spread over his colleagues, as evenly as clients can be."""

import datetime
from collections import Counter
from collections.abc import Sequence

from policies import database, dialect, inforce
from policies.models import Agent
from servicing.core import errors
from servicing.reassignment import served
from servicing.reassignment.served import HeldPolicy


def colleagues(giver: Agent, on: datetime.date) -> list[int]:
    """Who can take over: who serves somebody in the agent's team, or else in his branch.

    An agent of whom the book knows only the number, because all his policies went to others, may be
    gone for long: such a one is not found here and has to be named. Raises `BadReassignment`.
    """
    serves = (
        f"EXISTS (SELECT 1 FROM policy p WHERE p.agent_id = a.id AND {inforce.not_ended('p', on)})"
    )
    team = giver.team
    units = [
        ("a.team_id = ?", giver.team_id),
        ("t.branch_id = ?", team.branch_id if team else None),
    ]
    for unit, number in units:
        sql = (
            "SELECT a.id FROM agent a JOIN team t ON t.id = a.team_id"
            f" WHERE {unit} AND a.id <> ? AND a.left_on IS NULL AND {serves} ORDER BY a.agent_no"
        )
        found = [row[0] for row in database.execute(sql, [number, giver.id])] if number else []
        if found:
            return found
    raise errors.BadReassignment("no_colleague", agent_no=giver.agent_no)


def balanced(held: list[HeldPolicy], agents: list[int], on: datetime.date) -> dict[HeldPolicy, int]:
    """Clients to agents so that each serves as many policies, then has as many tasks, as the others.

    All policies of a client go to one agent: to one who serves the client already, if there is one.
    The largest clients are given first; what is even goes by the order of `agents`.
    """
    tasks = served.open_tasks([each.id for each in held])
    clients: dict[int, list[HeldPolicy]] = {}
    for each in held:
        clients.setdefault(each.client_id, []).append(each)
    policies_of, tasks_of = _loads(agents, on)
    known = _known(list(clients), agents, on)

    def weight(client_id: int) -> tuple[int, int]:
        his = clients[client_id]
        return sum(each.is_in_service for each in his), sum(tasks[each.id] for each in his)

    def order(client_id: int) -> tuple[bool, int, int, str]:
        policies, open_tasks = weight(client_id)
        return client_id not in known, -policies, -open_tasks, clients[client_id][0].client_no

    found: dict[HeldPolicy, int] = {}
    for client_id in sorted(clients, key=order):
        ranks = [
            (-known.get(client_id, {}).get(agent, 0), policies_of[agent], tasks_of[agent], place)
            for place, agent in enumerate(agents)
        ]
        to = agents[min(ranks)[-1]]
        policies, open_tasks = weight(client_id)
        policies_of[to] += policies
        tasks_of[to] += open_tasks
        found.update(dict.fromkeys(clients[client_id], to))
    return found


def _loads(agents: Sequence[int], on: datetime.date) -> tuple[Counter[int], Counter[int]]:
    """By agent: how many policies in service he has, and how many open tasks."""
    marks = dialect.marks(agents)
    policies = (
        f"SELECT agent_id, COUNT(*) FROM policy WHERE agent_id IN ({marks})"
        f" AND {inforce.not_ended('policy', on)} GROUP BY agent_id"
    )
    tasks = (
        "SELECT p.agent_id, COUNT(*) FROM policy p JOIN task x ON x.policy_id = p.id"
        f" WHERE p.agent_id IN ({marks}) AND x.state = 'open' GROUP BY p.agent_id"
    )
    return Counter(dict(database.execute(policies, agents))), Counter(
        dict(database.execute(tasks, agents))
    )


def _known(
    client_ids: Sequence[int], agents: Sequence[int], on: datetime.date
) -> dict[int, dict[int, int]]:
    """By client: how many of his policies in service each of the agents has already."""
    found: dict[int, dict[int, int]] = {}
    among = set(agents)
    for some in database.chunks(client_ids):
        sql = (
            "SELECT client_id, agent_id, COUNT(*) FROM policy"
            f" WHERE client_id IN ({dialect.marks(some)})"
            f" AND {inforce.not_ended('policy', on)} GROUP BY client_id, agent_id"
        )
        for client_id, agent_id, count in database.execute(sql, some):
            if agent_id in among:
                found.setdefault(client_id, {})[agent_id] = count
    return found
