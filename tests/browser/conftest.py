"""A real browser before the real server: Debian's chromium, a phone and a desk."""

import shutil
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from policies import database
from servicing.web.server import server
from tests.browser import lived
from tests.conftest import IS_CI

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
ALONE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Missing, it skips a test on a laptop and fails it in CI."""
    if not CHROMIUM and not IS_CI:
        pytest.skip("no chromium here: install Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM or None, args=ALONE)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the pages of a workspace are served in which people have worked for a while."""
    home = tmp_path_factory.mktemp("browser") / "home"
    space = lived.workspace_at(home)
    serving = server(space, lambda: lived.NOW, "127.0.0.1", 0)
    database.database.close()
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    yield f"http://localhost:{serving.effective_port}"
    serving.close()
    thread.join(10)


Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Open]:
    """`visit("agent", PHONE)` has come in, in Chinese unless another language is asked for."""
    contexts = []

    def opened(login: str | None, size: dict[str, int] = PHONE, locale: str = "zh-CN") -> Page:
        context = browser.new_context(base_url=address, viewport=size, locale=locale)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: _complain(message.type, message.text))
        page.goto("/login")
        if login:
            page.fill("#login", login)
            page.fill("#password", lived.PASSWORD)
            page.click("main .btn-primary")
        return page

    yield opened
    for context in contexts:
        context.close()


def _complain(kind: str, text: str) -> None:
    """What the browser itself finds wrong with a page, its policy above all."""
    if kind == "error" and "status of 4" not in text:
        raise AssertionError(text)
