"""The accounts of people who come in by a provider of OpenID Connect.

An account comes in by its password or by the provider, never by both. The provider's people come to an
account that was made for the provider, or to one that is made as they come in; an account with a
password is nobody's there, whatever login the provider says. Where `[web.openid]` maps groups, they
decide about the role at each login, and who is in none of them comes in no more.
"""

import datetime
import logging
from typing import Any

import peewee

from policies import database
from servicing.core import accounts, audit_log, devices, errors, hashing, open_accounts, openid
from servicing.core.account_models import OpenIdAccount, User
from servicing.core.accounts import ROLES, Remit, Role
from servicing.core.openid import Person
from servicing.core.settings import OpenId

log = logging.getLogger(__name__)

NOT_THERE = (errors.AgentNotFound, errors.TeamNotFound, errors.BranchNotFound, errors.BadUser)
"""What the provider says of an account, and the book does not know, or it does not go together."""


def is_by_provider(user: User) -> bool:
    """Whether they come in by the provider and have no password."""
    return bool(User.select().where((User.id == user.id) & comes_by_provider(User.id)).exists())


def comes_by_provider(user_id: Any) -> peewee.Function:
    """The same as a condition of a statement."""
    return peewee.fn.EXISTS(OpenIdAccount.select().where(OpenIdAccount.user == user_id))


def make_by_provider(user: User, now: datetime.datetime, issuer: str, subject: str = "") -> None:
    """From now on they come in by the provider alone: their password and all sessions are over.

    `subject`: as whom the provider knows them; empty: who comes first with their login. Raises `BadUser`
    where somebody else is known by it, `Busy`.
    """
    hashed = hashing.hashed(accounts.nobody_knows())
    with database.writing():
        OpenIdAccount.delete().where(OpenIdAccount.user == user).execute()
        _bind(user, issuer, subject)
        User.update(password=hashed, is_temporary=False).where(User.id == user.id).execute()
        devices.forget(user)
        ended = accounts.shut_out(user, now)
        audit_log.record(
            "account.by_provider",
            now,
            login=user.login,
            sessions=ended,
            has_subject=bool(subject),
        )


def know_as(user: User, now: datetime.datetime, issuer: str, subject: str) -> None:
    """An account that was made for the provider is known to it as this; raises `BadUser`."""
    with database.writing():
        OpenIdAccount.delete().where(OpenIdAccount.user == user).execute()
        _bind(user, issuer, subject)
        has_subject = bool(subject)  # the subject itself may say who somebody is
        audit_log.record("account.by_provider", now, login=user.login, has_subject=has_subject)


def check_free(issuer: str, subject: str) -> None:
    """Raises `BadUser` where the provider knows somebody by that subject already, or nobody could be."""
    if len(subject) > openid.LONGEST_SUBJECT or not subject.isprintable():
        raise errors.BadUser("openid_no_subject", subject=subject)
    if _known(issuer, subject):
        raise errors.BadUser("openid_subject_taken", subject=subject)


def _bind(user: User, issuer: str, subject: str) -> None:
    if subject:
        check_free(issuer, subject)
        OpenIdAccount.create(user=user, issuer=issuer, subject=subject)
    else:
        OpenIdAccount.create(user=user)


def recognised(person: Person, rules: OpenId, now: datetime.datetime, on: datetime.date) -> User:
    """The account of somebody whom the provider has recognised, with the role of today.

    Raises `BadSignIn` where they have none or may not come in: then what sessions they had are over, too.
    Raises `Busy`.
    """
    prepared = account_of(person)
    role = _role(person, rules, prepared, now)
    user = prepared or _made(person, role, now)
    try:
        with database.writing():
            if _confirm(user, person, now) and prepared:
                audit_log.record("account.by_provider", now, of=user, login=user.login)
            _follow(user, person, rules, role, now)
            if not open_accounts.may_come_in(user, on):
                _note("disabled, or of an agent who has left")
                raise errors.BadSignIn("openid_shut")
    except errors.BadSignIn:
        _shut_out(user, now)
        raise
    except peewee.IntegrityError:  # somebody else has been faster
        _note("known as somebody else since a moment ago")
        raise errors.BadSignIn("openid_no_account") from None
    return user


def account_of(person: Person) -> User | None:
    """The account that is theirs, or was made for them; whether they may come in is another question."""
    return _known(person.issuer, person.subject) or _made_for(person)


