"""An event of today with guests at its door, and one that was called off."""

import datetime
from typing import Any

from servicing.core.event_models import ClientEvent
from servicing.events import planning
from servicing.events.planning import Wish
from tests.servicing.events import at_work
from tests.servicing.web.visits import NOW, account

BEFORE = NOW - datetime.timedelta(days=7)
TODAY = NOW.date()


def draft(by: str) -> ClientEvent:
    """One of this day, by somebody."""
    starts = NOW + datetime.timedelta(hours=5)
    return planning.add(Wish("品茗会", "花园厅", starts, TODAY, 4), by, BEFORE)


def event(**facts: Any) -> ClientEvent:
    """One that is open; operations have approved it."""
    return at_work.open_event(NOW, account("ops").login, **facts)


def register(of: ClientEvent, client_no: str, persons: int = 1) -> None:
    at_work.register(of, client_no, NOW, persons)


def live() -> None:
    """Two clients of two agents fill an event of today, and a third one waits; another is called off."""
    of = event()
    for client_no, persons in (("C001", 2), ("C900", 2), ("C7", 1)):
        register(of, client_no, persons)
    gone = event(title="读书会")
    planning.cancel(gone.id, "场地不可用", TODAY, BEFORE)
