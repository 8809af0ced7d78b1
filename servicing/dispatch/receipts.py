"""Receipts: providers report later that a message was delivered, or why not. Applied forwards only.

Receipts come twice, late, and in any order. One that says nothing new changes nothing.
"""

import datetime
from dataclasses import dataclass, replace
from typing import Literal

from policies import database
from servicing.channels import Meaning
from servicing.core import doubts, references
from servicing.core.inbound import storable
from servicing.core.models import Message
from servicing.core.reasons import Reason
from servicing.core.states import (
    LEASE,
    MOVES,
    ON_THEIR_WAY,
    Move,
    move,
    never_left,
    past_ids,
    with_id,
)
from servicing.dispatch.outcomes import pause_before
from servicing.messages import suppressions

Outcome = Literal["accepted", "delivered", "undelivered"]
Applied = Literal["applied", "repeated", "unknown_message", "of_another_book"]

ATTEMPTS = 3
"""A message that could not be delivered for the moment is tried so often in all."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's word on one message."""

    message_id: int
    provider: str
    ref: str
    """The provider's id of the attempt it speaks of."""
    outcome: Outcome
    code: str = ""
    """Why not, in the provider's words."""
    means: Meaning = ""
    token: str = ""
    """Of the book that handed it over, as far as the provider says; empty: of a version without."""


def apply(receipt: Receipt, now: datetime.datetime) -> Applied:
    """Move the message on, if the receipt says something new of it; a wrong number is remembered."""
    receipt = replace(receipt, ref=storable(receipt.ref), code=storable(receipt.code))
    with database.writing():
        query = Message.select().where(Message.id == receipt.message_id)
        message = next(iter(database.locked(query)), None)
        if message is None or message.provider != receipt.provider:
            return "unknown_message"
        if not _is_of_this_book(receipt, message):
            return "of_another_book"
        following = what_follows(message, receipt, now)
        if following is None:
            return "repeated"
        if following.state == message.state:
            same = Message.id == message.id
            Message.update(past_refs=following.past_refs).where(same).execute()
        else:
            move([following], [message.state], now)
        if receipt.means in ("wrong", "opted_out"):
            why: suppressions.Why = "wrong" if receipt.means == "wrong" else "opted_out"
            kind: suppressions.Kind = "email" if message.channel == "email" else "sms"
            source = f"{receipt.provider} {receipt.code}".strip()
            suppressions.suppress(kind, message.address, why, source, now)
    return "applied"


def _is_of_this_book(receipt: Receipt, message: Message) -> bool:
    """Whether this book has handed it over, or the lost one did before it was copied.

    After the copy the lost book went on giving numbers: its receipt may be of another message. What
    it may have sent after the copy is settled by asking, and by nothing that comes late.
    """
    lost = doubts.of_book(receipt.token)
    if lost is None:
        return receipt.token in ("", references.token())
    is_known = receipt.ref in {message.provider_ref, *past_ids(message)}
    return is_known and message.cleared < lost


def what_follows(message: Message, receipt: Receipt, now: datetime.datetime) -> Move | None:
    """Where the receipt leads from the message's state; None: nowhere that it has not been.

    Into the state that it is in: then only the id of an attempt that came to nothing is remembered.
    """
    which = _attempt_of(message, receipt.ref)
    if which == "none" or (which == "over" and receipt.outcome != "delivered"):
        return None
    if receipt.outcome == "undelivered" and (
        other := _another_one_is_meant(message, receipt, which)
    ):
        return other
    if receipt.outcome not in MOVES[message.state]:
        return None
    may_be_later = receipt.outcome == "undelivered" and receipt.means == "later"
    if may_be_later and (again := _another_attempt(message, receipt, now)):
        return again
    reason = {
        "accepted": Reason.ACCEPTED,
        "delivered": Reason.DELIVERED,
        "undelivered": Reason.UNDELIVERED,
    }[receipt.outcome]
    return Move(message, receipt.outcome, reason, receipt.ref, receipt.code)


Attempt = Literal["none", "latest", "over", "lost", "either"]


def _attempt_of(message: Message, ref: str) -> Attempt:
    """Which attempt a provider's id is of.

    An id that we have not heard yet is of an attempt without one: the latest, whose answer is not
    there or was lost, one before that we thought lost, or either. Where every attempt has its id, it
    is of `none`. One that is `over` has another after it. An attempt that never left (throttled, refused)
    has none and gets none.
    """
    # a message that was looked up by our name for it has that until a receipt brings the provider's
    is_named = bool(message.provider_ref) and references.parse(message.provider_ref) is None
    past = set(past_ids(message))
    if ref in past:
        return "over"
    if is_named and ref == message.provider_ref:
        return "latest"
    nameless = message.attempts - len(past) - never_left(message) - is_named
    if nameless <= 0:
        return "none"
    if is_named:
        return "over"
    if message.state not in ON_THEIR_WAY:
        return "lost"
    return "latest" if nameless == 1 or message.state == "accepted" else "either"


def _another_one_is_meant(message: Message, receipt: Receipt, which: Attempt) -> Move | None:
    """The failed attempt is not, or not for certain, the one that the message waits for."""
    past = with_id(message, receipt.ref)
    if which == "lost" and message.state == "queued" and receipt.means == "later":
        return Move(message, "queued", Reason.TRIED_AGAIN, past_refs=past)  # as it is about to be
    if which == "either":  # the provider is asked, as it is of any message that nobody knows of
        at = message.claimed_at + LEASE
        return Move(message, "unknown", Reason.NO_ANSWER, again_at=at, past_refs=past)
    return None


def _another_attempt(message: Message, receipt: Receipt, now: datetime.datetime) -> Move | None:
    """Queued again after a pause, while that makes sense and nobody is trying already."""
    again_at = now + pause_before(message.attempts, message.id)
    if message.attempts >= ATTEMPTS or again_at >= message.send_until:
        return None
    if message.state not in ON_THEIR_WAY:
        return None
    past, reason = with_id(message, receipt.ref), Reason.TRIED_AGAIN
    return Move(message, "queued", reason, code=receipt.code, again_at=again_at, past_refs=past)
