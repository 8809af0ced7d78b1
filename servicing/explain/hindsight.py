"""What the book knew at an earlier moment: changes since, as the card tells them, undone in thought."""

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from policies.models import Client, Policy
from policies.timeline import ClientDates, Instalment, PolicyDates
from servicing.core.models import CardEntry

_OF_THE_POLICY = ("status", "ended_on", "served_from", "issue_date", "delivered_on")
_DATES = frozenset(["ended_on", "served_from", "issue_date", "delivered_on", "birthday"])


def since(client: Client, moment: datetime.datetime) -> list[CardEntry]:
    """What the client's card tells of later than `moment`, the latest first."""
    query = CardEntry.select().where((CardEntry.client == client) & (CardEntry.at > moment))
    return list(query.order_by(CardEntry.id.desc()))


def holder(policy: Policy, later: Iterable[CardEntry]) -> Client:
    """Whose the policy was before all that: the first of its moves says from whom it came."""
    moves = [
        entry for entry in later if entry.kind == "client.changed" and entry.policy_id == policy.id
    ]
    if not moves:
        return policy.client
    was = json.loads(moves[-1].facts)["client_no"][0]
    found: Client = Client.get(Client.client_no == was)
    return found


def client_dates(now: ClientDates, later: Iterable[CardEntry]) -> ClientDates:
    """The client and its policies before all that; `now`: as they are known today."""
    policies = {each.id: each for each in now.policies}
    birthday = now.birthday
    for entry in later:
        told = json.loads(entry.facts)
        if entry.kind == "contact.changed" and "birthday" in told:
            birthday = _was(told, "birthday")
        elif entry.policy_id in policies:
            policies[entry.policy_id] = _before(policies[entry.policy_id], entry.kind, told)
    return ClientDates(birthday, tuple(policies[each.id] for each in now.policies))


def consent(client: Client, later: Iterable[CardEntry]) -> bool | None:
    """What the client had said of marketing before all that; None: he was not asked yet."""
    said: bool | None = client.marketing_consent
    for entry in later:
        if entry.kind in ("consent.given", "consent.withdrawn"):
            told = json.loads(entry.facts)
            was_given = entry.kind == "consent.withdrawn"  # by a person, on the page
            said = (
                told["marketing_consent"][0] if "marketing_consent" in told else was_given or None
            )
    return said


def _before(policy: PolicyDates, kind: str, told: Mapping[str, Any]) -> PolicyDates:
    """The policy as it was before one change."""
    if kind in ("status.changed", "policy.changed"):
        known = {name: _was(told, name) for name in _OF_THE_POLICY if name in told}
        return replace(policy, **known)
    if kind == "agent.changed" and "handed_on" in told:
        handed = datetime.date.fromisoformat(told["handed_on"])
        return replace(policy, handed_on=tuple(day for day in policy.handed_on if day != handed))
    if kind in ("premium.paid", "premium.changed") and "paid_on" in told:
        return replace(policy, premiums=tuple(_unpaid(policy.premiums, told)))
    return policy


def _unpaid(premiums: Iterable[Instalment], told: Mapping[str, Any]) -> Iterable[Instalment]:
    """The instalment of that due date with the payment it had before."""
    due_date = datetime.date.fromisoformat(told["due_date"])
    was = told["paid_on"][0]
    paid_on = datetime.date.fromisoformat(was) if was else None
    return (
        replace(each, paid_on=paid_on) if each.due_date == due_date else each for each in premiums
    )


def _was(told: Mapping[str, Any], name: str) -> Any:
    value = told[name][0]
    return datetime.date.fromisoformat(value) if value and name in _DATES else value
