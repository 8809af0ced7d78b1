"""The states of a message, and the one way it gets from one to another (docs/architecture.md, idea 2).

Every move is a compare-and-swap and writes its line on the client's card in the same transaction:
what somebody else has moved on meanwhile is left alone, card included. Compared are the state and
the attempt: a message may have left and come back into the same state while we looked at it.
"""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from policies import database, dialect, records
from policies.records import Moment, Record
from servicing.core import touched, trail
from servicing.core.models import HAD, Message
from servicing.core.reasons import Reason

_RECEIVED = frozenset(["accepted", "delivered", "undelivered"])
_NOT_SENT = frozenset(["suppressed", "skipped", "cancelled"])

MOVES: dict[str, frozenset[str]] = {
    # a receipt may prove that a message left although we had thought it had not
    # and of an older copy of the book nobody knows what the lost one has sent
    "queued": frozenset(["sending", "unknown", "failed"]) | _NOT_SENT | _RECEIVED,
    "sending": frozenset(["queued", "failed", "suppressed", "unknown"]) | _RECEIVED,
    "unknown": frozenset(["queued", "failed", "suppressed"]) | _RECEIVED,
    # queued again only where the provider has said that it could not deliver it
    "accepted": frozenset(["delivered", "undelivered", "queued"]),
    "delivered": frozenset(),
    # what failed is tried again only because a person says so
    "undelivered": frozenset(["delivered", "queued"]),
    # what the book takes back it may give back
    "suppressed": _RECEIVED | {"queued"},
    "skipped": _RECEIVED,
    "cancelled": _RECEIVED | {"queued"},
    "failed": _RECEIVED | {"queued"},
}
"""From which state to which; nothing else happens."""

LEFT = HAD
"""States of a message that has left for its client, or may have."""

ON_THEIR_WAY = ("sending", "accepted", "unknown")
"""States in which an attempt has no end yet."""

SENT = ("accepted", "delivered")
WAITING = ("queued", "sending", "unknown")
FAILED = ("failed", "undelivered")
SKIPPED = ("skipped", "cancelled")


LEASE = datetime.timedelta(minutes=5)
"""After it, whoever claimed a message and has not said what became of it is taken for dead."""


class Queued(Record, frozen=True):
    """A message as a claim reads it: without its text, which is written anew."""

    id: int
    touchpoint_id: int
    policy_id: int
    client_id: int
    channel: str
    address: str
    message_class: str
    template: str
    planned_on: datetime.date
    send_from: Moment | None
    send_until: Moment | None
    attempts: int
    claimed_at: Moment | None
    provider: str
    past_refs: str
    cleared: int
    is_greeting: bool | None = None


AnyMessage = Message | Queued


@dataclass(frozen=True, slots=True)
class Move:
    """A message, the state it goes into, and why."""

    message: AnyMessage
    """As it was when this was decided."""
    state: str
    reason: Reason
    ref: str = ""
    """The provider's id of it, where it has one."""
    code: str = ""
    """What the provider said, as a code."""
    again_at: datetime.datetime | None = None
    """When it is looked at again; None: as before."""
    was: str = ""
    """Why it had ended, where it lives again."""
    counted_from: str = ""
    """The date it was counted from, where the book has taken that back."""
    past_refs: str = ""
    """The earlier attempts that came to nothing: the provider's id of each, or that it never left."""


_NEVER_LEFT = "#"
"""Before the number of attempts that the provider has never had, behind the ids of the others."""


def past_ids(message: AnyMessage) -> list[str]:
    """The provider's ids of its earlier attempts."""
    return [each for each in message.past_refs.split() if not each.startswith(_NEVER_LEFT)]


def never_left(message: AnyMessage) -> int:
    """How many of its attempts the provider has never had: no id can be of them."""
    noted = (each for each in message.past_refs.split() if each.startswith(_NEVER_LEFT))
    return sum(int(each.removeprefix(_NEVER_LEFT)) for each in noted)


def without_id(message: AnyMessage) -> str:
    """Its earlier attempts, when the latest is one more that has never left."""
    return _past(past_ids(message), never_left(message) + 1)


def with_id(message: AnyMessage, ref: str) -> str:
    """Its earlier attempts, when the one with that id is one more of them."""
    return _past([*past_ids(message), *filter(None, [ref])], never_left(message))


def _past(ids: list[str], without: int) -> str:
    return " ".join([*ids, *([f"{_NEVER_LEFT}{without}"] if without else [])])


def move(moves: Iterable[Move], was: Collection[str], now: datetime.datetime) -> set[int]:
    """Move messages on that are in one of the states `was`, in the transaction we are in.

    Answers with the ids of those it moved.
    """
    wanted = list(moves)
    held = _held({each.message.id: each.message.attempts for each in wanted}, was)
    rows, entries = [], []
    for each in wanted:
        message = each.message
        if message.id not in held:
            continue
        was_in = held[message.id].state
        assert each.state in MOVES[was_in], f"{was_in} -> {each.state}"
        rows.append(
            _Moved(
                state=each.state,
                reason=each.reason.value,
                provider_ref=each.ref,
                send_from=each.again_at or message.send_from,
                past_refs=each.past_refs or message.past_refs,
                id=message.id,
            )
        )
        entries.append(_entry(each, held[message.id].provider_ref))
    records.update(Message, rows)
    trail.write(entries, now)
    unsent = (each.message for each in wanted if each.state in _NOT_SENT)
    touched.note_other_numbers(each.client_id for each in unsent if each.id in held)
    return set(held)


class _Moved(Record, frozen=True):
    """The columns that change when a message moves on."""

    state: str
    reason: str
    provider_ref: str
    send_from: Moment | None
    past_refs: str
    id: int


def _entry(each: Move, was_ref: str) -> trail.Entry:
    message, kind = each.message, f"message.{each.state}"
    others = {"code": each.code, "was": each.was, "counted_from": each.counted_from}
    facts = trail.message_facts(kind, each.reason, message.channel, each.ref, was_ref, **others)
    return trail.Entry(message.client_id, message.policy_id, message.touchpoint_id, kind, facts)


def _held(attempts: dict[int, int], states: Collection[str]) -> dict[int, "_HeldMessage"]:
    """By id those that are in one of these, in that attempt; ours until we commit."""
    held: dict[int, _HeldMessage] = {}
    for some in database.chunks(attempts):
        marks, among = dialect.marks(some), dialect.quoted(states)
        sql = (
            "SELECT id, state, attempts, provider_ref FROM message"
            f" WHERE id IN ({marks}) AND state IN ({among})"
            f" ORDER BY id {dialect.for_update_of('message')}"
        )
        for each in records.listed(_HeldMessage, sql, some):
            if each.attempts == attempts[each.id]:
                held[each.id] = each
    return held


class _HeldMessage(Record, frozen=True):
    """A message that is ours until we commit."""

    id: int
    state: str
    attempts: int
    provider_ref: str
