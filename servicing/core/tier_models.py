"""Tiers of clients as they are stored; made by `servicing/migrations/0084_…` (domain.md §18.4)."""

import peewee

from policies.models import BaseModel, Numbered, UtcField


class TierStanding(BaseModel):
    """The tier of a client as of today. One who was never scored has no row, and no tier."""

    client_id = peewee.BigIntegerField(primary_key=True)
    tier = peewee.TextField()
    """The tier that counts: granted, or by points."""
    by_points = peewee.TextField()
    """The tier that the points have earned, with the patience of the scorecard."""
    points = peewee.TextField()
    """An exact decimal."""
    scored = peewee.TextField()
    """JSON: by factor what it has earned, as the scorecard names them."""
    below_since = peewee.DateField(null=True)
    """Since when the points are too few for `by_points`; empty: they are enough."""
    next_on = peewee.DateField(null=True)
    """The day on which the client is scored again though nothing changes; empty: never."""
    granted = peewee.TextField(null=True)
    """The tier that somebody has granted."""
    granted_until = peewee.DateField(null=True)
    """The last day of that."""

    class Meta:
        table_name = "tier_standing"


class TierLine(Numbered):
    """A change of a client's points or tier, or of what is granted; else there is no line."""

    client_id = peewee.BigIntegerField()
    on_day = peewee.DateField()
    at = UtcField()
    kind = peewee.TextField()
    """scored, granted, lifted or ran_out."""
    tier = peewee.TextField()
    """The tier that counts from here on."""
    points = peewee.TextField()
    scored = peewee.TextField()
    until = peewee.DateField(null=True)
    """Of what was granted: its last day."""
    by = peewee.TextField()
    """Who has granted or lifted it; empty: the night."""
    reason = peewee.TextField()
    """Of a person, in their words."""

    class Meta:
        table_name = "tier_line"
        indexes = ((("client_id", "id"), False),)
