"""One client's 360° service card: all that we know of them and did for them (domain.md §7.1)."""

import datetime
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from policies import dates, inforce, models
from policies.clock import NO_RULES, Rules
from policies.dates import WorkCalendar
from policies.grace import Grace
from policies.models import Client, Policy
from policies.plan import Plan
from policies.suspension import rescindable_from
from policies.timeline import PolicyDates
from servicing.breaker import halts
from servicing.breaker.halts import HaltLine
from servicing.card import policy_timeline, queries, refusals, shares, withheld
from servicing.card.notes import Relative
from servicing.card.policy_timeline import TimelineLine
from servicing.card.queries import Around, OpenTask
from servicing.card.refusals import Refused
from servicing.card.shares import Share
from servicing.cases import discretion
from servicing.cases.discretion import Kept
from servicing.core import errors, happened, packed_texts, states, trail
from servicing.core.models import Message, Touchpoint
from servicing.messages.waiting import Preview, Writer, previews
from servicing.tiers import stages
from servicing.tiers.stages import Stages


@dataclass(frozen=True)
class PremiumLine:
    """An instalment of the ledger."""

    due_on: datetime.date
    amount: str
    paid_on: datetime.date | None


@dataclass(frozen=True)
class Consent:
    """Whether a client may be sent marketing, as it stands: a refusal outlives what the book says."""

    is_given: bool | None
    """None: nobody has asked them."""
    on: datetime.date | None
    """The day since which it is so."""
    source: str = ""
    """Where a refusal is known from; empty: from the book."""


@dataclass(frozen=True)
class PolicyCard:
    """One policy on the card, over its whole life."""

    policy_no: str
    product: str
    status: str
    issue_date: datetime.date
    ended_on: datetime.date | None
    delivered_on: datetime.date | None
    suspended_on: datetime.date | None
    """Since when it is suspended, where that is known."""
    annual_premium: str
    sum_assured: str | None
    currency: str
    payment_mode: str
    premium_term_years: int | None
    paid_to: datetime.date | None
    """The due date of the first instalment of the ledger that is still asked for."""
    agent_no: str
    agent_name: str
    team: str
    branch: str
    served_from: datetime.date
    is_left_out: bool
    """Complete files leave it out, so that nothing is owed to it for now."""
    timeline: list[TimelineLine]
    premiums: list[PremiumLine] = field(default_factory=list)
    """Those of the ledger that are unpaid, or were due within the last year, or will be."""
    rescindable_from: datetime.date | None = None
    """From when the company may rescind it, where it is suspended (`policies.suspension`)."""


@dataclass(frozen=True)
class TrailLine:
    """One line of the trail of service."""

    at: datetime.datetime
    kind: str
    policy_no: str
    touchpoint: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class WaitingMessage:
    """A message that has not left yet, or of which nobody knows whether it has."""

    id: int
    state: str
    send_from: datetime.datetime | None
    channel: str
    touchpoint: str
    policy_no: str
    body: str
    is_preview: bool = False
    """Channel and text are those with which it would leave now: it is composed when it leaves."""
    repeats: HaltLine | None = None
    """The halt that holds it since its text has gone to its address already."""


@dataclass(frozen=True)
class ReferredClient:
    """A client whom this one has referred."""

    client_no: str
    name: str


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
    referrals: list[ReferredClient]
    family: list[Relative]
    policies: list[PolicyCard]
    open_tasks: list[OpenTask]
    waiting_messages: list[WaitingMessage]
    deceased_on: datetime.date | None = None
    death_asked_on: datetime.date | None = None
    """Since when it is asked whether the client has died."""
    bereaved_until: datetime.date | None = None
    """Somebody of the family has died: until that day there are no greetings and no marketing."""
    trail: list[TrailLine] = field(default_factory=list)
    is_shared: bool = False
    """It is one agent's share of it, and other agents serve the client as well."""
    writers: dict[str, str] = field(default_factory=dict)
    """By login, how whoever has written is called; empty: another agent, who is not told."""
    near: Around | None = None
    """The tier, and the stage where it was asked for."""
    refusals: list[Refused] = field(default_factory=list)
    """What the client refuses, or cannot be sent: marketing, SMS to their number, email."""

    @property
    def consent(self) -> Consent:
        """To marketing, as it stands."""
        for each in self.refusals:
            if each.of == "marketing":
                return Consent(False, each.on, each.source)
        return Consent(self.marketing_consent, self.consent_on)


