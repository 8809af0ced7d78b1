"""Keyed digests of what must be recognised and may not be kept: an erased number, a barred address.

Without the key of the book nobody can find out by trying whose number it was; with it, whoever has the
number already can be told that it is the one. The key stands in the database, so that a restored book
knows them again: whoever has a copy can try numbers, of which there are few.
"""

import secrets

from policies import database
from policies.erased import digest
from servicing.core.models import Secret

PREFIX = "digest:"
"""Before a digest that stands where an address stood; no address begins so."""

_NAME = "erasure"


def of(kind: str, value: str) -> str:
    """The digest of a value of some kind, such as a client number."""
    return digest(key(), kind, value)


def if_any(kind: str, value: str) -> str | None:
    """The same to look it up; None where this workspace has never made a digest."""
    found = _stored()
    return digest(found, kind, value) if found else None


def key() -> str:
    """The key of this workspace; made the first time it is asked for."""
    if not (found := _stored()):  # reading waits for nobody who writes
        with database.writing():
            new = Secret.insert(name=_NAME, value=secrets.token_urlsafe(32))
            new.on_conflict_ignore().execute()
        found = _stored()
    return found


def _stored() -> str:
    found: Secret | None = Secret.get_or_none(Secret.name == _NAME)
    return str(found.value) if found else ""
