"""The second factors of an account: what there is, and how it is added, removed and taken away.

Each change ends the account's other sessions and whatever was begun, and no device is known any more.
A recovery code is no factor by itself: the codes go with the last factor.
"""

import datetime
import secrets
from dataclasses import dataclass
from typing import Literal

from policies import database
from servicing.core import (
    accounts,
    audit_log,
    authenticator_apps,
    devices,
    errors,
    factor_models,
    factor_seals,
    passkeys,
    recovery_codes,
    second_steps,
    sessions,
)
from servicing.core.account_models import User
from servicing.core.factor_models import AuthenticatorApp, Passkey, RecoveryCode, SecondStep
from servicing.core.keys import Ring
from servicing.core.passkeys import Party

APP = "app"
"""The name of an app in a form; a passkey is named by its number."""


LONGEST_NUMBER = 20
"""Digits."""


@dataclass(frozen=True)
class Factors:
    """The second factors of an account."""

    app: AuthenticatorApp | None
    passkeys: list[Passkey]
    codes_left: int

    @property
    def is_any(self) -> bool:
        """Whether there is a factor."""
        return bool(self.app or self.passkeys)


@dataclass(frozen=True)
class FactorLine:
    """A factor in a list, or the recovery codes that are left."""

    factor: Literal["app", "passkey", "recovery_codes"]
    name: str
    made_at: datetime.datetime
    used_at: datetime.datetime | None
    left: int | None = None
    """Of recovery codes: how many."""
    is_doubted: bool = False
    """Of a passkey: it was copied, and opens nothing."""


@dataclass(frozen=True)
class Where:
    """From where somebody changes their own factors: their session goes on, every other one ends."""

    session_id: int
    now: datetime.datetime


def of(user: User) -> Factors:
    """What this account has."""
    return Factors(authenticator_apps.of(user), passkeys.of(user), recovery_codes.left(user))


def has_any(user: User) -> bool:
    """Whether this account is asked for a second factor."""
    return (
        User.select(User.id).where((User.id == user.id) & factor_models.has_any(user.id)).exists()
    )


def lines(user: User) -> list[FactorLine]:
    """The same as a list."""
    found = of(user)
    listed: list[FactorLine] = []
    if found.app:
        listed.append(FactorLine("app", "", found.app.made_at, found.app.used_at))
    for each in found.passkeys:
        is_doubted = each.doubted_at is not None
        listed.append(
            FactorLine("passkey", each.name, each.made_at, each.used_at, is_doubted=is_doubted)
        )
    codes = list(RecoveryCode.select().where(RecoveryCode.user == user))
    if codes:
        used = max((each.used_at for each in codes if each.used_at), default=None)
        listed.append(
            FactorLine("recovery_codes", "", codes[0].made_at, used, left=found.codes_left)
        )
    return listed


def set_up_app(user: User, step: SecondStep, code: str, ring: Ring, where: Where) -> list[str]:
    """The app of a step becomes theirs, in place of another; answers with the first recovery codes.

    No codes: they have some. Raises `BadFactor` for a code that is not the app's, or a step that is
    over, `UnreadableFactor`, `Busy`.
    """
    secret = factor_seals.opened(user, step.secret, ring)
    if authenticator_apps.step_of(secret, code, where.now) is None:
        raise errors.BadFactor("wrong_code")
    codes = _first_codes(user)
    with database.writing():
        _take(step)
        if not authenticator_apps.set_up(user, secret, code, where.now, ring):
            raise errors.BadFactor("wrong_code")
        _settle(user, codes, where)
        audit_log.record("factor.set_up", where.now, factor=APP)
    return codes


def set_up_passkey(
    user: User, step: SecondStep, named: str, answer: str, asked_by: Party, where: Where
) -> list[str]:
    """The passkey that a browser has made for a step becomes theirs; the rest as for an app.

    Raises `BadFactor` for an answer that is none, a passkey too many, or a step that is over, `Busy`.
    """
    codes = _first_codes(user)
    challenge = second_steps.use_challenge(step)
    if not challenge:
        raise errors.BadFactor("step_over")
    made = passkeys.made(answer, challenge, asked_by)
    with database.writing():
        _take(step)
        passkeys.keep(user, named, made, where.now)
        _settle(user, codes, where)
        audit_log.record("factor.set_up", where.now, factor="passkey")
    return codes


def _take(step: SecondStep) -> None:
    if not second_steps.hold(step):
        raise errors.BadFactor("step_over")
    second_steps.end(step)


def _first_codes(user: User) -> list[str]:
    return [] if recovery_codes.left(user) else recovery_codes.fresh()


def new_codes(user: User, where: Where) -> list[str]:
    """Ten other recovery codes; those of before open nothing any more.

    Raises `BadFactor` where there is no factor that they could stand in for, `Busy`.
    """
    codes = recovery_codes.fresh()
    with database.writing():
        _wait_as_read(user)
        if not has_any(user):
            raise errors.BadFactor("no_factor")
        _settle(user, codes, where)
        audit_log.record("factor.codes_made", where.now)
    return codes


def remove(user: User, factor: str, where: Where) -> None:
    """Remove a factor of theirs, the app or a passkey by its number.

    Raises `BadFactor` where there is none, or where they were shut out since `user` was read.
    """
    with database.writing():
        _wait_as_read(user)
        if factor == APP:
            count = authenticator_apps.remove(user)
        else:
            count = passkeys.remove(user, _number(factor))
        if not count:
            raise errors.BadFactor("no_such_factor")
        if not has_any(user):
            recovery_codes.remove(user)
        _settle(user, [], where)
        told = APP if factor == APP else "passkey"
        audit_log.record("factor.removed", where.now, factor=told)


def _wait_for_turn(user: User) -> None:
    """Nobody else changes the factors of this account until the transaction ends."""
    database.locked(User.select(User.id).where(User.id == user.id)).first()


def _wait_as_read(user: User) -> None:
    """The same; raises `BadFactor` where the user was shut out since `user` was read."""
    if not second_steps.is_alone(user.id, user.session_key):
        raise errors.BadFactor("step_over")


def _number(text: str) -> int:
    """The number that a form names; 0 for what is none."""
    return int(text) if text.isdecimal() and len(text) < LONGEST_NUMBER else 0


def _settle(user: User, codes: list[str], where: Where) -> None:
    """What follows from every change; in its transaction."""
    if codes:
        recovery_codes.put(user, codes, where.now)
    user.session_key = secrets.token_urlsafe()
    User.update(session_key=user.session_key).where(User.id == user.id).execute()
    sessions.end_others(user, where.session_id, where.now)
    second_steps.end_all(user)
    devices.forget(user)


def reset(user: User, now: datetime.datetime) -> int:
    """Take all of somebody's factors away, and end their sessions; answers with how many there were.

    Of none nothing follows, but that a second step that was begun is over.
    """
    with database.writing():
        _wait_for_turn(user)
        second_steps.end_all(user)
        if not has_any(user):
            return 0
        count = authenticator_apps.remove(user)
        count += int(Passkey.delete().where(Passkey.user == user).execute())
        recovery_codes.remove(user)
        devices.forget(user)
        ended = accounts.shut_out(user, now)
        audit_log.record("factor.reset", now, login=user.login, sessions=ended)
    return count


def leave_the_origin(now: datetime.datetime) -> None:
    """A restored book takes nothing that its origin may have taken since the copy was made.

    Of codes on paper nobody knows which were used: none opens anything. Call it in a transaction.
    """
    SecondStep.delete().execute()
    recovery_codes.give_up_all()
    authenticator_apps.pass_over(now)
