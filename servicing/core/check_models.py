"""Spot checks as they are stored; made by `servicing/migrations/0051_checks.py`.

All three tables are append-only: who was drawn, and what was found, is not edited.
"""

import peewee

from policies.models import Agent, Client, Numbered, Policy, UtcField


class CheckDraw(Numbered):
    """A sample of clients, drawn on a day by a seed (domain.md §14.1)."""

    seed = peewee.TextField()
    share = peewee.TextField()
    """A decimal as text: exactly what was said."""
    min_each = peewee.BigIntegerField()
    unit = peewee.TextField()
    """What the strata are: branch, team or agent."""
    drawn_on = peewee.DateField()
    """The day on which the policies were in force and served."""
    frame = peewee.BigIntegerField()
    """How many clients it was drawn from."""
    drawn = peewee.BigIntegerField()
    strata = peewee.TextField()
    """JSON: by unit, how many clients stood in the frame and how many of them were drawn."""
    questions = peewee.TextField()
    """JSON: the items as they were on that day (`policies.question_set.Item`)."""
    edition = peewee.TextField()
    drawn_by = peewee.TextField()
    drawn_at = UtcField()

    class Meta:
        table_name = "check_draw"


class SpotCheck(Numbered):
    """A client who was drawn, with the policy and the agent whose service is checked."""

    draw = peewee.ForeignKeyField(CheckDraw, backref="checks")
    draw_id: int
    client = peewee.ForeignKeyField(Client)
    client_id: int
    policy = peewee.ForeignKeyField(Policy)
    policy_id: int
    agent = peewee.ForeignKeyField(Agent)
    agent_id: int
    stratum = peewee.TextField()
    """The unit that it was drawn from, as it was called on that day."""

    class Meta:
        table_name = "spot_check"


class CheckResult(Numbered):
    """What a check has found; the checker's words stand on the client's card alone."""

    check_id = peewee.BigIntegerField(unique=True)
    answers = peewee.TextField()
    """JSON: pass, fail or na by the id of the item."""
    earned = peewee.BigIntegerField()
    possible = peewee.BigIntegerField()
    red_lines = peewee.BigIntegerField()
    """How many of them failed."""
    checker = peewee.TextField()
    checked_on = peewee.DateField()
    checked_at = UtcField()

    class Meta:
        table_name = "check_result"
