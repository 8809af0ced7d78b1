"""The operator's view: which messages there are, the whole life of one, and the account of a day."""

import datetime
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from policies import database
from policies.models import Client, Policy
from servicing.core import context, doubts, errors, packed_texts, states, trail
from servicing.core.models import Message, Touchpoint, literally
from servicing.core.reasons import Reason
from servicing.core.states import Move, move
from servicing.messages import permission, queries
from servicing.messages.queries import Cause, MessageLine, Wanted
from servicing.messages.waiting import Preview, Writer, previews

Decision = Literal["sent", "resend", "left"]
"""What a person says of a message of which nobody knows: the client has it; the client has it not, and
it is sent again; the client has it not, and it is left at that."""

AT_ONCE = 200
"""Messages that are decided in one transaction."""

PARTS = {
    "sent": states.SENT,
    "suppressed": ("suppressed",),
    "skipped": states.SKIPPED,
    "failed": states.FAILED,
    "waiting": states.WAITING,
}
"""What the account of a day consists of: every state is in exactly one part."""


@dataclass(frozen=True)
class LifeLine:
    """One step in the life of a message."""

    at: datetime.datetime
    state: str
    reason: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class MessageLife:
    """A message with all that happened to it, as it stands on the client's card."""

    id: int
    state: str
    reason: str
    touchpoint: str
    due_on: datetime.date
    client_no: str
    client_name: str
    policy_no: str
    message_class: str
    channel: str
    address: str
    provider: str
    provider_ref: str
    past_refs: list[str]
    template: str
    locale: str
    subject: str
    body: str
    parts: int
    encoding: str
    attempts: int
    send_from: datetime.datetime | None
    send_until: datetime.datetime | None
    life: list[LifeLine] = field(default_factory=list)
    is_preview: bool = False
    """It waits: channel, address and text are those with which it would leave now."""


@dataclass(frozen=True)
class Account:
    """The messages that were due on a day: due = sent + suppressed + skipped + failed + waiting."""

    on: datetime.date
    due: int
    sent: int
    suppressed: int
    skipped: int
    failed: int
    waiting: int
    by_state: dict[str, int]
    by_reason: dict[str, int]


