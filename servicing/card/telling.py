"""The lines of a trail as people read them: what happened, who did it, and what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from servicing.card import wording
from servicing.card.card import TrailLine
from servicing.core import i18n

MARKS = {
    "message": "✉",
    "task": "☎",
    "note": "✎",
    "complaint": "!",
    "case": "!",
    "consent": "☑",
    "contact": "@",
    "premium": "¥",
    "family": "⌂",
    "cover": "☂",
    "death": "●",
    "agent": "⇄",
    "client": "☺",
    "touchpoint": "↷",
    "check": "✓",
    "lead": "☞",
    "event": "☕",
}
"""A sign before each line, for the eye alone; of policies it is another."""

OTHERS = "▤"

WHO = ["by", "agent_no"]
"""The facts that say who it was, the surer first: a login, or the number of an agent."""


@dataclass(frozen=True)
class Told:
    """A line as it is read."""

    mark: str
    sentence: str
    who: str
    """Empty: the service itself, or nobody knows."""
    details: list[str]


def told(line: TrailLine, locale: str, names: Mapping[str, str]) -> Told:
    """A line in a language; `names`: how logins and agents are called."""
    facts = {name: value for name, value in line.facts.items() if not _says_who(name, value)}
    said = [str(line.facts[name]) for name in WHO if _says_who(name, line.facts.get(name))]
    who = next(iter(said), "")
    bare = TrailLine(line.at, line.kind, line.policy_no, line.touchpoint, facts)
    return Told(
        mark=MARKS.get(line.kind.partition(".")[0], OTHERS),
        sentence=i18n.known("told", line.kind, locale) or wording.headline(line, locale),
        who=names.get(who, who),
        details=wording.details(bare, locale),
    )


def _says_who(name: str, value: object) -> bool:
    """Whether a fact says who it was; one with a before and an after is what was changed."""
    return name in WHO and isinstance(value, str) and bool(value)
