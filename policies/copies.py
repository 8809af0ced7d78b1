"""What a copy of a database holds, as a person needs to know it before it becomes the book."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from policies import database
from policies.notices import Invalid, Notice


@dataclass(frozen=True)
class Content:
    """A copy by what is in it."""

    history: tuple[str, ...]
    """The migrations that were applied to it, in their order."""
    last_at: datetime.datetime | None
    """When something was last recorded in it; None for an empty book."""
    policies: int
    clients: int
    messages: int
    waiting: int
    """Messages of these that are yet to be sent."""
    accounts: int
    """People who may log in."""

    @property
    def migration(self) -> str:
        """The last one by number."""
        return max(self.history)


WAITING = ("queued", "sending", "unknown")
"""States of a message that is yet to be sent, or may have to be."""

MOMENTS = {"card_entry": "at", "book_import": "imported_at", "walked_day": "walked_at"}
"""By table the column that tells when something was recorded, in every version."""


def moment(text: str) -> datetime.datetime:
    """A moment as both databases write it; raises `ValueError`."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


MOST_NAMED = 5
"""Foreign, changed and missing parts that a refusal names."""


def refuse(told: Sequence[Notice]) -> None:
    """Raises `Invalid` where anything of a copy is not ours: it names the first few."""
    more = len(told) - MOST_NAMED
    if told:
        raise Invalid(
            "copy_differs_and_more" if more > 0 else "copy_differs",
            parts=list(told[:MOST_NAMED]),
            count=more,
        )


# ------------------------------------------------------------------------- a copy on its way in

_MARK = "restore_unfinished"
"""A table that no backup has: whatever is restored over a database of PostgreSQL, it stays."""


def mark_unfinished() -> None:
    """From now on nobody opens the connected database, whatever is put into its place."""
    database.execute(f"CREATE TABLE IF NOT EXISTS {_MARK} (since TIMESTAMP)")


def mark_finished() -> None:
    """All that has to be done in a copy before anybody works with it is done."""
    database.execute(f"DROP TABLE IF EXISTS {_MARK}")


def is_unfinished() -> bool:
    """Whether somebody was interrupted in between; a copy of SQLite is finished where it stands."""
    return not database.is_sqlite() and database.database.table_exists(_MARK)
