"""The statements of client events: who waits, who is on the list, what came of events."""

import datetime
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from policies import database, dialect, inforce, mourning, records
from policies.records import Moment, Record
from servicing.core import event_facts
from servicing.core.context import COMPLAINS
from servicing.core.event_models import ClientEvent, EventParty
from servicing.events.figures import Counted
from servicing.events.moves import INVITING, Waiting

# -------------------------------------------------------------------------------------- the places


def locked(event_id: int) -> ClientEvent | None:
    """The event, kept from everybody else until the transaction ends."""
    query = ClientEvent.select().where(ClientEvent.id == event_id)
    found: ClientEvent | None = database.locked(query).first()
    return found


def take(event_id: int, places: int) -> bool:
    """Take places, or give some back (fewer than 0): compared and swapped in one statement.

    False where there are not so many: then nothing has changed.
    """
    sql = f"""
        UPDATE client_event SET taken = taken + ?,
            state = CASE WHEN taken + ? >= capacity THEN 'full' ELSE 'open' END
        WHERE id = ? AND state IN ({dialect.quoted(INVITING)}) AND taken + ? <= capacity
    """
    return bool(database.execute(sql, [places, places, event_id, places]).rowcount)


class _Waiting(Record, frozen=True):
    id: int
    persons: int


def waiting(event_id: int) -> list[Waiting]:
    """The waiting list, in its order."""
    sql = """
        SELECT id, persons FROM event_party WHERE event_id = ? AND state = 'waitlisted'
        ORDER BY waits_since, id
    """
    return [Waiting(each.id, each.persons) for each in records.listed(_Waiting, sql, [event_id])]


def party_of(event_id: int, numbers: Collection[int]) -> EventParty | None:
    """The party of a person, under whichever of their numbers."""
    is_it = (EventParty.event == event_id) & EventParty.client.in_(sorted(numbers))
    found: EventParty | None = EventParty.select().where(is_it).order_by(EventParty.id).first()
    return found


# ------------------------------------------------------------------------------------- the parties


class PartyLine(Record, frozen=True):
    """A party as it is listed, of an agent of today."""

    party: int
    client_no: str | None
    client_name: str | None
    phone: str | None
    agent_no: str | None
    agent_name: str | None
    persons: int
    state: str
    walk_in: bool
    invited_at: Moment | None
    registered_at: Moment | None


@dataclass(frozen=True)
class WantedParties:
    """Which parties of an event."""

    event_id: int
    states: Sequence[str] = ()
    """Empty: all."""
    seen: Any = None
    """A query that finds something where the client `y.client_id` is the reader's; None: all are."""
    clients: Collection[int] | None = None
    """Only of these, by id; None: of all."""

    def condition(self) -> tuple[str, list[Any]]:
        """As a condition on parties `y`, with its values."""
        conditions: list[str] = ["y.event_id = ?"]
        values: list[Any] = [self.event_id]
        if self.states:
            conditions.append(f"y.state IN ({dialect.quoted(self.states)})")
        if self.clients is not None:
            theirs, numbers = dialect.among("y.client_id", self.clients)
            conditions.append(theirs)
            values += numbers
        if self.seen is not None:
            sql, told = self.seen.sql()
            conditions.append(f"EXISTS ({sql.replace('%s', '?')})")
            values += told
        return " AND ".join(conditions), values


_AGENT = """
    LEFT JOIN policy p ON p.id = (
        SELECT q.id FROM policy q WHERE q.client_id = y.client_id
        ORDER BY CASE WHEN q.ended_on IS NULL THEN 0 ELSE 1 END, q.issue_date, q.id LIMIT 1)
    LEFT JOIN agent a ON a.id = p.agent_id
"""
"""The agent `a` of the first policy of a party's client that goes on, else of the first there was."""


