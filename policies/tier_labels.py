"""What nobody calls a client: labels of tiers and factors that cannot be stored (domain.md §18.3).

The list is the product's own: no workspace replaces it.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import msgspec

from policies import not_said, toml
from policies.notices import Notice, notice

Reason = Literal["degrading", "by_wealth", "blaming", "vulgar"]
REASONS: tuple[Reason, ...] = get_args(Reason)

SHIPPED = Path(__file__).parent / "labels" / "insulting.toml"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    degrading: list[str]
    by_wealth: list[str]
    blaming: list[str]
    vulgar: list[str]


@lru_cache(maxsize=1)
def phrases() -> dict[Reason, list[str]]:
    """The phrases by the reason for which a label with one of them is refused."""
    file = toml.convert(toml.read(SHIPPED), _File, str(SHIPPED))
    found: dict[Reason, list[str]] = msgspec.structs.asdict(file)  # type: ignore[assignment]
    return found


def refused(label: str) -> Iterator[Notice]:
    """Why a label cannot be stored; nothing: it can."""
    for reason, those in phrases().items():
        for phrase in those:
            if not_said.holds(label, phrase):
                why = notice(f"label_{reason}")
                yield notice("label_insults", label=label, phrase=phrase, why=why)
