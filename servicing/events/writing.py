"""A party's move is written: its row, its line on the card, and the days from which plans count."""

import datetime

from policies import models
from servicing.core import touched, trail
from servicing.core.event_models import ClientEvent, EventParty, PartyDay
from servicing.core.touched import TouchedRow
from servicing.events import moves
from servicing.events.moves import DAY_NAMES, Standing

ANCHOR = "client_event"
"""The anchor of a plan's touchpoints that count from these days."""


def move(
    event: ClientEvent, party: EventParty, to: str, now: datetime.datetime, by: str = ""
) -> None:
    """The party is somewhere else from now on; in the transaction that has changed its places."""
    party.state, party.moved_at = to, now
    party.save()
    follow(event, party, now)
    tell(party, to, event, now, by)


def tell(
    party: EventParty, what: str, event: ClientEvent, now: datetime.datetime, by: str = ""
) -> None:
    """A line on the card of the party's client, if there is one."""
    if party.client_id is None:
        return
    said = {"by": by} if by else {}
    facts = trail.facts(event=event.id, title=event.title, persons=party.persons, **said)
    trail.write([trail.Entry(party.client_id, None, None, f"event.{what}", facts)], now)


def follow(event: ClientEvent, party: EventParty, now: datetime.datetime) -> None:
    """The days of the party stand as it does; what hangs on them is looked at by the next walk."""
    if party.client_id is None:
        return
    wanted = moves.days(Standing(party.state, event.state, event.held_on, event.ended_on))
    known = {each.name: each for each in PartyDay.select().where(PartyDay.party_id == party.id)}
    for name in DAY_NAMES:
        day, there = wanted.get(name), known.get(name)
        if there is not None and there.day == day:
            continue
        if there is not None:
            there.delete_instance()
        if day is not None:
            PartyDay.insert(
                party_id=party.id,
                name=name,
                client_id=party.client_id,
                day=day,
                recorded_at=models.utc(now).replace(tzinfo=datetime.UTC),
            ).execute()
    if wanted.keys() != known.keys():
        touched.note([TouchedRow(party.client_id, ANCHOR)])
