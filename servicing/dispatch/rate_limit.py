"""The pace of a sender: so many messages a second, all threads and processes together.

The next free moment of each sender is a row of the database. Who sends takes some moments, and
each message leaves at one of its own. Moments are seconds of the real world since
1970, whatever day is being rehearsed.
"""

from collections.abc import Callable, Sequence

from policies import database

Wall = Callable[[], float]
"""Tells the seconds since 1970."""

SLACK = 1.09
"""Threads and networks bring messages closer together than they were meant: so much slower we go."""

_TAKE = """
    INSERT INTO sender (name, free_at) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET free_at =
        CASE WHEN sender.free_at > ? THEN sender.free_at ELSE ? END + ?
    RETURNING free_at
"""


def shared(wall: Wall) -> Wall:
    """The seconds of the clock that all machines share: the database server's, if it has one."""
    theirs = database.server_seconds()
    if theirs is None:
        return wall
    ahead = theirs - wall()
    return lambda: wall() + ahead


def interval(messages_per_second: int) -> float:
    """Seconds from one message to the next."""
    return SLACK / messages_per_second


def take(sender: str, messages_per_second: int, count: int, now: float) -> Sequence[float]:
    """`count` moments from `now` on at which nobody else sends."""
    step = interval(messages_per_second)
    end = _row(_TAKE, (sender, now + count * step, now, now, count * step))
    return [end - (count - number) * step for number in range(count)]


def hold(sender: str, until: float) -> None:
    """The provider asks for a pause: nothing more leaves until then."""
    _row(_TAKE, (sender, until, until, until, 0.0))


def free_at(sender: str) -> float:
    """The sender's next free moment; 0 for one that never sent."""
    row = database.execute("SELECT free_at FROM sender WHERE name = ?", (sender,)).fetchone()
    return float(row[0]) if row else 0.0


def _row(sql: str, values: tuple[object, ...]) -> float:
    with database.writing():
        return float(database.execute(sql, values).fetchone()[0])
