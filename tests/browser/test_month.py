"""A manager's first of the month: from the login to what was handed over, and who has acted."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from policies import database
from servicing.core.asked_models import AskedTask
from servicing.core.models import Task
from servicing.operations.workspace import Workspace
from tests.browser import places
from tests.browser.conftest import DESK, PHONE, Open, Words, is_wide_enough

ENDPOINTS = ("month.", "handing.")

MOST_TAPS, MOST_SCREENS = 7, 4.0
"""From the login to the list; the month had no way to hand anything over: 27 calls were 81 taps."""


class Taps:
    """What somebody does with a thumb or a mouse, counted; to write is none."""

    def __init__(self, page: Page) -> None:
        self.page, self.count, self.screens = page, 0, 0.0

    def tap(self, name: str) -> None:
        """Press the button of that name."""
        self.page.locator("main").get_by_role("button", name=name).click()
        self.count += 1

    def tick(self, number: int) -> None:
        """Tick one of the policies."""
        self.page.locator("main input[name=policy][type=checkbox]").nth(number).check()
        self.count += 1

    def look(self) -> None:
        """The page is read to its end."""
        self.page.wait_for_load_state()
        height = self.page.evaluate("document.documentElement.scrollHeight / innerHeight")
        self.screens = max(self.screens, float(height))


@pytest.fixture
def nothing_handed_over(address: str) -> None:
    """A policy has one such task at a time: what was handed over on another screen is taken back."""
    with database.database.connection_context():
        AskedTask.delete().execute()
        Task.delete().where(Task.reason == "manager_asks").execute()


@pytest.mark.usefixtures("nothing_handed_over")
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_managers_first_of_the_month(
    visit: Open, size: dict[str, int], tell: Words, capsys: pytest.CaptureFixture[str]
) -> None:
    page = visit("branch", size, tell.asked)
    expect(page).to_have_url("/month")
    expect(page.locator("h1")).to_contain_text("2026-05")
    expect(page.locator(".large")).to_contain_text("%")
    assert is_wide_enough(page)
    does = Taps(page)
    does.look()
    urgent = page.locator("main .lines .who a")
    names = [urgent.nth(number).inner_text() for number in range(3)]
    for number in range(3):
        does.tick(number)
    does.tap(tell("month", "hand_over"))
    for name in names:
        expect(page.locator("main")).to_contain_text(name)
    assert is_wide_enough(page)
    page.fill("#word", "请今天打电话")
    does.tap(tell("month", "hand_over_now", count=3))
    expect(page).to_have_url("/month/handed")
    expect(page.get_by_role("status")).to_have_text(tell("month", "handed_over", count=3))
    rows = page.locator("table[data-list=handed-over] tbody tr")
    for name in names:
        row = rows.filter(has_text=name).first
        expect(row).to_contain_text(tell("state", "open"))
        expect(row).to_contain_text("请今天打电话")
    assert is_wide_enough(page)
    with capsys.disabled():
        print(f"\n{size['width']} {tell.asked}: {does.count} taps, {does.screens:.1f} screens")
    assert does.count <= MOST_TAPS
    if size == DESK:
        assert does.screens <= MOST_SCREENS


def test_the_page_is_read_with_the_keyboard_alone(visit: Open) -> None:
    page = visit("branch", DESK)
    box = page.locator("main input[name=policy][type=checkbox]").first
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/month/hand\?.*policy="))


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_of_the_month_has_a_fault_in_the_eyes_of_axe(
    visit: Open, space: Workspace, size: dict[str, int]
) -> None:
    """Best practice included; and nothing has to be pushed sideways, with letters twice as large too."""
    with database.database.connection_context():
        mine = [each for each in places.every(space) if each.endpoint.startswith(ENDPOINTS)]
    page, found = visit("branch", size), []
    for each in mine:
        page.goto(each.path)
        found += [
            f"{each.path}: {one['help']} {[node['target'] for node in one['nodes']][:3]}"
            for one in Axe().run(page).response["violations"]
        ]
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        is_table = size == PHONE and page.locator("table.stack").count()
        if not is_table and not is_wide_enough(page):
            found.append(f"{each.path} is too wide with large letters")
    assert found == []


def test_the_paper_is_a_file(visit: Open) -> None:
    page = visit("branch", PHONE)
    with page.expect_download() as coming:
        page.get_by_role("link", name="PDF").click()
    assert coming.value.suggested_filename.endswith(".pdf")