def parties(wanted: WantedParties, most: int | None = None, skipped: int = 0) -> list[PartyLine]:
    """The parties that are wanted: those with places first, by name, then by the waiting list."""
    condition, values = wanted.condition()
    part = "" if most is None else "LIMIT ? OFFSET ?"
    values += [] if most is None else [most, skipped]
    sql = f"""
        SELECT y.id, c.client_no, c.name, c.phone, a.agent_no, a.name, y.persons, y.state, y.walk_in,
               {dialect.moment("y.invited_at")}, {dialect.moment("y.registered_at")}
        FROM event_party y LEFT JOIN client c ON c.id = y.client_id {_AGENT}
        WHERE {condition}
        ORDER BY CASE y.state WHEN 'attended' THEN 0 WHEN 'confirmed' THEN 0 WHEN 'registered' THEN 0
                     WHEN 'waitlisted' THEN 1 WHEN 'invited' THEN 2 ELSE 3 END,
                 y.waits_since, c.name, y.id {part}
    """
    return records.listed(PartyLine, sql, values)


def coming_to(event_id: int) -> list[EventParty]:
    """The parties that are told when an event is called off: with places, or waiting for some."""
    is_told = EventParty.state.in_(["registered", "confirmed", "waitlisted"])
    return list(EventParty.select().where((EventParty.event == event_id) & is_told))


# -------------------------------------------------------------------------------------- the events


class EventLine(Record, frozen=True):
    """An event as it is listed."""

    event: int
    title: str
    place: str
    starts_at: Moment
    held_on: datetime.date
    branch: str | None
    team: str | None
    state: str
    capacity: int
    taken: int
    waiting: int
    """Parties on the waiting list."""


@dataclass(frozen=True)
class WantedEvents:
    """Which events: held within these days, in these states, of a unit."""

    first: datetime.date | None = None
    last: datetime.date | None = None
    states: Sequence[str] = ()
    """Empty: all."""
    event_id: int | None = None
    branch_id: int | None = None
    """Those of this branch and of everybody; None: all."""
    team_id: int | None = None
    """Those of this team, of its branch and of everybody."""

    def condition(self) -> tuple[str, list[Any]]:
        """As a condition on events `e`, with its values."""
        said = [
            ("e.held_on >= ?", self.first),
            ("e.held_on <= ?", self.last),
            ("e.id = ?", self.event_id),
        ]
        chosen = [(sql, value) for sql, value in said if value is not None]
        conditions = [sql for sql, _ in chosen]
        values: list[Any] = [each if isinstance(each, int) else str(each) for _, each in chosen]
        if self.states:
            conditions.append(f"e.state IN ({dialect.quoted(self.states)})")
        if self.team_id is not None:
            conditions.append(f"({event_facts.OF_TEAM.format(team='?')})")
            values += [self.team_id, self.team_id]
        elif self.branch_id is not None:
            of_teams = "e.team_id IN (SELECT id FROM team WHERE branch_id = ?)"
            conditions.append(f"({_OF_ALL} OR e.branch_id = ? OR {of_teams})")
            values += [self.branch_id, self.branch_id]
        return " AND ".join(conditions) or "1 = 1", values


_OF_ALL = "e.branch_id IS NULL AND e.team_id IS NULL"


def events(wanted: WantedEvents) -> list[EventLine]:
    """The events that are wanted, in the order of their days."""
    condition, values = wanted.condition()
    sql = f"""
        SELECT e.id, e.title, e.place, {dialect.moment("e.starts_at")}, e.held_on, b.name, m.name,
               e.state, e.capacity, e.taken,
               (SELECT COUNT(*) FROM event_party y WHERE y.event_id = e.id AND y.state = 'waitlisted')
        FROM client_event e
        LEFT JOIN branch b ON b.id = e.branch_id LEFT JOIN team m ON m.id = e.team_id
        WHERE {condition} ORDER BY e.held_on, {dialect.unindexed("e.id")}
    """
    return records.listed(EventLine, sql, values)


# ------------------------------------------------------------------------------------- the figures

_LEFT_WELL = "('accepted', 'delivered')"
"""A message has left, and nobody has said that it did not arrive."""


class EventCounted(Counted, frozen=True):
    """The parties of an event."""

    event: int
    title: str
    held_on: datetime.date
    state: str
    capacity: int
    cost_each: int


