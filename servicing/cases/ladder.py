"""Who is above whoever has a case: the managers of the team, those of the branch, the administrators.

A case never goes to somebody from whom it is kept (domain.md §12.10).
"""

from typing import Any

from policies.case_kind import Kind
from policies.models import Agent, Policy
from servicing.cases import recusal
from servicing.core.account_models import User
from servicing.core.case_models import Case


def one_up(kind: Kind, case: Case) -> User | None:
    """To whom the case goes from where it is; None: nobody stands above who may have it."""
    rungs = _rungs(case)
    for rung in rungs[_above(case, rungs) :]:
        for user in rung:
            if not (
                user.is_disabled or user.login == case.owner or recusal.is_kept(kind, user, case)
            ):
                return user
    return None


def _above(case: Case, rungs: list[list[User]]) -> int:
    """The first rung above whoever has it: to whom it went up, else its owner."""
    has = case.escalated_to or case.owner
    at = [number for number, rung in enumerate(rungs) if has in {each.login for each in rung}]
    return max(at) + 1 if has and at else 0


def _rungs(case: Case) -> list[list[User]]:
    """Who is above, by rung; of several the oldest account comes first."""
    found = [_accounts(User.role == "administrator")]
    agent = _unit(case)
    if agent is None or agent.team is None:
        return found
    manages: Any = User.role == "manager"
    team = _accounts(manages & (User.team == agent.team_id))
    branch = _accounts(manages & User.team.is_null() & (User.branch == agent.team.branch_id))
    return [team, branch, *found]


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
