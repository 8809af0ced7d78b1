"""No page adds up premiums of several currencies, and no amount stands without its currency."""

import io
import re
from decimal import Decimal

import openpyxl
import pytest

from policies import dates
from policies.models import Agent, Client, Policy
from servicing.card import notes
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, text_of

AMOUNT = re.compile(r"(?<![\d.:-])(\d{1,3}(?:,\d{3})+(?:\.\d\d)?|\d+\.\d\d)(?! ?%)(?: ([A-Z]{3}))?")
"""An amount as the pages write it: with thousands, or with hundredths."""

PAGES = {
    # who reads it, where it is, and in which currencies amounts stand there
    "day": ("chenyan", "/day", "CNY USD"),
    "an open call": ("chenyan", "/day/C001", "CNY USD"),
    "clients": ("chenyan", "/clients?sort=premium", "CNY USD"),
    "clients of a unit": ("shanghai", "/clients", "CNY USD"),
    "card": ("chenyan", "/clients/C001", "CNY USD"),
    "month": ("shanghai", "/month", "CNY USD"),
    "in grace": ("shanghai", "/month/grace", "CNY USD"),
    "persistency": ("admin", "/persistency", ""),
    "persistency in yuan": ("admin", "/persistency?currency=CNY", "CNY"),
    "persistency in dollars": ("admin", "/persistency?currency=USD", "USD"),
    "policies": ("admin", "/persistency/policies?basis=count", "CNY USD"),
    "collect": ("admin", "/persistency/collect?ahead=6", ""),
    "collect in dollars": ("admin", "/persistency/collect?ahead=6&currency=USD", "USD"),
    "deciding": ("admin", "/persistency/deciding?ahead=6&basis=count", "CNY USD"),
    "scorecard": ("admin", "/scorecard", ""),
    "centres": ("admin", "/influence", "CNY USD"),
    "a tree": ("admin", "/influence/C001", "CNY USD"),
    "orphans": ("ops", "/orphans", "CNY USD"),
    "clients not told": ("ops", "/orphans?what=not_told", "CNY USD"),
    "shares": ("ops", "/reassign?from=A001&to=A000", "CNY USD"),
}
"""Every page with sums of premiums, or with one premium beside others."""


@pytest.fixture
def both(space: Workspace) -> Workspace:
    """Everybody has policies in yuan and in dollars: those of thousands, these of a few, with cents.

    So every amount tells by itself of what it is the sum.
    """
    Policy.update(currency="CNY").execute()
    lin = cast.lin_wei()
    gone = Agent.create(agent_no="A777", name="何去", left_on=cast.day("2026-05-01"))
    wife = Client.create(client_no="C002X", name="林太太", referred_by="C001")
    left = Client.create(client_no="C777", name="孤儿")
    notes.add_relative(lin, notes.Relative("spouse", "林太太", client_no="C002X"), "x", NOW)
    agents = {lin: cast.agent(), wife: cast.agent(), left: gone}
    for client, agent in agents.items():
        for currency, premium in (("CNY", "12000"), ("USD", "101.30")):
            for issued, paid_on in (("2025-05-20", None), ("2025-03-10", "2026-03-12")):
                number = f"{client.client_no}-{currency}-{issued}"
                policy = cast.give_policy(
                    client, number, issued, agent=agent, annual_premium=premium, currency=currency
                )
                cast.give_premium(policy, issued, amount=premium, paid_on=issued)
                due = dates.months_after(cast.day(issued), 12)
                cast.give_premium(policy, due, amount=premium, paid_on=paid_on)
                if client == wife:
                    cast.give_handing(policy, "2026-05-01", was=gone)
    return space


@pytest.mark.parametrize("name", PAGES)
def test_an_amount_says_its_currency_and_is_a_sum_of_no_other(
    visit: Visit, both: Workspace, name: str
) -> None:
    login, path, currencies = PAGES[name]
    page = visit(login).get(path, headers={"Accept-Language": "en"})
    assert page.status_code == 200
    found = AMOUNT.findall(text_of(page))
    assert {currency for _, currency in found} == set(currencies.split())
    for told, currency in found:
        amount = Decimal(told.replace(",", ""))
        is_whole = amount == amount.to_integral_value()
        assert amount >= 1000 and is_whole if currency == "CNY" else amount < 1000, told


def test_a_workbook_has_numbers_and_beside_each_other_what_cannot_be_one(
    visit: Visit, both: Workspace
) -> None:
    cast.change(cast.policy("C777-USD-2025-05-20"), agent=cast.agent("A900"))
    cast.change(cast.policy("C777-USD-2025-03-10"), agent=cast.agent("A900"))
    cast.change(cast.agent("A001"), left_on=cast.day("2026-04-01"))
    book = visit("ops").get("/orphans?as=xlsx").data
    rows = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0].iter_rows(min_row=2)
    cells = {str(row[0].value): row[-1] for row in rows}
    assert cells["A001 陈燕"].value == "84,000 CNY + 405.20 USD"
    assert (cells["A777 何去"].value, cells["A777 何去"].number_format) == (24000, '#,##0" CNY"')
