"""Words for people, in their language: gettext catalogues, a folder a language.

`templates/words/<locale>/*.po` hold them: an entry's context is its section, its id is a key or a
code, and where a number decides the form it has plurals. A third language is one more folder.
"""

import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from policies.notices import Notice
from servicing.core import po_files

FALLBACK = "en"
NUMBER = "count"
"""The particular that decides between singular and plural."""

NOTICES = "notice"
"""The section of the sentences that belong to a code: refusals, warnings, what was done."""

CODED = ("state", "role", "manners", "desk", "lead_state")
"""Facts that are codes, and are said in the words of the section of that name."""

FILES = {
    "notices": f"{NOTICES} hint",
    "service": "state subject status mode channel anchor kind owner class scope reason verdict role"
    " field outcome why kin evidence attention halt cause chain text_flaw fault manual fate"
    " personal audit audit_fact audit_factor audit_what audit_choice unusual log_fault seen_at",
    "cases": "case case_fact case_report desk retention",
    "case_pages": "case_page case_reason case_view keeping",
    "case_reports": "case_reports case_register weekly_mail",
    "callbacks": "callback",
    "agent_callbacks": "agent_callback",
    "escalation": "escalation",
    "desk_tasks": "desk_task",
    "callback_pages": "callback_page callback_link callback_paper",
    "clocks": "clock",
    "plan_rows": "unless",
    "plan_counts": "counted counted_case counted_event",
    "clients": "letter unsubscribe access",
    "terminal": "heading terminal demo",
    "app": "app",
    "pages": "pages manager operations matching code",
    "day": "day",
    "month": "month",
    "cockpit": "cockpit",
    "checks": "checks check_page",
    "events": "events event_page event_link",
    "manners": "manners",
    "leads": "lead lead_state lead_step lead_how lead_reason lead_answer lead_page",
    "satisfaction": "satisfaction",
    "assessment": "assessment",
    "surveys": "survey survey_page",
    "festivals": "festival calendar",
    "tiers": "tiers tier_line stages",
    "earnings": "earnings",
    "reviews": "review",
    "cards": "card told labelled source of_what gender",
}
"""By file the sections that stand in it; a file is read when one of its sections is asked for."""

_FILE_OF = {section: file for file, sections in FILES.items() for section in sections.split()}


@dataclass(frozen=True)
class Catalogue:
    """The entries of one file in one language."""

    forms: Mapping[tuple[str, str], tuple[str, ...]]
    """By section and key: the text, or its forms by number."""

    form_of: Callable[[int], int]
    """Which form a number takes."""

    def text(self, section: str, key: str, facts: Mapping[str, Any]) -> str | None:
        """The text with its particulars; None for a key that has no text."""
        forms = self.forms.get((section, key))
        if forms is None:
            return None
        number = facts.get(NUMBER)
        if len(forms) == 1:
            return forms[0].format_map(facts)
        assert isinstance(number, int), f"{key}: {number!r} decides no plural"
        return forms[self.form_of(number)].format_map(facts)


def shipped_templates() -> Path:
    """The words that come with the program: inside the package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


def say(section: str, key: str, locale: str, /, **facts: object) -> str:
    """The text of a key in a language, with its particulars; a key without a text stands for itself."""
    text = catalogue(_FILE_OF[section], locale).text(section, key, facts)
    return key if text is None else text


def known(section: str, key: str, locale: str, /, **facts: object) -> str:
    """The text of a key, or nothing where it has none."""
    return catalogue(_FILE_OF[section], locale).text(section, key, facts) or ""


def sentence(notice: Notice, locale: str) -> str:
    """A notice in a language; notices among its particulars are put into words first."""
    return say(NOTICES, notice.code, locale, **shown(notice.facts, locale))


def shown(facts: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """Facts as a sentence names them: notices in words, several of them in one."""
    return {
        name: say(name, value, locale) if name in CODED else _shown(value, locale)
        for name, value in facts.items()
    }


def _shown(value: Any, locale: str) -> Any:
    if isinstance(value, Notice):
        return sentence(value, locale)
    if isinstance(value, list | tuple):
        return listed(value, locale)
    return value


def listed(values: list[Any] | tuple[Any, ...], locale: str) -> str:
    """Several values, or several sentences, in one."""
    are_sentences = any(isinstance(each, Notice) for each in values)
    between = say(NOTICES, "semicolon" if are_sentences else "comma", locale)
    return between.join(str(_shown(each, locale)) for each in values)


def locales() -> list[str]:
    """The languages there are words in."""
    return sorted(path.name for path in (shipped_templates() / "words").iterdir())


def spoken(locale: str) -> str:
    """The language there are words in for a locale: itself, the same language, or English."""
    same = _same(locale)
    return locale if locale in same else next(iter(same), FALLBACK)


def is_spoken(locale: str) -> bool:
    """Whether there are words in the language of a locale."""
    return bool(_same(locale))


def _same(locale: str) -> list[str]:
    return [each for each in locales() if each.split("_")[0] == locale.split("_")[0]]


@lru_cache(maxsize=64)
def catalogue(file: str, locale: str) -> Catalogue:
    """One file of a language's catalogues."""
    path = shipped_templates() / "words" / spoken(locale) / f"{file}.po"
    forms, number = po_files.read(path, spoken(locale))
    return Catalogue(forms, gettext.c2py(number))
