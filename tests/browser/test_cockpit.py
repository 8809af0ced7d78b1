"""The pages of operations: by keyboard alone, and nothing that axe-core says, best practice included."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from policies import database
from servicing.core.models import Message
from servicing.operations.workspace import Workspace
from tests.browser import lived, places
from tests.browser.conftest import DESK, PHONE, Open, Words, is_wide_enough
from tests.browser.places import Place

OURS = ("dispatch", "book", "plan", "reassignment")
LARGE = {"width": 195, "height": 422}
"""A phone whose text is twice as large: as much stands on it as on one of half its width."""


@pytest.fixture(scope="module")
def ours(space: Workspace, address: str) -> list[Place]:
    with database.database.connection_context():
        return [each for each in places.every(space) if each.endpoint.split(".")[0] in OURS]


def complaints(page: Page, place: Place) -> list[str]:
    page.goto(place.path)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page).response["violations"]
    return [f"{place.path}: {each['id']} {each['nodes'][0]['target']}" for each in found]


@pytest.mark.drilled
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_at_all(visit: Open, ours: list[Place], size: dict[str, int]) -> None:
    page = visit("ops", size, "en")
    assert len(ours) > 15
    assert [told for each in ours for told in complaints(page, each)] == []


@pytest.mark.drilled
def test_every_page_is_wide_enough_for_text_twice_as_large(visit: Open, ours: list[Place]) -> None:
    page, narrow = visit("ops", LARGE, "zh-CN"), []
    for each in ours:
        page.goto(each.path)
        narrow += [] if is_wide_enough(page) else [each.path]
    assert narrow == []


def test_messages_are_decided_by_the_keyboard_alone(visit: Open, tell: Words) -> None:
    with database.database.connection_context():
        number = Message.select().where(Message.state == "accepted").order_by(Message.id).first().id
        facts = {"state": "unknown", "reason": "no_answer", "send_from": lived.NOW}
        Message.update(**facts).where(Message.id == number).execute()
    page = visit("ops", DESK, tell.asked)
    page.goto("/dispatch/decide")
    _to(page, f"[name=message][value='{number}']")
    page.keyboard.press("Space")
    expect(page.locator(f"[name=message][value='{number}']")).to_be_checked()
    page.locator("#note").focus()
    page.keyboard.type("asked")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".alert-success")).to_be_visible()
    with database.database.connection_context():
        assert Message.get_by_id(number).state == "accepted"


def _to(page: Page, selector: str) -> None:
    """Press Tab until it has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")
