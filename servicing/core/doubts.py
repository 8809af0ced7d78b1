"""What a lost book may have sent: a span for each restore, kept for good.

The copy of a book does not say what left after it was made. Whatever could have left in the span from
the copy to the loss is in doubt, also what is made, imported or revived for it later on, until its
provider was asked or a person has decided.
"""

import datetime
import zoneinfo
from collections.abc import Collection, Sequence

from policies import database, dialect, numbering, records
from policies.models import BookImport
from policies.records import Moment, Record
from servicing.core import references
from servicing.core.context import TouchpointContext
from servicing.core.models import CardEntry, Doubt, Message, Touchpoint


class Span(Record, frozen=True):
    """From when to when a book that is lost may have sent what its copy does not know of."""

    id: int
    since: Moment
    until: Moment
    import_mark: int
    """The last import that the copy knew."""
    entry_mark: int
    """The last line of a card that the copy knew."""
    is_latest_book: bool
    """No book was imported between the copy and the loss: somebody has said so."""

    def holds(self, due_on: datetime.date, zone: str) -> bool:
        """Whether a message of that day could have left by then; the day of the loss is one of them.

        Whatever is still to be sent could have: its window is open today, so it was open in the span.
        """
        return due_on <= self.until.astimezone(zoneinfo.ZoneInfo(zone)).date()


def spans() -> list[Span]:
    """Of every restore, in their order."""
    return records.listed(
        Span,
        f"""
        SELECT id, {dialect.moment("since")}, {dialect.moment("until")}, import_mark, entry_mark,
               is_latest_book
        FROM doubt ORDER BY id
        """,
    )


def of_book(token: str) -> int | None:
    """The restore, by id, at which the book of that token was lost; None: it is none that was lost."""
    found: int | None = database.value("SELECT MAX(id) FROM doubt WHERE token = ?", (token,))
    return found


class Doubts:
    """Which messages of some touchpoints a lost book may have sent."""

    def __init__(self, contexts: Collection[TouchpointContext], zone: str) -> None:
        """`zone` is that of the book, for clients without one."""
        self._spans, self._zone = spans(), zone
        self._first_days = _first_days(contexts) if self._spans else {}

    def of(self, cleared: int, context: TouchpointContext) -> Span | None:
        """The span in which it may have left, as far as nobody has settled it; None: in none.

        `cleared` is the last span that was settled for it. Of several spans: from the first to
        the last. Where the date of the touchpoint was corrected, the lost book may have sent it on the
        earlier day.
        """
        zone = context.timezone or self._zone
        day = min(context.due_on, self._first_days.get(context.touchpoint_id, context.due_on))
        behind = [each for each in self._spans if each.id > cleared]
        return _all_of([each for each in behind if each.holds(day, zone)])


def _all_of(some: Sequence[Span]) -> Span | None:
    """Spans in their order as one; None for none."""
    if not some:
        return None
    return Span(
        id=some[-1].id,
        since=min(each.since for each in some),
        until=max(each.until for each in some),
        import_mark=some[-1].import_mark,
        entry_mark=some[0].entry_mark,
        is_latest_book=all(each.is_latest_book for each in some),
    )


class _FirstDay(Record, frozen=True):
    """Of a touchpoint: when it was to fall due at first."""

    touchpoint_id: int
    due_on: datetime.date


def _first_days(contexts: Collection[TouchpointContext]) -> dict[int, datetime.date]:
    """By touchpoint that was released from another day: the first of those days."""
    found: dict[int, datetime.date] = {}
    for some in database.chunks(each.touchpoint_id for each in contexts):
        sql = f"""
            SELECT t.id, MIN(x.due_on) FROM touchpoint t
            JOIN touchpoint x ON x.client_id = t.client_id AND x.released
                AND x.scope = t.scope AND x.key = t.key AND x.occurrence = t.occurrence
                AND (t.scope = 'client' OR x.policy_id = t.policy_id)
            WHERE t.id IN ({dialect.marks(some)}) GROUP BY t.id
        """
        found.update(
            (each.touchpoint_id, each.due_on) for each in records.listed(_FirstDay, sql, some)
        )
    return found


def clear(message_id: int) -> None:
    """What became of the message is known, for every span there is."""
    database.execute(
        "UPDATE message SET cleared = (SELECT COALESCE(MAX(id), 0) FROM doubt) WHERE id = ?",
        (message_id,),
    )


# ----------------------------------------------------------------------------------------- a new one

NUMBERS_A_DAY = 1_000_000
"""Touchpoints and messages that a lost book may have numbered in a day, at most."""


class SpanRow(Record, frozen=True):
    """What is remembered of a restore."""

    token: str
    """Of the copy."""
    since: Moment
    until: Moment
    made_at: Moment
    import_mark: int
    entry_mark: int
    is_latest_book: bool
    touchpoint_floor: int
    """No touchpoint gets a number up to this: the lost book may have given it."""
    message_floor: int


def begin(
    since: datetime.datetime, until: datetime.datetime, now: datetime.datetime, is_latest_book: bool
) -> Span:
    """Of the copy that was just loaded: its span, another token, and numbers that nobody has given."""
    given = max((now - since).days, 0) + 1
    with database.writing():
        row = SpanRow(
            token=references.renew(),
            since=since,
            until=until,
            made_at=now,
            import_mark=database.last_id(BookImport),
            entry_mark=database.last_id(CardEntry),
            is_latest_book=is_latest_book,
            touchpoint_floor=database.last_id(Touchpoint) + NUMBERS_A_DAY * given,
            message_floor=database.last_id(Message) + NUMBERS_A_DAY * given,
        )
        records.insert(Doubt, [row])
        numbering.begin_at(Touchpoint, row.touchpoint_floor + 1)
        numbering.begin_at(Message, row.message_floor + 1)
    return spans()[-1]


def number_freely() -> None:
    """Where the first row has a number that nobody has given, the others follow by themselves."""
    for model, floor in ((Touchpoint, "touchpoint_floor"), (Message, "message_floor")):
        given = database.value(f"SELECT COALESCE(MAX({floor}), 0) FROM doubt")
        if database.last_id(model) >= given:
            numbering.freely(model)
