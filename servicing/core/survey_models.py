"""Surveys as they are stored; made by `servicing/migrations/0081_surveys.py`.

Nothing of it is a word of somebody: what was asked stands in a file, what was answered is a number.
"""

from typing import Any

import peewee

from policies.models import Agent, Client, Numbered, Policy, UtcField


class SurveyInvitation(Numbered):
    """A client was asked by a message; written when it is claimed."""

    message_id = peewee.BigIntegerField()
    touchpoint_id = peewee.BigIntegerField(unique=True)
    client = peewee.ForeignKeyField(Client)
    client_id: int
    policy = peewee.ForeignKeyField(Policy)
    policy_id: int
    agent = peewee.ForeignKeyField(Agent)
    """Who served the policy that day: an answer is about them, whoever serves it later."""
    agent_id: int
    figure = peewee.TextField()
    """csat, nps or ces."""
    edition = peewee.TextField()
    """Of the question."""
    is_again = peewee.BooleanField()
    """Whether it asks once more, after a detractor's case: it counts in no figure beside the first."""
    channel = peewee.TextField()
    """sms or email."""
    invited_on = peewee.DateField()
    open_until = peewee.DateField()
    """The last day of an answer that counts."""
    answers: Any
    """All of them, as they came."""

    class Meta:
        table_name = "survey_invitation"


class SurveyAnswer(Numbered):
    """A number that somebody has answered. None ever replaces another."""

    invitation = peewee.ForeignKeyField(SurveyInvitation, backref="answers")
    invitation_id: int
    score = peewee.IntegerField()
    answered_at = UtcField()
    channel = peewee.TextField()
    """sms: a digit; link: the page."""
    fate = peewee.TextField()
    """counted; late: it came after the last day; second: there was an answer already."""

    class Meta:
        table_name = "survey_answer"
