"""Devices from which somebody has logged in before: strangers who guess keep nobody out there.

A browser keeps a random token for a year, one for each account that has logged in there with the right
password, of which the book has a digest. The token opens nothing: it is only counted by itself.
"""

import datetime
import hashlib
import secrets

import peewee

from policies import database, patience
from servicing.core import audit_log
from servicing.core.account_models import KnownDevice, User, UserSession

MOST = 20
"""Of an account; a further one takes the place of the oldest."""

PATIENCE_SECONDS = 1.0

LASTS = datetime.timedelta(days=365)


def digest(token: str) -> str:
    """Of a token of 32 random bytes, which nobody finds by trying."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_known(token: str, login: str, now: datetime.datetime) -> bool:
    """Whether this account has logged in from the device with this token, within a year."""
    if not token:
        return False
    query = KnownDevice.select(KnownDevice.id).join(User)
    is_theirs = (KnownDevice.digest == digest(token)) & (User.login == login)
    return bool(query.where(is_theirs & (KnownDevice.since > now - LASTS)).exists())


def remember(user: User, token: str, now: datetime.datetime, *, was_theirs: bool = False) -> str:
    """The device is this account's from now on; answers with its token, a new one where it has none.

    `was_theirs`: it was until a moment ago, when the account forgot all of them. The audit log is told of
    a device that is new, but not of an account's very first.

    No token: another writer is busy, such as an import. Nobody waits for that to log in; the device is
    remembered another time.
    """
    if is_known(token, user.login, now):
        return token
    try:
        with patience.soon(PATIENCE_SECONDS):
            return _remember(user, now, was_theirs=was_theirs)
    except peewee.OperationalError:
        return ""


def _remember(user: User, now: datetime.datetime, *, was_theirs: bool) -> str:
    token = secrets.token_urlsafe(32)  # never one that somebody has brought: others may know it
    with database.writing():
        is_new = not was_theirs and not _is_first(user)
        newest = KnownDevice.select(KnownDevice.id).where(KnownDevice.user == user)
        kept = [each.id for each in newest.order_by(KnownDevice.id.desc()).limit(MOST - 1)]
        is_over = KnownDevice.id.not_in(kept) | (KnownDevice.since <= now - LASTS)
        others = (KnownDevice.user == user) & is_over
        KnownDevice.delete().where(others).execute()
        KnownDevice.create(digest=digest(token), user=user, since=now)
        if is_new:
            audit_log.record("device.remembered", now, of=user, role=user.role)
    return token


def _is_first(user: User) -> bool:
    """Whether they have come in from nowhere yet: they have no device, and no session but this one."""
    has_device = KnownDevice.select(KnownDevice.id).where(KnownDevice.user == user).exists()
    theirs = UserSession.select(UserSession.id).where(UserSession.user == user)
    return not has_device and len(theirs.limit(2)) < 2


def forget(user: User) -> None:
    """None is theirs any more."""
    KnownDevice.delete().where(KnownDevice.user == user).execute()
