"""One client's 360° service card: everything known of and done for the client (domain.md §7.1)."""

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from peewee import JOIN, fn

from policies import clients, dates, status, timeline
from policies.dates import WorkCalendar
from policies.models import Agent, Branch, Client, Policy, Relation, Team
from policies.plan import Plan
from policies.timeline import ClientDates, Owed
from servicing.core import errors, states
from servicing.core.models import CardEntry, Message, Task, Touchpoint, WalkedDay, literally
from servicing.desk import tasks

AHEAD_MONTHS = 12
"""How far the card looks ahead."""


@dataclass(frozen=True)
class TimelineLine:
    """One touchpoint of a policy's life: done, missed, or to come."""

    due_on: datetime.date
    touchpoint: str
    occurrence: str
    state: str
    """planned, or what became of its message and task."""
    reason: str
    carried_by: str
    """The policy that carries it: another one where the client has several (domain.md §4.4)."""
    task_on: datetime.date | None = None


@dataclass(frozen=True)
class PolicyCard:
    """One policy on the card, over its whole life."""

    policy_no: str
    product: str
    status: str
    issue_date: datetime.date
    ended_on: datetime.date | None
    delivered_on: datetime.date | None
    annual_premium: str
    sum_assured: str | None
    currency: str
    payment_mode: str
    premium_term_years: int | None
    paid_to: datetime.date | None
    """The due date of the first unpaid instalment that the ledger knows."""
    agent_no: str
    agent_name: str
    team: str
    branch: str
    served_from: datetime.date
    timeline: list[TimelineLine]


@dataclass(frozen=True)
class TrailLine:
    """One line of the trail of service."""

    at: datetime.datetime
    kind: str
    policy_no: str
    touchpoint: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Card:
    """The card of one client."""

    client_no: str
    name: str
    gender: str
    birthday: datetime.date | None
    language: str
    timezone: str
    phone: str
    phone_given: str
    email: str
    channel: str
    marketing_consent: bool | None
    consent_on: datetime.date | None
    referred_by: str
    referred_by_name: str
    referrals: list[dict[str, str]]
    family: list[dict[str, Any]]
    policies: list[PolicyCard]
    open_tasks: list[dict[str, Any]]
    waiting_messages: list[dict[str, Any]]
    trail: list[TrailLine] = field(default_factory=list)


def card(plan: Plan, calendar: WorkCalendar, client_no: str, on: datetime.date) -> Card:
    """The card of a client as of `on`, with the coming year; raises `ClientNotFound`."""
    client = Client.get_or_none(Client.client_no == client_no)
    if client is None:
        raise errors.ClientNotFound(client_no)
    return card_of(plan, calendar, client, on)


def card_of(plan: Plan, calendar: WorkCalendar, client: Client, on: datetime.date) -> Card:
    """The same of a client who was looked up already."""
    policies, rows = list(_policies(client)), list(_recorded(client))
    known = clients.dates_of(client, policies)
    past = [(row.scope, _line(row), row.policy.policy_no) for row in rows]
    ahead = _ahead(plan, calendar, known, on, None, dates.months_after(on, AHEAD_MONTHS))
    referrers, referred = _referrals(client)
    unpaid = {
        each.policy_no: next((due.due_date for due in each.premiums if not due.paid_on), None)
        for each in known.policies
    }
    return Card(
        client_no=client.client_no,
        name=client.name,
        gender=client.gender,
        birthday=client.birthday,
        language=client.language,
        timezone=client.timezone,
        phone=client.phone,
        phone_given=client.phone_given,
        email=client.email,
        channel=client.channel,
        marketing_consent=client.marketing_consent,
        consent_on=None if client.marketing_consent is None else client.consent_on,
        referred_by=client.referred_by,
        referred_by_name=referrers[0].name if referrers else "",
        referrals=[{"client_no": each.client_no, "name": each.name} for each in referred],
        family=[
            {"kin": each.kind, "name": each.name, "birthday": each.birthday, "note": each.note}
            for each in Relation.select().where(Relation.client == client).order_by(Relation.id)
        ],
        policies=[
            _policy_card(policy, unpaid[policy.policy_no], past, ahead) for policy in policies
        ],
        open_tasks=list(_open_tasks(client)),
        waiting_messages=list(_waiting(rows)),
        trail=list(_trail(client, policies, rows)),
    )


