"""Sessions that were ended while somebody else was writing: they open nothing from then on.

A logout waits for no import. What ends in memory is ended in the database a few seconds later
(`afterwards`); until then another process of the same book still takes the cookie.
"""

import datetime
import threading

import peewee

from policies import patience
from servicing.core import sessions
from servicing.core.account_models import User


class Endings:
    """The sessions that this process has ended and the database has not, by their number."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._ended: dict[int, tuple[User, datetime.datetime]] = {}

    def has(self, number: int) -> bool:
        """Whether the session is over."""
        return number in self._ended

    def end(self, user: User, number: int, now: datetime.datetime) -> None:
        """End it, in the database if nobody else is writing there."""
        with self._turn:
            self._ended[number] = (user, now)
        self.bring_in()

    def bring_in(self) -> None:
        """End all of them in the database, unless somebody else is writing."""
        with self._turn:
            for number, (user, at) in list(self._ended.items()):
                try:
                    with patience.soon(0):
                        sessions.end(user, number, at)
                except peewee.OperationalError as error:
                    if patience.is_busy(error):
                        return
                    raise
                del self._ended[number]
