"""Recovery codes: ten on paper, for whoever has lost app and passkey, each used once.

A code has 79 random bits, which nobody finds by trying, so that a plain digest keeps it and costs
nothing: no login waits for it. It rests on no key of the workspace, and works where those are lost.
"""

import datetime
import hashlib
import secrets

from servicing.core.account_models import User
from servicing.core.authenticator_apps import plain
from servicing.core.factor_models import RecoveryCode

COUNT = 10

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that is taken for another when it is read from paper."""

LENGTH, GROUP = 16, 4
"""Characters of a code, and between two dashes."""


def fresh() -> list[str]:
    """Ten new codes, as they are written down."""
    return [_written("".join(secrets.choice(LETTERS) for _ in range(LENGTH))) for _ in range(COUNT)]


def put(user: User, codes: list[str], now: datetime.datetime) -> None:
    """These are theirs from now on, in place of all of before."""
    remove(user)
    for number, code in enumerate(codes):
        digest = _digest(user, plain(code))
        RecoveryCode.create(user=user, mark=str(number), digest=digest, made_at=now)


def remove(user: User) -> None:
    """They have none any more."""
    RecoveryCode.delete().where(RecoveryCode.user == user).execute()


def left(user: User) -> int:
    """How many of theirs were not used yet."""
    return int(RecoveryCode.select().where(_is_unused(user)).count())


def matching(user: User, typed: str) -> RecoveryCode | None:
    """The code that was typed, if it is theirs and was not used yet."""
    code = plain(typed)
    if len(code) != LENGTH or not set(code) <= set(LETTERS):
        return None
    is_it = RecoveryCode.digest == _digest(user, code)
    return RecoveryCode.get_or_none(_is_unused(user) & is_it)


def take(code: RecoveryCode, now: datetime.datetime) -> bool:
    """Use it; False: it was used already."""
    which = (RecoveryCode.id == code.id) & RecoveryCode.used_at.is_null()
    return bool(RecoveryCode.update(used_at=now).where(which).execute())


def give_up_all() -> None:
    """Nobody's codes open anything any more."""
    RecoveryCode.delete().execute()


def _is_unused(user: User) -> object:
    return (RecoveryCode.user == user) & RecoveryCode.used_at.is_null()


def _digest(user: User, code: str) -> str:
    """Whose it is goes into it: who tries codes for a stolen table tries them for one account."""
    return hashlib.sha256(f"{user.id} {code}".encode()).hexdigest()


def _written(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))
