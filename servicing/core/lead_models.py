"""Referrals as they are stored; made by `servicing/migrations/0077_…` and `0083_…` (domain.md §19)."""

import peewee

from policies.models import Agent, Client, Numbered, UtcField


class ReferralAsk(Numbered):
    """A client was asked whether they know somebody."""

    client = peewee.ForeignKeyField(Client, backref="referral_asks")
    client_id: int
    agent = peewee.ForeignKeyField(Agent, null=True)
    agent_id: int | None
    """Whose the ask is in the figures: who served the client, or asked as an agent."""
    asked_on = peewee.DateField()
    answer = peewee.TextField()
    """yes, no or later."""
    asked_by = peewee.TextField()
    recorded_at = UtcField()

    class Meta:
        table_name = "referral_ask"


class Lead(Numbered):
    """A friend whom a client has named. What is known of the friend goes when the lead ends."""

    client = peewee.ForeignKeyField(Client, backref="leads")
    client_id: int
    """Who has named them."""
    ask = peewee.ForeignKeyField(ReferralAsk, null=True, backref="leads")
    ask_id: int | None
    """None: the client came with the name unasked."""
    agent = peewee.ForeignKeyField(Agent, null=True)
    agent_id: int | None
    name = peewee.TextField()
    """The friend's; empty once the lead has ended."""
    reach = peewee.TextField()
    """One way to reach the friend: a number in E.164, or an email address; likewise empty."""
    birthday = peewee.DateField(null=True)
    """Only with the friend's consent, and until the end."""
    state = peewee.TextField()
    is_open = peewee.BooleanField(default=True)
    given_on = peewee.DateField()
    consented_on = peewee.DateField(null=True)
    consent_by = peewee.TextField(default="")
    """How the friend has said so (`policies.lead.CONSENTS`)."""
    contacted_on = peewee.DateField(null=True)
    met_on = peewee.DateField(null=True)
    ended_on = peewee.DateField(null=True)
    until = peewee.DateField(null=True)
    """The last day of what it waits for; None: it has ended."""
    reason = peewee.TextField(default="")
    """Why it was lost (`policies.lead.LOSSES`)."""
    friend = peewee.ForeignKeyField(Client, null=True)
    friend_id: int | None
    """The client that the friend has become."""
    recorded_by = peewee.TextField()
    recorded_at = UtcField()

    class Meta:
        table_name = "lead"
