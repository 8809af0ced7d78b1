"""Halts: messages of a halted touchpoint or channel wait until a person resumes it; none is lost.

What a halt holds stays queued, set aside so that no claim has to look at it again. Resumed, it
leaves; what has meanwhile become too late is skipped, with that reason. What halts is in `breaker`.
"""

import datetime
import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import peewee

from policies import database, records
from servicing.breaker import queries
from servicing.breaker.queries import NewHalt, Party, StoredHalt
from servicing.core import audit_log, i18n
from servicing.core.models import Halt, Message, literally
from servicing.core.models import Touchpoint as TouchpointRow
from servicing.core.reasons import Reason
from servicing.core.states import Move, move

Kind = Literal["touchpoint", "channel", "message"]
Cause = Literal["volume", "repeated", "rejections", "person"]

IN_ONE_GO = 2_000
"""Messages whose window has closed that are skipped in one transaction."""

log = logging.getLogger("servicing.halts")
log.addHandler(logging.NullHandler())  # a command has no log, and says it in its own words


class Subject(NamedTuple):
    """A touchpoint, a channel, or one message by its id, that may be halted."""

    kind: Kind
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True)
class Halted:
    """The touchpoints and channels that send nothing at this moment."""

    touchpoints: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()

    def holds(self, channel: str, touchpoint: str) -> bool:
        """Whether a message of that touchpoint, on that channel, has to wait."""
        return channel in self.channels or touchpoint in self.touchpoints


NOTHING = Halted()


def halted() -> Halted:
    """The open halts; read them after the messages that it may hold, or it may miss theirs."""
    rows = queries.open_halts()
    return Halted(
        frozenset(each.subject for each in rows if each.kind == "touchpoint"),
        frozenset(each.subject for each in rows if each.kind == "channel"),
    )


@dataclass(frozen=True)
class HaltLine:
    """A halt, as people and scripts read it."""

    kind: str
    subject: str
    cause: str
    facts: dict[str, Any]
    halted_at: datetime.datetime
    halted_by: str
    halted_why: str
    waiting: int
    """Queued messages that it holds."""
    resumed_at: datetime.datetime | None
    resumed_by: str
    resumed_why: str
    touchpoint: str = ""
    """Of a message: its touchpoint, the numbers of its client and of the one who had the text before,
    and the address of both. No halt keeps them: they are read when it is shown."""
    client_no: str = ""
    other_client_no: str = ""
    address: str = ""

    @property
    def name(self) -> str:
        """By which it is resumed."""
        return f"{self.kind}:{self.subject}"

    def sentence(self, locale: str) -> str:
        """Why, in a language."""
        facts = {**self.facts, "by": self.halted_by or "–", "why": self.halted_why}
        if self.kind != "message":
            return i18n.say("halt", self.cause, locale, **facts)
        facts |= {"client_no": self.client_no, "other_client_no": self.other_client_no}
        code = "same_text_to" if self.address else "same_text"
        return i18n.say("halt", code, locale, **facts, address=self.address)

    @property
    def unaddressed(self) -> "HaltLine":
        """Without the address, for what others read over one's shoulder, or a log keeps."""
        return replace(self, address="")

    def document(self, locale: str) -> dict[str, Any]:
        """As scripts read it, with its sentence."""
        return {**records.named(self), "sentence": self.sentence(locale)}


def listed(*, is_all: bool = False) -> list[HaltLine]:
    """The open halts, or all there were, the oldest first.

    A message that waits no more needs nobody to let it go: its halt is none of the open ones.
    """
    lines = [_line(each) for each in queries.halts(is_all=is_all)]
    held = {int(each.subject) for each in lines if each.kind == "message"}
    others = {each.facts["other"] for each in lines if each.kind == "message"}
    known = queries.parties(held | others) if held else {}
    named = [_named(each, known) if each.kind == "message" else each for each in lines]
    return [each for each in named if is_all or each.kind != "message" or each.waiting]


def of_messages(message_ids: Collection[int]) -> dict[int, HaltLine]:
    """By message the halt that holds it for its text."""
    found = [each for each in listed() if each.kind == "message"] if message_ids else []
    by_message = {int(each.subject): each for each in found}
    return {number: by_message[number] for number in message_ids if number in by_message}


