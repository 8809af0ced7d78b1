"""A real browser before the real server: Debian's chromium, a phone and a desk."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from policies import database
from servicing.core import i18n
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from tests import quick_pages, quick_passwords, shared
from tests.browser import lived
from tests.conftest import IS_CI
from tests.homes import Homes

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The same engine each time; the first has no windows, and the tests cost it half of the work."""
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), "")
ALONE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

EXPECTED = ("status of 4", "status of 503", "ERR_INTERNET_DISCONNECTED")
"""What a browser complains of where a test asks for it: a refusal, or no network."""

PATIENCE = 60_000
"""Milliseconds: a machine that is busy with something else is no fault of a page."""
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Missing, it skips a test on a laptop and fails it in CI."""
    if not CHROMIUM and not IS_CI:
        pytest.skip("no chromium here: install Debian's package chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM or None, args=ALONE)
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def pages_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each file has a server of its own, which would compile all of its pages anew."""
    with quick_pages.compiled_once(shared.folder(tmp_path_factory, "compiled")):
        yield


@pytest.fixture(scope="session", autouse=True)
def passwords_hashed_quickly() -> Iterator[None]:
    """Accounts are made by many tests, and what their passwords withstand is no matter of most."""
    with quick_passwords.hashed():
        yield


@pytest.fixture(scope="session")
def lived_in(browser: Browser, tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Path:
    """A workspace in which people have worked for a while, to be copied."""

    def make(folder: Path) -> None:
        lived.workspace_at(folder / "home", url=homes.new_url())
        database.database.close()

    return shared.office_once_a_run(tmp_path_factory, "lived-in", make) / "home"


@pytest.fixture(scope="module")
def space(lived_in: Path, tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Workspace:
    """A copy of it for the tests of one file, which may change what they like."""
    home = homes.copied(lived_in, tmp_path_factory.mktemp("browser") / "home")
    space = workspace.at(home, {})
    space.open()
    return space


@pytest.fixture(scope="module")
def address(space: Workspace) -> Iterator[str]:
    """Where its pages are served."""
    with lived.served(space) as address:
        yield address


Open = Callable[..., Page]


@pytest.fixture(scope="module")
def sessions() -> dict[str, Any]:
    """By login, the cookies of whoever has come in already."""
    return {}


@pytest.fixture
def visit(browser: Browser, address: str, sessions: dict[str, Any]) -> Iterator[Open]:
    """`visit("agent", PHONE)` has come in, in Chinese unless another language is asked for.

    At the end, no browser may have found anything wrong or asked another host for anything.
    """
    contexts, complaints = [], []

    def heard(message: ConsoleMessage) -> None:
        is_expected = any(each in message.text for each in EXPECTED)
        if message.type in ("error", "warning") and not is_expected:
            complaints.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            complaints.append(f"{request.url} is not ours")

    def opened(
        login: str | None, size: dict[str, int] = PHONE, locale: str = "zh-CN", **how: Any
    ) -> Page:
        context = browser.new_context(base_url=address, viewport=size, locale=locale, **how)
        contexts.append(context)
        context.on("console", heard)
        context.on("request", asked)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        if login in sessions:
            context.add_cookies(sessions[login])
        page.goto("/login")
        if login and login not in sessions:
            page.fill("#login", login)
            page.fill("#password", lived.PASSWORD)
            page.click("main .btn-primary")
            page.wait_for_url(lambda url: not url.endswith("/login"))
            sessions[login] = context.cookies()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def lose_the_network(page: Page) -> None:
    """There is no network from now on; the worker that keeps the day has come before."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)


def is_wide_enough(page: Page) -> bool:
    """Nothing has to be pushed sideways to be read."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


class Words:
    """What a reader finds on the pages in a language."""

    def __init__(self, locale: str) -> None:
        self.asked = locale
        """As browsers write it."""
        self._locale = locale.replace("-", "_")

    def __call__(self, section: str, key: str, **values: object) -> str:
        return i18n.say(section, key, self._locale, **values)


@pytest.fixture(params=["zh-CN", "en"])
def tell(request: pytest.FixtureRequest) -> Words:
    """`tell("pages", "record")`, once in each language."""
    return Words(request.param)
