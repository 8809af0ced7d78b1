"""Somebody comes in by the company's own logins: from our page to theirs, and back, on a phone."""

import datetime
import socket
import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from policies import database
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from servicing.web.server import server
from tests.browser import lived
from tests.browser.conftest import PATIENCE, PHONE, Words, is_wide_enough
from tests.servicing.web.by_provider import environment
from tests.standins import identity
from tests.standins.identity import Identity


@pytest.fixture(scope="module")
def served(space: Workspace) -> Iterator[tuple[str, Identity]]:
    """Our pages, which have a provider, and the provider; both go by the clock of the machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ours = f"http://localhost:{port}"
    with Identity(f"{ours}/login/openid/back") as provider:
        secret = identity.CLIENT_SECRET
        said = environment(provider.issuer, PUBLIC_URL=ours, OPENID_CLIENT_SECRET=secret)
        own = workspace.at(space.home, said)
        serving = server(own, lambda: datetime.datetime.now(datetime.UTC), "127.0.0.1", port)
        database.database.close()
        thread = threading.Thread(target=serving.run, daemon=True)
        thread.start()
        yield ours, provider
        serving.close()
        thread.join(10)


@pytest.fixture
def page(browser: Browser, served: tuple[str, Identity], tell: Words) -> Iterator[Page]:
    ours, _ = served
    context = browser.new_context(base_url=ours, viewport=PHONE, locale=tell.asked)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()


def log_in_there(page: Page) -> None:
    """On the pages of the provider."""
    page.fill("input[name=username]", "liwen")
    page.fill("input[name=password]", identity.PASSWORD)
    page.click("button")
    page.click("button[name=allow]")


def test_she_comes_in_sees_her_account_and_goes_out_again(
    page: Page, served: tuple[str, Identity], tell: Words
) -> None:
    ours, provider = served
    provider.put_into("liwen", ["svc-ops"])
    page.goto("/dispatch")
    button = page.get_by_role("link", name=tell("pages", "openid_log_in", name="Example Login"))
    expect(button).to_be_visible()
    assert is_wide_enough(page)
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    button.click()
    expect(page.locator("input[name=username]")).to_be_visible()
    log_in_there(page)
    page.wait_for_url(f"{ours}/dispatch")
    page.goto("/account")
    expect(page.locator("main")).to_contain_text(tell("pages", "openid_no_password"))
    assert is_wide_enough(page)
    page.get_by_role("button", name=tell("pages", "log_out"), exact=True).click()
    way_out = page.get_by_role("link", name=tell("pages", "openid_way_out"))
    expect(way_out).to_be_visible()
    assert is_wide_enough(page)
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    page.goto("/dispatch")
    expect(page.locator("#password")).to_be_visible()


def test_who_is_in_no_group_is_told_so(
    page: Page, served: tuple[str, Identity], tell: Words
) -> None:
    _, provider = served
    provider.put_into("liwen", [])
    page.goto("/login")
    page.get_by_role("link", name=tell("pages", "openid_log_in", name="Example Login")).click()
    log_in_there(page)
    expect(page.get_by_role("alert")).to_contain_text(tell("notice", "openid_no_role"))
    assert is_wide_enough(page)


def test_the_administrator_sees_who_comes_in_so_and_lets_others(
    page: Page, served: tuple[str, Identity], tell: Words
) -> None:
    page.goto("/login")
    page.fill("#login", "admin")
    page.fill("#password", lived.PASSWORD)
    page.click("main .btn-primary")
    page.wait_for_url("**/people")
    row = page.locator("tr", has=page.locator("th", has_text="team"))
    row.locator("summary").click()
    assert is_wide_enough(page)
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    is_new = row.get_by_text(tell("role", "by_provider"), exact=True).count() == 0
    to = "make_by_provider" if is_new else "provider_anew"
    row.get_by_role("button", name=tell("operations", to)).click()
    expect(page.get_by_role("status")).to_contain_text("team")
    expect(row.get_by_text(tell("role", "by_provider"), exact=True)).to_be_visible()
    assert is_wide_enough(page)
