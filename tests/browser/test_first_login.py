"""The first login with a password that an administrator has set, on a phone, in both languages."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from policies import database
from servicing.core import accounts
from servicing.operations.workspace import Workspace
from tests.browser import lived
from tests.browser.conftest import PHONE, Open, Words, is_wide_enough

SET = "four odd words here"


@pytest.fixture
def login(space: Workspace, tell: Words) -> str:
    """Somebody whose account was made this morning."""
    with database.database.connection_context():
        login = f"liwen-{tell.asked.lower()}"
        accounts.add(login, "operations", SET, lived.NOW)
    return login


def test_they_choose_a_password_of_their_own_and_go_on(
    visit: Open, tell: Words, login: str
) -> None:
    page = visit(None, PHONE, tell.asked)
    come_in(page, login, SET)
    page.wait_for_url("**/account/password")
    expect(page.locator("h1")).to_have_text(tell("pages", "choose_password"))
    assert is_wide_enough(page)
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    page.goto("/dispatch")
    page.wait_for_url("**/account/password")
    choose(page, tell, "woaini1314")
    expect(page.get_by_role("alert")).to_have_text(tell("notice", "weak_password"))
    assert is_wide_enough(page)
    choose(page, tell, f"a secret of mine {login[::-1]}")
    page.wait_for_url("**/dispatch")
    expect(page.get_by_role("status")).to_have_text(tell("pages", "password_changed"))


def come_in(page: Page, login: str, password: str) -> None:
    page.fill("#login", login)
    page.fill("#password", password)
    page.click("main .btn-primary")


def choose(page: Page, tell: Words, new: str) -> None:
    page.get_by_label(tell("pages", "old_password")).fill(SET)
    page.get_by_label(tell("pages", "new_password")).fill(new)
    page.get_by_role("button", name=tell("pages", "change_password")).click()


def test_whoever_has_guessed_too_often_is_told_when_to_come_again(visit: Open, tell: Words) -> None:
    page = visit(None, PHONE, tell.asked)
    for _ in range(11):
        come_in(page, f"nobody-{tell.asked}", "a wrong password")
    told = tell("pages", "too_many_guesses", minutes=15)
    expect(page.get_by_role("alert")).to_have_text(told)
    assert is_wide_enough(page)
