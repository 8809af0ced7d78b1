"""Accounts of the pages: their roles, their passwords, and the addresses of their calendars."""

import contextlib
import datetime
import functools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import peewee

from policies import database
from policies.models import Agent, Branch, Team
from servicing.core import (
    audit_log,
    devices,
    errors,
    hashing,
    open_accounts,
    passwords,
    sessions,
    visibility,
)
from servicing.core.account_models import OpenIdAccount, User
from servicing.core.factor_models import has_any
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
    left_on: datetime.date | None = None
    """Of an agent: since when they have left and cannot log in, or from when on."""
    has_second_factor: bool = False
    by_provider: bool = False
    """Whether they come in by the provider of `[web.openid]` and have no password."""


CALENDAR_LASTS = datetime.timedelta(days=30)
"""After a login by the provider a calendar is read for so long: nobody tells us who is gone there."""


def add(
    login: str,
    role: Role,
    password: str | None,
    now: datetime.datetime,
    remit: Remit = EVERYBODY,
    name: str = "",
    company: str = "",
) -> User:
    """Make an account; an agent's is of an agent of the book, a manager's of a team or branch.

    The password is temporary: whoever logs in with it has to choose another one first. None: they come
    in by the provider, and nobody knows a password. Raises `BadUser` for what does not go together,
    `AgentNotFound`, `TeamNotFound` or `BranchNotFound`.
    """
    login = login.strip().lower()
    if not login or any(each.isspace() or not each.isprintable() for each in login):
        raise errors.BadUser("not_a_login", login=login)
    own = part_of(role, remit)
    agent = own.get("agent")
    called = name or (agent.name if agent else "") or login
    if password is not None:
        passwords.check(password, Whose(login, called, company))
    hashed = hashing.hashed(password or nobody_knows())  # before the writer's lock is taken
    with database.writing():
        if User.select().where(User.login == login).exists():
            raise errors.BadUser("login_taken", login=login)
        made: User = User.create(
            login=login,
            name=called,
            role=role,
            password=hashed,
            is_temporary=password is not None,
            session_key=secrets.token_urlsafe(),
            made_at=now,
            **own,
        )
        told: dict[str, Any] = {
            "agent_no": remit.agent_no,
            "branch": remit.branch,
            "team": remit.team,
        }
        by_provider = password is None or None
        audit_log.record(
            "account.made", now, login=login, role=role, by_provider=by_provider, **told
        )
        if password is None:
            OpenIdAccount.create(user=made)
    return made


def nobody_knows() -> str:
    """A password that is told to nobody."""
    return secrets.token_urlsafe(32)


def part_of(role: Role, remit: Remit) -> dict[str, Any]:
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
    is_there = peewee.fn.EXISTS(OpenIdAccount.select().where(OpenIdAccount.user == User.id))
    of_login = (has_any(User.id).alias("has_factor"), is_there.alias("by_provider"))
    of_team: Any = Branch.alias()
    query = User.select(User, Agent, Team, Branch, of_team, *of_login)
    for model in (Agent, Team, Branch):
        query = query.switch(User).join(model, peewee.JOIN.LEFT_OUTER)
    is_its = Team.branch == of_team.id
    query = query.switch(Team).join(of_team, peewee.JOIN.LEFT_OUTER, on=is_its, attr="branch")
    if text:
        query = query.where(User.login.contains(text) | User.name.contains(text))
    if limit is not None:
        query = query.limit(limit).offset(offset)
    for user in query.order_by(User.login):
        of = user.agent.agent_no if user.agent else visibility.unit_of(user)
        left_on = user.agent.left_on if user.agent else None
        yield UserLine(
            user.login,
            user.name,
            user.role,
            of,
            user.is_disabled,
            user.made_at,
            left_on,
            bool(getattr(user, "has_factor", False)),
            bool(getattr(user, "by_provider", False)),
        )


def named(login: str) -> User:
    """The account; raises `UserNotFound`."""
    found = User.get_or_none(User.login == login.strip().lower())
    if found is None:
        raise errors.UserNotFound(login)
    return found


def set_password(user: User, password: str, now: datetime.datetime, company: str = "") -> None:
    """Give another password until they choose their own, which shuts every way in that was open.

    No device is known any more, and who came in by the provider does so no more. Raises `BadUser` for a
    poor password, `Busy`.
    """
    _set_password(user, password, now, company, is_temporary=True)


def choose_password(
    user: User, old: str, new: str, now: datetime.datetime, company: str = ""
) -> None:
    """Change one's own password from the right old one; the same as `set_password` otherwise.

    Raises `BadUser` for the old one once more, too, and where it is not theirs any more.
    """
    if new == old:
        raise errors.BadUser("same_password")
    _set_password(user, new, now, company, is_temporary=False)


