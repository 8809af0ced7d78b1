"""Complaints in the workspace that is looked at: what clients have said, and how far the desk is."""

import datetime
from typing import NamedTuple

from policies.case_moves import Given
from policies.models import Agent, Client, Policy
from servicing.cases import desks, opening, stepping
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.core.account_models import User
from servicing.operations.workspace import Workspace


class Step(NamedTuple):
    """What was done with it, with which words, or for whom."""

    step: str
    text: str = ""
    person: str = ""


class Complaint(NamedTuple):
    """What a client has said, how many days ago, as what it is sorted, and what was done since."""

    text: str
    days: int
    categories: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    is_about_another: bool = False
    """It is about another agent than the client's of today: so it can be given to the latter."""


ACCEPTED = Step("accept", "属本公司受理范围，已受理")
FOUND = Step("investigate", "原服务人员休假，期间无人接手")
OFFERED = Step("offer", "由同事接手，今日致电客户")

COMPLAINTS = (
    Complaint(
        "打了三次电话都没有人回复，保单续期的事一直没有着落",
        13,
        ("service_attitude",),
        (ACCEPTED, Step("assign", person="agent")),
        is_about_another=True,
    ),
    Complaint(
        "续期扣款日期与之前告知的不一样", 21, ("service_quality", "simple"), (ACCEPTED, FOUND)
    ),
    Complaint("保单资料寄错了地址", 3, ("product_documents",)),
    Complaint(
        "分红与当初介绍的不一致，希望说明计算方法",
        9,
        ("product_trade", "complex"),
        (ACCEPTED, FOUND, OFFERED, Step("apology", "已向客户致歉")),
    ),
)


def complain(space: Workspace, now: datetime.datetime) -> None:
    """Clients of the agent have complained; operations are the desk, the agent was given one."""
    desks.put(User.get(User.login == "ops"), {"complaint"}, now)
    agent = User.get(User.login == "agent").agent
    theirs = Policy.select(Policy.client).where(Policy.agent == agent)
    clients = Client.select().where(Client.id.in_(theirs)).order_by(Client.id.desc())
    another = Agent.select().where(Agent.id != agent.id).order_by(Agent.id).first().agent_no
    today = space.today(now)
    for client, each in zip(clients, COMPLAINTS, strict=False):
        received = today - datetime.timedelta(days=each.days)
        case = opening.open_case(
            space.ground,
            Request(
                kind="complaint",
                received_on=received,
                text=each.text,
                by="ops",
                client_no=client.client_no,
                source="client",
                channel="phone",
                categories=each.categories,
                about=another if each.is_about_another else "",
            ),
            today,
            now,
        )
        for turn, done in enumerate(each.steps, 1):
            on = received + datetime.timedelta(days=turn)
            given = Given(done.text, person=done.person)
            stepping.step(space.ground, Order(case.id, done.step, "ops", on, given), today, now)
