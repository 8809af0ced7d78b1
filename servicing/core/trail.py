"""The client's trail of service: one way in for everything that goes on the card, and one way out.

That a message was queued on its day, since it was due, is no line of its own: its row says it
(`Message.made_at`), and whoever reads a trail is told it in its place among the lines.
"""

import datetime
import heapq
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from policies import database, dialect, records
from policies.records import Moment, Record
from policies.trail import Change, Trail
from servicing.core import line_kinds, touched
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


SAID_BY_ROWS = "{}"
"""The facts of a line that says of its message what the message's row says: see `message_facts`."""

USUAL = {
    "message.queued": Reason.DUE,
    "message.accepted": Reason.ACCEPTED,
    "message.delivered": Reason.DELIVERED,
}
"""Lines whose facts may be left to the rows, and the reason that each of these has."""

_CHANGED, _SUPPRESSED = "touchpoint.changed", "message.suppressed"

_REF_WAS = "ref_was"
"""The provider's id that the row had until then, for the lines before; no reader is told."""

OFF_THE_CARD = frozenset(["premium.added"])
"""Changes that have consequences and no line: a ledger grows every month."""


def facts(**values: Any) -> str:
    """The particulars of an entry as JSON, readable by people."""
    return json.dumps(values, ensure_ascii=False, default=str)


reasoned = lru_cache(maxsize=4096)(facts)
"""The same for the few combinations of codes that a day's thousands of entries share."""


def facts_when_made(kind: str, reason: str, channel: str) -> str:
    """The particulars of a message that was made just now, and does not leave as it is due.

    The row of a suppressed one says the channel until it lives again; then the line of that says it.
    """
    return (
        reasoned(reason=reason) if kind == _SUPPRESSED else reasoned(reason=reason, channel=channel)
    )


def message_facts(
    kind: str, reason: Reason, channel: str, ref: str, was_ref: str, **others: str
) -> str:
    """The particulars of a line about a message, which has `ref` from now on and had `was_ref`.

    What goes as usual is left to the row of the message: its channel, its id at the provider.
    """
    known = {name: value for name, value in others.items() if value}
    is_kept = was_ref in ("", ref)
    is_usual = kind != "message.queued" and USUAL.get(kind) is reason
    if is_usual and ref and is_kept and not known:
        return SAID_BY_ROWS
    known = ({"ref": ref} if ref else {}) | known | ({} if is_kept else {_REF_WAS: was_ref})
    return facts(reason=reason.value, channel=channel, **known)


def write(entries: Iterable[Entry], now: datetime.datetime) -> None:
    """Append entries, in the transaction that changes what they report."""
    records.insert(CardEntry, (_dated(each, now) for each in entries))


def _dated(entry: Entry, at: datetime.datetime) -> _Dated:
    """A touchpoint says of which policy it is, but for the line that says that it became another's."""
    is_known = entry.touchpoint_id is not None and entry.kind != _CHANGED
    policy_id = None if is_known else entry.policy_id
    kind = line_kinds.stored(entry.kind)
    return _Dated(entry.client_id, policy_id, entry.touchpoint_id, kind, entry.facts, at)


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
    return _told(client_id, records.listed(_Row, sql, [client_id] * 4))


def of_touchpoint(client_id: int, touchpoint_id: int) -> list[Line]:
    """All that stands on a client's card about a touchpoint."""
    stored = _stored("e.client_id = ? AND e.touchpoint_id = ?")
    sql = f"{stored} {_made('t.id = ?')} ORDER BY 1"
    return _told(client_id, records.listed(_Row, sql, [client_id, touchpoint_id, touchpoint_id]))


class _Row(Line, frozen=True):
    """A line with what its rows say today; or, with the number 0, a message that was made."""

    first_policy_id: int | None
    """Whose date its touchpoint counts from."""
    channel: str | None
    ref: str | None


def _stored(which: str) -> str:
    return f"""
        SELECT e.id, e.client_id, e.policy_id, e.touchpoint_id, e.kind, e.facts,
               {dialect.moment("e.at")} AS at,
               COALESCE(t.anchor_policy_id, t.policy_id), m.channel, m.provider_ref
        FROM card_entry e LEFT JOIN touchpoint t ON t.id = e.touchpoint_id
        LEFT JOIN message m ON m.touchpoint_id = e.touchpoint_id WHERE {which}
    """


