"""Keyed digests of what must be recognised and may not be kept: an erased number, a barred address.

Without the key nobody can find out by trying whose number it was; with it, whoever has the number
already can be told that it is the one. The key stands beside the database and never in it, so that a
copy of the book says nothing (`servicing.operations.keyring`).
"""

from collections.abc import Callable

from policies.erased import digest
from servicing.core.models import Secret

PREFIX = "digest:"
"""Before a digest that stands where an address stood; no address begins so."""


OF_BEFORE, FINGERPRINT = "erasure", "erasure_fingerprint"
"""Names in the table `secret`: of the key, as older versions kept it there; of its fingerprint."""

Holder = Callable[[], str]
"""Tells the key of the open book, and makes it where there is none; raises `BadKeys` where it is lost."""

_HOLDERS: list[Holder] = []
"""The one of the open book, as `policies.database` has its connection."""


def held_by(holder: Holder) -> None:
    """From now on this one is asked: whoever opens a book says who has its key."""
    _HOLDERS[:] = [holder]


def of(kind: str, value: str) -> str:
    """The digest of a value of some kind, such as a client number."""
    return digest(key(), kind, value)


def if_any(kind: str, value: str) -> str | None:
    """The same to look it up; None where nobody of the open book has ever been erased."""
    return digest(key(), kind, value) if was_made() else None


def key() -> str:
    """The key of the open book; made the first time it is asked for. Raises `BadKeys`."""
    return _HOLDERS[0]()


def was_made() -> bool:
    """Whether the open book has any digest to be recognised."""
    return Secret.select().where(Secret.name.in_((OF_BEFORE, FINGERPRINT))).exists()
