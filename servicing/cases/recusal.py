"""Who acts, and from whom a case is kept: whom it is about, and who reports to them (domain.md §12.3)."""

import datetime
from typing import Any

import peewee

from policies import persons
from policies.case_kind import Kind
from policies.case_moves import EVERYWHERE, Who
from policies.desks import DESKS
from policies.models import Agent, Client, Policy, Team
from servicing.cases import desks
from servicing.core import errors, open_accounts, visibility
from servicing.core.account_models import User
from servicing.core.case_models import Case, DeskMember


def who(name: str, case: Case) -> Who:
    """Somebody by login or agent number; whoever is neither works at the machine itself."""
    user = account(name)
    if user is not None:
        return Who(user.login, user.role, desks.of(user), is_recused(user, case))
    agent = Agent.get_or_none(Agent.agent_no == name)
    if agent is not None:
        return Who(name, "agent", frozenset(), case.about_id == agent.id)
    return Who(name, EVERYWHERE, frozenset(DESKS), name == case.about_login)


def account(name: str) -> User | None:
    """The account of a login, or of an agent's number where that agent has one; an open one first."""
    found: User | None = User.get_or_none(User.login == name.strip().lower())
    if found is None:
        theirs = User.select().join(Agent).where(Agent.agent_no == name)
        found = theirs.order_by(User.is_disabled, User.id).first()
    return found


def refuse_shut_out(name: str, on: datetime.date) -> None:
    """Nobody acts by hand whose account may not come in; raises `CaseRefused`."""
    user = account(name)
    if user is not None and not open_accounts.may_come_in(user, on):
        raise errors.CaseRefused("may_not_come_in", login=user.login)


def is_recused(user: User, case: Case) -> bool:
    """Whether a case is about somebody, or about one to whom they report."""
    if user.agent_id is not None and case.about_id == user.agent_id:
        return True
    return bool(case.about_login) and case.about_login in {user.login, *superiors(user)}


def is_kept(kind: Kind, user: User, case: Case) -> bool:
    """Whether a case goes to somebody neither as its owner nor for approval.

    It does not where they are recused; nor, until somebody says whom it is about, where it may be about
    them, since they serve its client.
    """
    return is_recused(user, case) or (_concerns_staff(kind, case) and may_be_about(user, case))


def _concerns_staff(kind: Kind, case: Case) -> bool:
    """Whether a case is about somebody of the house, though it may not be said yet of whom.

    What came of an open complaint is kept as that is.
    """
    return kind.concerns_staff or (kind.comes_of_cases and case.caused_by is not None)


def may_be_about(user: User, case: Case) -> bool:
    """Whether nobody has said whom a case is about, and somebody serves its client, under any number."""
    is_said = case.about_id is not None or case.about_login
    if is_said or case.client_id is None or user.agent_id is None:
        return False
    held = Policy.client.in_(persons.numbers([case.client_id])) & (Policy.agent == user.agent_id)
    return bool(Policy.select().where(held).exists())


def numbers(client: Client) -> Any:
    """The ids of all numbers of a person, or a statement that finds them: no question of its own."""
    if client.person_id is None:
        return [client.id]
    return Client.select(Client.id).where(Client.person_id == client.person_id)


def serves(client: Client) -> Any:
    """A condition on accounts: they serve a client, under any number."""
    held = Policy.select(Policy.agent).where(Policy.client.in_(numbers(client)))
    return User.agent.is_null(False) & User.agent.in_(held)


def people_kept(kind: Kind, case: Case) -> Any:
    """The same as `is_kept`, as a condition on accounts: to them the case does not go."""
    kept: Any = peewee.fn.COALESCE(User.agent, 0) == (case.about_id or -1)
    if case.about_login:
        kept |= (User.login == case.about_login) | User.id.in_(_reports(case.about_login))
    elif _concerns_staff(kind, case) and case.about_id is None and case.client is not None:
        kept |= serves(case.client)
    return kept


