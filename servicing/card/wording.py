"""Codes and their facts as sentences: states, reasons and the lines of a trail."""

import datetime
from collections.abc import Mapping
from typing import Any

from servicing.breaker.halts import HaltLine
from servicing.card.card import TrailLine
from servicing.core import i18n, reasons

SECTIONS = {
    "outcome": "outcome",
    "was": "reason",
    "why": "why",
    "kin": "kin",
    "evidence": "evidence",
    "channel": "channel",
    "status": "status",
    "payment_mode": "mode",
    "undone": "state",
    "of": "of_what",
    "source": "source",
    "gender": "gender",
    "desk": "desk",
    "answer": "lead_answer",
    "lost_as": "lead_reason",
}
"""Facts whose values are codes, and the sections that have the words for them."""

LABELLED = frozenset(
    [
        "case",
        "lead",
        "to",
        "from",
        "reference",
        "code",
        "client_no",
        "fields",
        "due_date",
        "amount",
        "agent_no",
        "persons",
        "tier",
        "until",
    ]
)
"""Facts that say nothing by themselves: each has a word before it."""

PROVIDERS = ("twilio", "aliyun", "smtp", "outbox", "memory")
"""Whose answers are the source of something that is known of an address."""

FOR_WHY = frozenset(
    ["ref", "full", "capacity", "handed_on", "reason_was", "note_was", "task", "check"]
    + ["case_kind", "step", "stands", "words", "event"]
)
"""Facts that a card leaves to those who ask why, or to whoever takes back what was recorded.

Of a case it says that there is a matter, and no more: the agent who reads it may be whom it is about.
"""


def state_name(states: str, locale: str) -> str:
    """The state of a message or task, or of both, in a language."""
    return " + ".join(i18n.say("state", each, locale) for each in states.split(" + ") if each)


def reason_name(codes: str, locale: str) -> str:
    """Why a message or task is as it is, or both, each sentence once."""
    sentences = [reasons.sentence(code, locale) for code in codes.split(" + ") if code]
    return " + ".join(dict.fromkeys(sentences))


def headline(line: TrailLine, locale: str) -> str:
    """The subject of a line of a trail, and its new state."""
    subject, _, state = line.kind.partition(".")
    return f"{i18n.say('subject', subject, locale)} {state_name(state, locale)}"


def details(line: TrailLine, locale: str) -> list[str]:
    """The facts of a line of a trail: the reason as a sentence, a change as before → after."""
    facts = {name: value for name, value in line.facts.items() if name not in FOR_WHY}
    phrases = [reasons.sentence(facts.pop("reason"), locale)] if "reason" in facts else []
    for name, value in facts.items():
        if isinstance(value, list) and len(value) == 2 and name != "fields":
            was, now = (_value(name, each, locale) for each in value)
            phrases.append(f"{i18n.say('field', name, locale)} {was} → {now}")
        elif value:
            phrases.append(_phrase(name, value, locale))
    return phrases


def particulars(facts: Mapping[str, Any], locale: str) -> list[str]:
    """What is known of a change of a message: what the provider said, what it was before."""
    return [_phrase(name, value, locale) for name, value in facts.items() if name != "channel"]


def _phrase(name: str, value: object, locale: str) -> str:
    if name == "was":
        return i18n.say("field", name, locale, reason=_value(name, value, locale))
    if name == "undone":
        return i18n.say("field", name, locale, state=_value(name, value, locale))
    if name in ("counted_from", "dated", "was_on"):
        return i18n.say("field", name, locale, date=value)
    if name == "erased":
        return i18n.say("field", name, locale)
    if name == "lines":
        return i18n.say("field", name, locale, count=value)
    if name == "proof":
        return i18n.say("field", name, locale, digest=value)
    if name in LABELLED:
        return i18n.say("labelled", name, locale, value=_value(name, value, locale))
    return _value(name, value, locale)


def halted(line: HaltLine, name: str, locale: str, zone: datetime.tzinfo) -> str:
    """A halt in a sentence: its name as the reader knows it, the cause, the moment, the messages."""
    at = f"{line.halted_at.astimezone(zone):%Y-%m-%d %H:%M}"
    words = {"name": name, "sentence": line.sentence(locale), "at": at}
    return i18n.say("halt", "line", locale, **words, count=line.waiting)


def source_name(source: str, locale: str) -> str:
    """Where a refusal or a consent is known from: the client's own word, a provider, or a person."""
    provider, _, code = source.partition(" ")
    if provider not in PROVIDERS:
        return i18n.say("source", source, locale)
    key = "provider" if code else "provider_alone"
    return i18n.say("source", key, locale, name=provider, code=code)


def _value(name: str, value: object, locale: str) -> str:
    if name == "source":
        return source_name(str(value), locale)
    if name == "fields" and isinstance(value, list):
        return ", ".join(i18n.say("card", f"field_{each}", locale) for each in value)
    if name == "language" and value in i18n.locales():
        return i18n.say("pages", "language", str(value))
    if name in SECTIONS and value:
        return i18n.say(SECTIONS[name], str(value), locale)
    if isinstance(value, bool):
        return i18n.say("terminal", "yes" if value else "no", locale)
    return "—" if value in (None, "") else str(value)
