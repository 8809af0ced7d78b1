"""The message of a client for a touchpoint if it fell due today, and whether it may be sent."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from policies import clients, timeline
from policies.models import Client, Policy
from policies.plan import Touchpoint
from servicing.core import context
from servicing.core.context import Supposed, TouchpointContext
from servicing.core.reasons import Reason
from servicing.messages import permission, queries, sms_parts
from servicing.messages.permission import MessageVerdict
from servicing.messages.templates import Text
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
        length=sms_parts.measure(text.body).units if is_sms else len(text.body),
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
        clients_days = queries.marketing_days([supposed.client_id], on.replace(day=1))
        booked = clients_days.get(supposed.client_id, ())
    return permission.at_making(asked, touchpoint, walker.rules, on, booked)


def _context(client: Client, touchpoint: Touchpoint, on: datetime.date) -> TouchpointContext | None:
    """As of the policy that carries what is owed to the client, or of the next premium to be paid."""
    stored = list(Policy.select().where(Policy.client == client).order_by(Policy.id))
    policies = clients.dates_of(client, stored).policies
    if touchpoint.anchor == "premium_due":
        unpaid = [
            Supposed(each.id, due.due_date)
            for each in policies
            for due in each.premiums
            if timeline.is_to_pay(each, due, on)
        ]
        of = min(unpaid, key=lambda each: each.anchor_on, default=None)
    else:
        policy = timeline.carrier(policies, on) or next(iter(policies), None)
        of = Supposed(policy.id, on) if policy else None
    return context.supposed(touchpoint.id, on, of) if of else None