def _referrals(client: Client) -> tuple[list[Client], list[Client]]:
    """Who referred the client, and whom the client referred."""
    is_referred = (Client.referred_by == client.client_no) & (Client.referred_by != literally(""))
    query = Client.select().where(is_referred | (Client.client_no == client.referred_by))
    found = list(query.order_by(Client.client_no))
    referrers = [each for each in found if each.client_no == client.referred_by]
    return referrers, [each for each in found if each.referred_by == client.client_no]


def policy_timeline(
    plan: Plan,
    calendar: WorkCalendar,
    policy_no: str,
    start: datetime.date | None,
    end: datetime.date | None,
    on: datetime.date,
) -> list[TimelineLine]:
    """A policy's timeline: what was recorded until `on`, what comes after; raises `PolicyNotFound`."""
    policy = Policy.get_or_none(Policy.policy_no == policy_no)
    if policy is None:
        raise errors.PolicyNotFound(policy_no)
    client = policy.client
    policies = list(_policies(client))
    until = end or dates.months_after(on, AHEAD_MONTHS)
    ahead = _ahead(plan, calendar, clients.dates_of(client, policies), on, start, until)
    past = [(row.scope, _line(row), row.policy.policy_no) for row in _recorded(client)]
    lines = _policy_lines(policy, past, ahead)
    return [
        line for line in lines if (start is None or line.due_on >= start) and line.due_on <= until
    ]


# ----------------------------------------------------------------------------------- the timeline


def _policies(client: Client) -> Iterator[Policy]:
    return iter(
        Policy.select(Policy, Agent, Team, Branch)
        .join(Agent)
        .join(Team, JOIN.LEFT_OUTER)
        .join(Branch, JOIN.LEFT_OUTER)
        .where(Policy.client == client)
        .order_by(Policy.issue_date, Policy.id)
    )


def _ahead(
    plan: Plan,
    calendar: WorkCalendar,
    dates_of_client: ClientDates,
    on: datetime.date,
    start: datetime.date | None,
    end: datetime.date,
) -> list[Owed]:
    """What is to come, by the same rule that the walk reads backwards; walked days have been.

    Without a `start` it begins on `on`, or with the first day that may still have something to be
    found: earlier after downtime.
    """
    first = start or on
    last_walked = WalkedDay.select(fn.MAX(WalkedDay.day))
    query = WalkedDay.select(WalkedDay.day).where(
        WalkedDay.day.between(first, end) | (WalkedDay.day == last_walked)
    )
    walked = {each.day for each in query}
    if start is None:
        joined = min((policy.served_from for policy in dates_of_client.policies), default=on)
        first = min(on, max(walked, default=joined))
    owed = timeline.client_timeline(plan, calendar, dates_of_client, first, end)
    return [each for each in owed if each.due.due_on not in walked]


def _recorded(client: Client) -> Iterator[Touchpoint]:
    """What was recorded, with its policy, message and task."""
    return iter(
        Touchpoint.select(Touchpoint, Policy, Message, Task)
        .join(Policy)
        .switch(Touchpoint)
        .join(Message, JOIN.LEFT_OUTER)
        .switch(Touchpoint)
        .join(Task, JOIN.LEFT_OUTER)
        .where(Touchpoint.client == client)
        .order_by(Touchpoint.due_on, Touchpoint.id)
    )


def _line(row: Touchpoint) -> TimelineLine:
    message, task = getattr(row, "message", None), getattr(row, "task", None)
    parts = [
        (each.state, each.reason) for each in (message, task) if each is not None and each.state
    ]
    return TimelineLine(
        due_on=row.due_on,
        touchpoint=row.key,
        occurrence=row.occurrence,
        state=" + ".join(state for state, _ in parts),
        reason=" + ".join(reason for _, reason in parts),
        carried_by=row.policy.policy_no,
        task_on=task.due_on if task else None,
    )