def counted(wanted: WantedEvents) -> list[EventCounted]:
    """The parties of the events that are wanted, an event a row, in the order of their days."""
    condition, values = wanted.condition()
    came = "y.state = 'attended'"
    sums = [
        "y.invited_at IS NOT NULL",
        f"y.invited_at IS NOT NULL AND (y.reached OR g.state IN {_LEFT_WELL})",
        "y.registered_at IS NOT NULL AND NOT y.walk_in",
        "y.state = 'declined'",
        "y.state = 'waitlisted'",
        f"{came} AND NOT y.walk_in",
        "y.state = 'no_show'",
        f"{came} AND y.walk_in",
    ]
    counts = ", ".join(
        f"COALESCE({dialect.whole(f'SUM(CASE WHEN {each} THEN 1 ELSE 0 END)')}, 0)" for each in sums
    )
    heads = f"COALESCE({dialect.whole(f'SUM(CASE WHEN {came} THEN y.persons ELSE 0 END)')}, 0)"
    sql = f"""
        SELECT {counts}, {heads}, e.id, e.title, e.held_on, e.state, e.capacity, e.cost_each
        FROM client_event e LEFT JOIN event_party y ON y.event_id = e.id
        LEFT JOIN message g ON g.touchpoint_id = y.touchpoint_id
        WHERE {condition}
        GROUP BY e.id, e.title, e.held_on, e.state, e.capacity, e.cost_each
        ORDER BY e.held_on, e.id
    """
    return records.listed(EventCounted, sql, values)


# ------------------------------------------------------------------------------- may they be invited


class Guest(Record, frozen=True):
    """What decides whether a client may be invited."""

    client_id: int
    is_erased: bool
    is_dead: bool
    """Has died, or it is asked whether they have."""
    mourns: bool
    complains: bool
    has_stopped: bool
    """Marketing, or was never to be written to for it: the book says no."""


def guests(client_ids: Collection[int], on: datetime.date) -> list[Guest]:
    """What is known of clients on a day, by id."""
    theirs, values = dialect.among("c.id", client_ids)
    sql = f"""
        SELECT c.id, c.erased_on IS NOT NULL, {mourning.died("c")} OR c.death_asked_on IS NOT NULL,
               COALESCE(c.bereaved_until >= '{on}', FALSE), {COMPLAINS},
               c.marketing_consent IS NOT NULL AND NOT c.marketing_consent OR EXISTS (
                   SELECT 1 FROM barred b WHERE b.kind = 'marketing' AND b.subject = c.client_no)
        FROM client c WHERE {theirs} ORDER BY c.id
    """
    return records.listed(Guest, sql, values)


class Delivered(Record, frozen=True):
    """A policy that was handed over not long ago."""

    delivered_on: datetime.date
    product: str


def delivered_since(client_ids: Collection[int], since: datetime.date) -> list[Delivered]:
    """The policies of clients that are in force and were delivered on that day or later."""
    theirs, values = dialect.among("p.client_id", client_ids)
    sql = f"""
        SELECT p.delivered_on, p.product FROM policy p
        WHERE {theirs} AND p.delivered_on >= '{since}' AND p.ended_on IS NULL
    """
    return records.listed(Delivered, sql, values)


class _Agent(Record, frozen=True):
    agent_id: int


def agents_of(client_ids: Collection[int], on: datetime.date) -> set[int]:
    """The agents, by id, who serve clients on a day."""
    theirs, values = dialect.among("p.client_id", client_ids)
    sql = f"""
        SELECT DISTINCT p.agent_id FROM policy p WHERE {theirs} AND {inforce.owed("p", on)}
    """
    return {each.agent_id for each in records.listed(_Agent, sql, values)}


def ids(event_id: int, states: Sequence[str]) -> Iterator[int]:
    """The parties of an event in some states, by id."""
    sql = f"SELECT id FROM event_party WHERE event_id = ? AND state IN ({dialect.quoted(states)})"
    yield from database.numbers(f"{sql} ORDER BY id", [event_id])
