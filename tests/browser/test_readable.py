"""Every page by the keyboard alone, with letters twice as large, in the dark, and on paper.

`make test` looks at the page where each comes in, `make drill` at all.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from policies import database
from servicing.operations.workspace import Workspace
from tests.browser import places
from tests.browser.conftest import DESK, PHONE, Open, is_wide_enough
from tests.browser.places import Place

LOGINS = [None, "agent", "branch", "ops", "admin", "desk"]
MOST_STOPS = 600
"""Of the Tab key on one page; more would be a trap."""
PAPER = {"width": 718, "height": 1000}
"""An A4 between its margins, in CSS pixels."""


@pytest.fixture(scope="module")
def every(space: Workspace, address: str) -> list[Place]:
    with database.database.connection_context():
        return list(places.every(space))


def of(login: str | None, every: list[Place], is_all: bool) -> list[Place]:
    mine = [each for each in every if each.login == login]
    return mine if is_all else mine[:1]


ALL = [pytest.param(False, id="first"), pytest.param(True, id="all", marks=pytest.mark.drilled)]


# ------------------------------------------------------------------------------- the keyboard

REACHED = """
() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  window.passed = window.passed || new Set();
  const isNew = !window.passed.has(here) || here === window.before;  // a date has several stops
  window.passed.add(here);
  window.before = here;
  const look = getComputedStyle(here);
  const isSeen = look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2;
  const room = here.getBoundingClientRect();
  return {
    isNew, isSeen, isThere: room.width > 1 && room.height > 1,
    name: here.outerHTML.slice(0, 120),
  };
}
"""
MISSED = """
() => {
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const isShown = (each) => each.checkVisibility({ checkVisibilityCSS: true });
  // of several that exclude each other Tab stops at one; the arrow keys lead on to the others
  const isOneOf = (each) => each.type !== 'radio' || each.checked
    || ![...document.querySelectorAll(`input[name="${each.name}"]`)]
      .some((other) => other.checked || window.passed.has(other));
  return [...document.querySelectorAll(wanted)]
    .filter((each) => isShown(each) && !each.disabled && isOneOf(each) && !window.passed.has(each))
    .map((each) => each.outerHTML.slice(0, 120));
}
"""


@pytest.mark.parametrize("is_all", ALL)
@pytest.mark.parametrize("login", LOGINS)
def test_every_page_is_walked_by_the_keyboard(
    login: str | None, is_all: bool, every: list[Place], visit: Open
) -> None:
    page = visit(login, DESK)
    assert [told for each in of(login, every, is_all) for told in lost(page, each)] == []


def lost(page: Page, place: Place) -> Iterator[str]:
    """What somebody without a mouse does not reach, or does not see that they have reached."""
    page.goto(place.path)
    page.evaluate("document.activeElement && document.activeElement.blur()")
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        here = page.evaluate(REACHED)
        if here is None or not here["isNew"]:
            break
        if not (here["isSeen"] and here["isThere"]):
            yield f"{place.path}: not seen: {here['name']}"
    else:
        yield f"{place.path}: no end"
    for each in page.evaluate(MISSED):
        yield f"{place.path}: not reached: {each}"


@pytest.mark.parametrize("login", LOGINS[1:])
def test_the_first_key_leads_past_the_navigation(
    login: str, every: list[Place], visit: Open
) -> None:
    page = visit(login, DESK)
    page.goto(of(login, every, False)[0].path)
    page.keyboard.press("Tab")
    link = page.locator(".to-content")
    assert link.evaluate("each => each === document.activeElement")
    assert link.is_visible()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


# ------------------------------------------------------------------------------------- a desk


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("login", ["agent", "branch", "ops"])
def test_on_a_desk_the_ways_stand_in_one_row(login: str, locale: str, visit: Open) -> None:
    page = visit(login, DESK, locale)
    tops = page.locator(".top").evaluate(
        "top => [...top.querySelectorAll('a, button')].map(each => each.getBoundingClientRect())"
        ".map(each => Math.round(each.top + each.height / 2))"
    )
    assert max(tops) - min(tops) <= 2


# --------------------------------------------------------------------------- the menu

CUT_OFF = """
() => [...document.querySelectorAll('.ways a')]
  .filter((each) => {
    const box = each.getBoundingClientRect();
    return box.left < 0 || box.right > innerWidth || box.height < 44;
  })
  .map((each) => each.textContent)
