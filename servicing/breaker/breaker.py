"""The circuit breaker: what stops a touchpoint or a channel until a person resumes it.

Three things stop: a day that brings far more than was expected of it, many texts that go to one address
twice, and a channel that refuses more than a few. A single text that would go twice holds the second
message alone. Nothing is lost: what a halt holds waits (`halts`).
"""

import datetime
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from policies import database
from policies.plan import Plan
from servicing.breaker import forecast, halts, queries
from servicing.breaker.halts import Subject
from servicing.core import audit_log, errors
from servicing.core.models import ChannelAnswers, Halt, Message
from servicing.core.reasons import Reason
from servicing.core.settings import Breaker
from servicing.core.states import Move, move

CHANNELS = ("sms", "email")

TAKEN, REFUSED = "+", "-"
"""An answer of a channel, as `channel_answers` keeps it."""

WouldSay = Callable[[Sequence[Message]], Mapping[int, tuple[str, str]]]
"""By id, of messages that wait: address and text with which they would leave now."""

log = logging.getLogger("servicing.breaker")
log.addHandler(logging.NullHandler())  # a command has no log, and says it in its own words


# --------------------------------------------------------------------------------- pure decisions


def is_too_many(count: int, expected: int, rules: Breaker) -> bool:
    """More than so many times what was expected, and by so many: 12 instead of 3 stop nobody."""
    return count > rules.factor * expected and count - expected >= rules.at_least


def too_many(
    counted: Mapping[str, int], expected: Mapping[str, int], rules: Breaker
) -> dict[str, tuple[int, int]]:
    """By touchpoint the count of a day that is too much, and what was expected.

    Where no single one is, but all of them together are, that stands under the key `""`.
    """
    pairs = {key: (number, expected.get(key, 0)) for key, number in counted.items()}
    found = {key: pair for key, pair in pairs.items() if is_too_many(*pair, rules)}
    total = (sum(count for count, _ in pairs.values()), sum(each for _, each in pairs.values()))
    return found or ({queries.ALL: total} if is_too_many(*total, rules) else {})


def refusals(lately: str, new: str, rules: Breaker) -> tuple[int, int] | None:
    """Where the `new` answers make too many of the last ones refusals: how many of how many.

    None where they do not. Of fewer answers than `rejected_of` it takes as many refusals.
    """
    answers, most = lately + new, rules.rejected_share * rules.rejected_of
    for end in range(len(lately) + 1, len(answers) + 1):
        some = answers[max(0, end - rules.rejected_of) : end]
        if (refused := some.count(REFUSED)) > most:
            return refused, len(some)
    return None


class OutgoingText(NamedTuple):
    """The words of a message that is about to leave, and where they go."""

    message_id: int
    touchpoint: str
    address: str
    body: str


class Repeat(NamedTuple):
    """A message that is about to say what its address has heard."""

    message_id: int
    touchpoint: str
    other: int
    """The message that has said it, by id."""


def repeated(texts: Iterable[OutgoingText], sent: Mapping[tuple[str, str], int]) -> list[Repeat]:
    """Those whose words have gone to that address, or go there by another one before them.

    `sent`: by address and words the message, by id, that has said them there.
    """
    known, found = dict(sent), []
    for each in texts:
        other = known.setdefault((each.address, each.body), each.message_id)
        if other != each.message_id:
            found.append(Repeat(each.message_id, each.touchpoint, other))
    return found


# -------------------------------------------------------------------------------------- a person


def named(text: str) -> Subject:
    """The touchpoint or channel that is meant by `touchpoint:news`, `news`, `channel:sms` or `sms`.

    One message is named by its id, as `message:12`.
    """
    kind, colon, key = text.strip().partition(":")
    if not colon:
        return Subject("channel" if kind in CHANNELS else "touchpoint", kind)
    if kind == "message":
        return Subject("message", key)
    return Subject("channel" if kind == "channel" else "touchpoint", key)


def halt(text: str, plan: Plan, why: str, by: str, now: datetime.datetime) -> None:
    """A person halts a touchpoint of the plan, or a channel.

    Raises `BadArgument` for what is neither, `HaltedAlready` where a person has done so before.
    """
    what = named(text)
    known = CHANNELS if what.kind == "channel" else tuple(each.id for each in plan.touchpoints)
    if what.key not in known or what.kind == "message":
        raise errors.BadArgument("cannot_be_halted", subject=what.key, known=list(known))
    with database.explained(), database.writing():
        if not halts.stop(what, "person", {}, now, by, why):
            before = next(
                each for each in halts.listed() if each.name == str(what) and each.halted_by
            )
            raise errors.HaltedAlready(text, before.halted_by)