def _policy_lines(
    policy: Policy, past: list[tuple[str, TimelineLine, str]], ahead: list[Owed]
) -> list[TimelineLine]:
    """The policy's own touchpoints, and those of its client that covered it."""
    lines = [
        line
        for scope, line, carrier in past
        if carrier == policy.policy_no or (scope == "client" and _was_covered(policy, line.due_on))
    ]
    known = {(line.touchpoint, line.occurrence, line.carried_by) for line in lines}
    known |= {
        (line.touchpoint, line.occurrence, "") for scope, line, _ in past if scope == "client"
    }
    for owed in ahead:
        due = owed.due
        is_own = owed.policy_no == policy.policy_no
        carrier = "" if due.touchpoint.scope == "client" else owed.policy_no
        if (due.key, due.occurrence, carrier) in known:
            continue
        if is_own or (due.touchpoint.scope == "client" and _was_covered(policy, due.due_on)):
            lines.append(
                TimelineLine(
                    due.due_on, due.key, due.occurrence, "planned", "", owed.policy_no, due.task_on
                )
            )
    return sorted(lines, key=lambda line: line.due_on)


def _was_covered(policy: Policy, day: datetime.date) -> bool:
    """Whether what its client was given on `day` was for this policy, too."""
    return bool(
        policy.issue_date <= day
        and (policy.ended_on is None or policy.ended_on > day)
        and policy.status not in status.PAUSED
    )


def _policy_card(
    policy: Policy,
    paid_to: datetime.date | None,
    past: list[tuple[str, TimelineLine, str]],
    ahead: list[Owed],
) -> PolicyCard:
    agent, team = policy.agent, policy.agent.team
    return PolicyCard(
        policy_no=policy.policy_no,
        product=policy.product,
        status=policy.status,
        issue_date=policy.issue_date,
        ended_on=policy.ended_on,
        delivered_on=policy.delivered_on,
        annual_premium=str(policy.annual_premium),
        sum_assured=None if policy.sum_assured is None else str(policy.sum_assured),
        currency=policy.currency,
        payment_mode=policy.payment_mode,
        premium_term_years=policy.premium_term_years,
        paid_to=paid_to,
        agent_no=agent.agent_no,
        agent_name=agent.name,
        team=team.name if team else "",
        branch=team.branch.name if team and team.branch else "",
        served_from=policy.served_from,
        timeline=_policy_lines(policy, past, ahead),
    )


# --------------------------------------------------------------------------- open items and trail


def _open_tasks(client: Client) -> Iterator[dict[str, Any]]:
    query = (
        Task.select(Task, Touchpoint, Policy)
        .join(Touchpoint, JOIN.LEFT_OUTER)
        .switch(Task)
        .join(Policy)
        .where((Task.client == client) & (Task.state == literally("open")))
        .order_by(Task.show_on, Task.id)
    )
    for task in query:
        yield {
            "id": task.id,
            "show_on": task.show_on,
            "due_on": task.due_on,
            "touchpoint": task.touchpoint.key if task.touchpoint else tasks.REPLY,
            "policy_no": task.policy.policy_no,
        }


def _waiting(rows: list[Touchpoint]) -> Iterator[dict[str, Any]]:
    """The messages that have not left yet, or of which nobody knows."""
    messages: list[tuple[Touchpoint, Message]] = [
        (row, message) for row in rows if (message := getattr(row, "message", None)) is not None
    ]
    far = datetime.datetime.max.replace(tzinfo=datetime.UTC)
    for row, message in sorted(messages, key=lambda each: (each[1].send_from or far, each[1].id)):
        if message.state not in states.WAITING:
            continue
        yield {
            "id": message.id,
            "state": message.state,
            "send_from": message.send_from,
            "channel": message.channel,
            "touchpoint": row.key,
            "policy_no": row.policy.policy_no,
            "body": message.body,
        }


def _trail(client: Client, policies: list[Policy], rows: list[Touchpoint]) -> Iterator[TrailLine]:
    touchpoints = {row.id: row.key for row in rows}
    numbers = {each.id: each.policy_no for each in policies}
    for entry in CardEntry.select().where(CardEntry.client == client).order_by(CardEntry.id):
        yield TrailLine(
            entry.at,
            entry.kind,
            numbers.get(entry.policy_id or 0, ""),
            touchpoints.get(entry.touchpoint_id or 0, ""),
            json.loads(entry.facts),
        )
