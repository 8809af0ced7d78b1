"""Who is invited, gets places, waits, comes: one transaction each, under the event's lock.

A place is taken by compare-and-swap, and the database refuses one too many: two who register for the
last one at once have it once (domain.md §20.2).
"""

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from policies import database, persons
from policies.models import Client
from servicing.cases.ground import FREE_LOOK, Ground
from servicing.core import errors
from servicing.core.event_models import ClientEvent, EventParty
from servicing.events import moves, planning, queries, writing
from servicing.events.moves import PartyDeed
from servicing.events.queries import Guest

MOST_PERSONS = 20
"""Of one party."""


@dataclass(frozen=True)
class Order:
    """Who does something to whose party, and when."""

    event: int
    client_no: str
    by: str
    today: datetime.date
    now: datetime.datetime


# -------------------------------------------------------------------------------------- invited


def invite(ground: Ground, order: Order, *, is_reached: bool = True) -> EventParty:
    """Invite a client in person; `is_reached`: the invitation has reached them.

    Raises `EventRefused` where it is not open, has begun, or where the client is not to be invited
    (`why_not`).
    """
    with database.writing():
        event = _open(order)
        client = client_of(order.client_no)
        numbers = persons.numbers([client.id])
        if (there := queries.party_of(event.id, numbers)) is not None:
            _refuse(event, there, "invite")
        if why := why_not(ground, numbers, order.today):
            raise errors.EventRefused(why, client_no=order.client_no)
        return _begun(event, client, order, is_reached=is_reached)


SPARED: Mapping[str, Callable[[Guest], bool]] = {
    "event_guest_erased": lambda of: of.is_erased,
    "event_guest_dead": lambda of: of.is_dead,
    "event_guest_mourns": lambda of: of.mourns,
    "event_guest_complains": lambda of: of.complains,
    "event_guest_stopped": lambda of: of.has_stopped,
}
"""By code whom nobody invites."""

FREE_LOOK_RUNS = "event_guest_free_look"


def why_not(ground: Ground, numbers: Sequence[int], on: datetime.date) -> str:
    """The code that says why a person is not invited on a day; empty: they may be (domain.md §20.3)."""
    for guest in queries.guests(numbers, on):
        if found := next((code for code, is_so in SPARED.items() if is_so(guest)), ""):
            return found
    return FREE_LOOK_RUNS if _is_in_free_look(ground, numbers, on) else ""


def _is_in_free_look(ground: Ground, numbers: Sequence[int], on: datetime.date) -> bool:
    """Whether a contract of theirs may still be cancelled for nothing."""
    if FREE_LOOK not in ground.rules.names:
        return False
    longest = max([ground.rules.at(FREE_LOOK, on).length, *ground.free_look.values()])
    delivered = queries.delivered_since(numbers, on - datetime.timedelta(days=2 * longest))
    ends = (ground.free_look_until(each.delivered_on, each.product) for each in delivered)
    return any(until is not None and on <= until for until in ends)


def client_of(client_no: str) -> Client:
    """The client of that number; raises `ClientNotFound`."""
    found: Client | None = Client.get_or_none(Client.client_no == client_no)
    if found is None:
        raise errors.ClientNotFound(client_no)
    return found


def _begun(
    event: ClientEvent, client: Client, order: Order, *, is_reached: bool, is_invited: bool = True
) -> EventParty:
    """A party of one that has no places yet."""
    made: EventParty = EventParty.create(
        event=event,
        client=client,
        persons=1,
        state="invited",
        reached=is_reached,
        invited_at=order.now if is_invited else None,
        moved_at=order.now,
    )
    if is_invited:
        writing.tell(made, "invited", event, order.now, order.by)
    return made


# ------------------------------------------------------------------------------------- registered


