"""A client answers an invitation by one digit: with so many they come, 0: they do not (domain.md §20.8).

Whoever hands replies to questions asks here for the invitation that waits, and when it was sent: of
several questions to one number, what was asked last is answered.
"""

import datetime
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

from servicing.core import errors
from servicing.core.event_models import ClientEvent, EventParty
from servicing.events import moves, parties
from servicing.events.parties import Order

BY = "the client"
"""Who has answered: no login has a blank."""


class Asked(NamedTuple):
    """An invitation that waits for an answer."""

    party: EventParty
    at: datetime.datetime
    """When it was sent."""


def digit_of(body: str) -> int | None:
    """The digit that a reply is; None: it is anything else."""
    said = unicodedata.normalize("NFKC", body).strip().rstrip(".。!！")
    return int(said) if len(said) == 1 and said in "0123456789" else None


def waiting(clients: Collection[int], now: datetime.datetime) -> Asked | None:
    """The last invitation by message to some clients, by id, that may still be answered."""
    is_theirs = EventParty.client.in_(list(clients)) & (EventParty.state == "invited")
    is_asked = EventParty.touchpoint_id.is_null(False) & EventParty.answered_at.is_null()
    is_ahead = ClientEvent.state.in_(list(moves.INVITING)) & (ClientEvent.starts_at > now)
    query = EventParty.select(EventParty, ClientEvent).join(ClientEvent)
    last = query.where(is_theirs & is_asked & is_ahead).order_by(EventParty.invited_at.desc())
    found: EventParty | None = last.first()
    return Asked(found, found.invited_at) if found else None


def answer(asked: Asked, digit: int, today: datetime.date, now: datetime.datetime) -> str | None:
    """Where the party stands after the answer; None: it could not be taken, and somebody reads it."""
    client = asked.party.client
    assert client is not None  # as every party that was written to has one
    order = Order(asked.party.event_id, client.client_no, BY, today, now)
    try:
        if digit == 0:
            return parties.decline(order, is_answer=True).state
        return parties.register(order, digit, is_answer=True).state
    except errors.ServicingError:
        return None