def _shut_out(user: User, now: datetime.datetime) -> None:
    """End what sessions they had, and say so where there was one."""
    with database.writing():
        if count := accounts.shut_out(user, now):
            audit_log.record("session.ended", now, of=user, sessions=count)


def _role(person: Person, rules: OpenId, user: User | None, now: datetime.datetime) -> Role:
    """The role of today: by the provider's groups, or where those decide nothing by the account."""
    if not rules.groups and user is None:
        _note("no account was made for them")
        raise errors.BadSignIn("openid_no_account")
    said = openid.role_of(person.groups, rules.groups) if rules.groups else user and user.role
    role = next((each for each in ROLES if each == said), None)
    if role is None:
        if user:
            _shut_out(user, now)
        _note("in no group that has a role")
        raise errors.BadSignIn("openid_no_role")
    return role


def _note(why: str) -> None:
    """The person is told less than the log: what accounts there are is nobody's business."""
    log.warning("nobody comes in by the provider: %s", why)


def _known(issuer: str, subject: str) -> User | None:
    """The account as whose the provider knows this subject."""
    is_theirs = (OpenIdAccount.issuer == issuer) & (OpenIdAccount.subject == subject)
    return User.select().join(OpenIdAccount).where(is_theirs).first()  # type: ignore[no-any-return]


def _made_for(person: Person) -> User | None:
    """The account that was made for somebody with this login who has not come in yet."""
    if not person.login:
        return None
    is_waiting = (User.login == person.login) & OpenIdAccount.subject.is_null()
    return User.select().join(OpenIdAccount).where(is_waiting).first()  # type: ignore[no-any-return]


def _made(person: Person, role: Role, now: datetime.datetime) -> User:
    """An account for somebody whose group gives a role; never one that somebody has already."""
    if not person.login:
        _note("the provider says no login")
        raise errors.BadSignIn("openid_no_account")
    try:
        return accounts.add(person.login, role, None, now, _remit(person, role), person.name)
    except NOT_THERE as error:
        _note(error.notice.code)
        raise errors.BadSignIn("openid_no_account") from None


def _is_told(rules: OpenId, role: Role) -> bool:
    """Whether the provider is asked whose clients somebody in this role sees."""
    if role == "agent":
        return bool(rules.agent_no_claim)
    return role == "manager" and bool(rules.branch_claim or rules.team_claim)


def _remit(person: Person, role: Role) -> Remit:
    """The part of the force that the provider names for a role; nothing for one that sees all of it."""
    if role == "agent":
        return Remit(agent_no=person.agent_no or None)
    if role == "manager":
        return Remit(branch=person.branch or None, team=person.team or None)
    return accounts.EVERYBODY


def _confirm(user: User, person: Person, now: datetime.datetime) -> bool:
    """The provider knows them as this person, from the first time on; whether this was the first."""
    row = OpenIdAccount.user == user
    is_same = (OpenIdAccount.issuer == person.issuer) & (OpenIdAccount.subject == person.subject)
    known = OpenIdAccount.update(issuer=person.issuer, subject=person.subject, confirmed_at=now)
    if known.where(row & OpenIdAccount.subject.is_null()).execute():
        return True
    if not known.where(row & is_same).execute():
        _note("known as somebody else since a moment ago")
        raise errors.BadSignIn("openid_no_account")
    return False


def _follow(user: User, person: Person, rules: OpenId, role: Role, now: datetime.datetime) -> None:
    """Role and part as the provider says them today; what it is not asked stays as it was made here."""
    if role == user.role and not _is_told(rules, role):
        return
    try:
        part = accounts.part_of(role, _remit(person, role))
    except NOT_THERE as error:
        _note(error.notice.code)
        raise errors.BadSignIn("openid_no_account") from None
    changed: dict[str, Any] = {"agent": None, "branch": None, "team": None, **part, "role": role}
    if all(getattr(user, name) == value for name, value in changed.items()):
        return
    remit = _remit(person, role)
    audit_log.record(
        "account.role_changed",
        now,
        of=user,
        login=user.login,
        role_was=user.role,
        role=role,
        agent_no=remit.agent_no,
        branch=remit.branch,
        team=remit.team,
    )
    User.update(**changed).where(User.id == user.id).execute()
    user.role = role
    user.agent, user.branch, user.team = changed["agent"], changed["branch"], changed["team"]