def _line(halt: StoredHalt) -> HaltLine:
    return HaltLine(**{**records.named(halt), "facts": json.loads(halt.facts)})


def _named(line: HaltLine, known: Mapping[int, Party]) -> HaltLine:
    """With the names of both messages."""
    own, other = known.get(int(line.subject)), known.get(line.facts["other"])
    is_waiting = own is not None and own.state == "queued" and line.resumed_at is None
    return replace(
        line,
        waiting=int(is_waiting),
        touchpoint=own.touchpoint if own else "",
        client_no=own.client_no if own else "",
        other_client_no=other.client_no if other else "",
        address=other.address if other else "",
    )


def stop(
    what: Subject,
    cause: Cause,
    facts: Mapping[str, Any],
    now: datetime.datetime,
    by: str = "",
    why: str = "",
) -> bool:
    """Halt it, in the transaction that we are in; answers whether it was not halted for that yet."""
    as_json = json.dumps(facts, ensure_ascii=False, default=str)
    is_new = queries.add_halt(NewHalt(what.kind, what.key, cause, as_json, now, by, why))
    if is_new:
        audit_log.record("halt.made", now, what=str(what), cause=cause)
        known = {"by": by} if by else facts  # a person's reason may name a client
        log.warning(
            "halted", extra={"kind": what.kind, "subject": what.key, "cause": cause, **known}
        )
    return is_new


# -------------------------------------------------------------------------------- what is held


def hold(message_ids: Collection[int]) -> None:
    """Set queued messages aside, in the transaction we are in: no claim looks at them again."""
    queries.set_aside(message_ids)


def release(providers: Iterable[str], now: datetime.datetime) -> int:
    """Let go of what is not halted any more, and skip what was held until its window had closed.

    Whoever resumes a halt does not do this: a claim that has seen the halt may come later.
    Answers with how many were skipped.
    """
    skipped = 0
    _forget_what_waits_no_more(now)
    for provider in providers:
        while too_late := _too_late(provider, now):
            with database.writing():
                moves = [Move(each, "skipped", Reason.HALTED) for each in too_late]
                skipped += len(move(moves, ["queued"], now))
        if Message.select().where(_is_held(provider)).exists():
            with database.writing():
                _let_go(provider, now)
    return skipped


def held_by_themselves() -> dict[int, Party]:
    """The waiting messages that are held each by itself, by id."""
    found = queries.parties(queries.holds())
    return {number: each for number, each in found.items() if each.state == "queued"}


def _forget_what_waits_no_more(now: datetime.datetime) -> None:
    """A message that has left by another way, or ended, is held no more."""
    if holds := queries.holds():
        waiting = held_by_themselves()
        with database.writing():
            queries.end_holds([each for each in holds if each not in waiting], now)


def _is_held(provider: str) -> Any:
    is_queued = (Message.state == literally("queued")) & (Message.provider == provider)
    return is_queued & Message.send_from.is_null()


def _too_late(provider: str, now: datetime.datetime) -> list[Message]:
    has_closed = Message.send_until <= now
    return list(Message.select().where(_is_held(provider) & has_closed).limit(IN_ONE_GO))


def _let_go(provider: str, now: datetime.datetime) -> None:
    found = halted()
    is_free = _is_held(provider) & Message.channel.not_in(sorted(found.channels))
    if found.touchpoints:
        among = TouchpointRow.key.in_(sorted(found.touchpoints))
        theirs = TouchpointRow.select().where((TouchpointRow.id == Message.touchpoint) & among)
        is_free &= ~peewee.fn.EXISTS(theirs)
    is_its_own = (Halt.kind == "message") & (Halt.subject == Message.id.cast("TEXT"))
    by_itself = Halt.select().where(is_its_own & Halt.resumed_at.is_null())
    is_free &= ~peewee.fn.EXISTS(by_itself)
    Message.update(send_from=now).where(is_free).execute()


def holding(channel: str, touchpoint: str, message_id: int | None = None) -> Iterator[HaltLine]:
    """The open halts that hold a message of that touchpoint, on that channel, or that one alone."""
    names = (f"channel:{channel}", f"touchpoint:{touchpoint}", f"message:{message_id}")
    return (each for each in listed() if each.name in names)
