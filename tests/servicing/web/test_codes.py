"""No page shows a raw code: what the program calls something is no word of its reader's."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from policies.models import Policy
from servicing.breaker import halts
from servicing.core import i18n
from servicing.core.models import Touchpoint
from servicing.operations.workspace import Workspace
from tests.servicing import owed
from tests.servicing.web.conftest import Visit
from tests.servicing.web.lists import LISTS
from tests.servicing.web.routes import lines
from tests.servicing.web.visits import NOW

CODE = re.compile(
    r"(?<![\w@/.-])(?!\S+\.(?:csv|jsonl|toml|txt|xlsx)\b)"
    r"(?:[a-z]+(?:_[a-z0-9]+)+|[a-z]+(?:\.[a-z_]+)+)(?![\w@/.-]*[\w@/-])"
)
"""As the program writes codes: `no_answer`, `task.done`; an address or the name of a file is none."""

WORD = re.compile(r"(?<![\w@/.+-])[a-z][a-z-]*[a-z](?![\w@/.-])")

SECTIONS = frozenset(
    ["state", "reason", "class", "scope", "kind", "status", "mode", "anchor", "owner", "verdict"]
    + ["outcome", "why", "kin", "evidence", "halt", "cause", "fate", "seen_at", "audit_choice"]
    + ["source", "audit_factor", "unusual", "gender"]
)
"""Sections of the words whose keys are codes."""

NAMES = frozenset(["ops", "team"])
"""Logins of the cast."""


class Seen(HTMLParser):
    """What a reader sees or hears of a page: its text, and what names a control or a picture.

    What stands in `code` is a name that its reader writes into files: a template's, a touchpoint's.
    """

    UNSEEN = ("script", "style", "head", "code")
    TOLD = ("aria-label", "title", "alt", "placeholder")

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in self.UNSEEN
        self.words += [told for name, told in attrs if name in self.TOLD and told]

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in self.UNSEEN

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data)


def seen(page: str) -> str:
    found = Seen()
    found.feed(page)
    return " | ".join(" ".join(each.split()) for each in found.words if each.strip())


def pages() -> Iterator[tuple[str, str]]:
    """Who reads it, and where it is: every route that is a page, every list, and every answer."""
    for line in lines():
        readers = [login for login, mark in line.marks.items() if mark == "+" and login]
        if line.method == "GET" and readers:
            yield readers[-1], line.path
    yield from LISTS.values()
    why = "/clients/C001/why?policy={}&touchpoint={}"
    recorded = Touchpoint.select(Policy.policy_no, Touchpoint.key).join(Policy).tuples()
    for policy_no, key in list(recorded):
        yield "ops", why.format(policy_no, key)
    for each in owed.STANDARD.touchpoints:
        yield "ops", why.format("P001", each.id)
    yield from [("admin", f"/audit?page={number}") for number in (1, 2, 3)]


def codes() -> set[str]:
    """Codes of one word, which stand in no Chinese sentence."""
    found = {owed.STANDARD.name, *i18n.locales()}
    for file in i18n.FILES:
        forms = i18n.catalogue(file, "en").forms
        found |= {key for section, key in forms if section in SECTIONS}
    return found - NAMES


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_no_page_shows_a_raw_code(visit: Visit, busy: Workspace, language: str) -> None:
    halts.stop(halts.Subject("touchpoint", "month_1"), "person", {}, NOW, "ops", "x")
    known = codes() if language == "zh-CN" else set()
    found = []
    for login, path in pages():
        answer = visit(login).get(
            path.format(message=1, case=1), headers={"Accept-Language": language}
        )
        if answer.mimetype == "text/html" and answer.status_code == 200:
            told = seen(answer.text)
            words = [*CODE.findall(told), *(each for each in WORD.findall(told) if each in known)]
            found += [f"{login} {path}: {each}" for each in words]
    assert sorted(set(found)) == []
