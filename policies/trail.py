"""Changes of the book, handed to the clients' trail of service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

ChangeKind = Literal[
    "status.changed",
    "agent.changed",
    "client.changed",
    "policy.changed",
    "contact.changed",
    "consent.given",
    "consent.withdrawn",
    "premium.changed",
    "premium.paid",
    "death.asked",
    "premium.added",
    "premium.voided",
    "policy.left_out",
    "policy.named_again",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one client or policy, as the card will show it."""

    kind: ChangeKind
    client_id: int
    policy_id: int | None
    facts: dict[str, Any]
    """Per field: [before, after]."""


Trail = Callable[[list[Change]], None]
"""Is handed the changes of a batch, inside the transaction that makes them."""
