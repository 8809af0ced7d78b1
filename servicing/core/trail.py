"""The client's trail of service: one way in for everything that goes on the card, and one way out.

That a message was queued on its day, since it was due, is no line of its own: its row says it
(`Message.made_at`), and whoever reads a trail is told it in its place among the lines.
"""

import datetime
import heapq
import json
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from policies import database, dialect, records
from policies.records import Moment, Record
from policies.trail import Change, Trail
from servicing.core import touched
from servicing.core.models import CardEntry
from servicing.core.reasons import Reason


class Entry(Record, frozen=True):
    """A line of the trail."""

    client_id: int
    policy_id: int | None
    touchpoint_id: int | None
    kind: str
    facts: str
    """As JSON."""


class _Dated(Entry, frozen=True):
    """The line as it is stored."""

    at: Moment


OFF_THE_CARD = frozenset(["premium.added"])
"""Changes that have consequences and no line: a ledger grows every month."""


def facts(**values: Any) -> str:
    """The particulars of an entry as JSON, readable by people."""
    return json.dumps(values, ensure_ascii=False, default=str)


reasoned = lru_cache(maxsize=4096)(facts)
"""The same for the few combinations of codes that a day's thousands of entries share."""


def write(entries: Iterable[Entry], now: datetime.datetime) -> None:
    """Append entries, in the transaction that changes what they report."""
    records.insert(CardEntry, (_dated(each, now) for each in entries))


def _dated(entry: Entry, at: datetime.datetime) -> _Dated:
    return _Dated(
        entry.client_id, entry.policy_id, entry.touchpoint_id, entry.kind, entry.facts, at
    )


def of_book(now: datetime.datetime, premiums_until: datetime.date = datetime.date.max) -> Trail:
    """The trail that the book's import hands its changes to.

    `premiums_until`: fresh instalments that fall due later put nothing into the days before.
    """

    def record(changes: list[Change]) -> None:
        write((_of_change(each) for each in changes if each.kind not in OFF_THE_CARD), now)
        touched.note(touched.of_changes(changes, premiums_until))

    return record


def _of_change(change: Change) -> Entry:
    return Entry(change.client_id, change.policy_id, None, change.kind, facts(**change.facts))


# ------------------------------------------------------------------------------------------ reading


class Line(Record, frozen=True):
    """A line of a trail as it is read."""

    id: int
    """0: it is not stored, the row of its message tells it."""
    client_id: int
    policy_id: int | None
    touchpoint_id: int | None
    kind: str
    facts: str
    """As JSON."""
    at: Moment


def of_client(client_id: int) -> list[Line]:
    """The whole trail of a client, in its order."""
    # what was theirs and is another's by now is known from the lines that stayed
    lines = "SELECT x.touchpoint_id FROM card_entry x WHERE x.client_id = ?"
    gone = f"t.client_id <> ? AND t.id IN ({lines})"
    sql = f"{_stored('e.client_id = ?')} {_made('t.client_id = ?')} {_made(gone)} ORDER BY 1"
    return _told(client_id, records.listed(Line, sql, [client_id] * 4))


def of_touchpoint(client_id: int, touchpoint_id: int) -> list[Line]:
    """All that stands on a client's card about a touchpoint."""
    stored = _stored("e.client_id = ? AND e.touchpoint_id = ?")
    sql = f"{stored} {_made('t.id = ?')} ORDER BY 1"
    return _told(client_id, records.listed(Line, sql, [client_id, touchpoint_id, touchpoint_id]))


def _stored(which: str) -> str:
    return (
        "SELECT e.id, e.client_id, e.policy_id, e.touchpoint_id, e.kind, e.facts,"
        f" {dialect.moment('e.at')} FROM card_entry e WHERE {which}"
    )


def _made(which: str) -> str:
    """What was queued because it was due, by whom has it now and the policy that it counts from."""
    return (
        " UNION ALL SELECT 0, m.client_id, COALESCE(t.anchor_policy_id, t.policy_id), t.id,"
        f" 'message.queued', m.channel, {dialect.moment('m.made_at')}"
        " FROM touchpoint t JOIN message m ON m.touchpoint_id = t.id"
        f" WHERE m.made_at IS NOT NULL AND {which}"
    )


def _told(client_id: int, rows: Iterable[Line]) -> list[Line]:
    """The stored lines, and in their place among them those that messages tell."""
    stored: list[Line] = []
    made: list[Line] = []
    changes: dict[int | None, list[Line]] = defaultdict(list)
    for each in rows:
        (stored if each.id else made).append(each)
        if each.kind == "touchpoint.changed":
            changes[each.touchpoint_id].append(each)
    lines = [
        _line(client_id, each, changes[each.touchpoint_id])
        for each in made
        if _is_of(client_id, each, changes[each.touchpoint_id])
    ]
    return list(heapq.merge(sorted(lines, key=_place), stored, key=_place))


def _place(line: Line) -> tuple[datetime.datetime, int, bool]:
    """A walk makes one touchpoint after the other; before, it hands on what another policy carries."""
    return line.at, line.touchpoint_id or 0, line.kind != "touchpoint.changed"


def _is_of(client_id: int, made: Line, changes: Iterable[Line]) -> bool:
    """Whether a message was made for a client, who may be another one than has it now."""
    holders = (json.loads(each.facts).get("client_no") for each in changes)
    if first := next(filter(None, holders), None):
        number = database.value("SELECT client_no FROM client WHERE id = ?", [client_id])
        return bool(first[0] == number)
    return made.client_id == client_id


def _line(client_id: int, made: Line, changes: Iterable[Line]) -> Line:
    """What the walk would have written: by the policy that carried it then."""
    carried = [
        each.policy_id
        for each in changes
        if each.at <= made.at and json.loads(each.facts)["reason"] == Reason.CARRIED_ON
    ]
    return msgspec.structs.replace(
        made,
        client_id=client_id,
        policy_id=carried[-1] if carried else made.policy_id,
        facts=reasoned(reason=Reason.DUE.value, channel=made.facts),
    )
