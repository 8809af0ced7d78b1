"""The desk takes a complaint on, an agent registers one: on a phone and a desk, without a script."""

import re

import pytest
from playwright.sync_api import expect

from policies import database
from policies.case_moves import Given
from servicing.cases import stepping
from servicing.cases.stepping import Order
from servicing.core.case_models import Case
from servicing.operations.workspace import Workspace
from tests.browser import lived
from tests.browser.conftest import DESK, PHONE, Open, Words, is_wide_enough

SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
THUMB = 44


def new_case(space: Workspace) -> int:
    """A complaint that nobody has accepted yet."""
    with database.database.connection_context():
        return int(Case.select().where(Case.state == "received").order_by(Case.id).first().id)


@pytest.mark.parametrize(
    ("size", "locale"), [(PHONE, "zh-CN"), (DESK, "en")], ids=["phone", "desk"]
)
def test_what_is_refused_stays_as_it_was_typed_and_is_done_then(
    visit: Open, space: Workspace, address: str, size: dict[str, int], locale: str
) -> None:
    number, tell = new_case(space), Words(locale)
    page = visit("ops", size, locale, java_script_enabled=False)
    page.goto("/cases")
    page.locator(f"a[href='/cases/{number}']").first.click()
    step = page.locator("#step-record")
    step.locator("summary").click()
    box = step.locator("summary").bounding_box()
    assert box and box["height"] >= THUMB
    step.locator("textarea").fill("已与客户核对")
    step.locator("input[name=on]").fill("2026-06-01")  # before its receipt
    step.locator("form").evaluate("form => form.noValidate = true")
    step.locator(".btn-primary").click()
    expect(page.locator("#step-record [role=alert]")).to_contain_text("2026-06-01")
    expect(page.locator("#step-record textarea")).to_have_value("已与客户核对")
    expect(page.locator("#step-record textarea")).to_be_focused()
    assert is_wide_enough(page)
    page.locator("#step-record input[name=on]").fill(str(lived.NOW.date()))
    page.locator("#step-record .btn-primary").click()
    expect(page.locator("main > .alert-success")).to_contain_text(str(number))
    expect(page.locator(".trail li").first).to_contain_text("已与客户核对")
    expect(page.locator("h1")).to_contain_text(str(number))
    assert tell("case_page", "next") in page.content()


@SIZES
@pytest.mark.parametrize("kind", ["enquiry", "complaint"])
def test_an_agent_registers_what_a_note_says(
    visit: Open, space: Workspace, address: str, size: dict[str, int], tell: Words, kind: str
) -> None:
    page = visit("agent", size, tell.asked, java_script_enabled=False)
    page.goto("/clients")
    page.locator("tbody th a").last.click()
    words = f"续期通知没有收到 {kind} {size['width']} {tell.asked}"
    page.fill("#text", words)
    page.locator("button[name=kind][value=note]").click()
    page.locator(".trail li", has_text=words).locator(
        f".along [formaction$='/{kind}/form']"
    ).click()
    expect(page.locator("#text")).to_have_value(words)
    page.locator("form.register .btn-primary").click()
    expect(page.locator("main > .alert-success")).to_contain_text(re.compile(r"\d"))
    if kind == "complaint":
        expect(page.locator("main > .alert-warning").first).to_contain_text(
            tell("case_page", "do_not_sell")
        )
    expect(page.locator(".trail li", has_text=words)).to_be_visible()
    assert is_wide_enough(page)


def test_a_case_of_one_s_own_is_one_tap_away_in_the_morning(
    visit: Open, space: Workspace, address: str
) -> None:
    page = visit("agent", PHONE)
    page.goto("/day")
    page.locator(".own-cases .case-line a").first.click()
    expect(page.locator(".stages [aria-current=step]")).to_be_visible()
    assert page.locator(".step summary").count() == 1, "an agent may apologise, and no more"


def test_somebody_else_was_quicker(visit: Open, space: Workspace, address: str) -> None:
    number = new_case(space)
    page = visit("ops", DESK)
    page.goto(f"/cases/{number}")
    with database.database.connection_context():
        order = Order(number, "apology", "ops", lived.NOW.date(), Given("已致歉"))
        stepping.step(space.ground, order, lived.NOW.date(), lived.NOW)
    page.locator("#step-upgrade summary").click()
    page.locator("#step-upgrade textarea").fill("监管")
    page.locator("#step-upgrade .btn-primary").click()
    expect(page.locator("#step-upgrade [role=alert]")).to_be_visible()
    expect(page.locator("#step-upgrade textarea")).to_have_value("监管")
