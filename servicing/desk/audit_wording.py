"""Lines of the audit log, and unusual days, in words."""

from collections.abc import Callable, Mapping
from typing import Any

from servicing.core import i18n
from servicing.core.unusual import UnusualDay

Title = Callable[[str], str]
"""What people call a touchpoint, by its id."""

CODES = {
    "role": "role",
    "role_was": "role",
    "kind": "audit",
    "place": "seen_at",
    "factor": "audit_factor",
    "cause": "cause",
    "unit": "checks",
    "state": "state",
    "reason": "reason",
    "channel": "channel",
    "view": "case_view",
    **dict.fromkeys(("by", "basis", "definition", "fate", "stand"), "audit_choice"),
}
"""Facts whose values are codes, and the sections that have the words for them."""

HEADINGS: Mapping[str, tuple[str, str]] = {
    "login": ("pages", "account"),
    "login.login": ("pages", "log_in"),
    "openid": ("pages", "log_in"),
    "second_step": ("pages", "second_step"),
    "second_factor": ("pages", "second_factor"),
    "my_day": ("pages", "day"),
    "my_day.calendar": ("seen_at", "calendar"),
    "workdays": ("pages", "workdays"),
    "cards": ("seen_at", "card"),
    "cards.clients": ("pages", "clients"),
    "cards.why": ("pages", "why"),
    "cases": ("pages", "cases"),
    "desk_tasks": ("desk_task", "page"),
    "month": ("pages", "month"),
    "month.grace": ("month", "list_grace"),
    "month.overdue": ("month", "list_overdue"),
    "month.fresh": ("month", "list_fresh"),
    "month.orphans": ("month", "list_orphans"),
    "month.handed": ("month", "list_handed"),
    "month.paper": ("month", "paper"),
    "handing.preview": ("month", "hand_over"),
    "handing.hand_over": ("month", "hand_over"),
    "handing.choose": ("month", "reassign"),
    "handing.reassign": ("month", "reassign"),
    "persistency": ("pages", "persistency"),
    "persistency.policies": ("manager", "policies_behind"),
    "persistency.collect": ("manager", "to_collect"),
    "persistency.deciding": ("manager", "deciding"),
    "scorecard": ("pages", "scorecard"),
    "case_reports": ("pages", "case_reports"),
    "assessment": ("pages", "assessment"),
    "earnings": ("earnings", "page"),
    "events": ("event_page", "page"),
    "keeping": ("keeping", "page"),
    "leads": ("lead_page", "page"),
    "reviewing": ("review", "page"),
    "surveys": ("survey_page", "satisfaction"),
    "tiers": ("stages", "heading"),
    "tiers.grant": ("seen_at", "card"),
    "influence": ("pages", "influence"),
    "dispatch": ("pages", "dispatch"),
    "dispatch.listing": ("operations", "messages"),
    "dispatch.queue": ("cockpit", "queue"),
    "dispatch.decide": ("cockpit", "decide_unknown"),
    "dispatch.message": ("operations", "message"),
    "dispatch.opted_out": ("operations", "opted_out"),
    "dispatch.suppress": ("operations", "opted_out"),
    "dispatch.ask_to_lift": ("operations", "opted_out"),
    "book": ("pages", "book"),
    "book.imported": ("operations", "taken_in"),
    "book.columns": ("operations", "columns"),
    "book.match": ("operations", "columns"),
    "book.rejects": ("operations", "rejects"),
    "book.rejects_workbook": ("operations", "rejects"),
    "plan": ("pages", "plan"),
    "plan.text": ("operations", "preview"),
    "plan.texts": ("cockpit", "texts"),
    "plan.compared": ("cockpit", "compare"),
    "reassignment": ("cockpit", "reassignment"),
    "reassignment.orphaned": ("pages", "orphans"),
    "accounts": ("pages", "people"),
    "accounts.views": ("pages", "views"),
    "audit": ("pages", "audit_log"),
    "callbacks": ("pages", "callbacks"),
    "checks": ("pages", "checks"),
}
"""What people know a page by: its heading; of any other page that of its blueprint."""


def kind(of: str, locale: str) -> str:
    """What was done."""
    return i18n.say("audit", of, locale)


def actor(who: str, locale: str) -> str:
    """Who did it; a stranger has no name, and the service is nobody's login."""
    return i18n.say("audit", who or "stranger", locale) if who in ("", "service") else who


def facts(said: Mapping[str, Any], locale: str, title: Title = str) -> list[str]:
    """The facts of a line, each with its name; `title`: what a touchpoint is called."""
    return [_fact(name, said[name], locale, title) for name in said]


def _fact(name: str, value: Any, locale: str, title: Title) -> str:
    shown = _value(name, value, locale, title)
    told = {"name": i18n.say("audit_fact", name, locale), "value": shown}
    return i18n.say("audit", "fact", locale, **told)


def _value(name: str, value: Any, locale: str, title: Title) -> str:
    if isinstance(value, bool):
        return i18n.say("audit", "yes" if value else "no", locale)
    if name == "page":
        return _page(str(value), locale)
    if name == "what":
        return _what(str(value), locale, title)
    if name == "touchpoint":
        return title(str(value))
    if name == "filter":
        return ", ".join(i18n.say("card", f"mark_{each}", locale) for each in str(value).split())
    return i18n.say(CODES[name], str(value), locale) if name in CODES else str(value)


def _page(endpoint: str, locale: str) -> str:
    """A page by its heading; one that people do not know has no other name than its own."""
    heading = HEADINGS.get(endpoint) or HEADINGS.get(endpoint.partition(".")[0])
    return i18n.say(*heading, locale) if heading else endpoint


def _what(said: str, locale: str, title: Title) -> str:
    """A kind of file or of list, or what is halted by its kind and name."""
    what, _, name = said.partition(":")
    told = i18n.say("channel", name, locale) if what == "channel" else name
    told = title(name) if what == "touchpoint" else told
    return i18n.say("audit_what", what, locale, name=told)


def unusual(day: UnusualDay, locale: str) -> str:
    """Why a day of somebody's is unusual."""
    usual = "" if day.usual is None else f"{day.usual:g}"
    told = {"who": actor(day.who, locale), "count": day.count, "usual": usual}
    return i18n.say("unusual", day.rule, locale, **told)
