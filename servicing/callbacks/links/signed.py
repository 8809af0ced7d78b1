"""The link in a message by which a client answers to a call-back.

It holds the number of the link and a secret, signed with a key that serves nothing else: nobody can
make one up, and a copy of the database makes none, since only a digest of the secret stands there.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # loaded where a link is signed
    from itsdangerous import URLSafeSerializer

PATH = "/c/"
_NAME = "callback"


class Link(NamedTuple):
    """What a link says of itself."""

    number: int
    secret: str


def fresh_secret() -> str:
    """What nobody can guess."""
    return secrets.token_urlsafe(16)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_of(link: Link, kept: str) -> bool:
    """Whether the secret of a link is the one of which `kept` is the digest."""
    return hmac.compare_digest(digest(link.secret), kept)


def url(public_url: str, key: str, link: Link) -> str:
    """The address to open."""
    return f"{public_url.rstrip('/')}{PATH}{_signer((key,)).dumps([link.number, link.secret])}"


def read(token: str, keys: Sequence[str]) -> Link | None:
    """What a link says; None for one that none of the keys has signed. It asks no database."""
    from itsdangerous import BadSignature

    try:
        found = _signer(tuple(keys)).loads(token)
    except BadSignature:
        return None
    match found:
        case [int(number), str(secret)]:
            return Link(number, secret)
    return None


@lru_cache(maxsize=8)
def _signer(keys: tuple[str, ...]) -> "URLSafeSerializer":
    from itsdangerous import URLSafeSerializer

    return URLSafeSerializer(keys, salt=_NAME)
