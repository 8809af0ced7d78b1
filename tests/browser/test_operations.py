"""Operations: a book comes in, messages leave, and somebody asks what a client would read."""

import csv
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from policies import database
from servicing.breaker import halts
from tests.browser import lived, places
from tests.browser.conftest import DESK, PHONE, Open, Words, is_wide_enough

BARRIERS = ("serious", "critical")

BOOK = """policy_no,issue_date,annual_premium,client_no,client_name,agent_no
{good},2026-06-01,12000,{good}C,何静,A00001
B1,2026-02-30,12000,B1C,王芳,A00001
B2,2026-06-01,many,B2C,李强,A00001
"""


def test_a_book_with_bad_rows_comes_in_and_the_rejects_say_what_is_wrong(
    visit: Open, tell: Words, tmp_path: Path
) -> None:
    page = visit("ops", PHONE, tell.asked)
    page.get_by_role("link", name=tell("pages", "book"), exact=True).click()
    book = BOOK.format(good=f"G{tell.asked}")
    file = {"name": "june.csv", "mimeType": "text/csv", "buffer": book.encode()}
    page.set_input_files("#file", file)
    page.get_by_role("button", name=tell("cockpit", "import_at_once")).click()
    expect(page.locator("h1")).to_contain_text("june.csv")
    counts = page.locator(".sum dd").all_inner_texts()
    assert counts == ["3", "1", "0", "0", "2"]
    assert is_wide_enough(page)
    with page.expect_download() as coming:
        page.get_by_role("link", name=tell("operations", "rejects")).click()
    coming.value.save_as(tmp_path / "rejects.csv")
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as lines:
        first, second = csv.DictReader(lines)
    for reject, line, column, value in (
        (first, "3", "issue_date", '="2026-02-30"'),  # a spreadsheet leaves it alone
        (second, "4", "annual_premium", "many"),
    ):
        assert (reject["reject_line"], reject["reject_column"]) == (line, column)
        assert reject[column] == value and reject["reject_reason"]


THEIRS = """Policy No,Start,Annual Premium,Cust ID,Client Name,Advisor,State
{number}1,05/06/2026,12000,{number}C,Nora Field,A00001,active
{number}2,07/08/2025,many,{number}D,Otto Hill,A00001,dormant
"""
"""Days that can be read in two ways, and a code that is not known."""


def test_the_columns_of_another_system_are_matched_tried_and_taken_in(
    visit: Open, tell: Words
) -> None:
    page = visit("ops", PHONE, tell.asked)
    page.goto("/book")
    book = THEIRS.format(number=f"T{tell.asked}")
    file = {"name": "theirs.csv", "mimeType": "text/csv", "buffer": book.encode()}
    page.set_input_files("#file", file)
    page.get_by_role("button", name=tell("cockpit", "import_at_once")).click()
    expect(page.locator("h1")).to_contain_text(tell("operations", "columns"))
    assert is_wide_enough(page)
    page.get_by_role("button", name=tell("operations", "try")).click()
    expect(page.get_by_role("alert")).to_contain_text(tell("matching", "date_formats"))
    page.select_option("#dates", "%d/%m/%Y")
    page.locator("[name='code.status']").last.select_option("suspended")
    page.get_by_role("button", name=tell("operations", "show_again")).click()
    expect(page.locator("#preview")).to_contain_text("2026-06-05")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in BARRIERS] == []
    page.get_by_role("button", name=tell("operations", "try")).click()
    expect(page.locator("h1")).to_contain_text(tell("operations", "tried"))
    assert page.locator(".sum dd").all_inner_texts() == ["2", "1", "0", "0", "1"]
    assert is_wide_enough(page)
    page.get_by_role("button", name=tell("operations", "import_now")).click()
    expect(page.locator("h1")).to_contain_text(tell("operations", "taken_in"))
    assert page.locator(".sum dd").all_inner_texts() == ["2", "1", "0", "0", "1"]


def test_the_account_of_the_day_adds_up_and_leads_to_one_messages_life(
    visit: Open, tell: Words
) -> None:
    page = visit("ops", DESK, tell.asked)
    expect(page).to_have_url("/dispatch")
    due, *parts = (int(each) for each in page.locator(".sum dd").all_inner_texts())
    assert due and due == sum(parts)
    page.locator(".failures a.press").first.click()
    expect(page.locator("[data-list] .tag").first).to_have_text(tell("state", "failed"))
    page.locator("[data-list] tbody th a").first.click()
    life = page.locator("section[aria-labelledby=life] tbody tr")
    expect(life.first).to_contain_text(tell("state", "queued"))
    expect(life.last).to_contain_text(tell("state", "failed"))
    expect(page.locator(".letter")).not_to_be_empty()


def test_a_template_is_looked_at_with_a_clients_own_facts(visit: Open, tell: Words) -> None:
    with database.database.connection_context():
        client = places.client_of("agent")
    page = visit("ops", PHONE, tell.asked)
    page.get_by_role("link", name=tell("pages", "plan"), exact=True).click()
    page.get_by_role("link", name=tell("operations", "preview")).click()
    page.select_option("#touchpoint", "birthday")
    page.fill("#client_no", client)
    page.select_option("#locale", "en")
    page.get_by_role("button", name=tell("operations", "show")).click()
    expect(page.locator(".letter")).to_contain_text("birthday", ignore_case=True)
    assert is_wide_enough(page)


def test_what_is_halted_is_red_on_a_phone_and_goes_on_with_a_reason(
    visit: Open, tell: Words
) -> None:
    told = {"day": "2026-06-01", "count": 2100, "expected": 105}
    with database.database.connection_context():
        halts.stop(halts.Subject("touchpoint", "news"), "volume", told, lived.NOW)
        halts.stop(halts.Subject("channel", "email"), "volume", told, lived.NOW)
    page = visit("ops", PHONE, tell.asked)
    expect(page.locator(".alert-danger")).to_have_count(2)
    assert is_wide_enough(page)
    found = Axe().run(page).response["violations"]
    assert [each["help"] for each in found if each["impact"] in BARRIERS] == []
    for left in (1, 0):
        reason = page.get_by_label(tell("operations", "resume_why")).first
        reason.fill("上海分公司并入")
        page.get_by_role("button", name=tell("operations", "resume")).first.click()
        expect(page.locator(".alert-success")).to_be_visible()
        expect(page.locator(".alert-danger")).to_have_count(left)
