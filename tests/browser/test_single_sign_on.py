"""Somebody comes in by the company's own logins: from our page to theirs, and back, on a phone."""

import datetime
import itertools
import socket
import threading
from collections.abc import Iterator

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FloatRect, Page, expect

from policies import database
from servicing.core import accounts, authenticator_apps, second_factors
from servicing.core.account_models import User
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from servicing.web.server import server
from tests.browser import lived
from tests.browser.conftest import PATIENCE, PHONE, Words, is_wide_enough
from tests.servicing.web.by_provider import environment
from tests.servicing.web.factors import SECRET
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


LONG = "a.very.long.login.of.somebody.in.a.large.house"


def new_operator(login: str) -> User:
    return accounts.add(login, "operations", lived.PASSWORD, lived.NOW)


@pytest.fixture
def somebody(space: Workspace) -> str:
    """An account with a second factor, and with a login as long as they come."""
    with database.database.connection_context():
        is_there = User.select().where(User.login == LONG).exists()
        add = accounts.named if is_there else new_operator
        user = add(LONG)
        if not second_factors.has_any(user):
            code = pyotp.TOTP(SECRET).at(lived.NOW)
            assert authenticator_apps.set_up(user, SECRET, code, lived.NOW, space.keys)
    return LONG


@pytest.mark.parametrize("width", [320, 390, 991, 992, 1280])
def test_all_that_changes_an_account_fits_the_screen(
    width: int, page: Page, somebody: str, tell: Words
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/login")
    page.fill("#login", "admin")
    page.fill("#password", lived.PASSWORD)
    page.click("main .btn-primary")
    page.wait_for_url("**/people")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert is_wide_enough(page)
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    row = page.locator("tr", has=page.locator("th", has_text=somebody))
    boxes = [each.bounding_box() for each in row.locator("button, input:visible").all()]
    assert len(boxes) == 5 and close_ones(boxes) == []


def close_ones(boxes: list[FloatRect | None]) -> list[tuple[FloatRect, FloatRect]]:
    """Pairs that stand closer together than eight pixels."""
    found = [each for each in boxes if each]
    return [(a, b) for a, b in itertools.combinations(found, 2) if is_close(a, b)]


def is_close(one: FloatRect, other: FloatRect) -> bool:
    aside = gap(one["x"], one["width"], other["x"], other["width"])
    below = gap(one["y"], one["height"], other["y"], other["height"])
    return max(aside, below) < 8 - 0.01


def gap(one: float, size: float, other: float, other_size: float) -> float:
    return max(one, other) - min(one + size, other + other_size)


def test_a_second_factor_is_removed_after_a_question(
    page: Page, somebody: str, tell: Words
) -> None:
    page.goto("/login")
    page.fill("#login", "admin")
    page.fill("#password", lived.PASSWORD)
    page.click("main .btn-primary")
    page.wait_for_url("**/people")
    row = page.locator("tr", has=page.locator("th", has_text=somebody))
    row.locator("summary").first.click()
    button = row.get_by_role("button", name=tell("operations", "reset_factors"))
    expect(button).to_be_hidden()
    row.locator("summary", has_text=tell("operations", "reset_factors")).click()
    expect(row.get_by_text(tell("operations", "reset_factors_is", login=LONG))).to_be_visible()
    button.click()
    expect(page.get_by_role("status")).to_contain_text(LONG)
    expect(row.locator("summary")).to_have_count(1)
