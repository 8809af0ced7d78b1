"""Events for clients as they are stored; made by `servicing/migrations/0088_…` (domain.md §20)."""

import peewee

from policies.models import BaseModel, Branch, Client, Numbered, Team, UtcField


class ClientEvent(Numbered):
    """An event to which clients are invited."""

    title = peewee.TextField()
    place = peewee.TextField()
    starts_at = UtcField()
    held_on = peewee.DateField()
    """The day on which it starts, by the calendar of the book."""
    capacity = peewee.BigIntegerField()
    """For how many persons there are places."""
    taken = peewee.BigIntegerField(default=0)
    """How many of these are given; the database refuses more than there are."""
    cost_each = peewee.BigIntegerField(default=0)
    """What it costs for each person, in hundredths."""
    gifts = peewee.TextField(default="")
    """What each guest is given; empty: nothing."""
    branch = peewee.ForeignKeyField(Branch, null=True)
    branch_id: int | None
    """Whose clients are invited; None, and no team: everybody's."""
    team = peewee.ForeignKeyField(Team, null=True)
    team_id: int | None
    state = peewee.TextField()
    made_by = peewee.TextField()
    made_at = UtcField()
    approved_by = peewee.TextField(default="")
    approved_at = UtcField(null=True)
    ended_on = peewee.DateField(null=True)
    """When it was recorded as held, or cancelled."""
    why = peewee.TextField(default="")
    """Why it was cancelled."""

    class Meta:
        table_name = "client_event"


class EventParty(Numbered):
    """A client who is invited to an event, with so many persons; erased, they leave the row alone."""

    event = peewee.ForeignKeyField(ClientEvent, backref="parties")
    event_id: int
    client = peewee.ForeignKeyField(Client, null=True)
    client_id: int | None
    """None: no client of ours, or one who was erased."""
    touchpoint_id = peewee.BigIntegerField(null=True)
    """Whose message has invited; None: a person has, or nobody."""
    persons = peewee.BigIntegerField()
    state = peewee.TextField()
    walk_in = peewee.BooleanField(default=False)
    """Has come without a place."""
    reached = peewee.BooleanField(default=False)
    """An invitation in person has reached the client; of a message its own state says so."""
    invited_at = UtcField(null=True)
    answered_at = UtcField(null=True)
    """When the client has answered by digit or link; None: not yet."""
    waits_since = UtcField(null=True)
    registered_at = UtcField(null=True)
    """Since when it has, or had, its places."""
    moved_at = UtcField()

    class Meta:
        table_name = "event_party"


class PartyDay(BaseModel):
    """A day of a party from which plans count; it goes when that is true no more."""

    id = peewee.BigAutoField()
    party_id = peewee.BigIntegerField()
    name = peewee.TextField()
    """coming, attended or called_off."""
    client_id = peewee.BigIntegerField()
    day = peewee.DateField()
    recorded_at = UtcField()

    class Meta:
        table_name = "party_day"
