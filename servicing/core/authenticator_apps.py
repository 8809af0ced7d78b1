"""Authenticator apps: a secret that app and server share, and a code of six digits every half minute.

A code is taken once. The time step of the last one stands in the row, and only a later one counts, so
that whoever has seen a code comes too late with it, also at the same moment.
"""

import datetime
import hmac
import logging
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies import database
from servicing.core import factor_seals
from servicing.core.account_models import User
from servicing.core.factor_models import AuthenticatorApp
from servicing.core.keys import Ring

if TYPE_CHECKING:
    import pyotp

STEP_SECONDS = 30

WINDOW = 1
"""A code of so many steps before and after this one is taken: clocks differ, and people type."""

DIGITS = 6

MOST_WRONG = 100
"""After so many since its owner has come in last, only a device that is known has any more."""

LONGEST_CODE = 100
"""Characters that are read of what somebody has typed."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shown:
    """An app that is to be set up, as its owner sees it."""

    secret: str
    """In groups of four letters, to be typed."""
    picture: str
    """A QR code, as an address of data."""


def fresh() -> str:
    """A new secret."""
    import pyotp  # loaded where an app is set up or asked

    return pyotp.random_base32()


def shown(secret: str, login: str, company: str) -> Shown:
    """The secret as text and as a QR code, with the account's name in the app."""
    import segno

    address = _totp(secret).provisioning_uri(name=login, issuer_name=company)
    code = segno.make(address, error="m", micro=False)
    picture = code.svg_data_uri(scale=5, border=4, light="#fff")
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return Shown(" ".join(groups), picture)


def step_of(secret: str, code: str, now: datetime.datetime, after: int = 0) -> int | None:
    """The time step of which this is the code; None: of none that counts now and comes after `after`."""
    typed = plain(code)
    if len(typed) != DIGITS:
        return None
    here, totp = _step(now), _totp(secret)
    steps = range(max(here - WINDOW, after + 1), here + WINDOW + 1)
    found = [
        each
        for each in steps
        if hmac.compare_digest(totp.generate_otp(each).encode(), typed.encode())
    ]
    return found[0] if found else None


def plain(code: str) -> str:
    """What was typed, without blanks and dashes, and with full-width digits as plain ones."""
    text = unicodedata.normalize("NFKC", code[:LONGEST_CODE])
    return "".join(each for each in text if not each.isspace() and each != "-").lower()


def set_up(user: User, secret: str, code: str, now: datetime.datetime, ring: Ring) -> bool:
    """Make it the app of this user, in place of another one; False: the code is not the app's."""
    step = step_of(secret, code, now)
    if step is None:
        return False
    with database.writing():
        remove(user)
        seal = factor_seals.sealed(user, secret, ring)
        AuthenticatorApp.create(user=user, secret=seal, last_step=step, made_at=now)
    return True


def remove(user: User) -> int:
    """They have no app any more; answers with how many they had."""
    return int(AuthenticatorApp.delete().where(AuthenticatorApp.user == user).execute())


def of(user: User) -> AuthenticatorApp | None:
    """The app of this user, if there is one."""
    return AuthenticatorApp.get_or_none(AuthenticatorApp.user == user)


def matching(
    user: User, code: str, now: datetime.datetime, ring: Ring, *, is_known: bool
) -> int | None:
    """The time step of a right code that was not taken yet; a wrong one is counted.

    `is_known`: from a device of theirs, which is let in however many strangers were wrong. Raises
    `UnreadableFactor` where the keys of this workspace do not open the app's secret.
    """
    app = of(user)
    if app is None or not _may_try(app, is_known=is_known):
        return None
    secret = factor_seals.opened(user, app.secret, ring)
    return step_of(secret, code, now, app.last_step)


def _may_try(app: AuthenticatorApp, *, is_known: bool) -> bool:
    """Count a wrong code before it is looked at, so that guesses at the same moment count too."""
    which = AuthenticatorApp.id == app.id
    if not is_known:
        which &= AuthenticatorApp.wrong < MOST_WRONG
    counted = AuthenticatorApp.update(wrong=AuthenticatorApp.wrong + 1).where(which)
    with database.writing():
        may = bool(counted.execute())
    if not may:
        log.warning("an authenticator app has had %d wrong codes and takes no more", MOST_WRONG)
    return may


def take(user: User, step: int, now: datetime.datetime) -> bool:
    """Use the code of that time step; False: that code, or a later one, was used already."""
    is_new = (AuthenticatorApp.user == user) & (AuthenticatorApp.last_step < step)
    was_right = AuthenticatorApp.wrong - 1  # counted before it was looked at
    taken = AuthenticatorApp.update(last_step=step, used_at=now, wrong=was_right)
    return bool(taken.where(is_new).execute())


def forgive(user: User) -> int:
    """Their owner has come in, by whatever factor: answers with how many wrong codes there were before.

    They are counted from the first again.
    """
    app = of(user)
    AuthenticatorApp.update(wrong=0).where(AuthenticatorApp.user == user).execute()
    return app.wrong if app else 0


def pass_over(now: datetime.datetime) -> None:
    """No code that somebody may have seen until now is taken any more, of any app."""
    AuthenticatorApp.update(last_step=_step(now) + WINDOW).execute()


def _step(now: datetime.datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def _totp(secret: str) -> "pyotp.TOTP":
    import pyotp

    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
