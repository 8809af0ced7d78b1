"""A client answers an invitation by one digit: with so many they come, 0: they do not (domain.md §20.8).

Whoever hands replies to questions (`dispatch.digits`) asks here for the invitations of a number, and when
they were sent: of several, the one that was sent last and waits is answered.
"""

import datetime
import unicodedata
from collections.abc import Callable, Collection
from typing import NamedTuple

from servicing.core import errors
from servicing.core.event_models import ClientEvent, EventParty
from servicing.core.models import HAD, Message
from servicing.events import moves, parties
from servicing.events.parties import Order

BY = "the client"
"""Who has answered: no login has a blank."""


class Asked(NamedTuple):
    """An invitation that was sent by SMS."""

    party: EventParty
    at: datetime.datetime
    """When it was sent."""

    def waits(self, now: datetime.datetime) -> bool:
        """Whether it may still be answered by a digit."""
        event, is_open = self.party.event, self.party.state == "invited"
        is_ahead = event.state in moves.INVITING and event.starts_at > now
        return is_open and is_ahead and self.party.answered_at is None


def digit_of(body: str) -> int | None:
    """The digit that a reply is; None: it is anything else."""
    said = unicodedata.normalize("NFKC", body).strip().rstrip(".。!！")
    return int(said) if len(said) == 1 and said in "0123456789" else None


def asked_at(number: str, clients: Collection[int]) -> list[Asked]:
    """The invitations to some clients that went to a number, the newest first."""
    is_there = (Message.channel == "sms") & (Message.address == number) & Message.state.in_(HAD)
    sent = EventParty.select(EventParty, ClientEvent).join(ClientEvent)
    sent = sent.switch(EventParty).join(
        Message, on=Message.touchpoint_id == EventParty.touchpoint_id
    )
    theirs = sent.where(EventParty.client.in_(sorted(clients)) & is_there)
    return [Asked(each, each.invited_at) for each in theirs.order_by(EventParty.invited_at.desc())]


def waits_at(now: datetime.datetime) -> Callable[[str, Collection[int]], bool]:
    """Whether, at a moment, an invitation waits for a digit from a number that some clients have."""
    return lambda number, clients: any(each.waits(now) for each in asked_at(number, clients))


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
