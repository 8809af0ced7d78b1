"""The chain of "why": links that hold, until one does not, and how each is said."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from servicing.card import wording
from servicing.core import i18n


@dataclass(frozen=True)
class Link:
    """One step of the chain: a question with its answer and the facts behind it."""

    code: str
    holds: bool = True
    """Whether the chain goes on; the first that does not hold is why nothing was done."""
    facts: dict[str, Any] = field(default_factory=dict)

    def in_zone(self, zone: datetime.tzinfo) -> "Link":
        """The same with its moments by the clocks of a zone, to the minute."""
        facts = {
            name: f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
            if isinstance(value, datetime.datetime)
            else value
            for name, value in self.facts.items()
        }
        return replace(self, facts=facts)

    def sentence(self, locale: str) -> str:
        """In a language, with words for the codes among its facts."""
        shown = {name: _shown(name, value, locale) for name, value in self.facts.items()}
        counted = next((self.facts[name] for name in _COUNTED if name in self.facts), None)
        return i18n.say("chain", self.code, locale, **{"count": counted, **shown})


_COUNTED = ("days", "months")
"""Facts that decide between one and several, where a sentence does."""

_SECTIONS = {"reason": "reason", "state": "state", "anchor": "anchor", "scope": "scope"}
_SECTIONS |= {"kind": "kind", "message_class": "class", "status": "status", "channel": "channel"}
_SECTIONS |= {"cause": "cause", "desk": "desk", "festival": "festival", "calendar": "calendar"}
"""Facts that are codes, and where their words stand."""

_DAYS = ("last", "next")
"""Facts that are days, before and after which there may be none."""


def _shown(name: str, value: Any, locale: str) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if value is None and name in _DAYS:
        return i18n.say("chain", "never", locale)
    if value is None or value == "":
        return "–"
    if name == "source":
        return wording.source_name(str(value), locale)
    if name == "language":
        return i18n.say("pages", "language", str(value))
    if name == "name":
        return _halted(str(value), locale)
    return i18n.say(_SECTIONS[name], str(value), locale) if name in _SECTIONS else value


def _halted(name: str, locale: str) -> str:
    """What is halted: the touchpoint is the one that is asked about, and needs no name."""
    kind, _, subject = name.partition(":")
    channel = i18n.say("channel", subject, locale)
    return i18n.say("chain", f"this_{kind}", locale, channel=channel, subject=subject)


def until_it_breaks(links: Iterator[Link]) -> list[Link]:
    """The links up to the first that does not hold, which is the last."""
    chain = []
    for link in links:
        chain.append(link)
        if not link.holds:
            break
    return chain
