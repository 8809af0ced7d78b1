"""Which policies count in a figure, for whom, and which are looked at at all (domain.md §8.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Exclusion = Literal[
    "single_premium", "term_over", "free_look", "transferred_out", "claim", "suspended"
]
EXCLUDED: frozenset[Exclusion] = frozenset(
    ["single_premium", "term_over", "free_look", "transferred_out", "claim"]
)
"""The exclusions by default; suspension is counted as lost unless switched (domain.md §8.5)."""

Whose = Literal["serving", "writing"]
"""Whose figure a policy is: of the agent who served it on the judging date, or of the first one."""


@dataclass(frozen=True)
class CountingRules:
    """The rules that a company decides for itself (domain.md §8.5)."""

    excluded: frozenset[Exclusion] = EXCLUDED
    whose: Whose = "serving"
    product_grace: Mapping[str, int] = field(default_factory=dict)
    """Days of grace of the products that have another one than the measure's."""


@dataclass(frozen=True)
class Limits:
    """Which policies are looked at: all, or those of agents or of one product."""

    agent_ids: Sequence[int] | None = None
    product: str | None = None
    currency: str | None = None
