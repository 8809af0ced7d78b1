"""The lease of the clock: one process a database runs the timetable, the others wait.

The clock is held by a lease, a row that its holder renews. Should two believe that they hold it (a
machine that slept, a wall clock that was set), nothing is done twice all the same: the jobs see to
that themselves, and the one who has lost it learns so at the next renewal.
"""

from policies import database
from servicing.operations import queries
from servicing.operations.queries import Lease

LEASE_SECONDS = 40.0
"""After it, a holder who has not renewed is taken for dead."""

_CLOCK = "clock"


def keep(holder: str, now: float) -> bool:
    """Take the clock, or renew the lease; answers with whether `holder` keeps it now.

    `now`: seconds since 1970, of the real world. A lease that ends later than any could was written
    before the wall clock was set back, and counts for nothing.
    """
    wanted = Lease(holder, now + LEASE_SECONDS)
    with database.writing():
        queries.take_lease(_CLOCK, wanted, now, latest=now + 2 * LEASE_SECONDS)
    return held_by() == holder


def held_by() -> str:
    """The holder who took the clock last; empty: nobody, or it was given back."""
    taken = queries.lease(_CLOCK)
    return taken.holder if taken else ""


def is_kept(now: float) -> bool:
    """Whether somebody keeps the clock at that moment, in seconds since 1970."""
    taken = queries.lease(_CLOCK)
    return taken is not None and now < taken.until <= now + 2 * LEASE_SECONDS


def give_back(holder: str) -> None:
    """Let the next one have the clock at once, where `holder` keeps it."""
    with database.writing():
        queries.give_lease_back(holder)
