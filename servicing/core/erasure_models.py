"""Erasures as they are stored: what became of which line of a card, and who was known by which number."""

import peewee

from policies.models import BaseModel, Client, Numbered, UtcField


class Erasure(Numbered):
    """Personal data of a client were erased. Append-only: the database refuses anything else."""

    client = peewee.ForeignKeyField(Client, backref="erasures")
    client_id: int
    entry_id = peewee.BigIntegerField()
    """The line of the client's card that says so, and is sealed like every other."""
    at = UtcField()


class ErasedLine(Numbered):
    """A line of a card whose facts were erased. Append-only, too."""

    erasure = peewee.ForeignKeyField(Erasure, backref="lines")
    erasure_id: int
    entry_id = peewee.BigIntegerField()
    was = peewee.TextField()
    """The digest of the line as it was: what its seal is over."""
    now = peewee.TextField()
    """The digest of the line as it is since then."""
    facts = peewee.TextField()
    """What is left of its facts: the database lets the line become this and nothing else."""


class ErasedNumber(BaseModel):
    """A client number that nobody has any more, as a keyed digest, and whose it was."""

    digest = peewee.TextField(primary_key=True)
    client = peewee.ForeignKeyField(Client)
    client_id: int
