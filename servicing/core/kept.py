"""What was worked out from files and libraries, kept as long as nothing changes that it rests on.

It is found by a digest of all it was worked out from. It can be lost at any time: nobody waits to keep
it, and a session that may only read works it out again.
"""

import contextlib

import peewee

from policies import database, patience
from policies.database import is_connected
from servicing.core.models import Kept


def value(name: str, digest: str) -> str | None:
    """What was worked out from this, if it is kept."""
    if not is_connected():
        return None
    found: Kept | None = Kept.get_or_none(Kept.name == name, Kept.digest == digest)
    return found.value if found else None


def keep(name: str, digest: str, value: str = "") -> bool:
    """Keep it in place of what was kept of that name; False where that cannot be done at once."""
    if not is_connected() or database.database.in_transaction():
        return False
    row = Kept.insert(name=name, digest=digest, value=value)
    with contextlib.suppress(peewee.DatabaseError), patience.soon(0):
        row.on_conflict(conflict_target=[Kept.name], preserve=[Kept.digest, Kept.value]).execute()
        return True
    return False
