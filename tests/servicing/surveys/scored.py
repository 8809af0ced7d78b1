"""Clients who were asked, and may have answered, put into the book."""

import datetime

from policies.models import Policy
from servicing.core.models import Message, Touchpoint
from servicing.core.survey_models import SurveyAnswer, SurveyInvitation
from tests import cast

ASKED = datetime.date(2026, 3, 2)
DAY = datetime.timedelta(days=1)


def asks(
    policy: Policy,
    *,
    score: int | None = None,
    figure: str = "csat",
    state: str = "delivered",
    fate: str = "counted",
    on: datetime.date = ASKED,
    is_again: bool = False,
) -> None:
    """The client of a policy was asked, and may have answered."""
    number = Touchpoint.select().count()
    found = Touchpoint.create(
        key="how",
        occurrence=f"{number}",
        scope="policy",
        anchor_on=on,
        due_on=on,
        found_on=on,
        policy=policy,
        client=policy.client,
    )
    message = _message(found, policy, state, on)
    asked = SurveyInvitation.create(
        message_id=message.id,
        touchpoint_id=found.id,
        client=policy.client,
        policy=policy,
        agent=policy.agent,
        figure=figure,
        edition=f"{figure}@1",
        is_again=is_again,
        channel="sms",
        invited_on=on,
        open_until=on + datetime.timedelta(days=14),
    )
    if score is not None:
        facts = {"score": score, "answered_at": cast.at(on), "channel": "sms", "fate": fate}
        SurveyAnswer.create(invitation=asked, **facts)


def _message(found: Touchpoint, policy: Policy, state: str, on: datetime.date) -> Message:
    return Message.create(
        touchpoint=found,
        policy=policy,
        client=policy.client,
        agent_id=policy.agent_id,
        message_class="service",
        channel="sms",
        address="",
        template="survey",
        locale="en",
        params="{}",
        subject="",
        body="How satisfied are you?",
        parts=1,
        encoding="",
        provider="outbox",
        state=state,
        reason=state,
        planned_on=on,
    )