def resume(
    text: str,
    why: str,
    by: str,
    now: datetime.datetime,
    *,
    rules: Breaker | None = None,
    drops_repeated: WouldSay | None = None,
) -> int:
    """A person lets it go on, whatever has halted it: what waited leaves, what came is accepted.

    What was too much becomes a measure for the days that follow, what was refused is forgotten, and
    what repeats another text leaves, unless it is cancelled: `drops_repeated` tells what waits.
    With a touchpoint go its messages that are held each by itself. Answers with how many messages it
    has cancelled. Raises `NotHalted`.
    """
    kind, subject = named(text)
    with database.explained(), database.writing():
        by_themselves = _held_by_themselves(kind, subject)
        is_meant = _is_halted(kind, subject, by_themselves)
        causes = [each.cause for each in database.locked(Halt.select().where(is_meant))]
        if not causes:
            open_ones = sorted({each.name for each in halts.listed()})
            raise errors.NotHalted(text, open_ones)
        mark = queries.last_message()
        Halt.update(resumed_at=now, resumed_by=by, resumed_why=why, message_mark=mark).where(
            is_meant
        ).execute()
        if "volume" in causes:
            others = [each.subject for each in halts.listed() if each.cause == "volume"]
            forecast.accept([subject] if kind == "touchpoint" else None, others)
        if "rejections" in causes:
            ChannelAnswers.delete().where(ChannelAnswers.channel == subject).execute()
        dropped = _drop(by_themselves, now) if drops_repeated else 0
        if drops_repeated and kind == "touchpoint":
            dropped += _drop_repeated(subject, rules or Breaker(), now, drops_repeated)
        audit_log.record("halt.ended", now, what=f"{kind}:{subject}", dropped=dropped)
    log.warning(
        "resumed",
        extra={"kind": kind, "subject": subject, "by": by, "dropped": dropped},
    )
    return dropped


def _held_by_themselves(kind: str, subject: str) -> list[int]:
    """The messages, by id, that a name stands for and that are held each by itself."""
    if kind == "message":
        return [int(subject)] if subject.isascii() and subject.isdigit() else []
    if kind != "touchpoint":
        return []
    found = halts.held_by_themselves()
    return sorted(number for number, each in found.items() if each.touchpoint == subject)


def _is_halted(kind: str, subject: str, by_themselves: Collection[int]) -> Any:
    """The condition of the open halts of a name, and of the messages that it stands for."""
    is_its_own = (Halt.kind == kind) & (Halt.subject == subject)
    is_one_of_them = (Halt.kind == "message") & Halt.subject.in_([str(id) for id in by_themselves])
    return (is_its_own | is_one_of_them) & Halt.resumed_at.is_null()


def _drop(message_ids: Sequence[int], now: datetime.datetime) -> int:
    """Cancel messages that a person drops because they repeat a text."""
    some = list(Message.select().where(Message.id.in_(message_ids)).order_by(Message.id))
    return len(move([Move(each, "cancelled", Reason.REPEATED) for each in some], ["queued"], now))


def _drop_repeated(key: str, rules: Breaker, now: datetime.datetime, would_say: WouldSay) -> int:
    """Cancel the queued messages of a touchpoint whose text has gone, or goes, to their address."""
    known: dict[tuple[str, str], int] = {}
    count = 0
    for chunk in database.chunks(queries.queued_of(key)):
        some = list(Message.select().where(Message.id.in_(chunk)).order_by(Message.id))
        texts = [
            OutgoingText(number, key, address, body)
            for number, (address, body) in sorted(would_say(some).items())
        ]
        found = {each.message_id for each in repeated(texts, known | _sent(texts, rules, now))}
        known |= {(each.address, each.body): each.message_id for each in texts}
        moves = [Move(each, "cancelled", Reason.REPEATED) for each in some if each.id in found]
        count += len(move(moves, ["queued"], now))
    return count


# ---------------------------------------------------------------------------------------- volume


