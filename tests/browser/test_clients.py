"""Somebody is looked for, found and understood: by an agent, a manager and operations, with few taps."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from policies import database
from policies.models import Agent, Client, Policy
from servicing.core.account_models import User
from servicing.desk import names, search_keys
from servicing.operations.workspace import Workspace
from tests.browser.conftest import DESK, PHONE, Open, Words, is_wide_enough

SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
THUMB = 44


class Counted:
    """A person's taps: clicks, and key presses that act."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0

    def tap(self, which: str) -> None:
        self.page.locator(which).first.click()
        self.taps += 1

    def look_for(self, text: str) -> None:
        """Open the search where it is behind a button, type, and press Enter."""
        if not self.page.locator("#find").is_visible():
            self.tap("details.find summary")
        self.page.locator("#find").fill(text)
        self.page.locator("#find").press("Enter")
        self.taps += 1
        self.page.wait_for_url("**/clients?q=*")

    def told(self, story: str) -> float:
        """Say how it went; answers with the screens of the page."""
        self.page.wait_for_load_state()
        screens = self.page.evaluate("document.documentElement.scrollHeight / innerHeight")
        print(f"{story}: {self.taps} taps, {screens:.1f} screens")
        return float(screens)


@pytest.fixture(scope="module")
def unlucky(space: Workspace) -> Iterator[tuple[str, str, str]]:
    """A client of the agent whose premium is in grace: number, initials, last digits of the policy."""
    with database.database.connection_context():
        search_keys.bring_up_to_date(lambda: False)
        agent = User.get(User.login == "agent").agent
        policy = _owing(agent) or Policy.get(Policy.agent == agent)
        client = policy.client
        initials = [each for each in names.words(client.name) if len(each) < 5]
        found = client.client_no, initials[0], policy.policy_no[-4:]
    yield found


def _owing(agent: Agent) -> Policy | None:
    query = Policy.select().join(Client).where((Policy.agent == agent) & (Policy.status == "grace"))
    return query.first()  # type: ignore[no-any-return]


@SIZES
def test_she_finds_a_client_by_initials_and_reads_the_whole_at_a_glance(
    visit: Open, tell: Words, unlucky: tuple[str, str, str], size: dict[str, int]
) -> None:
    """Before: Clients, the field, Search, the client, and a scroll: 4 taps, 4 screens."""
    client_no, initials, _ = unlucky
    counted = Counted(visit("agent", size, tell.asked))
    counted.look_for(initials)
    counted.tap(f'a[href="/clients/{client_no}"]')
    page = counted.page
    expect(page.locator("h1")).to_contain_text(client_no)
    lead = page.locator(".glance")
    expect(lead).to_be_in_viewport()
    for name in ("in_force", "premium_a_year", "last_contact", "open_matters"):
        expect(lead).to_contain_text(tell("card", name))
    expect(lead.locator("a.dial")).to_be_in_viewport()
    assert is_wide_enough(page)
    counted.told("find by initials and read")
    assert counted.taps <= 3


@SIZES
def test_a_manager_sees_who_is_in_grace_with_telephone_and_days(
    visit: Open, tell: Words, unlucky: tuple[str, str, str], size: dict[str, int]
) -> None:
    """Before: no page said it with a telephone; each of a unit's cards had to be opened by number."""
    counted = Counted(visit("branch", size, tell.asked))
    counted.tap('nav.ways a[href="/clients"]')
    counted.tap('a.chip[href*="grace=1"]')
    page = counted.page
    expect(page.locator("a.chip[aria-current]")).to_contain_text(tell("card", "mark_grace"))
    rows = page.locator("table[data-list=clients] tbody tr")
    assert rows.count() > 0
    for number in range(rows.count()):
        expect(rows.nth(number)).to_contain_text(tell("card", "mark_grace"))
    assert is_wide_enough(page)
    counted.told("who is in grace")
    assert counted.taps == 2


@SIZES
def test_operations_find_by_the_last_digits_of_a_policy(
    visit: Open, tell: Words, unlucky: tuple[str, str, str], size: dict[str, int]
) -> None:
    client_no, _, tail = unlucky
    counted = Counted(visit("ops", size, tell.asked))
    counted.look_for(f"{tail[:2]} {tail[2:]}")
    expect(counted.page.locator(f'a[href="/clients/{client_no}"]').first).to_be_visible()
    counted.told("find by last digits")
    assert counted.taps <= 2


def test_a_filter_is_saved_and_comes_back_with_one_tap(visit: Open, tell: Words) -> None:
    page = visit("agent", PHONE, tell.asked)
    page.goto("/clients?silent=1")
    page.locator(".more-filters summary").first.click()
    name = f"{tell.asked} 久未联系"
    page.locator("#filter-name").fill(name)
    page.get_by_role("button", name=tell("card", "save_filter")).click()
    expect(page.get_by_role("status").first).to_have_text(tell("card", "filter_saved"))
    page.goto("/clients")
    page.get_by_role("link", name=name).click()
    expect(page.locator("a.chip[aria-current]")).to_contain_text(tell("card", "mark_silent"))


@SIZES
def test_whatever_one_touches_on_a_card_is_large_enough(
    visit: Open, unlucky: tuple[str, str, str], size: dict[str, int]
) -> None:
    page = visit("agent", size)
    page.goto(f"/clients/{unlucky[0]}")
    marks = page.locator("a.mark, .chip, details.year > summary")
    assert page.locator("a.mark").count() > 0
    for number in range(marks.count()):
        box = marks.nth(number).bounding_box()
        assert box and box["height"] >= THUMB and box["width"] >= THUMB
    page.locator("a.mark").first.click()
    expect(page.locator(".answer")).to_be_in_viewport()


@SIZES
def test_everything_is_reached_by_the_keyboard_alone(
    visit: Open, unlucky: tuple[str, str, str], size: dict[str, int]
) -> None:
    page = visit("agent", size)
    if size == PHONE:
        page.locator("details.find summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    else:
        page.locator("#find").focus()
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type(unlucky[1])
    page.keyboard.press("Enter")
    page.wait_for_url("**/clients?q=*")
    page.locator("table[data-list=clients] a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".glance")).to_be_visible()


@SIZES
@pytest.mark.parametrize("path", ["/clients", "card"])
def test_letters_of_twice_the_size_still_fit(
    visit: Open, unlucky: tuple[str, str, str], size: dict[str, int], path: str
) -> None:
    page = visit("agent", size)
    page.goto(f"/clients/{unlucky[0]}" if path == "card" else path)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert is_wide_enough(page)