def _set_password(
    user: User, password: str, now: datetime.datetime, company: str, *, is_temporary: bool
) -> None:
    passwords.check(password, Whose(user.login, user.name, company))
    hashed = hashing.hashed(password)  # before the writer's lock is taken
    which = User.id == user.id
    if not is_temporary:  # what was reset meanwhile is not theirs to change by the old one
        which &= User.password == user.password
    changed: dict[str, Any] = {"password": hashed, "is_temporary": is_temporary}
    with database.writing():
        if not User.update(**changed).where(which).execute():
            raise errors.BadUser("wrong_old_password")
        user.password, user.is_temporary = hashed, is_temporary
        OpenIdAccount.delete().where(OpenIdAccount.user == user).execute()
        devices.forget(user)
        ended = shut_out(user, now)
        kind: audit_log.Kind = "account.password_chosen"
        if is_temporary:
            kind = "account.password_given"
        audit_log.record(kind, now, login=user.login, sessions=ended)


def set_disabled(user: User, is_disabled: bool, now: datetime.datetime) -> None:
    """Shut somebody out, at once and everywhere, or let them log in again."""
    with database.writing():
        user.is_disabled = is_disabled
        User.update(is_disabled=is_disabled).where(User.id == user.id).execute()
        devices.forget(user)
        ended = shut_out(user, now)
        kind: audit_log.Kind = "account.disabled" if is_disabled else "account.enabled"
        audit_log.record(kind, now, login=user.login, sessions=ended)


def set_locale(user: User, locale: str) -> None:
    """Remember the language they chose."""
    user.locale = locale
    User.update(locale=locale).where(User.id == user.id).execute()


def shut_out(user: User, now: datetime.datetime) -> int:
    """End all their sessions and the address of their calendar; answers with how many sessions."""
    user.session_key, user.feed_digest = secrets.token_urlsafe(), ""
    changed = {"session_key": user.session_key, "feed_digest": ""}
    User.update(**changed).where(User.id == user.id).execute()
    return sessions.end_all(user, now)


def shut_everybody_out(now: datetime.datetime, *, calendars: bool) -> None:
    """End all sessions of all users, and with `calendars` the addresses of their calendars."""
    users = [each.id for each in User.select(User.id)]
    database.update_rows(User, ["session_key"], ((secrets.token_urlsafe(), each) for each in users))
    if calendars:
        User.update(feed_digest="").execute()
    sessions.end_everybodys(now)


def of_agent(agent: Agent) -> list[User]:
    """The accounts of an agent."""
    return list(User.select().where(User.agent == agent).order_by(User.login))


def matches(user: User, password: str) -> bool:
    """Whether it is their password; raises `Busy`."""
    return hashing.is_right(user.password, password)


def recognised(
    login: str, password: str, on: datetime.date, *, is_known: bool = False
) -> User | None:
    """The user with this login and password, if they may come in on that day.

    It takes as long where nobody has the login. `is_known`: from a device of theirs. Raises `Busy`.
    """
    user = User.get_or_none(User.login == login.strip().lower())
    is_right = hashing.is_right(user.password if user else nobodys(), password, is_known)
    if not user or not is_right or not open_accounts.may_come_in(user, on):
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
    _set_feed(user, sessions.digest(secret))
    return secret


def end_feed(user: User) -> None:
    """Nobody reads their calendar any more."""
    _set_feed(user, "")


def _set_feed(user: User, digest: str) -> None:
    user.feed_digest = digest
    is_same = (User.id == user.id) & (
        User.session_key == user.session_key
    )  # not shut out meanwhile
    User.update(feed_digest=digest).where(is_same).execute()


def of_feed(secret: str, on: datetime.date, now: datetime.datetime) -> User | None:
    """The user whose calendar has this address, if they may come in at that moment of that day.

    Who comes in by the provider has to have done so within `CALENDAR_LASTS`.
    """
    query = User.select().where(User.feed_digest == sessions.digest(secret))
    user: User | None = query.first()
    return (
        user if user and open_accounts.may_come_in(user, on) and _is_confirmed(user, now) else None
    )


def _is_confirmed(user: User, now: datetime.datetime) -> bool:
    """Whether a provider that they come in by has known them lately."""
    way = OpenIdAccount.get_or_none(OpenIdAccount.user == user)
    if way is None:
        return True
    return way.confirmed_at is not None and way.confirmed_at >= now - CALENDAR_LASTS
