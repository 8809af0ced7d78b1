"""The book at an earlier moment: we undo the changes that the card has recorded since then."""

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from policies import models
from policies.models import Client
from policies.timeline import ClientDates, Instalment, PolicyDates
from servicing.core.models import CardEntry

_OF_THE_POLICY = frozenset(
    [
        "status",
        "ended_on",
        "suspended_on",
        "served_from",
        "issue_date",
        "delivered_on",
        "left_out_times",
    ]
)
_OF_A_POLICY = ("status.changed", "policy.changed", "policy.left_out", "policy.named_again")
_DATES = frozenset(
    [
        "ended_on",
        "suspended_on",
        "served_from",
        "issue_date",
        "delivered_on",
        "birthday",
        "paid_on",
    ]
)


def parties(later: Iterable[CardEntry]) -> set[str]:
    """The numbers of the clients between whom policies went, by the lines of a card."""
    moves = (entry for entry in later if entry.kind == "client.changed")
    return {number for entry in moves for number in json.loads(entry.facts)["client_no"] if number}


def holders(later: Iterable[CardEntry]) -> dict[int, str]:
    """The number of the client who had each policy that went to another, before all that.

    The lines are the latest first: the first of a policy's moves says from whom it came.
    """
    return {
        entry.policy_id: json.loads(entry.facts)["client_no"][0]
        for entry in later
        if entry.kind == "client.changed" and entry.policy_id is not None
    }


def client_dates(now: ClientDates, later: Iterable[CardEntry]) -> ClientDates:
    """The client and its policies before all that; `now`: as they are known today."""
    policies = {each.id: each for each in now.policies}
    birthday = now.birthday
    for entry in later:
        facts = json.loads(entry.facts)
        if entry.kind == "contact.changed" and "birthday" in facts:
            birthday = _was(facts, "birthday")
        elif entry.policy_id in policies:
            policies[entry.policy_id] = _before(policies[entry.policy_id], entry.kind, facts)
    before = tuple(policies[each.id] for each in now.policies)
    return replace(now, birthday=birthday, policies=before)


def consent(client: Client, later: Iterable[CardEntry]) -> bool | None:
    """The client's answer on marketing before all that; None: they were not asked yet."""
    said: bool | None = client.marketing_consent
    for entry in later:
        if entry.kind in ("consent.given", "consent.withdrawn"):
            facts = json.loads(entry.facts)
            was_given = entry.kind == "consent.withdrawn"  # by a person, on the page
            is_the_books = "marketing_consent" in facts
            said = _was(facts, "marketing_consent") if is_the_books else was_given or None
    return said


def _before(policy: PolicyDates, kind: str, facts: Mapping[str, Any]) -> PolicyDates:
    """The policy as it was before one change."""
    if kind in _OF_A_POLICY:
        known = {name: _was(facts, name) for name in _OF_THE_POLICY if name in facts}
        return replace(policy, **known)
    if kind == "agent.changed" and "handed_on" in facts:
        handed = datetime.date.fromisoformat(facts["handed_on"])
        return replace(policy, handed_on=tuple(day for day in policy.handed_on if day != handed))
    if kind in ("premium.paid", "premium.changed"):
        return replace(policy, premiums=tuple(_restored(policy.premiums, facts)))
    if kind == "premium.voided":
        return replace(policy, premiums=policy.premiums + (_voided(facts),))
    return policy


def _restored(premiums: Iterable[Instalment], facts: Mapping[str, Any]) -> Iterable[Instalment]:
    """The instalment of that due date with the payment and the amount it had before."""
    due_date = datetime.date.fromisoformat(facts["due_date"])
    was: dict[str, Any] = {}
    if "paid_on" in facts:
        was["paid_on"] = _was(facts, "paid_on")
    if "amount_was" in facts:
        was["amount"] = models.hundredths(Decimal(facts["amount_was"]))
    return (replace(each, **was) if each.due_date == due_date else each for each in premiums)


def _voided(facts: Mapping[str, Any]) -> Instalment:
    """The instalment that a complete ledger has left out."""
    paid_on = _was(facts, "paid_on") if "paid_on" in facts else None
    amount = models.hundredths(Decimal(facts["amount"]))
    return Instalment(datetime.date.fromisoformat(facts["due_date"]), paid_on, amount=amount)


def _was(facts: Mapping[str, Any], name: str) -> Any:
    """The value before the change; the card has both values."""
    was, _ = facts[name]
    return datetime.date.fromisoformat(was) if was and name in _DATES else was