def card(
    by: Writer, calendar: WorkCalendar, client_no: str, on: datetime.date, rules: Rules = NO_RULES
) -> Card:
    """The card of a client as of `on`, with the coming year; raises `ClientNotFound`."""
    grace, zone, client = by.composer.grace, by.composer.zone, client_of(client_no)
    return card_of(by.plan, calendar, client, on, grace, by, zone=zone, rules=rules)


def client_of(client_no: str) -> Client:
    """The client of that number; raises `ClientNotFound`."""
    client: Client | None = Client.get_or_none(Client.client_no == client_no)
    if client is None:
        raise errors.ClientNotFound(client_no)
    return client


def card_of(
    plan: Plan,
    calendar: WorkCalendar,
    client: Client,
    on: datetime.date,
    grace: Grace,
    writer: Writer | None = None,
    agent_id: int | None = None,
    zone: datetime.tzinfo = datetime.UTC,
    kept: Kept = discretion.NOTHING,
    rules: Rules = NO_RULES,
    staged: Stages | None = None,
) -> Card:
    """The same of a client who was looked up already; without a writer, what waits has no text.

    `zone`: by whose clock the days of refusals are. With an `agent_id` it is her share of the card
    (`servicing.card.shares`); `kept`: it is without what its reader is not told of cases
    (`servicing.card.withheld`); `rules`: by which a suspended policy may be rescinded; `staged`: the
    stages that it tells.
    """
    policies = queries.policies_of(client)
    recorded = queries.recorded_touchpoints(Touchpoint.client == client)
    of_desks = withheld.of_desks(kept, recorded)
    lines = withheld.told(kept, trail.of_client(client.id), of_desks)
    share = shares.of_agent(agent_id, policies, lines) if agent_id is not None else None
    around = queries.around(client, stages.furthest(staged, on, agent_id) if staged else "NULL")
    referrer = next((each for each in around if each.what == "referrer"), None)
    referred = sorted(each.client_no for each in around if each.what == "referred")
    names = {each.client_no: each.name for each in around if each.what == "referred"}
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
        referred_by_name=referrer.name if referrer else "",
        referrals=[ReferredClient(each, names[each]) for each in referred],
        family=[_relative(each) for each in around if each.what == "family"],
        policies=[
            replace(
                _policy_card(
                    policy, its, policy_timeline.in_grace(life, grace, policy.product), on
                ),
                rescindable_from=rescindable_from(rules, calendar, policy.suspended_on),
            )
            for policy, its, whole in _lives(plan, calendar, client, policies, recorded, on, share)
            for life in [withheld.timeline(kept, plan, whole)]
        ],
        open_tasks=[
            each
            for each in queries.open_tasks(client.id)
            if (share is None or each.policy_no in share.numbers)
            and not (kept.desk_tasks and each.desk)
        ],
        waiting_messages=_waiting(
            writer, [each for each in recorded if share is None or each.policy_id in share.ids]
        ),
        deceased_on=client.deceased_on,
        death_asked_on=client.death_asked_on,
        bereaved_until=client.bereaved_until,
        trail=_trail(lines, policies, recorded, share),
        refusals=refusals.of(around, zone),
        writers=shares.named(share, lines),
        near=next(each for each in around if each.what == "near"),
        is_shared=share is not None and _others_serve(policies, share, on),
    )


def _relative(row: Around) -> Relative:
    told = row.kind, row.name, row.day, row.note, row.client_no
    return Relative(*told, row.is_lunar, row.deceased_on)


# ------------------------------------------------------------------------------------ the policies


def _lives(
    plan: Plan,
    calendar: WorkCalendar,
    client: Client,
    policies: Sequence[Policy],
    recorded: Sequence[Touchpoint],
    on: datetime.date,
    share: Share | None,
) -> Iterator[tuple[Policy, PolicyDates, list[TimelineLine]]]:
    """Each policy of the share with its dates, and its timeline."""
    known = happened.dates_of(plan.touchpoints, client, policies)
    until = dates.months_after(on, policy_timeline.AHEAD_MONTHS)
    coming = policy_timeline.ahead(plan, calendar, known, on, None, until)
    coming = policy_timeline.not_kept_back(coming, client)
    past = policy_timeline.recorded(plan, recorded)
    for policy, its_dates in zip(policies, known.policies, strict=True):
        life = policy_timeline.lines(policy, past, coming)
        if share is None:
            yield policy, its_dates, life
        elif policy.id in share.ids:
            yield policy, its_dates, share.timeline(life)


