"""An agent's morning of thirty calls: how many taps it costs her, and how far she has to scroll."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from policies import database
from policies.models import Policy
from servicing.core import whose
from servicing.core.account_models import User
from servicing.core.done_models import DoneTask
from servicing.core.models import Task
from tests.browser import lived
from tests.browser.conftest import DESK, PHONE, Open, Words, is_wide_enough, lose_the_network

TAPS_BEFORE, SCREENS_BEFORE, CALLS_BEFORE = 81, 10, 27
"""What a morning of so many calls cost when each was opened on a page of its own."""

CALLS, MOST_SCREENS = 30, 4

SIZES = [pytest.param(PHONE, id="phone"), pytest.param(DESK, id="desk")]


@pytest.fixture(autouse=True)
def as_before(address: str) -> Iterator[None]:
    """Afterwards every task is as it was, for the next story."""
    with lived.tasks_kept():
        yield


@pytest.fixture
def much_to_do(as_before: None, address: str) -> Iterator[None]:
    """She has taken over clients of others who have something to do today: thirty calls."""
    with database.database.connection_context():
        hers = User.get(User.login == "agent").agent_id
        due = Task.select().join(Policy).where(Task.show_on <= lived.NOW.date())
        due = due.where(whose.is_of_agent())
        is_open, taken = Task.state == "open", {}
        clients = {each.client_id for each in due.where(is_open) if each.policy.agent_id == hers}
        for each in due.order_by(is_open.desc(), Task.id):
            if len(clients | {each.client_id}) <= CALLS:
                clients.add(each.client_id)
                taken.setdefault(each.policy_id, each.policy.agent_id)
                Task.update(state="open").where(Task.id == each.id).execute()
                DoneTask.delete().where(DoneTask.task_id == each.id).execute()
        for policy_id in taken:
            Policy.update(agent=hers).where(Policy.id == policy_id).execute()
    yield
    with database.database.connection_context():
        for policy_id, agent_id in taken.items():
            Policy.update(agent=agent_id).where(Policy.id == policy_id).execute()


class Hands:
    """What her hands do on a page, counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps, self.screens = page, 0, 0.0

    def tap(self, name: str) -> None:
        """One of the buttons of the client who is open, once she has seen who it is."""
        self.page.locator("form.record").get_by_role("button", name=name).first.click()
        self.taps += 1

    def press(self, key: str) -> None:
        """A key that acts."""
        self.page.keyboard.press(key)
        self.taps += 1

    def look_over(self) -> None:
        """How many screens the page is long."""
        self.page.wait_for_load_state()
        self.screens = self.page.evaluate("document.documentElement.scrollHeight / innerHeight")


def open_now(page: Page) -> str:
    return page.locator("form.record input[name=client]").input_value()


def lines(page: Page) -> list[str]:
    return page.locator("a.line").evaluate_all(
        "all => all.map(each => each.getAttribute('href').split('#')[0].split('/').pop())"
    )


@pytest.mark.usefixtures("much_to_do")
@pytest.mark.parametrize("size", SIZES)
def test_a_morning_of_calls(visit: Open, tell: Words, size: dict[str, int]) -> None:
    page = visit("agent", size, tell.asked)
    order, hands = lines(page), Hands(page)
    assert len(order) == CALLS and is_wide_enough(page)
    hands.look_over()
    assert open_now(page) == order[0]
    for place, number in enumerate(order):
        if place % 5 == 4:
            page.locator("form.record button[value^='postpone 2']").first.click()
            hands.taps += 1
        else:
            hands.tap(tell("outcome", "spoke"))
        expect(page.locator(f"#c-{number}")).to_have_count(0)
        if place + 1 < len(order):
            expect(page.locator("form.record input[name=client]")).to_have_value(order[place + 1])
            expect(page.locator("#open-name")).to_be_in_viewport()
    expect(page.locator("#work")).to_contain_text(tell("pages", "nothing_to_do"))
    _told("morning", size, len(order), hands)
    assert hands.taps <= TAPS_BEFORE / CALLS_BEFORE / 2 * len(order)
    assert hands.screens < MOST_SCREENS <= SCREENS_BEFORE / 2


@pytest.mark.parametrize("size", SIZES)
def test_she_takes_back_a_slip_and_does_it_again(
    visit: Open, tell: Words, size: dict[str, int]
) -> None:
    page = visit("agent", size, tell.asked)
    first = open_now(page)
    Hands(page).tap(tell("outcome", "met"))
    expect(page.locator(f"#c-{first}")).to_have_count(0)
    page.get_by_role("status").get_by_role("button", name=tell("day", "undo")).click()
    expect(page.locator("form.record input[name=client]")).to_have_value(first)
    Hands(page).tap(tell("outcome", "spoke"))
    expect(page.locator(f"#c-{first}")).to_have_count(0)


