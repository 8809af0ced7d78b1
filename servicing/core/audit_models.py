"""The audit log as it is stored."""

import peewee

from policies.models import Client, Numbered, UtcField
from servicing.core.account_models import User


class AuditEntry(Numbered):
    """A line of the audit log. Append-only: the database refuses anything else."""

    at = UtcField()
    kind = peewee.TextField()
    user = peewee.ForeignKeyField(User, null=True)
    user_id: int | None
    """Who did it by a page; None: nobody's account."""
    who = peewee.TextField()
    """The login, `os:NAME` of a command, `service`, or empty for a stranger."""
    way = peewee.TextField()
    """page, command or service."""
    source = peewee.TextField()
    """The address of a page's request, an IPv6 line by its /64; else empty."""
    client = peewee.ForeignKeyField(Client, null=True)
    client_id: int | None
    """The one client whom it is about."""
    facts = peewee.TextField()
    """JSON: numbers, codes, days, logins and units; never a word that somebody typed of a client."""

    class Meta:
        table_name = "audit_entry"


class AuditSeal(Numbered):
    """A seal over a stretch of the audit log, and over the seal before it."""

    first_entry = peewee.BigIntegerField()
    last_entry = peewee.BigIntegerField()
    marks = peewee.BlobField()
    digest = peewee.TextField()
    sealed_at = UtcField()

    class Meta:
        table_name = "audit_seal"


class AuditCut(Numbered):
    """Up to which line the time of the log is over, and the line that says so."""

    last_entry = peewee.BigIntegerField()
    entry_id = peewee.BigIntegerField()
    at = UtcField()

    class Meta:
        table_name = "audit_cut"
