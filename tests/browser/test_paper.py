"""The card on paper."""

import re

from tests.browser.conftest import DESK, Open


def test_a_card_is_one_or_two_pages_of_a4(visit: Open) -> None:
    """Of some of the agent's clients."""
    page = visit("agent", DESK)
    links = page.locator("a.line")
    calls = [links.nth(number).get_attribute("href") or "" for number in range(links.count())]
    addresses = {each.replace("/day/", "/clients/").partition("#")[0] for each in calls}
    pages = []
    for address in sorted(filter(None, addresses))[:6]:
        page.goto(address)
        paper = page.pdf(prefer_css_page_size=True, print_background=True)
        pages.append((len(re.findall(rb"/Type\s*/Page\b", paper)), address))
    assert pages and max(pages)[0] <= 2, max(pages)
