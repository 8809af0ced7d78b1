"""Secrets of authenticator apps as they are stored: encrypted, so that a copy of the database has none.

The key is derived from the workspace's newest key for this purpose. The keys before it still open what
they have sealed; a rotation seals everything anew.
"""

import base64
import logging
from typing import TYPE_CHECKING

import msgspec

from servicing.core import errors
from servicing.core.account_models import User
from servicing.core.factor_models import AuthenticatorApp, SecondStep
from servicing.core.keys import Ring

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

log = logging.getLogger(__name__)


class _Sealed(msgspec.Struct, frozen=True):
    """A secret, and whose it is: in the row of another account it opens nothing."""

    owner: int
    secret: str


def sealed(user: User, secret: str, ring: Ring) -> str:
    """A secret of this user, as it may be stored."""
    text = msgspec.json.encode(_Sealed(owner=user.id, secret=secret))
    return _box(ring).encrypt(text).decode()


def opened(user: User, seal: str, ring: Ring) -> str:
    """The secret; raises `UnreadableFactor` where it was sealed with keys that are not here."""
    from cryptography.fernet import InvalidToken

    try:
        found = msgspec.json.decode(_box(ring).decrypt(seal.encode()), type=_Sealed)
    except (InvalidToken, ValueError):
        raise errors.UnreadableFactor from None
    if found.owner != user.id:
        raise errors.UnreadableFactor
    return found.secret


def renew(ring: Ring, before: Ring | None) -> int:
    """Seal everything with the newest key; answers with how many secrets nobody here can read.

    `before`: the keys that were here until now, those that are to be forgotten among them. Call it in
    the transaction that changes the keys.
    """
    SecondStep.delete().execute()
    apps = list(AuthenticatorApp.select(AuthenticatorApp.id, AuthenticatorApp.secret))
    if not apps:
        return 0
    from cryptography.fernet import InvalidToken

    box, unreadable = _box(ring, before), 0
    for app in apps:
        try:
            seal = box.rotate(app.secret.encode()).decode()
        except (InvalidToken, ValueError):
            unreadable += 1
            continue
        AuthenticatorApp.update(secret=seal).where(AuthenticatorApp.id == app.id).execute()
    if unreadable:
        log.warning("secrets of authenticator apps that no key here opens: %d", unreadable)
    return unreadable


def _box(ring: Ring, before: Ring | None = None) -> "MultiFernet":
    """What seals with the newest key and opens with any."""
    from cryptography.fernet import Fernet, MultiFernet  # loaded where something is sealed

    keys = [each for held in (ring, before) if held for each in held.factor_keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(each)) for each in keys])
