"""Somebody whose session ends while they type, and where they are logged in."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from policies import database
from servicing.core.account_models import UserSession
from tests.browser import lived
from tests.browser.conftest import PHONE, Open, Words, is_wide_enough


def end_every_session() -> None:
    with database.database.connection_context():
        UserSession.update(ended_at=lived.NOW).execute()


def barriers(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [each["help"] for each in found if each["impact"] in ("serious", "critical")]


def test_what_she_typed_while_her_session_ended_is_there_after_the_login(
    visit: Open, tell: Words, sessions: dict[str, Any]
) -> None:
    page = visit("agent", PHONE, tell.asked)
    page.locator("#open-name a").click()
    page.wait_for_url("**/clients/*")
    card = page.url
    typed = f"Call after six, {tell.asked}"
    page.locator("#text").fill(typed)
    end_every_session()
    sessions.clear()
    page.locator("form:has(#text) button").first.click()
    expect(page.get_by_role("alert")).to_have_text(tell("pages", "session_over"))
    page.fill("#login", "agent")
    page.fill("#password", lived.PASSWORD)
    page.click("main .btn-primary")
    expect(page.locator("h1")).to_contain_text(tell("pages", "unsent"))
    expect(page.locator("dl.how")).to_contain_text(typed)
    assert is_wide_enough(page) and barriers(page) == []
    page.get_by_role("button", name=tell("pages", "unsent_send")).click()
    expect(page.locator(".trail")).to_contain_text(typed)
    assert page.url.startswith(card)


def test_what_she_does_not_want_to_send_is_gone(visit: Open, sessions: dict[str, Any]) -> None:
    page = visit("agent", PHONE)
    page.locator("#open-name a").click()
    page.wait_for_url("**/clients/*")
    card = page.url
    page.locator("#text").fill("Not to be sent")
    end_every_session()
    sessions.clear()
    page.locator("form:has(#text) button").first.click()
    page.fill("#login", "agent")
    page.fill("#password", lived.PASSWORD)
    page.click("main .btn-primary")
    page.locator("main a.btn").click()
    page.wait_for_url(card)
    expect(page.locator("main")).not_to_contain_text("Not to be sent")


def test_she_sees_where_she_is_logged_in_and_ends_the_others(visit: Open, tell: Words) -> None:
    here = visit("agent", PHONE, tell.asked)
    there = visit(None, PHONE, tell.asked)
    there.fill("#login", "agent")
    there.fill("#password", lived.PASSWORD)
    there.click("main .btn-primary")
    there.wait_for_url("**/day")
    here.goto("/account")
    assert is_wide_enough(here) and barriers(here) == []
    expect(here.locator("main")).to_contain_text("Chrome")
    here.get_by_role("button", name=tell("pages", "sessions_end_others")).click()
    expect(here.get_by_role("status")).to_be_visible()
    there.goto("/day")
    expect(there.locator("#password")).to_be_visible()
    here.goto("/day")
    expect(here.locator("#password")).not_to_be_visible()
