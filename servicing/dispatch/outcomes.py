"""A provider's answer decides a message's next state, and when it is tried again."""

import datetime
import random
from collections import Counter
from collections.abc import Sequence

from policies import database
from servicing.breaker import breaker
from servicing.channels import Accepted, Answer, Rejected, RejectKind, Throttled
from servicing.core.reasons import Reason
from servicing.core.states import LEASE, AnyMessage, Move, move, without_id
from servicing.dispatch.provider_pool import HeldBack
from servicing.messages import suppressions

SHORTEST_PAUSE = datetime.timedelta(seconds=1)
"""However little a provider asks for: no message comes round twice in one dispatch."""

FIRST_PAUSE, LONGEST_PAUSE = datetime.timedelta(seconds=30), datetime.timedelta(hours=1)
"""Where no provider says how long: from the one to the other, twice as long each time."""

JITTER = 0.25
"""Pauses differ by so much either way, so that what failed together does not come back together."""


def letters(answers: Sequence[tuple[AnyMessage, Answer | HeldBack]]) -> dict[str, str]:
    """By channel what its providers have answered; left out is what says nothing of the messages."""
    found: dict[str, str] = {}
    for message, answer in answers:
        if isinstance(answer, Accepted):
            letter = breaker.TAKEN
        elif isinstance(answer, Rejected) and answer.kind != "configuration":
            letter = breaker.REFUSED
        else:
            continue
        found[message.channel] = found.get(message.channel, "") + letter
    return found


def record(
    answers: Sequence[tuple[AnyMessage, Answer | HeldBack]], now: datetime.datetime
) -> Counter[str]:
    """Write down what became of messages, as they were claimed; answers with counts by state."""
    if not answers:
        return Counter()
    with database.writing():
        moves = [what_follows(message, answer, now) for message, answer in answers]
        held = move(moves, ["sending"], now)
        for message, answer in answers:
            if message.id in held:
                _remember_the_address(message, answer, now)
    return Counter(each.state for each in moves if each.message.id in held)


def what_follows(message: AnyMessage, answer: Answer | HeldBack, now: datetime.datetime) -> Move:
    """The state and reason that an answer leads to, and when the message is looked at again."""
    if isinstance(answer, Accepted):
        return Move(message, "accepted", Reason.ACCEPTED, answer.ref)
    if isinstance(answer, HeldBack):
        return Move(message, "queued", Reason.HELD_BACK, past_refs=without_id(message))
    if isinstance(answer, Throttled):
        asked = answer.retry_after
        reason = (
            Reason.NOT_REACHED if asked is None and not answer.whole_sender else Reason.THROTTLED
        )
        pause = pause_before(message.attempts, message.id) if asked is None else asked
        again, past = now + max(pause, SHORTEST_PAUSE), without_id(message)
        return Move(message, "queued", reason, code=answer.detail, again_at=again, past_refs=past)
    if isinstance(answer, Rejected):
        return _refused(message, answer)
    assert message.claimed_at
    again = message.claimed_at + LEASE
    return Move(message, "unknown", Reason.NO_ANSWER, code=answer.detail, again_at=again)


_REFUSED: dict[RejectKind, tuple[str, Reason]] = {
    "configuration": ("queued", Reason.CHANNEL_STOPPED),  # our fault, not the message's: it waits
    "opted_out": ("suppressed", Reason.OPTED_OUT),
    "number": ("failed", Reason.NUMBER_REFUSED),
    "content": ("failed", Reason.CONTENT_REFUSED),
    "mailbox": ("failed", Reason.MAILBOX_REFUSED),
    "blocked": ("failed", Reason.BLOCKED),
}


def _refused(message: AnyMessage, answer: Rejected) -> Move:
    state, reason = _REFUSED[answer.kind]
    return Move(message, state, reason, code=answer.detail, past_refs=without_id(message))


def _remember_the_address(
    message: AnyMessage, answer: Answer | HeldBack, now: datetime.datetime
) -> None:
    """A wrong address stays wrong, and an owner who opted out has opted out of all of us."""
    if isinstance(answer, Rejected) and answer.kind in ("number", "opted_out"):
        why: suppressions.Why = "opted_out" if answer.kind == "opted_out" else "wrong"
        kind: suppressions.Kind = "email" if message.channel == "email" else "sms"
        source = f"{message.provider} {answer.detail}".strip()
        suppressions.suppress(kind, message.address, why, source, now)


def pause_before(attempt: int, message_id: int) -> datetime.timedelta:
    """How long to wait before the next attempt: longer each time, and not all at the same moment."""
    dice = random.Random(f"{message_id}/{attempt}")  # nosec B311
    longer: datetime.timedelta = FIRST_PAUSE * 2 ** min(attempt - 1, 10)
    return min(LONGEST_PAUSE, longer) * dice.uniform(1 - JITTER, 1 + JITTER)
