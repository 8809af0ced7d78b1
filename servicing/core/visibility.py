"""Which clients a user may see: one rule, which every page asks (docs/pages.md, "Who sees what").

Agents see the clients whom they serve today: one of their policies has not ended, or a task of theirs
for the client is still open. Managers see whoever has, or had, a policy with the agents of their team or
branch, since they answer for what was lost, too. Operations and administrators see everybody. To a user
who may not see a client, there is no such client.
"""

import datetime
from collections.abc import Collection, Sequence
from typing import Any

import peewee

from policies.models import Agent, Client, Policy, Team
from policies.persistency.units import team_name
from servicing.core import errors, whose
from servicing.core.account_models import User
from servicing.core.models import Task, literally


def within(user: User) -> Any:
    """A condition on agents and their teams: who of the force is within the user's part."""
    if user.role == "agent":
        return Agent.id == user.agent_id
    if user.role == "manager":
        is_team = user.team_id is not None
        return Team.id == user.team_id if is_team else Team.branch == user.branch_id
    return peewee.SQL("1 = 1")


def agent_ids(user: User) -> frozenset[int] | None:
    """The agents of the user's part; None: everybody."""
    if not is_limited(user):
        return None
    query: Any = Agent.select(Agent.id).join(Team, peewee.JOIN.LEFT_OUTER).where(within(user))
    return frozenset(number for (number,) in query.tuples())


def is_limited(user: User) -> bool:
    """Whether the user sees some clients only."""
    return user.role in ("agent", "manager")


def unit_of(user: User) -> str:
    """The branch or the team of a manager, the team with its branch; empty: they have none."""
    if user.team is not None:
        return team_name(user.team.branch.name if user.team.branch else "", user.team.name)
    return str(user.branch.name) if user.branch else ""


def policies_of(user: User) -> Any:
    """The policies of the user's part."""
    return Policy.select().join(Agent).join(Team, peewee.JOIN.LEFT_OUTER).where(within(user))


def seen(user: User, on: datetime.date) -> Any:
    """A condition on clients: those of the user's part on a day."""
    if not is_limited(user):
        return peewee.SQL("1 = 1")
    if user.role != "agent":
        theirs = policies_of(user).switch(Policy)
        return peewee.fn.EXISTS(theirs.where(Policy.client == Client.id))
    served, to_do = _served(user, on), _to_do(user, on)
    is_served = peewee.fn.EXISTS(served.where(Policy.client == Client.id))
    return is_served | peewee.fn.EXISTS(to_do.where(Task.client == Client.id))


def hers(user: User, on: datetime.date) -> Any:
    """The same condition of an agent, for a list of all of them: what she serves is read once."""
    served = _served(user, on).select(Policy.client_id)
    return Client.id.in_(served) | Client.id.in_(_to_do(user, on).select(Task.client_id))


def _served(user: User, on: datetime.date) -> Any:
    """An agent's policies that go on."""
    goes_on = Policy.ended_on.is_null() | (Policy.ended_on > on)
    return policies_of(user).switch(Policy).where(goes_on & _has_not_left(on))


def _to_do(user: User, on: datetime.date) -> Any:
    """An agent's policies with an open task of the agent's."""
    theirs = policies_of(user).switch(Policy).join(Task, on=Task.policy == Policy.id)
    is_to_do = (Task.state == literally("open")) & whose.is_of_agent()
    return theirs.where(is_to_do & _has_not_left(on))


def _has_not_left(on: datetime.date) -> Any:
    return Agent.left_on.is_null() | (Agent.left_on > on)


def known(user: User, client_nos: Sequence[str], on: datetime.date) -> set[str]:
    """Those of the clients, by number, who are within the user's part."""
    if not client_nos or not is_limited(user):
        return set(client_nos)
    is_known = Client.client_no.in_(client_nos) & seen(user, on)
    query: Any = Client.select(Client.client_no).where(is_known)
    return {client_no for (client_no,) in query.tuples()}


def holders(user: User, policy_nos: Sequence[str], on: datetime.date) -> dict[str, str]:
    """By policy: the number of the client who holds it, where both are within the user's part."""
    held = Policy.policy_no.in_(policy_nos)
    query = policies_of(user).switch(Policy).join(Client).where(held & seen(user, on))
    return dict(query.select(Policy.policy_no, Client.client_no).tuples())


def client(user: User, client_no: str, on: datetime.date) -> Client:
    """A client of the user's part; raises `ClientNotFound` for anybody else."""
    query = Client.select().where(Client.client_no == client_no)
    found = (query.where(seen(user, on)) if is_limited(user) else query).first()
    if found is None:
        raise errors.ClientNotFound(client_no)
    return found  # type: ignore[no-any-return]


def reads_for(user: User, shared_clients: str) -> int | None:
    """The agent whose share of a client the user reads; None: the whole client.

    `shared_clients` is the setting: own, or all (`servicing.core.settings.Web`).
    """
    return user.agent_id if user.role == "agent" and shared_clients == "own" else None


def client_with(
    user: User, client_no: str, policy_no: str, on: datetime.date, agent_id: int | None
) -> Client:
    """A client of the user's part who holds a policy: one that the agent serves, if one is given.

    Raises `PolicyNotFound` for a policy that is nobody's, another client's or another agent's.
    """
    held = Policy.select().where((Policy.policy_no == policy_no) & (Policy.client == Client.id))
    if agent_id is not None:
        held = held.where(Policy.agent == agent_id)
    is_it = (Client.client_no == client_no) & peewee.fn.EXISTS(held)
    found = Client.select().where(is_it & seen(user, on)).first()
    if found is None:
        raise errors.PolicyNotFound(policy_no)
    return found  # type: ignore[no-any-return]


def served_by(agent_id: int, policy_nos: Collection[str]) -> set[str]:
    """Those of some policies, by number, that an agent serves."""
    hers = Policy.policy_no.in_(list(policy_nos)) & (Policy.agent == agent_id)
    query: Any = Policy.select(Policy.policy_no).where(hers)
    return {policy_no for (policy_no,) in query.tuples()}
