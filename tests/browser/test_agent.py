"""An agent in the morning, on her phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from policies import database
from servicing.core.account_models import User
from tests.browser.conftest import PHONE, Open, Words, is_wide_enough


def test_she_does_a_task_in_two_taps_and_sees_it_on_the_card(visit: Open, tell: Words) -> None:
    page = visit("agent", PHONE, tell.asked)
    expect(page).to_have_url("/day")
    expect(page.locator("h1")).to_contain_text(tell("pages", "day"))
    assert is_wide_enough(page)
    call = page.locator("article.call").first
    client = call.locator("h3").inner_text()
    before = page.locator("article.call").count()
    call.get_by_text(tell("pages", "record")).click()
    expect(page.locator("h1")).to_contain_text(client)
    assert is_wide_enough(page)
    tasks = page.locator("input[name=task]:checked, input[type=hidden][name=task]").count()
    page.get_by_role("button", name=tell("outcome", "spoke")).click()
    expect(page).to_have_url("/day")
    expect(page.get_by_role("status")).to_have_text(tell("pages", "recorded_done", count=tasks))
    assert page.locator("article.call").count() <= before
    page.locator("details.find summary").click()
    page.locator("#find").fill(client)
    page.locator("#find").press("Enter")
    page.get_by_role("link", name=client).first.click()
    expect(page.locator("h1")).to_contain_text(client)
    expect(page.locator(".trail")).to_contain_text(tell("outcome", "spoke"))
    assert is_wide_enough(page)


def test_a_second_press_on_a_slow_network_changes_nothing(visit: Open) -> None:
    page = visit("agent", PHONE)
    page.locator("article.call").first.get_by_text("记录结果").click()
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
    page.locator("article.call").first.get_by_text(tell("pages", "record")).click()
    here, client = page.url, page.locator("h1 a").inner_text()
    page.get_by_label(tell("pages", "note")).fill("wrong number")
    page.get_by_role("button", name=tell("pages", "postpone"), exact=True).click()
    page.locator("#to").press("Enter")
    expect(page).to_have_url(here)
    expect(page.get_by_label(tell("pages", "note"))).to_have_value("wrong number")
    page.locator("#to").fill("2026-06-12")
    page.locator("#to").press("Enter")
    told = tell("pages", "recorded_postpone", count=1)
    expect(page.get_by_role("status")).to_have_text(told)
    page.goto(here)
    expect(page.locator(".items")).to_contain_text("2026-06-12")
    page.get_by_role("link", name=client).click()
    expect(page.locator(".trail")).to_contain_text("wrong number")


def test_how_a_task_is_done_stands_on_the_page_once(visit: Open) -> None:
    page = visit("agent", PHONE)
    there = page.locator("article.call").first.get_by_role("link", name="怎么做")
    there.click()
    told = page.locator(there.get_attribute("href") or "")
    expect(told).to_be_in_viewport()
    expect(told).to_contain_text("话术")


def test_what_the_login_was_drawn_with_is_not_fetched_again(visit: Open) -> None:
    """A year under its digest, whoever has come in since: nothing travels."""
    page = visit("agent", PHONE)
    page.goto("/day")
    fetched = page.evaluate(
        "performance.getEntriesByType('resource').map(each => [each.name, each.transferSize])"
    )
    assert len([name for name, _ in fetched if ".css?v=" in name]) == 2
    assert [size for name, size in fetched if ".css?v=" in name] == [0, 0]


def test_she_calls_with_one_tap(visit: Open) -> None:
    page = visit("agent", PHONE)
    dial = page.locator("a.dial").first
    assert dial.get_attribute("href").startswith("tel:+")
    box = dial.bounding_box()
    assert box["height"] >= 44, "large enough for a thumb"


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
