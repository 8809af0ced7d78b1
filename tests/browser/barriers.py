"""What is in the way on a page, for whoever looks at one."""

from collections.abc import Iterator
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import is_wide_enough
from tests.browser.places import Place

Scheme = Literal["light", "dark"]


def barriers(page: Page, place: Place, scheme: Scheme) -> Iterator[str]:
    """What is in the way on a page; axe-core looks at it with everything unfolded."""
    page.emulate_media(color_scheme=scheme)
    page.goto(place.path)
    if not is_wide_enough(page):
        yield f"{place.path}: too wide for {page.viewport_size}"
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    for each in Axe().run(page).response["violations"]:
        where = [node["target"] for node in each["nodes"]][:3]
        yield f"{place.path} ({scheme}): {each['help']} {where}"
