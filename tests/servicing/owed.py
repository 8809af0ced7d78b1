"""What Lin Wei is owed, as facts: for tests of what decides and writes without a database."""

import datetime
from typing import Any

import msgspec

from policies import plan
from policies.models import Policy
from policies.plan import Plan, Step, Touchpoint
from servicing.core.case_models import Case
from servicing.core.context import TouchpointContext
from servicing.core.done_models import DoneTask
from servicing.core.models import Message
from servicing.core.models import Touchpoint as Touchpointed
from servicing.core.survey_models import SurveyInvitation
from tests import cast

STANDARD: Plan = plan.load(cast.STANDARD)


def shortened(of: Plan, until_months: int = 36) -> Plan:
    """The plan without what comes in later years: a day is walked twenty times as fast."""
    return msgspec.structs.replace(
        of,
        touchpoints=tuple(
            msgspec.structs.replace(
                each,
                due=tuple(
                    msgspec.structs.replace(step, until_months=until_months)
                    if step.every_months and each.anchor == "issue"
                    else step
                    for step in each.due
                ),
            )
            for each in of.touchpoints
        ),
    )


THREE_YEARS = shortened(STANDARD)
"""The standard plan for policies that are no older than three years."""


def only(*touchpoints: Touchpoint) -> Plan:
    """A plan with these touchpoints, another than the standard one."""
    return msgspec.structs.replace(STANDARD, touchpoints=touchpoints, digest="edited")


def touchpoint(key: str) -> Touchpoint:
    """A touchpoint of the standard plan."""
    found = STANDARD.touchpoint(key)
    assert found is not None
    return found


AFTER_DEEDS = (
    msgspec.structs.replace(
        touchpoint("month_1"),
        id="thanks",
        anchor="case_closed",
        case="complaint",
        outcome=("closed", "withdrawn"),
        scope="client",
        owner="message",
    ),
    msgspec.structs.replace(touchpoint("month_1"), id="asked", anchor="task_done", task="delivery"),
    msgspec.structs.replace(
        touchpoint("month_1"),
        id="met",
        anchor="task_done",
        task="delivery",
        scope="client",
        owner="message",
    ),
)
"""A month after a complaint was closed, and after the delivery was done: for the policy, the client."""

SURVEYS = (
    msgspec.structs.replace(
        touchpoint("month_1"),
        id="how",
        anchor="task_done",
        task="delivery",
        owner="message",
        survey="csat",
        template="survey",
    ),
)
"""A month after the delivery was done the client is asked how satisfied they are."""


def surveyed(policy_no: str, on: datetime.date, days: int, state: str = "accepted") -> None:
    """So many days before a day the client of a policy was asked how satisfied they are."""
    of, asked_on = cast.policy(policy_no), on - datetime.timedelta(days=days)
    known = SurveyInvitation.select().count()
    message = Message.create(
        touchpoint=Touchpointed.create(
            key="asked_before",
            occurrence=f"{asked_on} {known}",
            scope="policy",
            anchor_on=asked_on,
            due_on=asked_on,
            found_on=asked_on,
            policy=of,
            client=of.client,
        ),
        policy=of,
        client=of.client,
        agent_id=of.agent_id,
        message_class="service",
        channel="sms",
        address=of.client.phone,
        template="survey",
        locale="en",
        params="{}",
        subject="",
        body="How satisfied are you?",
        parts=1,
        encoding="",
        provider="outbox",
        state=state,
        reason="accepted",
        planned_on=asked_on,
    )
    SurveyInvitation.create(
        message_id=message.id,
        touchpoint_id=message.touchpoint_id,
        client=of.client,
        policy=of,
        agent=of.agent,
        figure="csat",
        edition="csat@1",
        is_again=False,
        channel="sms",
        invited_on=asked_on,
        open_until=asked_on + datetime.timedelta(days=14),
    )


AFTER_SERVICE = only(
    *STANDARD.touchpoints,
    msgspec.structs.replace(touchpoint("month_1"), id="rescue", anchor="suspended"),
    msgspec.structs.replace(
        touchpoint("month_1"),
        id="lost",
        anchor="ended",
        unless=("open_complaint", "bereaved", "other_policy"),
    ),
    *AFTER_DEEDS,
)
"""The standard plan, and what follows a suspension, a loss, a closed case and a task that was done, with
every condition of `unless`."""


def deeds(of: Policy, on: datetime.date) -> None:
    """On a day a complaint of a policy's client was closed, and the policy's delivery was done."""
    known = {"kind": "complaint", "client": of.client_id, "desk": "complaint", "state": "closed"}
    moment = cast.at(on)
    days = {"received_on": on, "recorded_at": moment, "moved_on": on, "ended_on": on}
    Case.create(**known, **days, is_open=False)
    done = {"key": "delivery", "policy_id": of.id, "client_id": of.client_id, "done_on": on}
    DoneTask.create(task_id=10_000 + of.id, **done)


def marketing(*days: int) -> Plan:
    """A plan with nothing but news, so many days after the day of issue."""
    due = tuple(Step(days=each) for each in days)
    news = msgspec.structs.replace(touchpoint("news"), due=due, scope="policy")
    assert not list(plan.mistakes(news))
    return only(news)


def facts(**known: Any) -> TouchpointContext:
    """Lin Wei's month_1 of 30 September 2025, as the book has it, unless a test knows better.

    Whatever it is counted from, that date stands.
    """
    lin_weis = TouchpointContext(
        touchpoint_id=1,
        key="month_1",
        occurrence="once",
        anchor_on=datetime.date(2025, 8, 31),
        due_on=datetime.date(2025, 9, 30),
        policy_id=1,
        policy_no="POL202508310001",
        product="安心终身寿险",
        issue_date=datetime.date(2025, 8, 31),
        currency="CNY",
        status="in_force",
        ended_on=None,
        left_out_times=0,
        holder_id=1,
        client_id=1,
        client_no="C001",
        client_name="林伟",
        gender="M",
        language="zh_CN",
        timezone="",
        phone="+12025550111",
        email="",
        channel="",
        consent=None,
        agent_id=1,
        agent_name="陈燕",
        agent_phone="+12025550101",
        sms_suppressed=None,
        email_suppressed=None,
        marketing_suppressed=None,
        complains=False,
        premium=1_200_000,
        paid_on=None,
        birthday=None,
        issued_on=datetime.date(2025, 8, 31),
        delivered_on=None,
        suspended_on=None,
        reassigned_to=1,
        has_happened=True,
    )
    changed = msgspec.structs.replace(lin_weis, **known)
    stands = dict.fromkeys(("birthday", "issued_on", "delivered_on"), changed.anchor_on)
    return msgspec.structs.replace(changed, **{**stands, **known})


def sparse(**known: Any) -> TouchpointContext:
    """The same where the book has nothing but the columns that it needs (domain.md §9.1)."""
    nothing = dict.fromkeys(
        ("product", "currency", "gender", "language", "timezone", "phone", "email", "channel"), ""
    )
    nothing |= {"agent_name": "", "agent_phone": "", "premium": 0}
    return facts(**{**nothing, **known})