def _reports(login: str) -> Any:
    """The accounts of whoever reports to a manager: their agents, of a branch also its managers."""
    staff, above = User.alias(), User.alias()
    is_above = (above.login == login) & (above.role == "manager")
    of_branch = Team.select(Team.id).where(
        Team.branch.in_(above.select(above.branch).where(is_above))
    )
    own_team = above.select(above.team).where(is_above & above.branch.is_null())
    led: Any = Agent.team.in_(of_branch) | Agent.team.in_(own_team)
    agents = Agent.select(Agent.id).where(led)
    theirs: Any = (staff.role == "agent") & staff.agent.in_(agents)
    leads: Any = staff.agent.in_(Agent.select(Agent.id).where(Agent.team.in_(of_branch)))
    leads |= staff.agent.is_null() & staff.team.in_(of_branch)
    theirs |= (staff.role == "manager") & leads
    return staff.select(staff.id).where(theirs & (staff.login != login))


def superiors(user: User) -> set[str]:
    """The logins of the managers to whom somebody reports."""
    return {each.login for each in _superiors(user)}


def _superiors(user: User) -> Any:
    """The same as a statement, or as part of another one."""
    above: Any = User.alias()
    of_agent = Agent.select(Agent.team).where(Agent.id == user.agent_id)
    is_own = Team.id == user.team_id if user.agent_id is None else Team.id.in_(of_agent)
    over = above.branch.in_(Team.select(Team.branch).where(is_own))
    if user.role == "agent":
        over |= above.team.in_(Team.select(Team.id).where(is_own))
    reports = user.role in ("agent", "manager")
    is_over = (above.role == "manager") & over & (above.id != user.id)
    return above.select(above.login).where(is_over if reports else peewee.SQL("1 = 0"))


def seen(user: User) -> Any:
    """A condition on cases: those that somebody may see.

    A desk sees its cases, an owner and whoever it went up to theirs, a manager those of the clients and
    about the agents of the unit, that of a branch also those about the managers of its teams,
    administrators all; and none of them one from which they are kept.
    """
    if user.role == "administrator":
        return ~kept(user)
    of_desks = DeskMember.select(DeskMember.desk).where(DeskMember.user == user.id)
    theirs: Any = Case.desk.in_(of_desks) | (Case.owner == user.login)
    theirs |= Case.escalated_to == user.login
    if user.role == "manager":
        theirs |= _is_about_their_agents(user) | _is_about_their_people(user)
        theirs |= _is_of_their_clients(user)
    return theirs & ~kept(user)


def kept(user: User) -> Any:
    """A condition on cases: they are about somebody, or about one to whom they report."""
    about: Any = (Case.about_login == user.login) | Case.about_login.in_(_superiors(user))
    if user.agent_id is not None:
        about |= peewee.fn.COALESCE(Case.about, 0) == user.agent_id
    return about


def _is_about_their_agents(user: User) -> Any:
    """Asked of each case, as the next condition: a list begins without reading all of the unit."""
    within = Agent.select(Agent.id).join(Team, peewee.JOIN.LEFT_OUTER)
    return peewee.fn.EXISTS(within.where(visibility.within(user) & (Agent.id == Case.about)))


def _is_about_their_people(user: User) -> Any:
    """Whether it is about somebody of the unit by login: they may have no client.

    These are the managers of the teams of a branch, and agents who were named by their account.
    """
    known: Any = User.alias()
    within = Agent.select(Agent.id).join(Team, peewee.JOIN.LEFT_OUTER)
    is_theirs = known.agent.in_(within.where(visibility.within(user)))
    if user.team_id is None:
        teams = Team.select(Team.id).where(Team.branch == user.branch_id)
        is_theirs |= (known.role == "manager") & known.team.in_(teams)
    return Case.about_login.in_(known.select(known.login).where(is_theirs))


def _is_of_their_clients(user: User) -> Any:
    """Whether the unit has a policy of the client."""
    return peewee.fn.EXISTS(visibility.policies_of(user).where(Policy.client == Case.client))
