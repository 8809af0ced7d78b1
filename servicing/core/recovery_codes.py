"""Recovery codes: ten on paper, for whoever has lost app and passkey, each used once.

Argon2 hashes them as it does passwords. The first characters of a code say which of the ten it is, so
that a guess costs one check. They rest on no key of the workspace, and work where those are lost.
"""

import datetime
import secrets

from servicing.core import hashing
from servicing.core.account_models import User
from servicing.core.authenticator_apps import plain
from servicing.core.factor_models import RecoveryCode

COUNT = 10

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that is taken for another when it is read from paper."""

MARK, LENGTH, GROUP = 2, 12, 4
"""Characters of the mark, of a whole code, and between two dashes."""


def hashed() -> dict[str, str]:
    """Ten new codes, as they are written down, each with its hash; raises `Busy`.

    It takes a while: call it before the writer's lock is taken.
    """
    marks: set[str] = set()
    while len(marks) < COUNT:
        marks.add(_letters(MARK))
    codes = [mark + _letters(LENGTH - MARK) for mark in sorted(marks)]
    return {_written(each): hashing.hashed(each) for each in codes}


def put(user: User, codes: dict[str, str], now: datetime.datetime) -> None:
    """These are theirs from now on, in place of all of before."""
    remove(user)
    for code, digest in codes.items():
        RecoveryCode.create(user=user, mark=plain(code)[:MARK], digest=digest, made_at=now)


def remove(user: User) -> None:
    """They have none any more."""
    RecoveryCode.delete().where(RecoveryCode.user == user).execute()


def left(user: User) -> int:
    """How many of theirs were not used yet."""
    return int(RecoveryCode.select().where(_is_unused(user)).count())


def matching(user: User, typed: str) -> RecoveryCode | None:
    """The code that was typed, if it is theirs and was not used yet; raises `Busy`."""
    code = plain(typed)
    if len(code) != LENGTH or not set(code) <= set(LETTERS):
        return None
    found: RecoveryCode | None = RecoveryCode.get_or_none(
        _is_unused(user) & (RecoveryCode.mark == code[:MARK])
    )
    is_right = found is not None and hashing.is_right(found.digest, code)
    return found if is_right else None


def take(code: RecoveryCode, now: datetime.datetime) -> bool:
    """Use it; False: it was used already."""
    which = (RecoveryCode.id == code.id) & RecoveryCode.used_at.is_null()
    return bool(RecoveryCode.update(used_at=now).where(which).execute())


def give_up_all() -> None:
    """Nobody's codes open anything any more."""
    RecoveryCode.delete().execute()


def _is_unused(user: User) -> object:
    return (RecoveryCode.user == user) & RecoveryCode.used_at.is_null()


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))


def _written(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))
