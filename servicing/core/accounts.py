"""Who may come in, and as what: accounts, their passwords, and whose clients a person may see.

An agent sees the clients whose policies she serves, a manager those of the agents of a team or a
branch, operations and administrators everybody. Whoever is not told of a client by `seen` is told
that there is no such client.
"""

import datetime
import functools
import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import argon2
import peewee

from policies import database, models
from policies.importing import phones
from policies.models import Agent, Branch, Client, Policy, Team
from servicing.core import errors
from servicing.core.models import CardView, User, literally

Role = Literal["agent", "manager", "operations", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256
"""Characters; to hash more than that is work for nothing."""

_hasher = argon2.PasswordHasher()


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


@dataclass(frozen=True)
class ViewLine:
    """Who looked at which card, and when."""

    at: datetime.datetime
    login: str
    user_name: str
    client_no: str


# ----------------------------------------------------------------------------------------- accounts


def add(
    login: str,
    role: Role,
    password: str,
    now: datetime.datetime,
    *,
    name: str = "",
    agent_no: str | None = None,
    branch: str | None = None,
    team: str | None = None,
) -> User:
    """Make an account; an agent's is of an agent of the book, a manager's of a team or branch.

    Raises `BadUser` for what does not go together, `AgentNotFound`, `TeamNotFound` or `BranchNotFound`.
    """
    login = login.strip().lower()
    if not login or any(each.isspace() or not each.isprintable() for each in login):
        raise errors.BadUser("not_a_login", login=login)
    with database.writing():
        if User.select().where(User.login == login).exists():
            raise errors.BadUser("login_taken", login=login)
        part = _own(role, agent_no, branch, team)
        agent = part.get("agent")
        return User.create(
            login=login,
            name=name or (agent.name if agent else "") or login,
            role=role,
            password=_hashed(password),
            session_key=secrets.token_urlsafe(),
            made_at=now,
            **part,
        )


def _own(role: Role, agent_no: str | None, branch: str | None, team: str | None) -> dict[str, Any]:
    """What an account is of: an agent, a team, a branch, or nothing."""
    if role == "agent":
        if not agent_no or branch or team:
            raise errors.BadUser("account_needs_agent")
        return {"agent": _agent(agent_no)}
    if role == "manager":
        if agent_no or not (branch or team):
            raise errors.BadUser("account_needs_unit")
        return _unit(branch, team)
    if agent_no or branch or team:
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
    return {"team": teams[0]}


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


def set_password(user: User, password: str) -> None:
    """Give another password, which ends all his sessions; raises `BadUser` for a poor one."""
    user.password = _hashed(password)
    _end_sessions(user)


def set_disabled(user: User, is_disabled: bool) -> None:
    """Shut somebody out, at once and everywhere, or let him in again."""
    user.is_disabled = is_disabled
    _end_sessions(user)


def _end_sessions(user: User) -> None:
    user.session_key = secrets.token_urlsafe()
    user.save()


def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise errors.BadUser(
            "bad_password",
            shortest=SHORTEST_PASSWORD,
            longest=LONGEST_PASSWORD,
            length=len(password),
        )
    return _hasher.hash(password)


def matches(user: User, password: str) -> bool:
    """Whether it is his password."""
    return _is_right(user.password, password)


def recognised(login: str, password: str) -> User | None:
    """Whose login and password these are; takes as long where nobody has the login."""
    user = User.get_or_none(User.login == login.strip().lower())
    hashed = user.password if user else nobodys()
    is_right = _is_right(hashed, password[: LONGEST_PASSWORD + 1])
    return user if user and is_right and not user.is_disabled else None


@functools.cache
def nobodys() -> str:
    """What an unknown login is compared with; whoever serves logins asks for it beforehand."""
    return _hasher.hash(secrets.token_urlsafe())


def _is_right(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except argon2.exceptions.VerificationError:
        return False


# ----------------------------------------------------------------------------------------- calendar


def new_feed(user: User) -> str:
    """A new secret for the address of his calendar; the old address is dead."""
    secret = secrets.token_urlsafe(24)
    user.feed_digest = _digest(secret)
    user.save()
    return secret


def end_feed(user: User) -> None:
    """Nobody reads his calendar any more."""
    user.feed_digest = ""
    user.save()


def of_feed(secret: str) -> User | None:
    """Whose calendar's address it is."""
    query = User.select().where((User.feed_digest == _digest(secret)) & ~User.is_disabled)
    return query.first()  # type: ignore[no-any-return]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


# -------------------------------------------------------------------------------- who may see whom


def within(user: User) -> Any:
    """A condition on agents and their teams: who of the force is within the user's part."""
    if user.role == "agent":
        return Agent.id == user.agent_id
    if user.role == "manager":
        is_team = user.team_id is not None
        return Team.id == user.team_id if is_team else Team.branch == user.branch_id
    return peewee.SQL("1 = 1")


def agent_ids(user: User) -> frozenset[int] | None:
    """The agents of his part; None: everybody."""
    if not is_limited(user):
        return None
    query: Any = Agent.select(Agent.id).join(Team, peewee.JOIN.LEFT_OUTER).where(within(user))
    return frozenset(number for (number,) in query.tuples())


def is_limited(user: User) -> bool:
    """Whether he sees some clients only."""
    return user.role in ("agent", "manager")


def _policies(user: User) -> Any:
    """The policies of his part."""
    return Policy.select().join(Agent).join(Team, peewee.JOIN.LEFT_OUTER).where(within(user))


def seen(user: User, client_ids: Iterable[int]) -> set[int]:
    """Those of the clients who are within the user's part."""
    asked = list(client_ids)
    if not asked or not is_limited(user):
        return set(asked)
    query = _policies(user).where(Policy.client.in_(asked))
    return {client_id for (client_id,) in query.select(Policy.client_id).distinct().tuples()}


def known(user: User, client_nos: Sequence[str]) -> set[str]:
    """Those of the clients, by number, who are within the user's part."""
    if not client_nos or not is_limited(user):
        return set(client_nos)
    query = _policies(user).switch(Policy).join(Client).where(Client.client_no.in_(client_nos))
    return {client_no for (client_no,) in query.select(Client.client_no).distinct().tuples()}


def holders(user: User, policy_nos: Sequence[str]) -> dict[str, str]:
    """By policy: the number of the client who holds it, where he is within the user's part."""
    held = Policy.policy_no.in_(policy_nos)
    query = _policies(user).switch(Policy).join(Client).where(held)
    return dict(query.select(Policy.policy_no, Client.client_no).tuples())


def client(user: User, client_no: str) -> Client:
    """A client of the user's part; raises `ClientNotFound` for anybody else."""
    query = Client.select().where(Client.client_no == client_no)
    if is_limited(user):
        his = _policies(user).where(Policy.client == Client.id)
        query = query.where(peewee.fn.EXISTS(his))
    found = query.first()
    if found is None:
        raise errors.ClientNotFound(client_no)
    return found  # type: ignore[no-any-return]


@dataclass(frozen=True)
class FoundClient:
    """A client that was looked for."""

    client_no: str
    name: str
    phone: str
    policies: int
    """Of the part of whoever looks."""


MOST_FOUND = 50


def find(user: User, text: str, country: str) -> list[FoundClient]:
    """The first clients of the user's part with that number, policy number or telephone.

    An agent may also look for a part of a name or number among her clients; among hundreds of
    thousands it is the whole number or name.
    """
    text = text.strip()
    if not text:
        return []
    if user.role == "agent":
        wanted = (
            Client.name.contains(text)
            | Client.client_no.contains(text)
            | Client.phone.contains(text)
            | Policy.policy_no.contains(text)
        )
        his = _policies(user).switch(Policy).join(Client)
        client_ids = his.where(wanted).select(Policy.client_id)
    else:
        numbers = Policy.select(Policy.client_id).where(Policy.policy_no == text)
        phone = phones.to_e164(text, country) or text
        wanted = (Client.client_no == text) | (Client.phone == phone) & (
            Client.phone != literally("")
        )
        client_ids = Client.select(Client.id).where(wanted) | numbers
    return _counted(user, client_ids)


def _counted(user: User, client_ids: Any) -> list[FoundClient]:
    """Those of the clients whom he sees, with how many policies."""
    count = peewee.fn.COUNT(Policy.id)
    query = (
        _policies(user)
        .switch(Policy)
        .join(Client)
        .where(Client.id.in_(client_ids))
        .select(Client.client_no, Client.name, Client.phone, count)
        .group_by(Client.id, Client.client_no, Client.name, Client.phone)
        .order_by(Client.name, Client.client_no)
        .limit(MOST_FOUND)
    )
    return [FoundClient(*row) for row in query.tuples()]


# ---------------------------------------------------------------------------------- who has looked


def looked_at(user: User, client_id: int, now: datetime.datetime) -> None:
    """Note that he looked at a card."""
    columns = ("user_id", "client_id", "at")
    with database.writing():
        database.insert_rows(CardView, columns, [(user.id, client_id, models.stored(now))])


def views(
    client_no: str | None = None,
    login: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[ViewLine]:
    """Who looked at which card, the latest first; of one client, by one person, or all.

    `limit` looks at the most, after the first `offset` of them.
    """
    query = (
        CardView.select(CardView, User.login, User.name, Client.client_no)
        .join(User)
        .switch(CardView)
        .join(Client)
        .order_by(CardView.id.desc())
    )
    if client_no is not None:
        query = query.where(Client.client_no == client_no)
    if login is not None:
        query = query.where(User.login == login)
    if limit is not None:
        query = query.limit(limit).offset(offset)
    for each in query.iterator():
        yield ViewLine(each.at, each.user.login, each.user.name, each.client.client_no)
