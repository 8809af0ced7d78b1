"""An agent in the morning, on her phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from policies import database
from servicing.core.account_models import User
from tests.browser.conftest import PHONE, Open, Words, is_wide_enough


def test_she_does_a_task_in_one_tap_and_sees_it_on_the_card(visit: Open, tell: Words) -> None:
    page = visit("agent", PHONE, tell.asked)
    expect(page).to_have_url("/day")
    expect(page.locator("h1")).to_contain_text(tell("pages", "day"))
    assert is_wide_enough(page)
    client, number = name_of_open(page), number_of_open(page)
    page.get_by_role("button", name=tell("outcome", "spoke")).click()
    expect(page.get_by_role("status")).to_contain_text(client)
    expect(page.locator(f"#c-{number}")).to_have_count(0)
    page.locator("details.find summary").click()
    page.locator("#find").fill(client)
    page.locator("#find").press("Enter")
    page.get_by_role("link", name=client).first.click()
    expect(page.locator("h1")).to_contain_text(client)
    expect(page.locator(".trail")).to_contain_text(tell("outcome", "spoke"))
    assert is_wide_enough(page)


def name_of_open(page: Page) -> str:
    return page.locator("#open-name a").inner_text()


def number_of_open(page: Page) -> str:
    return page.locator("form.record input[name=client]").input_value()


def test_a_second_press_on_a_slow_network_changes_nothing(visit: Open) -> None:
    page = visit("agent", PHONE)
    call = page.locator("form.record")
    token = call.locator("input[name=csrf_token]").input_value()
    task = call.locator("input[name=task]").first.input_value()
    form = {"csrf_token": token, "task": task, "do": "done met"}
    for _ in range(2):
        answer = page.request.post("/day", form=form, headers={"Referer": page.url})
        assert answer.status == 200 and "已记录完成" in answer.text()


def test_she_chooses_another_day_and_says_why(visit: Open, tell: Words) -> None:
    """Enter in the field of the date means that day, and never that the task is done."""
    page = visit("agent", PHONE, tell.asked)
    client, number = name_of_open(page), number_of_open(page)
    page.get_by_label(tell("pages", "note")).fill("wrong number")
    page.get_by_role("button", name=tell("pages", "postpone"), exact=True).click()
    page.locator("#to").press("Enter")
    assert number_of_open(page) == number
    expect(page.get_by_label(tell("pages", "note"))).to_have_value("wrong number")
    page.locator("#to").fill("2026-06-13")  # a Saturday
    page.locator("#to").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("2026-06-15")
    page.goto(f"/day/{number}")
    expect(page.locator(".items")).to_contain_text("2026-06-15")
    expect(page.locator(".own")).to_contain_text("wrong number")
    page.locator("#open-name").get_by_role("link", name=client).click()
    expect(page.locator(".trail")).to_contain_text("wrong number")


def test_how_a_task_is_done_is_one_tap_away(visit: Open) -> None:
    page = visit("agent", PHONE)
    there = page.locator("#open .items").get_by_role("link", name="怎么做").first
    address = there.get_attribute("href") or ""
    there.click()
    told = page.locator(f"#{address.partition('#')[2]}")
    expect(told).to_be_in_viewport()
    expect(told).to_contain_text("话术")


def test_what_the_login_was_drawn_with_is_not_fetched_again(visit: Open) -> None:
    """A year under its digest, whoever has come in since: nothing travels."""
    page = visit("agent", PHONE)
    page.goto("/day")
    fetched = page.evaluate(
        "performance.getEntriesByType('resource').map(each => [each.name, each.transferSize])"
    )
    sheets = [size for name, size in fetched if ".css?v=" in name]
    assert sheets == [0, 0, 0], fetched


def test_she_calls_with_one_tap(visit: Open) -> None:
    page = visit("agent", PHONE)
    for dial in (page.locator("a.dial").first, page.locator("a.ring:visible").first):
        assert (dial.get_attribute("href") or "").startswith("tel:+")
        box = dial.bounding_box()
        assert box and min(box["height"], box["width"]) >= 44, "large enough for a thumb"


@pytest.fixture
def language_of_her_browser(address: str) -> Iterator[None]:
    """What she has chosen is forgotten afterwards: it stays with her account."""
    yield
    with database.database.connection_context():
        User.update(locale="").where(User.login == "agent").execute()


@pytest.mark.usefixtures("language_of_her_browser")
def test_she_reads_it_in_english_if_she_likes(visit: Open) -> None:
    page = visit("agent", PHONE)
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_contain_text("Today")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("h1")).to_contain_text("今日工作")
