"""A person grants a client a tier for a time, or takes that back (domain.md §18.5)."""

import datetime

import msgspec

from policies import database, dates, tier_labels
from policies.models import Client
from policies.tier import Scorecard
from servicing.core import errors, touched, trail
from servicing.tiers import queries, scoring
from servicing.tiers.queries import Standing
from servicing.tiers.scoring import Rules

GRANTED, LIFTED = "granted", "lifted"

LONGEST_MONTHS = 12
"""So long at the most; then somebody decides anew."""

LONGEST_REASON = 500


class Grant(msgspec.Struct, frozen=True):
    """Which tier, until when, why, and who says so."""

    tier: str
    until: datetime.date
    reason: str
    by: str


def grant(
    client: Client, what: Grant, rules: Rules, today: datetime.date, now: datetime.datetime
) -> None:
    """Let a client have a tier, whatever the points say.

    Raises `BadArgument` for a tier that the scorecard does not have, a last day that is past or too far
    away, no reason, a reason that insults, and a client who has died or was erased.
    """
    _refuse(client, what, rules.card, today)
    with database.explained(), database.exclusive("tiers"):
        was = _standing(client, rules, today, now)
        eve = what.until + datetime.timedelta(days=1)
        found = msgspec.structs.replace(
            was,
            tier=what.tier,
            granted=what.tier,
            granted_until=what.until,
            next_on=min(each for each in (was.next_on, eve) if each is not None),
        )
        line = scoring.line_of(found, GRANTED, today, now, what.by, what.reason.strip())
        scoring.write([found], [line])
        _tell(client, GRANTED, now, tier=what.tier, until=what.until, text=line.reason, by=what.by)
        _note(client, was, found, rules)


def lift(
    client: Client, by: str, rules: Rules, today: datetime.date, now: datetime.datetime
) -> None:
    """Let the points decide again. Raises `BadArgument` where nothing is granted."""
    with database.explained(), database.exclusive("tiers"):
        was = queries.standings([client.id]).get(client.id)
        if was is None or was.granted is None:
            raise errors.BadArgument("tier_not_granted", client_no=client.client_no)
        found = msgspec.structs.replace(was, tier=was.by_points, granted=None, granted_until=None)
        scoring.write([found], [scoring.line_of(found, LIFTED, today, now, by)])
        _tell(client, LIFTED, now, tier=found.tier, by=by)
        _note(client, was, found, rules)


def _tell(client: Client, what: str, now: datetime.datetime, **facts: object) -> None:
    """On the card stands who has decided it, and why."""
    entry = trail.Entry(client.id, None, None, f"tier.{what}", trail.facts(**facts))
    trail.write([entry], now)


def _refuse(client: Client, what: Grant, card: Scorecard, today: datetime.date) -> None:
    known = [each.id for each in card.tiers]
    if what.tier not in known:
        raise errors.BadArgument("tier_unknown", tier=what.tier, known=known)
    latest = dates.months_after(today, LONGEST_MONTHS)
    if not today <= what.until <= latest:
        raise errors.BadArgument("tier_until", until=what.until, first=today, last=latest)
    if not what.reason.strip():
        raise errors.BadArgument("tier_reason_missing")
    if len(what.reason) > LONGEST_REASON:
        raise errors.BadArgument("tier_reason_long", most=LONGEST_REASON)
    for why in tier_labels.refused(what.reason):
        raise errors.BadArgument("tier_reason", why=why)
    if client.deceased_on is not None or client.erased_on is not None:
        raise errors.BadArgument("tier_of_nobody", client_no=client.client_no)


def _standing(
    client: Client, rules: Rules, today: datetime.date, now: datetime.datetime
) -> Standing:
    """How a client stands; who was never scored is scored now."""
    found = queries.standings([client.id])
    if client.id not in found:
        scoring.score([client.id], rules, today, now)
        found = queries.standings([client.id])
    return found[client.id]


def _note(client: Client, was: Standing, found: Standing, rules: Rules) -> None:
    if was.tier != found.tier and rules.is_asked_for:
        touched.note_clients([client.id])
