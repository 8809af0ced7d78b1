"""The link in every marketing mail with which a client ends all marketing in one click.

It holds the client's number, signed with a key of the workspace: nobody can make one up for somebody
else. It works for years after its key was replaced (`servicing.core.keys`), since mail is kept.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded where a link is signed
    from itsdangerous import URLSafeSerializer

PATH = "/u/"
_NAME = "unsubscribe"


def url(public_url: str, key: str, client_no: str) -> str:
    """The address to click."""
    return f"{public_url.rstrip('/')}{PATH}{_signer((key,)).dumps(client_no)}"


def client_of(token: str, keys: Sequence[str]) -> str | None:
    """The number of the client whose link it is; None for one that none of the keys has signed."""
    from itsdangerous import BadSignature

    try:
        found = _signer(tuple(keys)).loads(token)
    except BadSignature:
        return None
    return found if isinstance(found, str) else None


@lru_cache(maxsize=8)
def _signer(keys: tuple[str, ...]) -> "URLSafeSerializer":
    from itsdangerous import URLSafeSerializer

    return URLSafeSerializer(keys, salt=_NAME)