def _paid_to(policy: PolicyDates) -> datetime.date | None:
    asked_for = (
        each.due_date
        for each in policy.premiums
        if not each.paid_on and inforce.is_asked_for(policy.status, each.amount)
    )
    return next(asked_for, None)


def _premiums(policy: PolicyDates, on: datetime.date) -> list[PremiumLine]:
    since = dates.months_after(on, -12)
    return [
        PremiumLine(each.due_date, str(models.amount(each.amount)), each.paid_on)
        for each in policy.premiums
        if each.due_date >= since or inforce.is_unpaid(each.paid_on, on)
    ]


def _policy_card(
    policy: Policy, its: PolicyDates, timeline: list[TimelineLine], on: datetime.date
) -> PolicyCard:
    agent, team = policy.agent, policy.agent.team
    return PolicyCard(
        policy_no=policy.policy_no,
        product=policy.product,
        status=policy.status,
        issue_date=policy.issue_date,
        ended_on=policy.ended_on,
        delivered_on=policy.delivered_on,
        suspended_on=policy.suspended_on,
        annual_premium=str(policy.annual_premium),
        sum_assured=None if policy.sum_assured is None else str(policy.sum_assured),
        currency=policy.currency,
        payment_mode=policy.payment_mode,
        premium_term_years=policy.premium_term_years,
        paid_to=_paid_to(its),
        agent_no=agent.agent_no,
        agent_name=agent.name,
        team=team.name if team else "",
        branch=team.branch.name if team and team.branch else "",
        served_from=policy.served_from,
        is_left_out=inforce.is_left_out(policy.left_out_times),
        timeline=timeline,
        premiums=_premiums(its, on),
    )


# ---------------------------------------------------------------------------- messages and trail


def _waiting(writer: Writer | None, recorded: Iterable[Touchpoint]) -> list[WaitingMessage]:
    """The messages that have not left yet, or of which nobody knows, by when they may leave."""
    waiting = [
        (touchpoint, message)
        for touchpoint in recorded
        if (message := getattr(touchpoint, "message", None)) is not None
        and message.state in states.WAITING
    ]
    known = previews(writer, (message for _, message in waiting)) if writer else {}
    said = packed_texts.of(message for _, message in waiting)
    held = halts.of_messages([message.id for _, message in waiting if message.send_from is None])
    messages = [
        replace(
            _waiting_message(touchpoint, message, said[message.id].body, known.get(message.id)),
            repeats=held.get(message.id),
        )
        for touchpoint, message in waiting
    ]
    far = datetime.datetime.max.replace(tzinfo=datetime.UTC)
    return sorted(messages, key=lambda each: (each.send_from or far, each.id))


def _waiting_message(
    touchpoint: Touchpoint, message: Message, said: str, preview: Preview | None
) -> WaitingMessage:
    return WaitingMessage(
        id=message.id,
        state=message.state,
        send_from=message.send_from,
        channel=preview.channel if preview else message.channel,
        touchpoint=touchpoint.key,
        policy_no=touchpoint.policy.policy_no,
        body=preview.text.body if preview else said,
        is_preview=preview is not None,
    )


def _trail(
    lines: Sequence[trail.Line],
    policies: Iterable[Policy],
    recorded: Iterable[Touchpoint],
    share: Share | None,
) -> list[TrailLine]:
    keys = {each.id: each.key for each in recorded}
    hers = [each for each in policies if share is None or each.id in share.ids]
    numbers = {each.id: each.policy_no for each in hers}
    return [
        TrailLine(
            at=line.at,
            kind=line.kind,
            policy_no=numbers.get(line.policy_id or 0, ""),
            touchpoint=keys.get(line.touchpoint_id or 0, ""),
            facts=json.loads(line.facts),
        )
        for line in (lines if share is None else share.trail(lines))
    ]


def _others_serve(policies: Iterable[Policy], share: Share, on: datetime.date) -> bool:
    return any(
        each.id not in share.ids and not inforce.has_ended(each.ended_on, on) for each in policies
    )
