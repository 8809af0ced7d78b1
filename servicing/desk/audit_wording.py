"""Lines of the audit log, and unusual days, in words."""

from collections.abc import Mapping
from typing import Any

from servicing.core import i18n
from servicing.core.unusual import UnusualDay

CODES = {"role": "role", "role_was": "role", "kind": "audit", "place": "seen_at"}
"""Facts whose values are codes, and the sections that have the words for them."""


def kind(of: str, locale: str) -> str:
    """What was done."""
    return i18n.say("audit", of, locale)


def actor(who: str, locale: str) -> str:
    """Who did it; a stranger has no name."""
    return who or i18n.say("audit", "stranger", locale)


def facts(said: Mapping[str, Any], locale: str) -> list[str]:
    """The facts of a line, each with its name."""
    return [
        f"{i18n.say('audit_fact', name, locale)} {_value(name, said[name], locale)}"
        for name in said
    ]


def _value(name: str, value: Any, locale: str) -> str:
    if isinstance(value, bool):
        return i18n.say("audit", "yes" if value else "no", locale)
    return i18n.say(CODES[name], str(value), locale) if name in CODES else str(value)


def unusual(day: UnusualDay, locale: str) -> str:
    """Why a day of somebody's is unusual."""
    usual = "" if day.usual is None else f"{day.usual:g}"
    told = {"who": actor(day.who, locale), "count": day.count, "usual": usual}
    return i18n.say("unusual", day.rule, locale, **told)
