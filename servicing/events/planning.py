"""An event is planned, approved, opened, held or called off (domain.md §20.1)."""

import datetime
from dataclasses import dataclass
from typing import Any

from policies import database
from policies.models import Branch, Team
from policies.persistency.units import team_name
from servicing.core import errors, open_accounts
from servicing.core.account_models import User
from servicing.core.event_models import ClientEvent, EventParty
from servicing.events import moves, queries, writing
from servicing.events.moves import EventDeed

APPROVERS = ("manager", "operations", "administrator")
"""In which roles somebody may approve an event."""

MOST_PLACES = 100_000

LONGEST = 500
"""Characters of a title, a place and a list of gifts."""

NEVER = 1 << 63
"""No number is so large."""


@dataclass(frozen=True)
class Wish:
    """An event as somebody plans it."""

    title: str
    place: str
    starts_at: datetime.datetime
    held_on: datetime.date
    """The day on which it starts, by the calendar of the book."""
    capacity: int
    """Persons."""
    cost_each: int = 0
    """Hundredths."""
    gifts: str = ""
    branch: str = ""
    team: str = ""
    """Whose clients are invited; with neither: everybody's."""


def add(wish: Wish, by: str, now: datetime.datetime) -> ClientEvent:
    """Plan an event, as a draft; raises `EventRefused`, or `BadArgument` for an unknown unit."""
    title, place = wish.title.strip()[:LONGEST], wish.place.strip()[:LONGEST]
    if not title or not place:
        raise errors.EventRefused("event_needs_words")
    if not 0 < wish.capacity <= MOST_PLACES:
        raise errors.EventRefused("event_capacity", most=MOST_PLACES)
    if wish.starts_at <= now:
        raise errors.EventRefused("event_begun", on=wish.held_on)
    branch, team = _unit(wish)
    made: ClientEvent = ClientEvent.create(
        title=title,
        place=place,
        starts_at=wish.starts_at,
        held_on=wish.held_on,
        capacity=wish.capacity,
        cost_each=wish.cost_each,
        gifts=wish.gifts.strip()[:LONGEST],
        branch=branch,
        team=team,
        state="draft",
        made_by=by,
        made_at=now,
    )
    return made


def _unit(wish: Wish) -> tuple[Branch | None, Team | None]:
    branch = _branch(wish.branch) if wish.branch else None
    if not wish.team:
        return branch, None
    named = Team.select().where(Team.name == wish.team)
    found = list(named.where(Team.branch == branch) if branch else named)
    if len(found) != 1:
        known = [team_name(each.branch.name if each.branch else "", each.name) for each in found]
        raise errors.EventRefused(
            "event_team_in_several" if found else "event_team_not_found",
            team=wish.team,
            known=known,
        )
    return found[0].branch, found[0]


def _branch(name: str) -> Branch:
    found: Branch | None = Branch.get_or_none(Branch.name == name)
    if found is None:
        raise errors.EventRefused("event_branch_not_found", branch=name)
    return found


def event(event_id: int) -> ClientEvent:
    """The event of that number; raises `EventNotFound`."""
    number = event_id if 0 < event_id < NEVER else 0
    found: ClientEvent | None = ClientEvent.get_or_none(ClientEvent.id == number)
    if found is None:
        raise errors.EventNotFound(event_id)
    return found


def kept(event_id: int) -> ClientEvent:
    """The same, kept from everybody else until the transaction ends."""
    found = queries.locked(event_id) if 0 < event_id < NEVER else None
    if found is None:
        raise errors.EventNotFound(event_id)
    return found


def approve(event_id: int, by: str, today: datetime.date, now: datetime.datetime) -> ClientEvent:
    """Approve an event with what it costs and gives: a manager or operations, not its author.

    What a guest is given beyond the contract may be a forbidden benefit, so two look at it.
    """
    with database.writing():
        found = kept(event_id)
        _refuse_move(found, "approve")
        user: User | None = User.get_or_none(User.login == by)
        if user is None or user.role not in APPROVERS or not open_accounts.may_come_in(user, today):
            raise errors.EventRefused("event_approver", by=by)
        if by.casefold() == found.made_by.casefold():
            raise errors.EventRefused("event_own_approval", by=by)
        _set(found, state="approved", approved_by=by, approved_at=now)
    return found


def open_to_clients(event_id: int, now: datetime.datetime) -> ClientEvent:
    """From here on clients are invited and registered; nobody is to an event that has begun."""
    with database.writing():
        found = kept(event_id)
        _refuse_move(found, "open")
        if found.starts_at <= now:
            raise errors.EventRefused("event_begun", on=found.held_on)
        _set(found, state="open")
    return found


def hold(event_id: int, today: datetime.date, now: datetime.datetime) -> ClientEvent:
    """Record that it was held: whoever has a place and was not there, has not come."""
    with database.writing():
        found = kept(event_id)
        _refuse_move(found, "hold")
        if today < found.held_on:
            raise errors.EventRefused("event_ahead", on=found.held_on)
        for each in list(queries.ids(found.id, moves.COMING)):
            party = EventParty.get_by_id(each)
            writing.move(found, party, "no_show", now)
            queries.take(found.id, -party.persons)
        _set(found, state="held", ended_on=today)
    return found


def cancel(event_id: int, why: str, today: datetime.date, now: datetime.datetime) -> ClientEvent:
    """Call an event off: what waits to be said of it is not said, and who was coming is told."""
    with database.writing():
        found = kept(event_id)
        _refuse_move(found, "cancel")
        _set(found, state="cancelled", ended_on=today, why=why.strip()[:LONGEST])
        for each in queries.coming_to(found.id):
            writing.follow(found, each, now)
            writing.tell(each, "called_off", found, now)
    return found


def _set(found: ClientEvent, **facts: Any) -> None:
    """Write these columns, and no others: places are taken by statements of their own."""
    for name, value in facts.items():
        found.__data__[name] = value
    ClientEvent.update(facts).where(ClientEvent.id == found.id).execute()


def _refuse_move(found: ClientEvent, deed: EventDeed) -> None:
    allowed, _ = moves.EVENT_MOVES[deed]
    if found.state not in allowed:
        raise errors.EventRefused("event_not_now", event=found.id, at=found.state)
