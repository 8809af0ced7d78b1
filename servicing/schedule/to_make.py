"""What was found and is to be made, with no more of each than nearly all of them need.

Whether it is owed, the database says; only of what is not, the walk reads the whole context.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policies import database, dialect, records
from policies.plan import Plan
from servicing.core.context import ADDRESSEE, COUNTED_FROM, Addressee, suppressed
from servicing.core.models import Touchpoint as TouchpointRow
from servicing.corrections import conditions
from servicing.messages import queries


class ToMake(Addressee, frozen=True):
    """A touchpoint that was recorded, and of which nothing is made yet."""

    is_owed: bool
    """By the book of now (`still_owed.no_longer_owed`)."""
    may_be_booked: bool
    """The client has marketing messages that count against a cap, or another number that may."""


@dataclass(frozen=True)
class Making:
    """By what and when touchpoints are made."""

    plan: Plan
    on: datetime.date
    """The day on which they are found."""
    first: datetime.date
    """The first day for which one of them is meant."""

    @property
    def caps_since(self) -> datetime.date:
        """From which day messages count against the caps of those that are made."""
        return min(self.on, self.first).replace(day=1)


def after(making: Making, mark: int, limit: int) -> list[ToMake]:
    """The next touchpoints, by id, that were recorded after the one with id `mark`.

    Where the batch ends is asked first: of rows so new PostgreSQL has no statistics, and asked to join
    and then to stop after some, it may join all that follow, batch after batch.
    """
    last = _last(mark, limit)
    if last <= mark:
        return []
    sql = f"{_select(making)} WHERE t.id > ? AND t.id <= ? ORDER BY t.id"
    return records.listed(ToMake, sql, (mark, last))


def _last(mark: int, limit: int) -> int:
    """Where a batch of so many at most ends. Nothing is counted where no more ids were given since."""
    last = database.last_id(TouchpointRow)
    if last - mark <= limit:
        return last
    batch = "SELECT id FROM touchpoint WHERE id > ? ORDER BY id LIMIT ?"
    found = database.value(f"SELECT MAX(id) FROM ({batch}) AS batch", (mark, limit))
    return mark if found is None else int(found)


def of_touchpoints(making: Making, ids: Iterable[int]) -> Iterator[ToMake]:
    """Touchpoints by id, in no particular order."""
    for some in database.chunks(ids):
        sql = f"{_select(making)} WHERE t.id IN ({dialect.marks(some)})"
        yield from records.listed(ToMake, sql, some)


def _select(making: Making) -> str:
    """CASE keeps SQLite from working out conditions when the first of them has decided."""
    reasons = conditions.no_longer_owed(making.plan, making.on, is_task=False)
    is_over = " OR ".join(f"({condition})" for _, condition in reasons)
    is_booked = queries.booked("b", making.caps_since)
    booked = f"SELECT 1 FROM message b WHERE b.client_id = c.id AND {is_booked}"
    return f"""
        SELECT {ADDRESSEE}, CASE WHEN {is_over} THEN FALSE ELSE TRUE END,
            CASE WHEN c.person_id IS NOT NULL OR EXISTS ({booked}) THEN TRUE ELSE FALSE END
        FROM touchpoint t {COUNTED_FROM} {suppressed()}
    """