def register(order: Order, heads: int = 1, *, is_answer: bool = False) -> EventParty:
    """Give a client so many places, or put them on the waiting list as a whole.

    A client who has places already changes their number. `is_answer`: the client has answered alone.
    Raises `EventRefused` where the event is not open or has begun, and where there are not so many
    places more for whoever has some.
    """
    _refuse_size(heads)
    with database.writing():
        event = _open(order)
        client = client_of(order.client_no)
        if client.erased_on is not None:
            raise errors.EventRefused("event_guest_erased", client_no=order.client_no)
        party = queries.party_of(event.id, persons.numbers([client.id]))
        if party is None:
            party = _begun(event, client, order, is_reached=False, is_invited=False)
        _refuse(event, party, "register")
        if is_answer:
            party.answered_at = order.now
        if party.state in moves.COMING:
            _change_size(event, party, heads, order)
        else:
            _seat(event, party, heads, order)
        return party


def _change_size(event: ClientEvent, party: EventParty, heads: int, order: Order) -> None:
    more = heads - party.persons
    if more and not queries.take(event.id, more):
        raise errors.EventRefused("event_no_room", persons=heads)
    party.persons = heads
    writing.move(event, party, party.state, order.now, order.by)
    if more < 0:
        _let_in(event, order.now)


def _seat(event: ClientEvent, party: EventParty, heads: int, order: Order) -> None:
    if party.state == "waitlisted" and party.persons == heads:
        party.save()  # waits on, in its place
        return
    party.persons = heads
    if queries.take(event.id, heads):
        party.registered_at, party.waits_since = order.now, None
        writing.move(event, party, "registered", order.now, order.by)
    else:
        party.waits_since = order.now
        writing.move(event, party, "waitlisted", order.now, order.by)


def _let_in(event: ClientEvent, now: datetime.datetime) -> None:
    """Free places go to the first of the waiting list who fit as a whole, until it begins."""
    if event.starts_at <= now:
        return
    current = planning.kept(event.id)
    free = current.capacity - current.taken
    for each in moves.let_in(free, queries.waiting(event.id)):
        if queries.take(event.id, each.persons):
            party: EventParty = EventParty.get_by_id(each.id)
            party.registered_at, party.waits_since = now, None
            writing.move(current, party, "registered", now)


# -------------------------------------------------------------------------------- and what follows


def decline(order: Order, *, is_answer: bool = False) -> EventParty:
    """The client does not come; places that they had go to who waits."""
    return _left(order, "decline", "declined", is_answer=is_answer)


def withdraw(order: Order) -> EventParty:
    """The same of a client who had said yes."""
    return _left(order, "withdraw", "cancelled")


def _left(
    order: Order, deed: PartyDeed, to: moves.PartyState, *, is_answer: bool = False
) -> EventParty:
    with database.writing():
        event = planning.kept(order.event)
        party = _there(event, order, deed)
        if is_answer:
            party.answered_at = order.now
        party.waits_since = None
        _leave(event, party, to, order.now, order.by)
        return party


def confirm(order: Order) -> EventParty:
    """The client has said once more that they come."""
    with database.writing():
        event = planning.kept(order.event)
        party = _there(event, order, "confirm")
        writing.move(event, party, "confirmed", order.now, order.by)
        return party


def _leave(
    event: ClientEvent,
    party: EventParty,
    to: moves.PartyState,
    now: datetime.datetime,
    by: str = "",
) -> None:
    """Gives its places back, if it has some."""
    had = party.state in moves.WITH_PLACES
    writing.move(event, party, to, now, by)
    if had:
        queries.take(event.id, -party.persons)
        _let_in(event, now)


# ------------------------------------------------------------------------------------ at the door


def attend(order: Order, heads: int | None = None) -> EventParty:
    """A client is there. Without a place they are a walk-in, and take one of those that are free.

    `heads`: so many have come; None: as many as were announced. Raises `EventRefused` before the day,
    after it was recorded as held, and where there are not so many places.
    """
    with database.writing():
        event = _at_the_door(order)
        client = client_of(order.client_no)
        if client.erased_on is not None:
            raise errors.EventRefused("event_guest_erased", client_no=order.client_no)
        party = queries.party_of(event.id, persons.numbers([client.id]))
        if party is None:
            party = _begun(event, client, order, is_reached=False, is_invited=False)
        _refuse(event, party, "attend")
        _come(event, party, heads if heads is not None else party.persons, order)
        return party


