"""What a message says of the client event that its touchpoint counts from (domain.md §20.5)."""

import datetime
from typing import Protocol

from policies import counting, dates, dialect, persons, records
from policies.records import Moment, Record


class Counted(Protocol):
    """A touchpoint of a client."""

    @property
    def touchpoint_id(self) -> int:
        """0: nobody has recorded it."""

    @property
    def client_id(self) -> int:
        """Whose it is."""

    @property
    def agent_id(self) -> int:
        """Of the policy that carries it."""

    @property
    def due_on(self) -> datetime.date:
        """When it is due."""

    @property
    def occurrence(self) -> str:
        """What it is counted from stands before the day."""

    @property
    def anchor_on(self) -> datetime.date:
        """The day that it is counted from."""


class EventFacts(Record, frozen=True):
    """An event, as a client reads of it."""

    event: int
    title: str
    place: str
    starts_at: Moment


SPECIMEN = EventFacts(0, "·", "·", datetime.datetime(2026, 5, 4, 14, tzinfo=datetime.UTC))
"""An event of nobody: what a template is rehearsed with."""


def of(touchpoint: Counted) -> EventFacts | None:
    """The event that a touchpoint counts from, of several on one day the first; None: it is gone."""
    if not touchpoint.touchpoint_id or not touchpoint.occurrence.startswith(counting.EVENT):
        return SPECIMEN  # rehearsed: nobody is written to
    name, _, _ = touchpoint.occurrence.removeprefix(counting.EVENT).partition("@")
    theirs, values = dialect.among("y.client_id", persons.numbers([touchpoint.client_id]))
    sql = f"""
        SELECT e.id, e.title, e.place, {dialect.moment("e.starts_at")}
        FROM party_day y JOIN event_party q ON q.id = y.party_id JOIN client_event e ON e.id = q.event_id
        WHERE {theirs} AND y.day = '{touchpoint.anchor_on}' AND y.name = ? ORDER BY y.id
    """
    return records.first(EventFacts, sql, [*values, name])


OF_TEAM = (
    "e.branch_id IS NULL AND e.team_id IS NULL OR e.team_id = {team}"
    " OR e.team_id IS NULL AND e.branch_id = (SELECT x.branch_id FROM team x WHERE x.id = {team})"
)
"""An event `e` is for the clients of a team."""


def to_invite_to(touchpoint: Counted, on: datetime.date) -> EventFacts | None:
    """The event to which a client is invited on a day (domain.md §20.7); None: there is none.

    It has places, is to come in the calendar quarter in which the touchpoint is due, and is for the
    clients of their agent's unit. Nobody is invited twice to one event: not who is on its list already,
    but by this touchpoint.
    """
    first, last = quarter(touchpoint.due_on)
    theirs, values = dialect.among("y.client_id", persons.numbers([touchpoint.client_id]))
    team = "(SELECT a.team_id FROM agent a WHERE a.id = ?)"
    sql = f"""
        SELECT e.id, e.title, e.place, {dialect.moment("e.starts_at")} FROM client_event e
        WHERE e.held_on > '{max(on, first)}' AND e.held_on <= '{last}' AND e.state = 'open'
            AND ({OF_TEAM.format(team=team)})
            AND NOT EXISTS (SELECT 1 FROM event_party y WHERE y.event_id = e.id AND {theirs}
                AND (y.touchpoint_id IS NULL OR y.touchpoint_id <> ?))
        ORDER BY e.held_on, {dialect.unindexed("e.id")} LIMIT 1
    """
    agent = touchpoint.agent_id
    return records.first(EventFacts, sql, [agent, agent, *values, touchpoint.touchpoint_id])


def quarter(day: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of the calendar quarter of a day."""
    first = day.replace(month=day.month - (day.month - 1) % 3, day=1)
    return first, dates.months_after(first, 3) - dates.ONE_DAY
