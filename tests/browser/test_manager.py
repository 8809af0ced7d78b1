"""A manager asks why a figure is what it is, in the office and on the way."""

import datetime
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from policies import database
from policies.models import Agent, Client, Policy
from servicing.core import visibility
from servicing.core.account_models import User
from tests.browser.conftest import DESK, PHONE, Open, Words, is_wide_enough

LOST = ("ended", "paid_late", "unpaid", "no_instalment")
"""The verdicts on a policy that was not kept."""


@pytest.fixture
def his_agents(address: str) -> list[str]:
    """The agents of the branch's manager, by number."""
    with database.database.connection_context():
        user = User.get(User.login == "branch")
        numbers = Agent.select(Agent.agent_no).where(Agent.id.in_(visibility.agent_ids(user)))
        return [number for (number,) in numbers.tuples()]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_from_the_figure_down_to_one_policy_and_its_card(
    visit: Open, size: dict[str, int], tell: Words
) -> None:
    page = visit("branch", size, tell.asked)
    page.get_by_role("link", name=tell("pages", "persistency"), exact=True).click()
    expect(page).to_have_url("/persistency")
    expect(page.locator("h1")).to_contain_text(tell("pages", "persistency"))
    assert page.locator(".large").inner_text().endswith(" %")
    expect(page.locator(".figure .tag").first).to_contain_text("88.0 %")
    for unit in ("team", "agent"):
        way_down(page)
        expect(page.locator(".way [aria-current]")).to_be_visible()
        assert f"{unit}=" in page.url and is_wide_enough(page)
    page.get_by_role("link", name=tell("manager", "lost_policies")).click()
    row = page.locator(".stack tbody tr").first
    number = row.locator("th").inner_text()
    assert row.locator(".tag").inner_text() in {tell("verdict", each) for each in LOST}
    assert is_wide_enough(page)
    row.locator("th a").click()
    expect(page.locator("main")).to_contain_text(number)
    with database.database.connection_context():
        held = Policy.select(Client.name).join(Client).where(Policy.policy_no == number)
        expect(page.locator("h1")).to_contain_text(held.scalar())


def way_down(page: Page) -> None:
    """To the unit that needs looking after most: it stands on top."""
    page.locator(".heat tbody th a").first.click()


def test_the_workbook_holds_his_part_only_with_real_dates_and_numbers(
    visit: Open, his_agents: list[str], tell: Words, tmp_path: Path
) -> None:
    page = visit("branch", DESK, tell.asked)
    page.goto("/persistency")
    with page.expect_download() as coming:
        page.get_by_role("link", name=tell("manager", "file_workbook")).click()
    coming.value.save_as(tmp_path / "figure.xlsx")
    assert coming.value.suggested_filename.endswith(".xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "figure.xlsx", data_only=True)["policies"]
    heading, *rows = sheet.iter_rows(values_only=True)
    lines = [dict(zip(heading, row, strict=True)) for row in rows]
    named = {key: tell("heading", key) for key in ("agent_no", "issue_date", "annual_premium")}
    assert lines and {line[named["agent_no"]] for line in lines} <= set(his_agents)
    for line in lines:
        assert isinstance(line[named["issue_date"]], datetime.datetime)
        assert isinstance(line[named["annual_premium"]], int | float)


def test_another_branch_is_not_there_for_him(visit: Open) -> None:
    page = visit("team", PHONE)
    with database.database.connection_context():
        user = User.get(User.login == "team")
        stranger = (
            Agent.select().where(Agent.id.not_in(visibility.agent_ids(user))).first().agent_no
        )
    assert page.goto(f"/persistency?agent={stranger}").status == 404