def walk_in(order: Order, heads: int = 1) -> EventParty:
    """Somebody is there of whom nothing is kept: no client of ours; they are counted."""
    _refuse_size(heads)
    with database.writing():
        event = _at_the_door(order)
        _take_at_the_door(event, heads)
        made: EventParty = EventParty.create(
            event=event, persons=heads, state="attended", walk_in=True, moved_at=order.now
        )
        return made


def miss(order: Order) -> EventParty:
    """A client was not there, or was ticked by mistake: their places are free for whoever is."""
    with database.writing():
        event = _at_the_door(order)
        party = _there(event, order, "miss")
        to: moves.PartyState = "cancelled" if party.walk_in else "no_show"
        party.walk_in = False
        _leave(event, party, to, order.now, order.by)
        return party


def _come(event: ClientEvent, party: EventParty, heads: int, order: Order) -> None:
    _refuse_size(heads)
    has_places = party.state in moves.COMING
    more = heads - party.persons if has_places else heads
    _take_at_the_door(event, more)
    party.persons = heads
    party.walk_in = party.registered_at is None
    party.waits_since = None
    writing.move(event, party, "attended", order.now, order.by)


def _take_at_the_door(event: ClientEvent, places: int) -> None:
    if places and not queries.take(event.id, places):
        raise errors.EventRefused("event_no_room", persons=places)


def forget(client_ids: Collection[int], now: datetime.datetime) -> None:
    """Who is erased comes no more: their places, and their place among who waits, are free.

    In the transaction that erases them.
    """
    is_theirs = EventParty.client.in_(list(client_ids))
    hoped = ["invited", "waitlisted", "registered", "confirmed"]
    for each in EventParty.select().where(is_theirs & EventParty.state.in_(hoped)):
        event = planning.kept(each.event_id)
        if event.state in moves.INVITING and event.starts_at > now:
            each.waits_since = None
            _leave(event, each, "cancelled", now)


# -------------------------------------------------------------------------------- what is refused


def _refuse_size(heads: int) -> None:
    if not 0 < heads <= MOST_PERSONS:
        raise errors.EventRefused("event_persons", most=MOST_PERSONS)


def _open(order: Order) -> ClientEvent:
    """The event, to which clients are invited and registered."""
    event = planning.kept(order.event)
    if event.state not in moves.INVITING:
        raise errors.EventRefused("event_not_now", event=event.id, at=event.state)
    if event.starts_at <= order.now:
        raise errors.EventRefused("event_begun", on=event.held_on)
    return event


def _at_the_door(order: Order) -> ClientEvent:
    event = planning.kept(order.event)
    if event.state not in moves.INVITING:
        raise errors.EventRefused("event_not_now", event=event.id, at=event.state)
    if order.today < event.held_on:
        raise errors.EventRefused("event_ahead", on=event.held_on)
    return event


def _there(event: ClientEvent, order: Order, deed: PartyDeed) -> EventParty:
    """The client's party, which may do that in an event that is not over."""
    if event.state not in moves.INVITING:
        raise errors.EventRefused("event_not_now", event=event.id, at=event.state)
    numbers = persons.numbers([client_of(order.client_no).id])
    party = queries.party_of(event.id, numbers)
    if party is None:
        raise errors.EventRefused("event_no_party", client_no=order.client_no)
    _refuse(event, party, deed)
    return party


def _refuse(event: ClientEvent, party: EventParty, deed: PartyDeed) -> None:
    if party.state not in moves.PARTY_MOVES[deed]:
        client_no = party.client.client_no if party.client else ""
        raise errors.EventRefused(
            "event_party_not_now", client_no=client_no, at=party.state, event=event.id
        )
