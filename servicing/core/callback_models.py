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
