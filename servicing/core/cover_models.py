"""What a review of policies needs besides the book; made by `servicing/migrations/0080_…`."""

import peewee

from policies.models import BaseModel, Client, MoneyField, Numbered, Policy


class OtherPolicy(Numbered):
    """A policy that a client has with another insurer, as the client says."""

    client = peewee.ForeignKeyField(Client, backref="other_policies")
    client_id: int
    insurer = peewee.TextField()
    kind = peewee.TextField()
    """One of `policies.cover.COVER_KINDS`; empty: the client does not know."""
    sum_assured = MoneyField(null=True)
    """None: the client does not know."""
    currency = peewee.TextField()
    until = peewee.DateField(null=True)
    """Its last day, where it has one that is known."""
    written_by = peewee.TextField()
    written_on = peewee.DateField()

    class Meta:
        table_name = "other_policy"


class Beneficiary(Numbered):
    """受益人: who is paid by a policy when its client dies."""

    policy = peewee.ForeignKeyField(Policy, backref="beneficiaries")
    policy_id: int
    name = peewee.TextField()
    kin = peewee.TextField()
    """What they are to the client: one of `servicing.card.notes.KIN`."""
    place = peewee.IntegerField()
    """受益顺序: 1 for those who come first."""
    share = peewee.IntegerField(null=True)
    """受益份额: hundredths of a per cent among those of their place; None: not said."""
    written_by = peewee.TextField()
    written_on = peewee.DateField()


class ClientIncome(BaseModel):
    """What a client earns in a year, as they say."""

    client = peewee.ForeignKeyField(Client, primary_key=True)
    client_id: int
    amount = MoneyField()
    currency = peewee.TextField()
    written_by = peewee.TextField()
    written_on = peewee.DateField()

    class Meta:
        table_name = "client_income"
