"""The statements of "why": a policy, its recorded touchpoints, the lines of its client's card."""

import datetime
from collections.abc import Iterable

import peewee

from policies import database
from policies.models import Client, Policy
from servicing.card.queries import recorded_touchpoints
from servicing.core import errors
from servicing.core.models import CardEntry, DayWalk, Suppression, Touchpoint, WalkedDay
from servicing.messages.suppressions import Kind, normalised


def policy(policy_no: str) -> Policy:
    """A policy with its client; raises `PolicyNotFound`."""
    query = Policy.select(Policy, Client).join(Client).where(Policy.policy_no == policy_no)
    stored: Policy | None = query.first()
    if stored is None:
        raise errors.PolicyNotFound(policy_no)
    return stored


def recorded(of: Policy, key: str) -> list[Touchpoint]:
    """A touchpoint as it was recorded for the policy or for its client, by its days."""
    values = [of.id, key, of.id, key, of.client_id, key, of.id, key, of.id]
    found = peewee.SQL(database.marked(f"({' UNION ALL '.join(_RECORDED)})"), values)
    return recorded_touchpoints(Touchpoint.id.in_(found))


_RECORDED = (
    "SELECT id FROM touchpoint"
    " WHERE policy_id = ? AND key = ? AND scope = 'policy' AND NOT released",
    "SELECT id FROM touchpoint WHERE policy_id = ? AND key = ? AND scope = 'policy' AND released",
    "SELECT id FROM touchpoint WHERE client_id = ? AND key = ? AND scope = 'client'",
    "SELECT id FROM touchpoint WHERE policy_id = ? AND key = ? AND scope = 'client' AND client_id IN"
    " (SELECT client_id FROM card_entry WHERE policy_id = ? AND kind = 'client.changed')",
)
"""A policy's own touchpoints, in force and released; its client's; those it carried for another client.

Each is looked up by an index of its own, where one over all policies would have to be kept.
"""


def clients(numbers: Iterable[str]) -> list[Client]:
    """The clients of these numbers."""
    return [
        each
        for some in database.chunks(sorted(numbers))
        for each in Client.select().where(Client.client_no.in_(some))
    ]


def is_walked(day: datetime.date) -> bool:
    """Whether a day was walked, be it before the policy in question came."""
    return bool(WalkedDay.select().where(WalkedDay.day == day).exists())


def walk_of(of: Policy, day: datetime.date) -> DayWalk | None:
    """The walk of a day that decided about a policy: the last one that looked at it; None: none did."""
    looked = (DayWalk.since_policy < of.id) & (DayWalk.policy_mark >= of.id)
    query = DayWalk.select().where((DayWalk.day == day) & looked)
    walked: DayWalk | None = query.order_by(DayWalk.walked_at.desc()).first()
    return walked


def card_since(client: Client, moment: datetime.datetime) -> list[CardEntry]:
    """The lines of the client's card that are later than `moment`, the latest first."""
    query = CardEntry.select().where((CardEntry.client == client) & (CardEntry.at > moment))
    return list(query.order_by(CardEntry.id.desc()))


def suppressions(phone: str, email: str, client_no: str) -> list[Suppression]:
    """The suppressions of a client: of the phone number, of the email address, of marketing."""
    subjects: tuple[tuple[Kind, str], ...] = (
        ("sms", phone),
        ("email", email),
        ("marketing", client_no),
    )
    return [
        row
        for kind, subject in subjects
        if subject
        for row in Suppression.select().where(
            (Suppression.kind == kind) & (Suppression.subject == normalised(kind, subject))
        )
    ]