def _made(which: str) -> str:
    return f"""
        UNION ALL SELECT 0, m.client_id, NULL, t.id, 'message.queued', '{SAID_BY_ROWS}',
               {dialect.moment("m.made_at")},
               COALESCE(t.anchor_policy_id, t.policy_id), m.channel, m.provider_ref
        FROM touchpoint t JOIN message m ON m.touchpoint_id = t.id
        WHERE m.made_at IS NOT NULL AND {which}
    """


def _told(client_id: int, rows: Iterable[_Row]) -> list[Line]:
    """The stored lines, and in their place among them those that messages tell."""
    stored: list[_Row] = []
    made: list[_Row] = []
    holders: dict[int | None, Sequence[str]] = {}
    for each in rows:
        (stored if each.id else made).append(each)
        if each.kind == _CHANGED and (numbers := json.loads(each.facts).get("client_no")):
            holders.setdefault(each.touchpoint_id, numbers)
    theirs = [each for each in made if _is_of(client_id, each, holders.get(each.touchpoint_id))]
    lines = heapq.merge(sorted(theirs, key=_place), stored, key=_place)
    return _with_facts(_with_policies(lines), client_id)


def _place(line: Line) -> tuple[datetime.datetime, int, bool]:
    """A walk makes one touchpoint after the other; before, it hands on what another policy carries."""
    return line.at, line.touchpoint_id or 0, line.kind != _CHANGED


def _is_of(client_id: int, made: Line, moved: Sequence[str] | None) -> bool:
    """Whether a message was made for a client; `moved`: from whom to whom it went first."""
    if moved:
        number = database.value("SELECT client_no FROM client WHERE id = ?", [client_id])
        return bool(moved[0] == number)
    return made.client_id == client_id


def _with_policies(rows: Iterable[_Row]) -> list[_Row]:
    """Each line with the policy that carried its touchpoint at that time."""
    carried: dict[int | None, int | None] = {}
    known = []
    for each in rows:
        if each.kind == _CHANGED and each.policy_id:
            carried[each.touchpoint_id] = each.policy_id
        by = each.policy_id or carried.get(each.touchpoint_id, each.first_policy_id)
        known.append(each if by == each.policy_id else replace(each, policy_id=by))
    return known


def _with_facts(rows: Sequence[_Row], client_id: int) -> list[Line]:
    """Each line with its facts: what it leaves to the rows is as it was before the next line of it."""
    channels: dict[int | None, str | None] = {}
    refs: dict[int | None, str | None] = {}
    lines = []
    for each in reversed(rows):
        number, kind, told = each.touchpoint_id, line_kinds.told(each.kind), each.facts
        if told == SAID_BY_ROWS and (reason := USUAL.get(kind)):
            known = {"channel": channels.get(number, each.channel)}
            if kind != "message.queued":
                known["ref"] = refs.get(number, each.ref)
            told = facts(reason=reason.value, **known)
        elif kind.startswith("message."):
            said = json.loads(told)
            channels[number] = said.get("channel", channels.get(number, each.channel))
            if _REF_WAS in said:
                refs[number] = said.pop(_REF_WAS)
                told = facts(**said)
            elif kind == _SUPPRESSED and "channel" not in said:
                told = facts(**said, channel=channels[number])
        lines.append(Line(each.id, client_id, each.policy_id, number, kind, told, each.at))
    return lines[::-1]


def stands(line: str) -> str:
    """The condition that a line about a task, by its alias, was not taken back afterwards.

    A task for which nothing was due is named by the lines themselves.
    """

    def task(alias: str) -> str:
        return dialect.fact(f"{alias}.facts", "task")

    return f"""NOT EXISTS (
        SELECT 1 FROM card_entry undone WHERE undone.client_id = {line}.client_id
            AND undone.kind = 'task.reopened' AND undone.id > {line}.id
            AND COALESCE(undone.touchpoint_id, 0) = COALESCE({line}.touchpoint_id, 0)
            AND COALESCE(undone.policy_id, 0) = COALESCE({line}.policy_id, 0)
            AND ({line}.touchpoint_id IS NOT NULL OR {task("undone")} = {task(line)}))"""
