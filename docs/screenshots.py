"""The pictures of the readme and of the guide to the pages, in both languages, of a made-up book.

    .venv/bin/python -m docs.screenshots
    .venv/bin/python -m docs.screenshots --all /tmp/pages

The first draws docs/pictures again. The second draws every page there is, on a phone and on a desk,
in both languages, to be looked at before a release.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from policies import database
from tests.browser import lived, places
from tests.browser.conftest import ALONE, CHROMIUM, DESK, PHONE

HERE = Path(__file__).parent / "pictures"
LOCALES = ("zh-CN", "en")
POLICIES = 2_400
"""Enough agents for a manager to compare."""

LOW = DESK | {"height": 620}

PICTURES = {
    "my-day": ("my_day-day", PHONE),
    "call": ("my_day-call", LOW),
    "week": ("workdays-week-own", LOW),
    "client-book": ("cards-clients-book", LOW),
    "card": ("cards-card", PHONE),
    "month": ("month-month", DESK),
    "in-grace": ("month-grace", DESK),
    "cases": ("cases-shelved", LOW),
    "case": ("cases-case", DESK),
    "case-form": ("cases-begin", DESK),
    "persistency": ("persistency-figure", LOW | {"height": 800}),
    "dispatch": ("dispatch-account", DESK),
    "decide": ("dispatch-decide-failed", LOW),
    "import": ("book-columns", DESK),
    "texts": ("plan-texts", LOW),
    "accounts": ("accounts-people", LOW),
}
"""Which page each shows, and how much of it: what is seen before anybody scrolls."""


def main() -> None:
    """Draw what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", metavar="FOLDER", type=Path, help="every page instead")
    folder = parser.parse_args().all
    with tempfile.TemporaryDirectory() as room, sync_playwright() as playwright:
        space = lived.workspace_at(Path(room) / "home", POLICIES)
        known = list(places.every(space))
        browser = playwright.chromium.launch(executable_path=CHROMIUM or None, args=ALONE)
        with lived.served(space) as address:
            for locale in LOCALES:
                visits = _visits(browser, address, locale)
                _every(known, visits, folder, locale) if folder else _few(known, visits, locale)
        browser.close()
        database.database.close()


Visit = Callable[[str | None, dict[str, int]], Page]


def _visits(browser: Browser, address: str, locale: str) -> Visit:
    """Somebody's browser of that size, in that language; each is opened once."""
    opened: dict[tuple[str | None, int], Page] = {}

    def visit(login: str | None, size: dict[str, int]) -> Page:
        if (login, size["width"]) not in opened:
            context = browser.new_context(base_url=address, viewport=size, locale=locale)
            page = opened[login, size["width"]] = context.new_page()
            if login:
                page.goto("/login")
                page.fill("#login", login)
                page.fill("#password", lived.PASSWORD)
                page.click("main .btn-primary")
        return opened[login, size["width"]]

    return visit


def _few(known: list[places.Place], visit: Visit, locale: str) -> None:
    HERE.mkdir(exist_ok=True)
    for name, (shown, size) in PICTURES.items():
        place = next(each for each in known if each.name == shown)
        page = visit(place.login, size)
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(place.path)
        page.screenshot(path=HERE / f"{name}.{locale.replace('-', '_')}.png")


def _every(known: list[places.Place], visit: Visit, folder: Path, locale: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for place in known:
        for size in (PHONE, DESK):
            page = visit(place.login, size)
            page.goto(place.path)
            name = f"{place.name}.{locale}.{size['width']}.png"
            page.screenshot(path=folder / name, full_page=True)


if __name__ == "__main__":
    main()
