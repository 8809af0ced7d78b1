"""What a copy of a database holds, as a person needs to know it before it becomes the book."""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True)
class Content:
    """A copy by what is in it."""

    migration: str
    """The last one that was applied to it."""
    last_at: datetime.datetime | None
    """When something was last recorded in it; None for an empty book."""
    policies: int
    clients: int
    messages: int
    waiting: int
    """Messages of these that are yet to be sent."""
    accounts: int
    """People who may log in."""


WAITING = ("queued", "sending", "unknown")
"""States of a message that is yet to be sent, or may have to be."""

MOMENTS = {"card_entry": "at", "book_import": "imported_at", "walked_day": "walked_at"}
"""By table the column that tells when something was recorded, in every version."""


def moment(text: str) -> datetime.datetime:
    """A moment as both databases write it; raises `ValueError`."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
