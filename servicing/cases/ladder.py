"""Who is above whoever has a case: the managers of the team, those of the branch, the administrators.

A case never goes to somebody from whom it is kept (domain.md §12.10).
"""

import datetime
from typing import Any

from policies.case_kind import Kind
from policies.models import Agent, Policy, Team
from servicing.cases import recusal
from servicing.core import open_accounts
from servicing.core.account_models import User
from servicing.core.case_models import Case


def one_up(kind: Kind, case: Case) -> User | None:
    """To whom the case goes from where it is; None: nobody stands above who may have it."""
    rungs = _rungs(case)
    for rung in rungs[_above(case, rungs) :]:
        for user in rung:
            if user.login != case.owner and _may_have(kind, user, case):
                return user
    return None


def manager(kind: Kind, case: Case) -> str:
    """The manager of the agent whom it is about, by login: of the team, else the branch; empty: none."""
    rungs = _managers(case.about) if case.about else []
    return next((user.login for rung in rungs for user in rung if _may_have(kind, user, case)), "")


def server(kind: Kind, case: Case, on: datetime.date) -> str:
    """The agent who serves its policy, by login, or else whoever stands above; empty: nobody does.

    Whoever has left by the day serves nobody.
    """
    serving = case.policy.agent_id if case.policy else None
    is_theirs = (User.agent == serving) & open_accounts.are_open(on)
    theirs = User.select().where(is_theirs).order_by(User.id)
    found: User | None = theirs.first() if serving else None
    if found is None or recusal.is_kept(kind, found, case):
        found = one_up(kind, case)
    return found.login if found else ""


def _may_have(kind: Kind, user: User, case: Case) -> bool:
    """Whether they may log in, and the case is not kept from them."""
    return not user.is_disabled and not recusal.is_kept(kind, user, case)


def _above(case: Case, rungs: list[list[User]]) -> int:
    """The first rung above whoever has it: to whom it went up, else its owner."""
    has = case.escalated_to or case.owner
    at = [number for number, rung in enumerate(rungs) if has in {each.login for each in rung}]
    return max(at) + 1 if has and at else 0


def above(case: Case) -> Any:
    """A condition on accounts: they stand above whoever has a case, on whichever rung."""
    is_administrator: Any = User.role == "administrator"
    leads = _lead(case)
    led = leads.team_id if leads is not None else None
    team = Agent.select(Agent.team).where(Agent.id.in_(_agents(case)))
    is_unit: Any = Team.id.in_(team) if led is None else Team.id == led
    branches = Team.select(Team.branch).where(is_unit)
    over: Any = User.team.is_null() & User.branch.in_(branches)
    if led is None:
        over |= User.team.in_(Team.select(Team.id).where(is_unit))
    return is_administrator | ((User.role == "manager") & over)


def _agents(case: Case) -> Any:
    """The same as `_unit`, as a statement."""
    if case.policy_id is not None:
        return Policy.select(Policy.agent).where(Policy.id == case.policy_id)
    if case.about_id is not None:
        return Agent.select(Agent.id).where(Agent.id == case.about_id)
    of_client: Any = Policy.select(Policy.agent).where(Policy.client == case.client_id)
    return of_client.order_by(Policy.id).limit(1)


def _rungs(case: Case) -> list[list[User]]:
    """Who is above, by rung; of several the oldest account comes first."""
    administrators = _accounts(User.role == "administrator")
    leads = _lead(case)
    if leads is not None and leads.team is not None:
        return [_of_branch(leads.team), administrators]
    agent = _unit(case)
    return [*(_managers(agent) if agent else []), administrators]


def _managers(agent: Agent) -> list[list[User]]:
    """The managers above an agent: of the team, then of the branch; of several the oldest comes first."""
    if agent.team is None:
        return []
    team = _accounts((User.role == "manager") & (User.team == agent.team_id))
    return [team, _of_branch(agent.team)]


def _of_branch(team: Team) -> list[User]:
    """The managers of the branch of a team."""
    is_branch = User.team.is_null() & (User.branch == team.branch_id)
    return _accounts((User.role == "manager") & is_branch)


def _lead(case: Case) -> User | None:
    """Whom it is about by login, where no policy and no client says by whose unit it goes up."""
    if not case.about_login or case.policy_id or case.client_id:
        return None
    found: User | None = User.get_or_none(User.login == case.about_login)
    return found


def _accounts(who: Any) -> list[User]:
    return list(User.select().where(who).order_by(User.id))


def _unit(case: Case) -> Agent | None:
    """By whose unit it goes up: the agent of its policy, whom it is about, the client's first agent."""
    if case.policy is not None:
        return case.policy.agent
    if case.about is not None:
        return case.about
    of_client = Policy.select().where(Policy.client == case.client_id).order_by(Policy.id)
    first = of_client.first() if case.client_id else None
    return first.agent if first else None
