"""Which events a reader sees, and whom of their guests (domain.md §20.9)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import peewee
from flask import abort

from policies.models import Client
from servicing.core import visibility
from servicing.core.accounts import ROLES, Role
from servicing.desk import client_search
from servicing.events import moves, queries
from servicing.events.moves import EventDeed, PartyDeed
from servicing.events.queries import EventLine, PartyLine, WantedEvents, WantedParties
from servicing.web.current import me, now, today, workspace

READERS = ROLES
DECIDING: tuple[Role, ...] = ("manager", "operations", "administrator")
"""Who approves, opens, holds and calls off."""
INVITING: tuple[Role, ...] = ("agent", "manager", "operations")
"""Who puts clients on the list, and ticks those who have come."""

NO_UNIT = 0
"""No branch has this number: of an agent without a team, whose events are those of everybody."""


def wanted() -> WantedEvents:
    """The events of everybody and those of the reader's unit."""
    reader = me()
    if reader.role == "agent":
        team_id = reader.agent.team_id if reader.agent else None
        return WantedEvents(team_id=team_id, branch_id=None if team_id else NO_UNIT)
    if reader.role == "manager":
        return WantedEvents(team_id=reader.team_id, branch_id=reader.branch_id)
    return WantedEvents()


def event(event_id: int) -> EventLine:
    """The event of that number; to whoever may not see it there is none (404)."""
    found = queries.events(replace(wanted(), event_id=event_id))
    return found[0] if found else abort(404)


def parties(event_id: int, states: Sequence[str] = ()) -> WantedParties:
    """Those of the reader's clients who are on the list of an event."""
    seen: Any = None
    if visibility.is_limited(me()):
        is_guest: Any = Client.id == peewee.SQL("y.client_id")
        seen = Client.select(Client.id).where(is_guest & visibility.seen(me(), today()))
    return WantedParties(event_id, states, seen=seen)


def event_deeds(of: EventLine) -> list[EventDeed]:
    """What the reader may do with an event now."""
    if me().role not in DECIDING:
        return []
    may = [deed for deed, (states, _) in moves.EVENT_MOVES.items() if of.state in states]
    return [each for each in may if _is_in_time(each, of)]


def _is_in_time(deed: EventDeed, of: EventLine) -> bool:
    """Whether it is one of this day; that is decided once more where it is done."""
    if deed == "open":
        return of.starts_at > now()
    return deed != "hold" or today() >= of.held_on


def may_invite(of: EventLine) -> bool:
    """Whether the reader may put clients on the list now."""
    return me().role in INVITING and of.state in moves.INVITING and of.starts_at > now()


def has_door(of: EventLine) -> bool:
    """Whether the reader may tick now who has come."""
    return me().role in INVITING and of.state in moves.INVITING and today() >= of.held_on


PARTY_DEEDS: tuple[PartyDeed, ...] = ("register", "confirm", "decline", "withdraw")


def party_deeds(line: PartyLine) -> list[PartyDeed]:
    """What may be recorded of a party by one press; who has a place changes it by a search."""
    may = [each for each in PARTY_DEEDS if line.state in moves.PARTY_MOVES[each]]
    return [each for each in may if not (each == "register" and line.state in _HAS_ASKED)]


_HAS_ASKED = ("registered", "confirmed", "waitlisted")


def found(event_id: int, text: str) -> list[tuple[Client, PartyLine | None]]:
    """Clients of the reader who may be meant, each with their party in an event."""
    ids = client_search.found(me(), text, workspace().country, today()).ids[:MOST_FOUND]
    if not ids:
        return []
    known = {each.id: each for each in Client.select().where(Client.id.in_(ids))}
    on_list = queries.parties(replace(parties(event_id), clients=ids))
    party_of = {each.client_no: each for each in on_list}
    return [(known[each], party_of.get(known[each].client_no)) for each in ids]


MOST_FOUND = 10
"""Clients that a search offers: whoever means another types more."""
