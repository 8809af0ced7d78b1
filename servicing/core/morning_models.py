"""Which agents were written to in the morning, as it is stored."""

import peewee

from policies.models import Agent, Numbered, UtcField


class MorningMail(Numbered):
    """What became of an agent's mail of a morning: one a day, whoever sends it."""

    day = peewee.DateField()
    agent = peewee.ForeignKeyField(Agent)
    agent_id: int
    state = peewee.TextField()
    """`begun` stays where a process was killed meanwhile; else how it went (`staff_letters`)."""
    at = UtcField()

    class Meta:
        table_name = "morning_mail"
