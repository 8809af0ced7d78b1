"""Which touchpoints may be owed to some tiers of clients alone (domain.md §18.6).

A tier changes how much attention a client gets. What asks for a premium, or tells of a suspension, is a
matter of rights: everybody gets it.
"""

from collections import Counter
from collections.abc import Collection, Iterator

from policies.notices import Notice, notice

OF_RIGHTS = frozenset(["premium_due", "suspended"])
"""Anchors whose touchpoints are owed to every tier."""


def mistakes(anchor: str, tiers: Collection[str]) -> Iterator[Notice]:
    """What is wrong with the tiers that a touchpoint names, whatever the scorecard says."""
    if tiers and anchor in OF_RIGHTS:
        yield notice("tiers_of_rights", anchor=anchor)
    for tier, count in Counter(tiers).items():
        if count > 1:
            yield notice("tier_named_twice", tier=tier)


def is_meant(tiers: Collection[str], tier: str | None) -> bool:
    """Whether a client of a tier is among those whom a touchpoint is for; None: they have no tier yet."""
    return not tiers or tier in tiers
