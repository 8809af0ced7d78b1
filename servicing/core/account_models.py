"""The accounts of the pages and what they looked at, as they are stored."""

import peewee

from policies.models import Agent, Branch, Client, Numbered, Team, UtcField


class User(Numbered):
    """Somebody who comes in by the pages; what they may see is decided in `servicing.core.visibility`."""

    login = peewee.TextField(unique=True)
    name = peewee.TextField()
    role = peewee.TextField()
    password = peewee.TextField()
    """As Argon2 has hashed it."""
    session_key = peewee.TextField()
    """Another one each time they are shut out: what was begun before that comes to nothing.

    It opens nothing. The version before had it in its sessions.
    """
    agent = peewee.ForeignKeyField(Agent, null=True)
    agent_id: int | None
    branch = peewee.ForeignKeyField(Branch, null=True)
    branch_id: int | None
    team = peewee.ForeignKeyField(Team, null=True)
    team_id: int | None
    locale = peewee.TextField(default="")
    """The language they chose; empty: their browser's."""
    feed_digest = peewee.TextField(default="")
    """Of the secret in the address of their calendar; empty: they have none."""
    email = peewee.TextField(default="")
    """Where a manager reads the mail of the week; empty: they get none."""
    is_disabled = peewee.BooleanField(default=False)
    is_temporary = peewee.BooleanField(default=False)
    """Whether an administrator has set the password: nothing else opens before they choose another."""
    made_at = UtcField()

    class Meta:
        table_name = "user_account"


class OpenIdAccount(Numbered):
    """An account that comes in by the provider of `[web.openid]`: nobody knows a password of it."""

    user = peewee.ForeignKeyField(User, unique=True)
    user_id: int
    issuer = peewee.TextField(null=True)
    subject = peewee.TextField(null=True)
    """How the provider calls the person for ever; empty until they have come in by it once."""
    confirmed_at = UtcField(null=True)
    """When the provider last said that it is them."""

    class Meta:
        table_name = "openid_account"


class CardView(Numbered):
    """Somebody looked at a client's card, or saw the client in a list."""

    user = peewee.ForeignKeyField(User, backref="views")
    user_id: int
    client = peewee.ForeignKeyField(Client)
    client_id: int
    at = UtcField()
    """In a list: when first on that day."""
    place = peewee.TextField(default="card")
    """Where: `servicing.core.card_views.Place`."""
    seen_on = peewee.DateField(null=True)
    """The book's day; None: noted by a version that did not say it."""


class UserSession(Numbered):
    """Somebody who came in with a browser, until they go out or their time is over."""

    digest = peewee.TextField(unique=True)
    """Of what the browser's cookie holds, which stands nowhere here."""
    user = peewee.ForeignKeyField(User, backref="sessions")
    user_id: int
    device = peewee.TextField()
    """The browser and the system, as they call themselves."""
    started_at = UtcField()
    ends_at = UtcField()
    """Fixed when it begins; no click moves it."""
    ended_at = UtcField(null=True)
    """When it was ended before its time."""

    class Meta:
        table_name = "user_session"


class KnownDevice(Numbered):
    """A browser from which somebody has logged in with the right password."""

    digest = peewee.TextField()
    """Of what its cookie holds."""
    user = peewee.ForeignKeyField(User, backref="devices")
    user_id: int
    since = UtcField()

    class Meta:
        table_name = "known_device"


class SavedFilter(Numbered):
    """A filter of the client book under a name: choices of ours, never what somebody looked for."""

    user = peewee.ForeignKeyField(User, backref="filters")
    user_id: int
    name = peewee.TextField()
    query = peewee.TextField()
    """As an address has it."""
    made_at = UtcField()

    class Meta:
        table_name = "saved_filter"
