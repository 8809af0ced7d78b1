"""The card on paper."""

import re

from tests.browser.conftest import DESK, Open, Words


def pages_of(paper: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", paper))


def test_a_card_is_one_or_two_pages_of_a4(visit: Open) -> None:
    """Of the agent's clients with the largest premiums."""
    page = visit("agent", DESK)
    page.goto("/clients?sort=premium")
    links = page.locator("table[data-list=clients] th a")
    addresses = [links.nth(number).get_attribute("href") or "" for number in range(links.count())]
    pages = []
    for address in addresses[:6]:
        page.goto(address)
        paper = page.pdf(prefer_css_page_size=True, print_background=True)
        pages.append((pages_of(paper), address))
    assert pages and max(pages)[0] <= 2, max(pages)


def test_each_page_says_of_which_company_and_day_it_is_and_who_printed_it(
    visit: Open, tell: Words
) -> None:
    """It is the foot of a table, which a browser prints on every page."""
    page = visit("agent", DESK, tell.asked)
    page.goto("/clients?sort=premium")
    page.locator("table[data-list=clients] th a").first.click()
    page.emulate_media(media="print")
    foot = page.locator(".on-paper")
    assert foot.is_visible()
    told = foot.inner_text()
    client_no = page.url.rsplit("/", 1)[1]
    for each in ("示例人寿", "2026-06-10", client_no):
        assert each in told
    assert foot.evaluate("each => getComputedStyle(each).display") == "table-footer-group"
    for hidden in (".top", "form", "details.year"):
        assert not any(each.is_visible() for each in page.locator(hidden).all())
    for shown in (".glance", ".calendar", ".trail"):
        assert page.locator(shown).first.is_visible()


def test_a_policy_review_is_one_page_of_a4_and_has_no_form(visit: Open) -> None:
    page = visit("agent", DESK)
    page.goto("/clients?sort=premium")
    links = page.locator("table[data-list=clients] th a")
    for address in [links.nth(number).get_attribute("href") or "" for number in range(3)]:
        page.goto(f"{address}/review")
        page.emulate_media(media="print")
        assert not any(each.is_visible() for each in page.locator("form, details").all())
        assert page.locator(".on-paper").is_visible()
        paper = page.pdf(prefer_css_page_size=True, print_background=True)
        assert pages_of(paper) == 1, address
