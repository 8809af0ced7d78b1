"""The pace of a sender: so many messages a second, all threads and processes together.

The next free moment of each sender is a row of the database. Who sends takes some moments, and
each message leaves at one of its own. Moments are seconds of the real world since
1970, whatever day is being rehearsed.
"""

from collections.abc import Callable, Sequence

from policies import database
from servicing.dispatch import queries

Wall = Callable[[], float]
"""Tells the seconds since 1970."""

SLACK = 1.09
"""Threads and networks bring messages closer together than they were meant: so much slower we go."""


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
    end = queries.reserve(sender, now, count * step)
    return [end - (count - number) * step for number in range(count)]


def hold(sender: str, until: float) -> None:
    """The provider asks for a pause: nothing more leaves until then."""
    queries.reserve(sender, until, 0.0)
