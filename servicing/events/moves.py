"""How an event and its parties move, and who gets a place: pure rules (domain.md §20.1, §20.2).

A party is a client with so many persons. It is not split: it is in as a whole, or waits as a whole.
"""

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

EventState = Literal["draft", "approved", "open", "full", "held", "cancelled"]
EVENT_STATES: tuple[EventState, ...] = ("draft", "approved", "open", "full", "held", "cancelled")

PartyState = Literal[
    "invited",
    "registered",
    "declined",
    "waitlisted",
    "confirmed",
    "attended",
    "no_show",
    "cancelled",
]
PARTY_STATES: tuple[PartyState, ...] = (
    "invited",
    "registered",
    "declined",
    "waitlisted",
    "confirmed",
    "attended",
    "no_show",
    "cancelled",
)

EventDeed = Literal["approve", "open", "hold", "cancel"]
PartyDeed = Literal["invite", "register", "decline", "confirm", "withdraw", "attend", "miss"]

INVITING: tuple[EventState, ...] = ("open", "full")
"""While it is one of these, clients are invited and registered."""

AHEAD: tuple[EventState, ...] = ("draft", "approved", "open", "full")
"""Not over yet."""

WITH_PLACES: tuple[PartyState, ...] = ("registered", "confirmed", "attended")
"""Parties that have their places."""

COMING: tuple[PartyState, ...] = ("registered", "confirmed")

EVENT_MOVES: Mapping[EventDeed, tuple[tuple[EventState, ...], EventState]] = {
    "approve": (("draft",), "approved"),
    "open": (("approved",), "open"),
    "hold": (INVITING, "held"),
    "cancel": (AHEAD, "cancelled"),
}
"""By deed: from which states, and to which."""

PARTY_MOVES: Mapping[PartyDeed, Collection[str]] = {
    "invite": (),
    "register": {"invited", "declined", "cancelled", "waitlisted"} | set(COMING),
    "decline": {"invited", "waitlisted"} | set(COMING),
    "confirm": {"registered"},
    "withdraw": {"waitlisted"} | set(COMING),
    "attend": set(PARTY_STATES) - {"attended"},
    "miss": {"attended"} | set(COMING),
}
"""By deed the states from which it is allowed, for a client who is a party already."""


class Waiting(NamedTuple):
    """A party that waits for places."""

    id: int
    persons: int


def let_in(free: int, waiting: Sequence[Waiting]) -> Iterator[Waiting]:
    """Those who get the free places: in their order, each who fits as a whole."""
    for each in waiting:
        if each.persons <= free:
            free -= each.persons
            yield each


DayName = Literal["coming", "attended", "called_off"]
DAY_NAMES: tuple[DayName, ...] = ("coming", "attended", "called_off")


class Standing(NamedTuple):
    """All that says from which days of a party plans count."""

    party: str
    event: str
    held_on: datetime.date
    ended_on: datetime.date | None
    """When the event was cancelled, or recorded as held."""


def days(of: Standing) -> dict[DayName, datetime.date]:
    """The days of a party from which plans count (domain.md §20.5).

    A place given, or hoped for, in an event that is called off is called off with it.
    """
    if of.event == "cancelled":
        is_told = of.party == "waitlisted" or of.party in COMING
        return {"called_off": of.ended_on} if is_told and of.ended_on else {}
    if of.party == "attended":
        return {"attended": of.held_on}
    return {"coming": of.held_on} if of.party in COMING else {}