def judge_day(
    rules: Breaker,
    day: datetime.date,
    keys: Collection[str],
    policy_mark: int | None,
    now: datetime.datetime,
) -> None:
    """Halt what a day brings too much of, in the walk's own transaction: not one has left by then.

    `keys`: the touchpoints whose messages may still leave. Where nobody has made a forecast of the
    day, what the policies up to `policy_mark` bring, the last one that an earlier walk knew, stands
    for it; None: nothing was walked before, and nothing is judged.
    """
    counted, known = forecast.recorded(day, policy_mark or 0)
    counted = Counter({key: number for key, number in counted.items() if key in keys})
    over: dict[str, tuple[int, int]] = {}
    expected = forecast.of_day(day)
    if expected is None and policy_mark is not None:
        expected = known
    if rules.enabled and expected is not None:
        expected |= forecast.busiest(day)
        over = too_many(counted, expected, rules)
    for key, (number, usual) in over.items():
        facts = {"day": str(day), "count": number, "expected": usual}
        if key == queries.ALL:
            for channel in CHANNELS:
                halts.stop(Subject("channel", channel), "volume", facts, now)
        else:
            halts.stop(Subject("touchpoint", key), "volume", facts, now)
    queries.keep_volume(day, counted, counted if queries.ALL in over else over)


# -------------------------------------------------------------------------------- repeated texts


class Stopped(NamedTuple):
    """What may not leave because texts repeat."""

    messages: frozenset[int] = frozenset()
    """Each of these, by id, says what its address has heard."""
    touchpoints: frozenset[str] = frozenset()
    """Too many messages of these do."""


def stop_repeated(rules: Breaker, texts: Sequence[OutgoingText], now: datetime.datetime) -> Stopped:
    """Halt each message that repeats a text, and the touchpoints of which too many do.

    Called by whoever claims, last of all and in the same transaction: until it ends, nobody else claims.
    What a person has let go, by itself or with its touchpoint, is not held again. A message that is
    claimed although it was held, since its address is another one by now, is judged like any other.
    """
    if not rules.enabled or not texts:
        return Stopped()
    database.wait_for_turn("repeated")
    found = _not_accepted(repeated(texts, _sent(texts, rules, now)))
    for each in found:
        facts = {"other": each.other, "hours": rules.repeated_within_hours}
        halts.stop(Subject("message", str(each.message_id)), "repeated", facts, now)
    return Stopped(
        frozenset(each.message_id for each in found),
        _stop_where_many(rules, {each.touchpoint for each in found}, now),
    )


def _not_accepted(found: Sequence[Repeat]) -> list[Repeat]:
    """Those of the repeats that no person has let go."""
    if not found:
        return []
    with_touchpoint = queries.repetitions_accepted()
    by_themselves = queries.let_go([each.message_id for each in found])
    return [
        each
        for each in found
        if each.message_id > with_touchpoint.get(each.touchpoint, 0)
        and each.message_id not in by_themselves
    ]


def _stop_where_many(
    rules: Breaker, keys: Collection[str], now: datetime.datetime
) -> frozenset[str]:
    """Halt those of the touchpoints that have repeated too many texts lately; answers with them."""
    since = now - datetime.timedelta(hours=rules.repeated_within_hours)
    lately = {number for number, at in queries.holds().items() if at > since} if keys else set()
    counted = Counter(each.touchpoint for each in queries.parties(lately).values())
    many = {key: counted[key] for key in keys if counted[key] >= rules.repeated_at_least}
    for key, count in many.items():
        facts = {"count": count, "hours": rules.repeated_within_hours}
        halts.stop(Subject("touchpoint", key), "repeated", facts, now)
    return frozenset(many)


def _sent(
    texts: Sequence[OutgoingText], rules: Breaker, now: datetime.datetime
) -> dict[tuple[str, str], int]:
    """The texts that went lately to the same addresses: by address and words the message."""
    since = now - datetime.timedelta(hours=rules.repeated_within_hours)
    return queries.texts_sent({each.address for each in texts}, since)


# ------------------------------------------------------------------------------------ rejections


def heard(rules: Breaker, answers: Mapping[str, str], now: datetime.datetime) -> None:
    """Remember what the channels have answered, and halt one that refuses too many.

    `answers`: by channel a letter each, the latest last. A row a channel, so it is cheap however
    much was sent; in a transaction of its own, so that who records does not wait for another.
    """
    for channel, new in answers.items() if rules.enabled else ():
        with database.writing():
            row = {"channel": channel, "lately": ""}
            ChannelAnswers.insert(**row).on_conflict_ignore().execute()
            is_meant = ChannelAnswers.channel == channel
            lately = database.locked(ChannelAnswers.select().where(is_meant)).get().lately
            if found := refusals(lately, new, rules):
                facts = dict(zip(("rejected", "of"), found, strict=True))
                halts.stop(Subject("channel", channel), "rejections", facts, now)
            last = (lately + new)[-rules.rejected_of :]
            ChannelAnswers.update(lately=last).where(is_meant).execute()
