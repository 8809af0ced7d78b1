"""Operations' bad morning: something is halted, fifteen messages are unknown, and a book has bad rows.

Counted are taps (a click, a choice of a list counts as two) and screens (the height of each page that
was opened, in heights of the window). Settling fifteen unknown messages took 60 taps, four for each.
"""

import re

import peewee
import pytest
from playwright.sync_api import Locator, Page, expect

from policies import database
from servicing.core.models import Message, Touchpoint
from tests.browser import lived
from tests.browser.conftest import DESK, PHONE, Open, Words, is_wide_enough

UNKNOWN = 15
BEFORE = 60
"""Taps that fifteen of them took."""

BOOK = """policy_no,issue_date,annual_premium,client_no,client_name,agent_no
{good},2026-06-01,12000,{good}C,何静,A00001
B1,2026-02-30,12000,B1C,王芳,A00001
"""


class Counted:
    """How much somebody has tapped, and scrolled at most."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps, self.screens = page, 0, 0.0
        self.looked()

    def tap(self, at: Locator) -> None:
        at.click()
        self.taps += 1

    def choose(self, at: Locator, value: str) -> None:
        at.select_option(value)
        self.taps += 2

    def looked(self) -> None:
        """Another page is there."""
        self.page.wait_for_load_state()
        self.screens += self.page.evaluate("document.documentElement.scrollHeight / innerHeight")
        assert is_wide_enough(self.page), self.page.url


@pytest.fixture
def unknowns() -> list[int]:
    """Fifteen messages of two providers of which nobody knows, and no others."""
    with database.database.connection_context():
        Message.update(state="accepted").where(Message.state == "unknown").execute()
        sent = Message.select().join(Touchpoint).where(Message.state == "accepted")
        key = Touchpoint.key == _most_sent()
        numbers = [each.id for each in sent.where(key).order_by(Message.id.desc()).limit(UNKNOWN)]
        facts = {"state": "unknown", "reason": "no_answer", "send_from": lived.NOW}
        Message.update(**facts).where(Message.id.in_(numbers)).execute()
        Message.update(provider="other").where(Message.id.in_(numbers[:5])).execute()
    return numbers


def _most_sent() -> str:
    """The touchpoint with the most messages."""
    query = Message.select(Touchpoint.key).join(Touchpoint).group_by(Touchpoint.key)
    return str(query.order_by(peewee.fn.COUNT(Message.id).desc()).tuples().first()[0])


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_bad_morning(visit: Open, tell: Words, unknowns: list[int], size: dict[str, int]) -> None:
    page = visit("ops", size, tell.asked)
    expect(page).to_have_url("/dispatch")
    by = Counted(page)
    _halt(page, by, tell)
    halted = by.taps
    _settle(page, by, tell)
    settled = by.taps - halted
    _take_in(page, by, tell, f"M{tell.asked}{size['width']}")
    taken_in = by.taps - halted - settled
    _resume(page, by, tell)
    resumed = by.taps - halted - settled - taken_in
    print(
        f"{tell.asked} {size['width']}: halt {halted}, {UNKNOWN} unknown {settled} (before {BEFORE}),"
        f" a bad book {taken_in}, resume {resumed}; in all {by.taps} taps, {by.screens:.1f} screens"
    )
    assert settled <= BEFORE / 2
    with database.database.connection_context():
        states = {each.state for each in Message.select().where(Message.id.in_(unknowns))}
    assert states == {"accepted", "queued"}


def _halt(page: Page, by: Counted, tell: Words) -> None:
    by.tap(page.get_by_text(tell("cockpit", "halt_something")))
    by.choose(page.locator("#what"), "touchpoint:news")
    page.fill("#halt-why", "短信写错了活动日期")
    by.tap(page.get_by_role("button", name=tell("cockpit", "halt"), exact=True))
    expect(page.locator(".alert-success")).to_be_visible()
    expect(page.locator(".alert-danger")).to_have_count(1)
    by.looked()


def _settle(page: Page, by: Counted, tell: Words) -> None:
    """One group has arrived, as its provider says; the other one is sent again."""
    told = tell("operations", "unknown_waiting", count=UNKNOWN)
    by.tap(page.get_by_role("link", name=told))
    by.looked()
    by.tap(page.locator(".groups a").nth(1))
    by.looked()
    for decision in ("sent", "resend"):
        page.fill("#note", "通道后台已核对")
        by.tap(page.locator(f".deciding [value={decision}]"))
        expect(page.locator("h1")).to_contain_text(tell("cockpit", f"do_{decision}"))
        by.looked()
        by.tap(page.locator("main .btn-primary"))
        expect(page.locator(".alert-success")).to_be_visible()
        by.looked()
    expect(page).to_have_url(re.compile("/dispatch$"))


def _take_in(page: Page, by: Counted, tell: Words, number: str) -> None:
    by.tap(page.get_by_role("link", name=tell("pages", "book"), exact=True))
    by.looked()
    book = BOOK.format(good=number)
    file = {"name": "june.csv", "mimeType": "text/csv", "buffer": book.encode()}
    page.set_input_files("#file", file)
    by.taps += 1
    by.tap(page.locator("[name=dry_run]"))
    expect(page.locator(".steps [aria-current]")).to_contain_text(tell("cockpit", "step_try"))
    by.looked()
    assert page.locator(".sum dd").all_inner_texts() == ["2", "1", "0", "0", "1"]
    by.tap(page.get_by_role("button", name=tell("operations", "import_now")))
    expect(page.locator(".steps [aria-current]")).to_contain_text(tell("cockpit", "step_take_in"))
    by.looked()
    with page.expect_download():
        by.tap(page.get_by_role("link", name=tell("operations", "rejects")))


def _resume(page: Page, by: Counted, tell: Words) -> None:
    """What was typed stands there as long as it is wanted: the page does not renew itself."""
    by.tap(page.get_by_role("link", name=tell("operations", "to_halts")))
    by.looked()
    assert page.locator("meta[http-equiv]").count() == 0
    page.locator("#halts input[name=why]").first.fill("改好了")
    by.tap(page.get_by_role("button", name=tell("operations", "resume"), exact=True).first)
    expect(page.locator(".alert-success")).to_be_visible()
    expect(page.locator(".alert-danger")).to_have_count(0)
    by.looked()
