"""Sessions of the pages: each is a row with a fixed start and end, found by the digest of a token.

The token is in the browser's cookie and nowhere else, so a copy of the database opens no session, and
a session that was ended is over for every copy of its cookie.
"""

import datetime
import functools
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import peewee

from policies import database
from policies.models import Agent
from servicing.core import audit_log
from servicing.core.account_models import User, UserSession
from servicing.core.prepared import Given, Prepared

KEPT = datetime.timedelta(days=90)
"""So long an account's sessions that are over can be looked up in the database."""

MOST_LISTED = 100

LONGEST_DEVICE = 500
"""Characters of what a browser calls itself; the rest is not read."""

SHORT = 30
"""Characters of a browser's or a system's name."""


@dataclass(frozen=True)
class SessionLine:
    """An open session in its owner's list."""

    id: int
    device: str
    started_at: datetime.datetime
    ends_at: datetime.datetime


def begin(
    user: User,
    now: datetime.datetime,
    lasts: datetime.timedelta,
    device: str,
    *,
    factor: str = "",
    by_provider: bool = False,
) -> str:
    """Begin a session; answers with its token, which is told this one time.

    `factor`: by which second factor they were recognised; `by_provider`: or by the provider.
    No token: the user was shut out since `user` was read, such as by another password.
    """
    token = secrets.token_urlsafe(32)
    with database.writing():
        is_same = (User.id == user.id) & (User.session_key == user.session_key)
        if database.locked(User.select(User.id).where(is_same)).first() is None:
            return ""
        old = (UserSession.user == user) & (UserSession.ends_at < now - KEPT)
        UserSession.delete().where(old).execute()
        UserSession.create(
            digest=digest(token), user=user, device=device, started_at=now, ends_at=now + lasts
        )
        audit_log.record(
            "session.begun",
            now,
            of=user,
            device=device,
            factor=factor,
            by_provider=by_provider or None,
        )
    return token


def digest(token: str) -> str:
    """Of a token of 32 random bytes, which nobody finds by trying."""
    return hashlib.sha256(token.encode()).hexdigest()


def found(
    token: str, now: datetime.datetime, beside: Callable[[], tuple[Any, ...]] = tuple
) -> UserSession | None:
    """The open session with this token, its user and their agent, in one statement.

    `beside`: what else the same statement is to ask, the same each time.
    """
    moment = UserSession.ends_at.db_value(now)
    asked = _with(beside).given(digest=digest(token), now=moment)
    return next(iter(asked), None)  # type: ignore[return-value]


@functools.lru_cache(maxsize=8)
def _with(beside: Callable[[], tuple[Any, ...]]) -> Prepared:
    """Every request of a page asks this: its words are put together once."""
    query = Prepared(UserSession, [UserSession, User, Agent, *beside()]).join(User)
    query = query.join(Agent, peewee.JOIN.LEFT_OUTER)
    is_open = _is_open(Given("now").value)
    return query.where((UserSession.digest == Given("digest").value) & is_open).limit(1)


def owner(token: str) -> int | None:
    """The id of the user whose session this was, also where it is over; None: nobody's that is known."""
    row: UserSession | None = UserSession.get_or_none(UserSession.digest == digest(token))
    return row.user_id if row else None


def _is_open(now: Any) -> Any:
    return UserSession.ended_at.is_null() & (UserSession.ends_at > now)


def listed(user: User, now: datetime.datetime) -> list[SessionLine]:
    """Their open sessions, the latest first."""
    query = UserSession.select().where((UserSession.user == user) & _is_open(now))
    latest = query.order_by(UserSession.started_at.desc(), UserSession.id.desc())
    return [
        SessionLine(each.id, each.device, each.started_at, each.ends_at)
        for each in latest.limit(MOST_LISTED)
    ]


def end(user: User, number: int, now: datetime.datetime) -> bool:
    """End one of their sessions; False: they have no such open one."""
    if not 0 < number < 1 << 63:
        return False
    with database.writing():
        is_ended = bool(_end((UserSession.user == user) & (UserSession.id == number), now))
        if is_ended:
            audit_log.record("session.ended", now, of=user, sessions=1)
    return is_ended


def end_others(user: User, number: int, now: datetime.datetime) -> int:
    """End all of their sessions but this one; answers with how many."""
    with database.writing():
        if count := _end((UserSession.user == user) & (UserSession.id != number), now):
            audit_log.record("session.ended", now, of=user, sessions=count)
    return count


def end_all(user: User, now: datetime.datetime) -> int:
    """End all of their sessions; answers with how many."""
    return _end(UserSession.user == user, now)


def end_everybodys(now: datetime.datetime) -> int:
    """End all sessions that there are; answers with how many."""
    return _end(UserSession.id > 0, now)


def _end(which: Any, now: datetime.datetime) -> int:
    return int(UserSession.update(ended_at=now).where(which & _is_open(now)).execute())


def device(told: str) -> str:
    """What a browser calls itself, in few words: `Firefox · Windows`; empty for what nobody knows."""
    from ua_parser import parse  # its rules are read where somebody comes in

    read = parse(told[:LONGEST_DEVICE])
    families = (each.family for each in (read.user_agent, read.os) if each)
    return " · ".join(each[:SHORT] for each in families if each.isprintable())
