"""What a request has left for later is written now and then: counts of strangers, looks at cards,
sessions that were ended, refusals.

It waits for no other writer: what cannot be written now is written the next time.
"""

import contextlib
import logging
import threading
from collections.abc import Iterator

from flask import Flask

from policies import database, patience
from servicing.core import card_views, errors
from servicing.web.current import ENDINGS, REFUSALS, SETTINGS, TALLIES

SECONDS = 10
"""Between two times."""

BUSY = "database_locked"
"""The complaint of a database in which somebody else is writing."""

log = logging.getLogger("servicing.web")


def write(app: Flask, *, is_last: bool = False) -> None:
    """Write what is left, at the end (`is_last`) all; a failure is logged, and tried again next time."""
    try:
        with database.explained(), _connected():
            card_views.bring_in()
            app.extensions[ENDINGS].bring_in()
            if tallies := app.extensions[TALLIES]:
                with patience.soon(0):
                    tallies.bring_in()
            if refusals := app.extensions[REFUSALS]:
                with patience.soon(0):
                    refusals.bring_in(app.extensions[SETTINGS].clock(), is_last=is_last)
    except Exception as error:  # of whatever kind: the server goes on
        is_busy = isinstance(error, errors.UnusableDatabase) and error.notice.code == BUSY
        log.log(
            logging.DEBUG if is_busy else logging.ERROR, "not written yet: %s", type(error).__name__
        )


@contextlib.contextmanager
def _connected() -> Iterator[None]:
    """A connection of this thread, closed behind it unless it was there before."""
    is_new = database.database.connect(reuse_if_open=True)
    try:
        yield
    finally:
        if is_new:
            database.database.close()


@contextlib.contextmanager
def at_work(app: Flask) -> Iterator[None]:
    """While the application is served, all of it is written every few seconds, and once at the end."""
    is_over = threading.Event()

    def again() -> None:
        while not is_over.wait(SECONDS):
            write(app)

    thread = threading.Thread(target=again, name="afterwards", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        write(app, is_last=True)
