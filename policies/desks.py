"""The desks 岗: who acts need not be the policy's agent (domain.md §12.3)."""

from typing import Literal

Desk = Literal["callback", "complaint", "conservation", "quality"]
DESKS: tuple[Desk, ...] = ("callback", "complaint", "conservation", "quality")
"""Call-backs, complaints, conservation, quality. A person belongs to desks by their account."""
