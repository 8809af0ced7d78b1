"""The link in every marketing mail with which a client ends all marketing in one click.

It holds the client's number, signed with a secret of the workspace: nobody can make one up for
somebody else, and it works for as long as the mail is kept.
"""

import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

from policies import database
from servicing.core.models import Secret

if TYPE_CHECKING:  # loaded where a link is signed
    from itsdangerous import URLSafeSerializer

PATH = "/u/"
_NAME = "unsubscribe"


def url(public_url: str, key: str, client_no: str) -> str:
    """The address to click."""
    return f"{public_url.rstrip('/')}{PATH}{_signer(key).dumps(client_no)}"


def client_of(token: str, key: str) -> str | None:
    """The number of the client whose link it is; None for one that was not signed with the key."""
    from itsdangerous import BadSignature

    try:
        found = _signer(key).loads(token)
    except BadSignature:
        return None
    return found if isinstance(found, str) else None


def secret() -> str:
    """The key that this workspace signs with; made the first time it is asked for."""
    if not (found := _stored()):  # reading waits for nobody who writes
        with database.writing():
            new = Secret.insert(name=_NAME, value=secrets.token_urlsafe(32))
            new.on_conflict_ignore().execute()
        found = _stored()
    return found


def _stored() -> str:
    found: Secret | None = Secret.get_or_none(Secret.name == _NAME)
    return str(found.value) if found else ""


@lru_cache(maxsize=8)
def _signer(key: str) -> "URLSafeSerializer":
    from itsdangerous import URLSafeSerializer

    return URLSafeSerializer(key, salt=_NAME)
