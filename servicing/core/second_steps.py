"""Steps that wait for a second factor: a row, found by the digest of a token in the browser's cookie.

A step is of one browser, of one account as it was when the step began, for five minutes, and is taken
once. It opens nothing by itself.
"""

import datetime
import secrets
from typing import Any, Literal

from policies import database
from servicing.core import sessions
from servicing.core.account_models import User
from servicing.core.factor_models import SecondStep

Purpose = Literal["login", "app", "passkey"]
"""To come in; to try an app or a passkey that is to be set up."""

LASTS = datetime.timedelta(minutes=5)

CHALLENGE_BYTES = 32


def begin(user: User, purpose: Purpose, now: datetime.datetime, seal: str = "") -> str:
    """Begin a step; answers with its token, which is told this one time.

    No token: the user was shut out since `user` was read, such as by another password. `seal`: the
    secret of an app that is to be set up, sealed.
    """
    token = secrets.token_urlsafe(32)
    over = SecondStep.select(SecondStep.id).where(SecondStep.ends_at <= now)
    with database.writing():
        if not is_alone(user.id, user.session_key):
            return ""
        SecondStep.delete().where(SecondStep.id.in_(database.skip_locked(over))).execute()
        SecondStep.create(
            digest=sessions.digest(token),
            user=user,
            purpose=purpose,
            session_key=user.session_key,
            secret=seal,
            challenge=_challenge(),
            ends_at=now + LASTS,
        )
    return token


def found(token: str, purpose: Purpose, now: datetime.datetime) -> SecondStep | None:
    """The step with this token and its user, unless it is over or the user was shut out since."""
    if not token:
        return None
    query = SecondStep.select(SecondStep, User).join(User)
    is_this = (SecondStep.digest == sessions.digest(token)) & (SecondStep.purpose == purpose)
    is_open = (SecondStep.ends_at > now) & (SecondStep.session_key == User.session_key)
    return query.where(is_this & is_open).first()  # type: ignore[no-any-return]


def hold(step: SecondStep) -> bool:
    """Keep the step from everybody else until the transaction ends.

    False: it was taken meanwhile, or its user was shut out.
    """
    if not is_alone(step.user_id, step.session_key):
        return False
    return database.locked(SecondStep.select(SecondStep.id).where(_is(step))).first() is not None


def is_alone(user_id: int, session_key: str) -> bool:
    """Whether the account is as it was; nobody else changes it until the transaction ends.

    Whoever changes factors waits for the account's row first, so nobody waits in a circle.
    """
    is_same = (User.id == user_id) & (User.session_key == session_key)
    return database.locked(User.select(User.id).where(is_same)).first() is not None


def end(step: SecondStep) -> None:
    """It is taken, or given up."""
    SecondStep.delete().where(_is(step)).execute()


def use_challenge(step: SecondStep) -> str:
    """What a passkey had to sign, which nobody signs for this step again; empty: it was used before.

    The step has another challenge from now on.
    """
    used, fresh = step.challenge, _challenge()
    is_unused = _is(step) & (SecondStep.challenge == used)
    with database.writing():
        is_ours = SecondStep.update(challenge=fresh).where(is_unused).execute()
    step.challenge = fresh
    return used if is_ours else ""


def end_all(user: User) -> None:
    """No step of theirs goes on."""
    SecondStep.delete().where(SecondStep.user == user).execute()


def _is(step: SecondStep) -> Any:
    return SecondStep.id == step.id


def _challenge() -> str:
    return secrets.token_urlsafe(CHALLENGE_BYTES)