def listed(
    on: datetime.date | None = None,
    state: str | None = None,
    touchpoint: str | None = None,
    reason: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[MessageLine]:
    """The messages that were due on a day, in a state, of a touchpoint, for a reason; oldest first.

    `limit` messages at the most, after the first `offset` of them.
    """
    yield from found(Wanted(on, state, touchpoint, reason), limit, offset)


def found(wanted: Wanted, limit: int | None = None, offset: int = 0) -> Iterator[MessageLine]:
    """The messages that are meant, oldest first: `limit` at the most, after the first `offset`."""
    with database.snapshot():
        yield from queries.messages(wanted, limit, offset)


def life(message_id: int, writer: Writer) -> MessageLife:
    """A message and all that happened to it; raises `MessageNotFound`."""
    message = _found(message_id)
    found = _life(message)
    preview = previews(writer, [message]).get(message.id)
    return replace(found, **_as_it_would_leave(preview)) if preview else found


def _as_it_would_leave(preview: Preview) -> dict[str, Any]:
    text = preview.text
    return {
        "channel": preview.channel,
        "address": preview.address,
        "provider": preview.provider,
        "locale": text.locale,
        "subject": text.subject,
        "body": text.body,
        "parts": text.parts,
        "encoding": text.encoding,
        "is_preview": True,
    }


def _life(message: Message) -> MessageLife:
    touchpoint, client = message.touchpoint, message.client
    words = packed_texts.of([message])[message.id]
    return MessageLife(
        id=message.id,
        state=message.state,
        reason=message.reason,
        touchpoint=touchpoint.key,
        due_on=touchpoint.due_on,
        client_no=client.client_no,
        client_name=client.name,
        policy_no=message.policy.policy_no,
        message_class=message.message_class,
        channel=message.channel,
        address=message.address,
        provider=message.provider,
        provider_ref=message.provider_ref,
        past_refs=states.past_ids(message),
        template=message.template,
        locale=message.locale,
        subject=words.subject,
        body=words.body,
        parts=message.parts,
        encoding=message.encoding,
        attempts=message.attempts,
        send_from=message.send_from,
        send_until=message.send_until,
        life=lived(trail.of_touchpoint(message.client_id, message.touchpoint_id)),
    )


def lived(told: Iterable[trail.Line]) -> list[LifeLine]:
    """All that happened to a touchpoint's message, as it stands on the card."""
    lines = []
    for entry in told:
        if not entry.kind.startswith("message."):
            continue
        facts = json.loads(entry.facts)
        state = entry.kind.removeprefix("message.")
        lines.append(LifeLine(entry.at, state, facts.pop("reason", ""), facts))
    return lines


def account(on: datetime.date) -> Account:
    """The account of the messages that were due on a day; the parts add up to what was due."""
    return added_up(on, causes(on))


def causes(on: datetime.date, now: datetime.datetime | None = None) -> list[Cause]:
    """The messages that were due on a day by state and reason, the most frequent first.

    `now` is the moment at which a window is open or closed; without it none counts as open.
    """
    return queries.causes(on, now or _NEVER)


_NEVER = datetime.datetime.max.replace(tzinfo=datetime.UTC)


def added_up(on: datetime.date, counted: Iterable[Cause]) -> Account:
    """The account of a day whose messages have been counted."""
    by_state: Counter[str] = Counter()
    by_reason: Counter[str] = Counter()
    for cause in counted:
        by_state[cause.state] += cause.count
        by_reason[cause.reason] += cause.count
    parts = {part: sum(by_state[each] for each in some) for part, some in PARTS.items()}
    return Account(
        on=on,
        due=by_state.total(),
        **parts,
        by_state=dict(sorted(by_state.items())),
        by_reason=dict(sorted(by_reason.items())),
    )


def settle(message_id: int, decision: Decision, now: datetime.datetime, note: str = "") -> None:
    """A person decides what nobody could find out: whether the client has a message, and what follows.

    Raises `MessageNotFound`, or `MessageNotUnknown` for one that is in another state.
    """
    found = _found(message_id)
    if not settle_each([found.id], decision, now, note):
        raise errors.MessageNotUnknown(message_id, _found(message_id).state)


def settle_each(
    message_ids: Iterable[int], decision: Decision, now: datetime.datetime, note: str = ""
) -> set[int]:
    """The same of several, some at a time, a transaction each; answers with those it has decided.

    Left out is what is unknown no more: who decides twice has decided once.
    """
    state, again_at = _DECIDED[decision], now if decision == "resend" else None
    decided: set[int] = set()
    for some in database.chunks(message_ids, AT_ONCE):
        with database.writing():
            is_unknown = Message.id.in_(some) & (Message.state == literally("unknown"))
            moves = [
                Move(each, state, Reason.OPERATOR, again_at=again_at, code=note)
                for each in Message.select().where(is_unknown).order_by(Message.id)
            ]
            moved = move(moves, ["unknown"], now)
            for number in moved:
                doubts.clear(number)
        decided |= moved
    return decided


_DECIDED: dict[Decision, str] = {"sent": "accepted", "resend": "queued", "left": "failed"}
"""By decision the state that follows."""


def retry(message_ids: Iterable[int], now: datetime.datetime, by: str = "") -> set[int]:
    """Queue again what failed, where its window is still open; answers with those it queued.

    `by` is who has decided it, and stands on the card.

    Left out is what is in another state by now, and what is suppressed; whether a message may leave
    at all is decided anew when it is dispatched.
    """
    queued: set[int] = set()
    for some in database.chunks(message_ids):
        with database.writing():
            query = Message.select().where(
                Message.id.in_(some) & Message.state.in_(states.FAILED) & (Message.send_until > now)
            )
            messages = list(query.order_by(Message.id))
            found = context.of_touchpoints([each.touchpoint_id for each in messages])
            known = {each.touchpoint_id: each for each in found}
            moves = [
                Move(
                    each,
                    "queued",
                    Reason.RETRIED,
                    again_at=now,
                    code=by,
                    past_refs=states.with_id(each, each.provider_ref),
                )
                for each in messages
                if not permission.suppressed_by(
                    known[each.touchpoint_id], each.channel, each.message_class
                )
            ]
            queued |= move(moves, states.FAILED, now)
    return queued


def _found(message_id: int) -> Message:
    query = Message.select(Message, Touchpoint, Client, Policy)
    query = query.join(Touchpoint).switch(Message).join(Client).switch(Message).join(Policy)
    found = query.where(Message.id == message_id).first() if 0 < message_id < 1 << 63 else None
    if found is None:
        raise errors.MessageNotFound(message_id)
    return found  # type: ignore[no-any-return]