"""
"""The ways of the navigation that are not wholly seen, or too small for a thumb."""


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("login", ["agent", "team", "branch", "ops", "admin", "desk"])
def test_nothing_of_the_menu_is_cut_off(login: str, locale: str, address: str, visit: Open) -> None:
    for size in (PHONE, DESK):
        page = visit(login, size, locale)
        page.goto("/clients")
        assert page.locator(".ways a").count() > 2
        assert page.evaluate(CUT_OFF) == [], size


# --------------------------------------------------------------------------- twice as large


@pytest.mark.parametrize("is_all", ALL)
@pytest.mark.parametrize("login", LOGINS)
def test_letters_twice_as_large_need_no_pushing_sideways(
    login: str | None, is_all: bool, every: list[Place], visit: Open
) -> None:
    page = visit(login, PHONE, "en")
    found = [told for each in of(login, every, is_all) for told in too_wide(page, each)]
    assert found == []


WIDE = """
() => [...document.querySelectorAll('main *, header *')]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1
    && !each.closest('.rows, .table-responsive, .drawing, svg, .visually-hidden'))
  .map((each) => each.outerHTML.slice(0, 100)).slice(0, 3)
"""


def too_wide(page: Page, place: Place) -> Iterator[str]:
    page.goto(place.path)
    usual = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    large = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    if large != 2 * usual:
        yield f"{place.path}: the letters have {large} px"
    if not is_wide_enough(page):
        yield f"{place.path}: {page.evaluate(WIDE)}"


# --------------------------------------------------------------------- a list on a phone

SQUEEZED = """
() => {
  const found = [];
  for (const cell of document.querySelectorAll('main .stack tbody :is(th, td)')) {
    const words = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
      if (!words.currentNode.parentElement.checkVisibility()) continue;
      const range = document.createRange();
      range.selectNodeContents(words.currentNode);
      const lines = [...range.getClientRects()].filter((each) => each.width > 1);
      const widest = Math.max(...lines.map((each) => each.width));
      if (new Set(lines.map((each) => each.top)).size > 1 && widest < 40)
        found.push(words.currentNode.textContent.trim());
    }
  }
  return found.slice(0, 3);
}
"""
"""Words of a cell that stand in a column of a letter or two, though the line has room."""


@pytest.mark.parametrize("login", LOGINS[1:])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_page_is_there_and_no_word_of_a_list_is_squeezed_on_a_phone(
    login: str, locale: str, every: list[Place], visit: Open
) -> None:
    page = visit(login, PHONE, locale)
    for place in of(login, every, True):
        answer = page.goto(place.path)
        assert answer and answer.status == (404 if place.note == "nothing" else 200), place.path
        assert page.evaluate(SQUEEZED) == [], place.path


# ------------------------------------------------------------------------- dark, and on paper


def light_of(page: Page, what: str) -> float:
    """How light a colour of the page's body is: 0 black, 1 white."""
    colour = page.evaluate(f"getComputedStyle(document.body).{what}")
    parts = [float(each) for each in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    return sum(parts) / 3 / 255


@pytest.mark.parametrize("is_all", ALL)
@pytest.mark.parametrize("login", LOGINS)
def test_in_the_dark_pages_are_dark_and_paper_is_light(
    login: str | None, is_all: bool, every: list[Place], visit: Open
) -> None:
    page = visit(login, PHONE)
    for place in of(login, every, is_all):
        page.emulate_media(color_scheme="dark", media="screen")
        page.goto(place.path)
        assert light_of(page, "backgroundColor") < 0.15, place.path
        assert light_of(page, "color") > 0.8, place.path
        page.emulate_media(color_scheme="dark", media="print")
        assert light_of(page, "backgroundColor") > 0.9, place.path
        assert light_of(page, "color") < 0.25, place.path


CUT = """
() => [...document.querySelectorAll('main table, main svg')]
  .filter((each) => each.getBoundingClientRect().width > 0
    && each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 80))
"""


@pytest.mark.parametrize("is_all", ALL)
@pytest.mark.parametrize("login", LOGINS[1:])
def test_no_table_and_no_drawing_is_cut_on_paper(
    login: str, is_all: bool, every: list[Place], visit: Open
) -> None:
    """The heat map of twelve months among them."""
    page = visit(login, PAPER)
    page.emulate_media(media="print")
    for place in of(login, every, is_all):
        page.goto(place.path)
        assert page.evaluate(CUT) == [], place.path
