"""What a client would be sent for a touchpoint if it fell due today, and whether he may be."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from policies import clients, timeline
from policies.models import Client, Policy
from policies.plan import Touchpoint
from servicing.core import context
from servicing.core.context import Supposed, TouchpointContext
from servicing.core.reasons import Reason
from servicing.messages import permission, sms_parts
from servicing.messages.templates import Text
from servicing.schedule import queries
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
    """What would become of it: queued, suppressed or cancelled."""
    reason: Reason
    length: int
    """Of an SMS as its encoding counts, else characters."""
    cost: Decimal | None
    """Of all its parts; None where no price is set."""


def templates(touchpoint: Touchpoint) -> list[str]:
    """The templates that the steps of a touchpoint send, each once."""
    steps = (step for step in touchpoint.due if touchpoint.has_message(step))
    return list(dict.fromkeys(map(touchpoint.template_of, steps)))


def preview(
    walker: Walker,
    client: Client,
    touchpoint: Touchpoint,
    template: str,
    on: datetime.date,
    channel: str = "",
    locale: str = "",
    price_per_part: float = 0,
) -> Preview | None:
    """What the client would be sent on a day; None where there is no policy or premium to speak of.

    Without `channel` it is the one he prefers, without `locale` the language he speaks.
    """
    found = _context(client, touchpoint, on)
    if found is None:
        return None
    wanted = channel or permission.way_to(found, touchpoint)[0] or "sms"
    asked = found if found.channel == "none" else msgspec.structs.replace(found, channel=wanted)
    booked: Sequence[datetime.date] = ()
    if touchpoint.message_class == "marketing":
        booked = queries.marketing_days([client.id], on.replace(day=1)).get(client.id, ())
    verdict = permission.at_making(asked, touchpoint, walker.rules, on, booked)
    address = permission.address_of(found, wanted)
    provider = walker.routes.of(wanted, address)
    spoken = msgspec.structs.replace(found, language=locale) if locale else found
    text = walker.composer.compose(spoken, template, wanted, provider)
    is_sms = wanted == "sms"
    return Preview(
        text=text,
        channel=wanted,
        address=address,
        provider=provider,
        policy_no=found.policy_no,
        state=verdict.state,
        reason=verdict.reason,
        length=sms_parts.measure(text.body).units if is_sms else len(text.body),
        cost=text.parts * Decimal(str(price_per_part)) if is_sms and price_per_part else None,
    )


def _context(client: Client, touchpoint: Touchpoint, on: datetime.date) -> TouchpointContext | None:
    """As of the policy that carries what is owed to the client, or of the next premium to be paid."""
    stored = list(Policy.select().where(Policy.client == client).order_by(Policy.id))
    policies = clients.dates_of(client, stored).policies
    if not policies:
        return None
    of = timeline.carrier(policies, on) or policies[0]
    anchor_on = on
    if touchpoint.anchor == "premium_due":
        unpaid = [
            (due.due_date, each) for each in policies for due in each.premiums if not due.paid_on
        ]
        if not unpaid:
            return None
        anchor_on, of = min(unpaid, key=lambda each: each[0])
    return context.supposed(touchpoint.id, on, Supposed(of.id, anchor_on))