def test_a_morning_by_keys_alone(visit: Open, tell: Words) -> None:
    page = visit("agent", DESK, tell.asked)
    hands, order = Hands(page), lines(page)[:6]
    hands.press("d")
    expect(page.locator(f"#c-{order[0]}")).to_have_count(0)
    hands.press("u")
    expect(page.locator("form.record input[name=client]")).to_have_value(order[0])
    hands.press("p")
    expect(page.locator(f"#c-{order[0]}")).to_have_count(0)
    hands.press("j")
    hands.press("j")
    hands.press("k")
    expect(page.locator(f"#c-{order[2]} a.line")).to_be_focused()
    hands.press("Enter")
    expect(page.locator("form.record input[name=client]")).to_have_value(order[2])
    hands.press("n")
    page.keyboard.type("d is a letter here")
    expect(page.locator("#note")).to_have_value("d is a letter here")
    hands.press("Escape")
    hands.press("d")
    expect(page.locator(f"#c-{order[2]}")).to_have_count(0)
    hands.press("?")
    expect(page.locator("#keys dl")).to_be_visible()
    page.locator("#keys-on").uncheck()
    page.locator("#keys summary").focus()
    page.keyboard.press("d")
    assert open_now(page) == order[3]


def test_recording_loads_no_page_anew_and_the_answer_is_announced(visit: Open) -> None:
    page = visit("agent")
    page.evaluate("window.isTheSame = true")
    Hands(page).tap("已电话沟通")
    expect(page.get_by_role("status")).to_contain_text("已记录完成")
    expect(page.locator("#open-name")).to_be_focused()
    assert page.evaluate("window.isTheSame") is True
    page.locator("a.line:visible").nth(2).click()
    expect(page.locator("#open-name")).to_be_focused()
    assert page.evaluate("window.isTheSame") is True
    page.go_back()
    expect(page.locator("#open")).to_be_visible()


def test_what_was_typed_stays_where_a_link_leads_within_the_page(visit: Open) -> None:
    page = visit("agent", DESK)
    page.locator("#note").fill("没人接")
    page.locator(".to-content").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.wait_for_load_state("networkidle")
    expect(page.locator("#note")).to_have_value("没人接")


def test_without_a_connection_nothing_is_lost(visit: Open) -> None:
    page = visit("agent")
    first = open_now(page)
    page.locator("#note").fill("没人接")
    lose_the_network(page)
    Hands(page).tap("已电话沟通")
    expect(page.get_by_role("status")).to_contain_text("没有网络")
    expect(page.locator("#note")).to_have_value("没人接")
    page.context.set_offline(False)
    Hands(page).tap("已电话沟通")
    expect(page.locator(f"#c-{first}")).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
def test_without_the_script_it_takes_as_many_taps(visit: Open, size: dict[str, int]) -> None:
    visit("agent")  # so that the way in is known
    page = visit("agent", size, java_script_enabled=False)
    page.goto("/day")
    order = [page.locator("form.record input[name=client]").input_value()]
    hands = Hands(page)
    for _ in range(3):
        hands.tap("已电话沟通")
        page.wait_for_url("**/day/*#open")
        expect(page.locator(f"#c-{order[-1]}")).to_have_count(0)
        expect(page.locator("#open-name")).to_be_in_viewport()
        order.append(open_now(page))
    page.get_by_role("status").get_by_role("button", name="撤销").click()
    expect(page.locator("form.record input[name=client]")).to_have_value(order[-2])
    assert hands.taps == 3


@pytest.mark.parametrize("size", SIZES)
def test_a_visit_is_moved_to_another_day(visit: Open, tell: Words, size: dict[str, int]) -> None:
    page = visit("agent", size, tell.asked)
    page.goto("/day/week")
    assert is_wide_enough(page)
    ticked = page.locator("input[name=task]").first
    number = ticked.get_attribute("value")
    ticked.check()
    page.locator("#to").fill("2026-06-13")
    page.get_by_role("button", name=tell("day", "move"), exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("2026-06-15")
    page.goto("/day/week?from=2026-06-15")
    expect(page.locator(f"input[name=task][value='{number}']")).to_have_count(1)


def _told(story: str, size: dict[str, int], calls: int, hands: Any) -> None:
    """For whoever runs the tests with `-s`: what the story costs, and what it cost before."""
    taps, screens = f"{hands.taps} taps", f"{hands.screens:.1f} screens"
    before = f"{TAPS_BEFORE} taps, {SCREENS_BEFORE} screens for {CALLS_BEFORE}"
    print(f"\n{story}, {size['width']} px: {calls} calls, {taps}, {screens}; before {before}")
