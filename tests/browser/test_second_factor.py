"""Second factors in a real browser: the app and its picture, passkeys, and no script at all."""

import re
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Page, expect

from policies import database
from servicing.core import accounts
from servicing.core.account_models import User
from servicing.operations.workspace import Workspace
from tests.browser import lived
from tests.browser.conftest import PHONE, Open, Words, is_wide_enough


@pytest.fixture
def login(space: Workspace, tell: Words) -> str:
    """Somebody who has no second factor yet."""
    with database.database.connection_context():
        name = f"operator{User.select().count()}"
        accounts.add(name, "operations", lived.PASSWORD, lived.NOW)
        User.update(is_temporary=False).where(User.login == name).execute()
    return name


def come_in(page: Page, login: str) -> None:
    page.goto("/login")
    page.fill("#login", login)
    page.fill("#password", lived.PASSWORD)
    page.click("main .btn-primary")


def is_fine(page: Page) -> bool:
    """Nothing to push sideways, and no barrier that axe-core finds."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page).response["violations"]
    assert [each["help"] for each in found if each["impact"] in ("serious", "critical")] == []
    return is_wide_enough(page)


def unfold(page: Page, told: str) -> None:
    page.locator("summary", has_text=told).first.click()


def begin(page: Page, told: str, password: str) -> None:
    """Unfold a form, type the password, and send it, by the keyboard."""
    unfold(page, told)
    field = page.locator(f"#{password}")
    field.fill(lived.PASSWORD)
    field.press("Enter")


def test_an_app_is_set_up_and_asked_for(visit: Open, tell: Words, login: str) -> None:
    page = visit(None, PHONE, tell.asked)
    come_in(page, login)
    page.goto("/account")
    page.get_by_role("link", name=tell("pages", "second_factor_begin")).click()
    expect(page.locator("h1")).to_contain_text(tell("pages", "second_factor"))
    assert is_fine(page)
    page.reload()
    begin(page, tell("pages", "app_begin"), "password-app")
    picture = page.locator("img.qr")
    expect(picture).to_be_visible()
    assert picture.evaluate("each => each.naturalWidth") > 100
    assert is_fine(page)
    secret = page.locator("code").inner_text().replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).at(lived.NOW))
    page.click("main .btn-primary")
    expect(page.locator("ul.codes li")).to_have_count(10)
    assert is_fine(page)
    paper = page.locator("ul.codes li").first.inner_text()
    page.click("main .btn-primary")
    page.wait_for_url("**/dispatch")

    page.get_by_role("button", name=tell("pages", "log_out")).click()
    come_in(page, login)
    page.wait_for_url("**/login/second")
    assert is_fine(page)
    page.goto("/dispatch")
    expect(page.locator("#password")).to_be_visible()
    page.goto("/login/second")
    page.fill("#code", "000000")
    page.locator("form:has(#code) button").click()
    expect(page.get_by_role("alert").first).to_have_text(tell("pages", "wrong_code"))
    unfold(page, tell("pages", "recovery_use"))
    page.fill("#recovery", paper.upper())
    page.locator("form:has(#recovery) button").click()
    page.wait_for_url("**/dispatch")
    expect(page.get_by_role("status")).to_have_text(tell("pages", "recovery_left", count=9))


# ------------------------------------------------------------------------------------------ passkeys

STICK = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Keys:
    """The authenticator of a browser."""

    def __init__(self, page: Page) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        self._id = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": STICK})

    def all(self) -> list[dict[str, Any]]:
        """What it keeps, private keys included."""
        return list(self._cdp.send("WebAuthn.getCredentials", self._id)["credentials"])

    def put(self, credential: dict[str, Any]) -> None:
        self._cdp.send("WebAuthn.addCredential", {**self._id, "credential": credential})

    def drop(self) -> None:
        self._cdp.send("WebAuthn.clearCredentials", self._id)


def add_passkey(page: Page, tell: Words, name: str) -> None:
    page.goto("/account/second-factor")
    begin(page, tell("pages", "passkey_begin"), "password-passkey")
    page.fill("#name", name)
    page.get_by_role("button", name=tell("pages", "passkey_make")).click()


def test_a_passkey_is_made_and_asked_for(visit: Open, tell: Words, login: str) -> None:
    page = visit(None, PHONE, tell.asked)
    keys = Keys(page)
    come_in(page, login)
    page.goto("/account/second-factor")
    begin(page, tell("pages", "passkey_begin"), "password-passkey")
    expect(page.locator("#name")).to_have_value(re.compile("Chrome"))
    assert is_fine(page)
    page.fill("#name", "一把钥匙")
    page.get_by_role("button", name=tell("pages", "passkey_make")).click()
    expect(page.locator("ul.codes li")).to_have_count(10)
    assert len(keys.all()) == 1
    page.goto("/account/second-factor")
    expect(page.locator("main")).to_contain_text("一把钥匙")

    page.get_by_role("button", name=tell("pages", "log_out")).click()
    come_in(page, login)
    button = page.get_by_role("button", name=tell("pages", "passkey_use"))
    expect(button).to_be_visible()
    assert is_fine(page)
    button.press("Enter")
    page.wait_for_url("**/dispatch")


def test_a_copy_of_a_passkey_is_noticed(visit: Open, tell: Words, login: str) -> None:
    page = visit(None, PHONE, tell.asked)
    keys = Keys(page)
    come_in(page, login)
    add_passkey(page, tell, "key")
    expect(page.locator("ul.codes li")).to_have_count(10)
    (before,) = keys.all()
    for is_copy in (False, True):
        if is_copy:
            keys.drop()
            keys.put(before)  # as it was before it signed
        page.goto("/dispatch")
        page.get_by_role("button", name=tell("pages", "log_out")).click()
        come_in(page, login)
        page.get_by_role("button", name=tell("pages", "passkey_use")).click()
        if not is_copy:
            page.wait_for_url("**/dispatch")
    expect(page.get_by_role("alert").first).to_have_text(tell("pages", "wrong_code"))
    expect(page.get_by_role("button", name=tell("pages", "passkey_use"))).to_have_count(0)


def test_a_browser_without_the_passkey_says_so_and_the_page_stays(
    visit: Open, tell: Words, login: str
) -> None:
    page = visit(None, PHONE, tell.asked)
    keys = Keys(page)
    come_in(page, login)
    add_passkey(page, tell, "key")
    expect(page.locator("ul.codes li")).to_have_count(10)
    keys.drop()
    page.goto("/dispatch")
    page.get_by_role("button", name=tell("pages", "log_out")).click()
    come_in(page, login)
    page.get_by_role("button", name=tell("pages", "passkey_use")).click()
    expect(page.get_by_role("alert")).to_have_text(tell("pages", "passkey_failed"))
    assert is_fine(page)


def test_a_device_that_has_the_passkey_already_is_told_from_one_that_makes_none(
    visit: Open, tell: Words, login: str
) -> None:
    page = visit(None, PHONE, tell.asked)
    keys = Keys(page)
    come_in(page, login)
    add_passkey(page, tell, "key")
    expect(page.locator("ul.codes li")).to_have_count(10)
    add_passkey(page, tell, "the same key")
    expect(page.get_by_role("alert")).to_have_text(tell("pages", "passkey_known"))
    assert is_fine(page) and len(keys.all()) == 1
    page.evaluate(
        "() => { navigator.credentials.create = () => Promise.reject(new DOMException('')) }"
    )
    page.get_by_role("button", name=tell("pages", "passkey_make")).click()
    expect(page.get_by_role("alert")).to_have_text(tell("pages", "passkey_not_made"))


@pytest.fixture
def without_scripts(browser: Browser, address: str, tell: Words) -> Iterator[Page]:
    """A browser in which no script of a page runs."""
    context = browser.new_context(
        base_url=address, viewport=PHONE, locale=tell.asked, java_script_enabled=False
    )
    yield context.new_page()
    context.close()


def test_without_scripts_an_app_is_set_up_and_a_passkey_is_not_offered(
    without_scripts: Page, tell: Words, login: str
) -> None:
    page = without_scripts
    come_in(page, login)
    page.goto("/account/second-factor")
    begin(page, tell("pages", "passkey_begin"), "password-passkey")
    expect(page.get_by_text(tell("pages", "passkey_without_script"))).to_be_visible()
    expect(page.get_by_role("button", name=tell("pages", "passkey_make"))).to_be_hidden()
    page.goto("/account/second-factor")
    begin(page, tell("pages", "app_begin"), "password-app")
    secret = page.locator("code").inner_text().replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).at(lived.NOW))
    page.click("main .btn-primary")
    expect(page.locator("ul.codes li")).to_have_count(10)
