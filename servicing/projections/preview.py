"""The message of a client for a touchpoint if it fell due today, and whether it may be sent."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from policies import timeline
from policies.models import Client, Policy
from policies.notices import Notice
from policies.plan import Touchpoint
from policies.timeline import ClientDates, PolicyDates
from servicing.core import context, errors, happened
from servicing.core.context import Supposed, TouchpointContext
from servicing.core.reasons import Reason
from servicing.messages import greetings, permission, sms_parts
from servicing.messages import queries as messages
from servicing.messages.permission import MessageVerdict
from servicing.messages.templates import Text
from servicing.projections import queries
from servicing.schedule.materialize import Walker


@dataclass(frozen=True)
class Preview:
    """A message that nobody makes."""

    text: Text
    channel: str
    address: str
    provider: str
    policy_no: str
    state: str
    """The state it would have: queued, suppressed or cancelled."""
    reason: Reason
    length: int
    """Of an SMS as its encoding counts, else characters."""
    cost: Decimal | None
    """Of all its parts; None where no price is set."""


def templates(touchpoint: Touchpoint) -> list[str]:
    """The templates that the steps of a touchpoint send, each once."""
    steps = (step for step in touchpoint.due if touchpoint.has_message(step))
    return list(dict.fromkeys(map(touchpoint.template_of, steps)))


@dataclass(frozen=True)
class TextChoice:
    """Which text a person wants to see."""

    template: str
    channel: str = ""
    """Empty: the one the client prefers."""
    locale: str = ""
    """Empty: the language the client speaks."""


def preview(
    walker: Walker,
    client: Client,
    touchpoint: Touchpoint,
    choice: TextChoice,
    on: datetime.date,
    price_per_part: float = 0,
) -> Preview | None:
    """The message of a day to the client; None where there is no policy or premium to speak of."""
    supposed = _context(client, touchpoint, on)
    if supposed is None:
        return None
    preferred, _, _ = permission.way_to(supposed, touchpoint)
    channel = choice.channel or preferred or "sms"
    verdict = _verdict(walker, supposed, touchpoint, channel, on)
    address = permission.address_of(supposed, channel)
    provider = walker.routes.of(channel, address)
    reader = replace(supposed, language=choice.locale) if choice.locale else supposed
    text = walker.composer.compose(reader, choice.template, channel, provider)
    is_sms = channel == "sms"
    return Preview(
        text=text,
        channel=channel,
        address=address,
        provider=provider,
        policy_no=supposed.policy_no,
        state=verdict.state,
        reason=verdict.reason,
        length=_length(text, channel),
        cost=text.parts * Decimal(str(price_per_part)) if is_sms and price_per_part else None,
    )


def _verdict(
    walker: Walker,
    supposed: TouchpointContext,
    touchpoint: Touchpoint,
    channel: str,
    on: datetime.date,
) -> MessageVerdict:
    """The walk's verdict by that channel; no channel helps with a client who wants none.

    By SMS it is asked without the email address, which would take the place of a landline.
    """
    asked = supposed if supposed.channel == "none" else replace(supposed, channel=channel)
    if channel == "sms":
        asked = replace(asked, email="")
    booked: Sequence[datetime.date] = ()
    if touchpoint.message_class == "marketing":
        clients_days = messages.marketing_days([supposed.client_id], on.replace(day=1))
        booked = clients_days.get(supposed.client_id, ())
    greets = walker.plan, walker.calendar, touchpoint, on, supposed.client_id
    greeted = greetings.beside(*greets, walker.rules.greetings)
    return permission.at_making(asked, touchpoint, walker.rules, on, booked, greeted)


def _context(client: Client, touchpoint: Touchpoint, on: datetime.date) -> TouchpointContext | None:
    """As of the policy that carries what is owed to the client, or of the next premium to be paid.

    Where one has the date that the touchpoint is counted from, it is that one.
    """
    known = _dates(client, touchpoint)
    is_premium = touchpoint.anchor == "premium_due"
    year = on, on + datetime.timedelta(days=400)
    dated = [each for each in known.policies if timeline.anchors(touchpoint, known, each, year)]
    carries = _carrier(dated or known.policies, on)
    of = _next_premium(known.policies, on) if is_premium else carries
    return context.supposed(touchpoint.id, on, of) if of else None


def _dates(client: Client, *touchpoints: Touchpoint) -> ClientDates:
    stored = list(Policy.select().where(Policy.client == client).order_by(Policy.id))
    return happened.dates_of(touchpoints, client, stored)


def _carrier(policies: Sequence[PolicyDates], on: datetime.date) -> Supposed | None:
    policy = timeline.carrier(policies, on) or next(iter(policies), None)
    return Supposed(policy.id, on) if policy else None


def _next_premium(policies: Sequence[PolicyDates], on: datetime.date) -> Supposed | None:
    unpaid = [
        Supposed(each.id, due.due_date)
        for each in policies
        for due in each.premiums
        if timeline.is_to_pay(each, due, on)
    ]
    return min(unpaid, key=lambda each: each.anchor_on, default=None)


# ------------------------------------------------------------------------- all texts, side by side


@dataclass(frozen=True)
class WrittenText:
    """A text of the plan, written for one client; or why it cannot be written."""

    touchpoint: str
    template: str
    text: Text | None
    why: Notice | None
    length: int
    """Of an SMS as its encoding counts, else characters."""
    is_supposed: bool
    """It speaks of a premium, and the client has none to pay: it names one that is made up."""


LATELY = 5_000
"""Clients among whom the longest name is looked for: those that came last."""

A_PREMIUM = 123_456
"""Hundredths of the premium that is made up."""


def typical_client() -> str:
    """The number of the client of the policy that came last; empty: there is none."""
    return queries.latest_holder()


def longest_named_client() -> str:
    """The number of the client with the longest name among those that came last; empty: none."""
    return queries.longest_named(LATELY)


def side_by_side(
    walker: Walker, client: Client, channel: str, locale: str, on: datetime.date
) -> list[WrittenText]:
    """Each text that the plan may send by a channel, for one client in one language.

    Whether it might be sent is not asked: every text stands beside the others.
    """
    policies = _dates(client).policies
    of_policy, of_premium = _carrier(policies, on), _next_premium(policies, on)
    if of_policy is None:
        return []
    usual = replace(context.supposed("", on, of_policy), language=locale)
    due = context.supposed("", on, of_premium) if of_premium else usual
    due = replace(due, language=locale, premium=due.premium or A_PREMIUM)
    provider = walker.routes.of(channel, permission.address_of(usual, channel))
    written = []
    for touchpoint in walker.plan.touchpoints:
        is_premium = touchpoint.anchor == "premium_due"
        reader = replace(due if is_premium else usual, key=touchpoint.id)
        for template in templates(touchpoint):
            text, why = _written(walker, reader, template, channel, provider)
            is_made_up = is_premium and of_premium is None
            length = _length(text, channel)
            written.append(WrittenText(touchpoint.id, template, text, why, length, is_made_up))
    return written


def _written(
    walker: Walker, reader: TouchpointContext, template: str, channel: str, provider: str
) -> tuple[Text | None, Notice | None]:
    try:
        return walker.composer.compose(reader, template, channel, provider), None
    except errors.BadTemplate as error:
        return None, error.notice


def _length(text: Text | None, channel: str) -> int:
    if text is None:
        return 0
    return sms_parts.measure(text.body).units if channel == "sms" else len(text.body)
