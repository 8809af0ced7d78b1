"""Calls of call-backs as they are stored; made by `servicing/migrations/0053_callbacks.py`.

Both tables are append-only. What a client has said in words stands in the entries of the case alone.
"""

import peewee

from policies.models import Client, Numbered, UtcField
from servicing.core.case_models import Case


class CallbackCall(Numbered):
    """A call to a client about one contract; a call about three of them is three of these."""

    case = peewee.ForeignKeyField(Case, backref="calls")
    case_id: int
    client = peewee.ForeignKeyField(Client)
    client_id: int
    called_at = UtcField()
    recorded_at = UtcField()
    outcome = peewee.TextField()
    """busy, no_answer, refused, wrong_number or answered."""
    channel = peewee.TextField()
    done_by = peewee.TextField()
    edition = peewee.TextField()
    """Of the questions that were asked; empty: nobody answered."""

    class Meta:
        table_name = "callback_call"


class CallbackAnswer(Numbered):
    """What was answered to one question."""

    call = peewee.ForeignKeyField(CallbackCall, backref="answers")
    call_id: int
    question = peewee.TextField()
    answer = peewee.TextField()
    """yes, no, unclear or na."""

    class Meta:
        table_name = "callback_answer"


class CallbackLink(Numbered):
    """A link by which a client answers to a call-back (`0059_callback_links.py`)."""

    case = peewee.ForeignKeyField(Case, backref="links")
    case_id: int
    digest = peewee.TextField()
    """Of the secret in the link."""
    channel = peewee.TextField()
    """By which it was sent: sms or email."""
    made_at = UtcField()
    made_by = peewee.TextField()
    name: str | None
    """Of that person, where a question joins it."""
    state = peewee.TextField()
    """begun, sent, failed, or unknown: nobody can say whether it has arrived."""
    used_at = UtcField(null=True)
    """When the client has answered by it; None: not yet."""

    class Meta:
        table_name = "callback_link"
