"""The agent's day where there is no network: the last copy, for this login and this day alone."""

import time
from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Page, expect

from policies import database
from servicing.core.account_models import UserSession
from servicing.operations.workspace import Workspace
from tests.browser import lived
from tests.browser.conftest import PHONE, Open, Words, lose_the_network

KEPT = "caches.has('servicing-day')"
PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def address(space: Workspace) -> Iterator[str]:
    """Where the pages are served of a company that lets phones keep the day."""
    web = msgspec.structs.replace(space.settings.web, offline=True)
    space.settings = msgspec.structs.replace(space.settings, web=web)
    with lived.served(space) as address:
        yield address


@pytest.fixture(autouse=True)
def newly_come_in(sessions: dict[str, object]) -> None:
    """Each test comes in by itself: some of them end the session."""
    sessions.clear()


def becomes(page: Page, is_kept: bool) -> bool:
    """Whether it comes to that soon."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if page.evaluate(KEPT) is is_kept:
            return True
        time.sleep(0.1)
    return False


def with_the_day(visit: Open, locale: str = "zh-CN") -> Page:
    page = visit("agent", PHONE, locale)
    page.goto("/day")
    assert becomes(page, True), "the first visit is kept already"
    return page


def test_the_day_is_read_without_a_network(visit: Open, tell: Words) -> None:
    page = with_the_day(visit, tell.asked)
    page.goto("/day")
    calls = page.locator("main a[href^='tel:']")
    before = calls.count()
    assert before
    lose_the_network(page)
    page.goto("/day")
    told = tell("app", "offline_as_of", at="09:30")
    expect(page.get_by_role("status").first).to_have_text(told)
    assert calls.count() == before
    assert page.locator("h1").evaluate("each => getComputedStyle(each).fontWeight") == "600"
    page.goto("/")
    expect(page.get_by_role("status").first).to_have_text(told)
    page.goto("/clients")
    expect(page.locator("h1")).to_have_text(tell("app", "offline_title"))
    expect(page.locator("main")).to_contain_text(tell("app", "offline_nothing"))
    page.get_by_role("link", name=tell("app", "offline_again")).click()
    expect(page.get_by_role("status").first).to_have_text(told)
    page.context.set_offline(False)
    page.goto("/day")
    expect(page.get_by_text(told)).to_have_count(0)


def test_only_the_day_is_kept_and_no_other_page(visit: Open) -> None:
    page = with_the_day(visit)
    page.goto("/clients")
    page.goto("/account")
    page.goto("/day")
    addresses = page.evaluate(
        "caches.keys()"
        ".then(names => Promise.all(names.map(name => caches.open(name))))"
        ".then(opened => Promise.all(opened.map(each => each.keys())))"
        ".then(all => all.flat().map(each => new URL(each.url).pathname))"
    )
    pages = [each for each in addresses if "/static/" not in each]
    assert pages == ["/day"]


def test_a_logout_ends_it_also_without_a_network(
    visit: Open, tell: Words, sessions: dict[str, object]
) -> None:
    page = with_the_day(visit, tell.asked)
    page.get_by_role("button", name=tell("pages", "log_out")).click()
    expect(page.locator("#password")).to_be_visible()
    assert becomes(page, False)
    sessions.clear()
    page = with_the_day(visit, tell.asked)
    lose_the_network(page)
    page.get_by_role("button", name=tell("pages", "log_out")).click()
    expect(page.locator("h1")).to_have_text(tell("app", "unsent_title"))
    assert becomes(page, False)


def test_the_end_of_the_session_ends_it(visit: Open) -> None:
    page = with_the_day(visit)
    with database.database.connection_context():
        UserSession.update(ended_at=lived.NOW).execute()
    page.goto("/clients")
    expect(page.locator("#password")).to_be_visible()
    assert becomes(page, False)


def test_another_login_ends_it_and_a_managers_page_is_never_kept(visit: Open) -> None:
    page = with_the_day(visit)
    page.context.clear_cookies()
    page.goto("/login")
    page.fill("#login", "branch")
    page.fill("#password", lived.PASSWORD)
    page.click("main .btn-primary")
    page.wait_for_url("**/month")
    assert becomes(page, False)
    page.goto("/")
    assert becomes(page, False)


def test_a_phone_takes_the_manifest_as_it_is(visit: Open, tell: Words) -> None:
    page = visit(None, PHONE, tell.asked)
    asked = page.context.new_cdp_session(page)
    found = asked.send("Page.getAppManifest")
    assert found["errors"] == []
    assert tell("app", "description") in found["data"]
