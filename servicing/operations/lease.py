"""Who keeps the clock: one process a database runs the timetable, whoever else is there waits.

The clock is held by a lease, a row that its holder renews. Should two believe that they hold it (a
machine that slept, a wall clock that was set), nothing is done twice all the same: the jobs see to
that themselves, and the one who has lost it finds out at the next renewal.
"""

from policies import database

LEASE_SECONDS = 40.0
"""After it, a holder who has not renewed is taken for dead."""

_CLOCK = "clock"

_TAKE = """
    INSERT INTO clock_keeper (name, holder, until) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE clock_keeper.holder = excluded.holder
       OR clock_keeper.until <= ? OR clock_keeper.until > ?
"""


def keep(holder: str, now: float) -> bool:
    """Take the clock, or renew the lease; answers with whether `holder` keeps it now.

    `now`: seconds since 1970, of the real world. A lease that ends later than any could was written
    before the wall clock was set back, and counts for nothing.
    """
    latest = now + 2 * LEASE_SECONDS
    with database.writing():
        database.execute(_TAKE, (_CLOCK, holder, now + LEASE_SECONDS, now, latest))
    return held_by() == holder


def held_by() -> str:
    """Who took the clock last; empty: nobody, or it was given back."""
    sql = "SELECT holder FROM clock_keeper WHERE name = ?"
    row = database.execute(sql, (_CLOCK,)).fetchone()
    return str(row[0]) if row else ""


def is_kept(now: float) -> bool:
    """Whether somebody keeps the clock at that moment, in seconds since 1970."""
    sql = "SELECT until FROM clock_keeper WHERE name = ?"
    row = database.execute(sql, (_CLOCK,)).fetchone()
    return row is not None and now < row[0] <= now + 2 * LEASE_SECONDS


def give_back(holder: str) -> None:
    """Let the next one have the clock at once, where `holder` keeps it."""
    with database.writing():
        database.execute("DELETE FROM clock_keeper WHERE holder = ?", (holder,))
