"""The plan invites by message: whoever is written to is on the list of the event (domain.md §20.7)."""

import datetime
from collections.abc import Iterable
from typing import NamedTuple

from servicing.core.event_models import EventParty


class Invited(NamedTuple):
    """Whom a message invites, and to which event."""

    event: int
    client_id: int
    touchpoint_id: int


def invited(those: Iterable[Invited], now: datetime.datetime) -> None:
    """Put them on the list, in the transaction in which their messages are claimed.

    One that is claimed once more, or whose client has registered meanwhile, is there already.
    """
    for each in those:
        EventParty.insert(
            event=each.event,
            client=each.client_id,
            touchpoint_id=each.touchpoint_id,
            persons=1,
            state="invited",
            invited_at=now,
            moved_at=now,
        ).on_conflict_ignore().execute()
