"""Accounts of the pages: their roles, their passwords, and the addresses of their calendars."""

import contextlib
import datetime
import functools
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import peewee

from policies import database
from policies.models import Agent, Branch, Team
from servicing.core import devices, errors, hashing, passwords
from servicing.core.account_models import User
from servicing.core.passwords import SHORTEST_PASSWORD as SHORTEST_PASSWORD
from servicing.core.passwords import Whose

Role = Literal["agent", "manager", "operations", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Remit:
    """The part of the force whose clients an account sees; all of it, where nothing is named."""

    agent_no: str | None = None
    branch: str | None = None
    team: str | None = None


EVERYBODY = Remit()


@dataclass(frozen=True)
class UserLine:
    """An account in a list."""

    login: str
    name: str
    role: str
    of: str
    """The agent number, team or branch."""
    is_disabled: bool
    made_at: datetime.datetime


def add(
    login: str,
    role: Role,
    password: str,
    now: datetime.datetime,
    remit: Remit = EVERYBODY,
    name: str = "",
    company: str = "",
) -> User:
    """Make an account; an agent's is of an agent of the book, a manager's of a team or branch.

    The password is temporary: whoever logs in with it has to choose another one first. Raises `BadUser`
    for what does not go together, `AgentNotFound`, `TeamNotFound` or `BranchNotFound`.
    """
    login = login.strip().lower()
    if not login or any(each.isspace() or not each.isprintable() for each in login):
        raise errors.BadUser("not_a_login", login=login)
    own = _own(role, remit)
    agent = own.get("agent")
    called = name or (agent.name if agent else "") or login
    passwords.check(password, Whose(login, called, company))
    hashed = hashing.hashed(password)  # before the writer's lock is taken
    with database.writing():
        if User.select().where(User.login == login).exists():
            raise errors.BadUser("login_taken", login=login)
        return User.create(
            login=login,
            name=called,
            role=role,
            password=hashed,
            is_temporary=True,
            session_key=secrets.token_urlsafe(),
            made_at=now,
            **own,
        )


def _own(role: Role, remit: Remit) -> dict[str, Any]:
    """The agent, team or branch of the book that an account is for."""
    has_unit = bool(remit.branch or remit.team)
    if role == "agent":
        if not remit.agent_no or has_unit:
            raise errors.BadUser("account_needs_agent")
        return {"agent": _agent(remit.agent_no)}
    if role == "manager":
        if remit.agent_no or not has_unit:
            raise errors.BadUser("account_needs_unit")
        return _unit(remit.branch, remit.team)
    if remit.agent_no or has_unit:
        raise errors.BadUser("account_without_unit", role=role)
    return {}


def _agent(agent_no: str) -> Agent:
    found = Agent.get_or_none(Agent.agent_no == agent_no)
    if found is None:
        raise errors.AgentNotFound(agent_no)
    return found


def _unit(branch: str | None, team: str | None) -> dict[str, Any]:
    """A team, of that branch where several have one so named; or a branch."""
    found_branch = Branch.get_or_none(Branch.name == branch) if branch else None
    if branch and found_branch is None:
        raise errors.BranchNotFound(branch)
    if not team:
        return {"branch": found_branch}
    query = Team.select().where(Team.name == team)
    teams = list(query.where(Team.branch == found_branch) if found_branch else query)
    if not teams:
        raise errors.TeamNotFound(team)
    if len(teams) > 1:
        raise errors.BadUser("several_teams", team=team)
    (only,) = teams
    return {"team": only}


def listed(text: str = "", limit: int | None = None, offset: int = 0) -> Iterator[UserLine]:
    """The accounts in the order of their logins; with `text`, those that have it in login or name.

    `limit` accounts at the most, after the first `offset` of them.
    """
    query = User.select(User, Agent, Team, Branch)
    for model in (Agent, Team, Branch):
        query = query.switch(User).join(model, peewee.JOIN.LEFT_OUTER)
    if text:
        query = query.where(User.login.contains(text) | User.name.contains(text))
    if limit is not None:
        query = query.limit(limit).offset(offset)
    for user in query.order_by(User.login):
        whose = user.agent.agent_no if user.agent else (user.team or user.branch or None)
        of = whose if isinstance(whose, str) else whose.name if whose else ""
        yield UserLine(user.login, user.name, user.role, of, user.is_disabled, user.made_at)


def named(login: str) -> User:
    """The account; raises `UserNotFound`."""
    found = User.get_or_none(User.login == login.strip().lower())
    if found is None:
        raise errors.UserNotFound(login)
    return found


def set_password(user: User, password: str, company: str = "") -> None:
    """Give another password until they choose their own, which ends all their sessions.

    No device is known any more. Raises `BadUser` for a poor password, `Busy`.
    """
    _set_password(user, password, company, is_temporary=True)


def choose_password(user: User, old: str, new: str, company: str = "") -> None:
    """Change one's own password from the right old one; the same as `set_password` otherwise.

    Raises `BadUser` for the old one once more, too, and where it is not theirs any more.
    """
    if new == old:
        raise errors.BadUser("same_password")
    _set_password(user, new, company, is_temporary=False)


def _set_password(user: User, password: str, company: str, is_temporary: bool) -> None:
    passwords.check(password, Whose(user.login, user.name, company))
    set_to: dict[str, Any] = {"password": hashing.hashed(password), "is_temporary": is_temporary}
    set_to["session_key"] = secrets.token_urlsafe()
    which = User.id == user.id
    if not is_temporary:  # what was reset meanwhile is not theirs to change by the old one
        which &= User.password == user.password
    with database.writing():
        if not User.update(**set_to).where(which).execute():
            raise errors.BadUser("wrong_old_password")
        devices.forget(user)
    for name, value in set_to.items():
        setattr(user, name, value)


def set_disabled(user: User, is_disabled: bool) -> None:
    """Shut somebody out, at once and everywhere, or let them in again."""
    user.is_disabled = is_disabled
    devices.forget(user)
    _end_sessions(user)


def _end_sessions(user: User) -> None:
    user.session_key = secrets.token_urlsafe()
    user.save()


def matches(user: User, password: str) -> bool:
    """Whether it is their password; raises `Busy`."""
    return hashing.is_right(user.password, password)


def recognised(login: str, password: str, is_known: bool = False) -> User | None:
    """The user with this login and password; takes as long where nobody has the login.

    `is_known`: from a device of theirs. Raises `Busy`.
    """
    user = User.get_or_none(User.login == login.strip().lower())
    is_right = hashing.is_right(user.password if user else nobodys(), password, is_known)
    if not user or not is_right or user.is_disabled:
        return None
    if hashing.is_outdated(user.password):
        _hash_anew(user, password)
    return user


def _hash_anew(user: User, password: str) -> None:
    """With the parameters of today; at another login where too many are busy."""
    was = user.password
    with contextlib.suppress(errors.Busy):
        user.password = hashing.hashed(password)
        User.update(password=user.password).where(
            (User.id == user.id) & (User.password == was)
        ).execute()


@functools.cache
def nobodys() -> str:
    """A hash to compare an unknown login's password with; a server makes it before the first login."""
    return hashing.hashed(secrets.token_urlsafe())


# ----------------------------------------------------------------------------------------- calendar


def new_feed(user: User) -> str:
    """A new secret for the address of their calendar; the old address is dead."""
    secret = secrets.token_urlsafe(24)
    user.feed_digest = _digest(secret)
    user.save()
    return secret


def end_feed(user: User) -> None:
    """Nobody reads their calendar any more."""
    user.feed_digest = ""
    user.save()


def of_feed(secret: str) -> User | None:
    """The user whose calendar has this address."""
    query = User.select().where((User.feed_digest == _digest(secret)) & ~User.is_disabled)
    return query.first()  # type: ignore[no-any-return]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
