"""A list as a file says what its page shows: columns, lines and filter, in both languages."""

import csv
import datetime
import io
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from policies.models import Agent, Client
from servicing.core import accounts, card_views
from servicing.messages import suppressions
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web import unit_month
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, account

LISTS: dict[str, tuple[str, str]] = {
    "week": ("chenyan", "/day/week"),
    "week of an agent": ("team", "/day/week?agent=A001"),
    "month": ("chenyan", "/day/month"),
    "week of a unit": ("shanghai", "/day/week"),
    "month of a unit": ("shanghai", "/day/month"),
    "in grace": ("shanghai", "/month/grace"),
    "in grace for 30 days": ("shanghai", "/month/grace?within=30"),
    "in grace of a team": ("team", "/month/grace?month=2026-03&team=一部"),
    "agents": ("shanghai", "/month/agents"),
    "agents below": ("shanghai", "/month/agents?stand=below"),
    "agents above": ("shanghai", "/month/agents?stand=above"),
    "who moved the figure": ("shanghai", "/month/changed"),
    "overdue": ("shanghai", "/month/overdue"),
    "free look": ("shanghai", "/month/fresh"),
    "orphans": ("shanghai", "/month/orphans"),
    "handed over": ("shanghai", "/month/handed"),
    "handed over and open": ("shanghai", "/month/handed?state=open"),
    "handed over and done": ("shanghai", "/month/handed?state=done"),
    "deciding": ("shanghai", "/persistency/deciding?ahead=6"),
    "deciding of an agent": ("shanghai", "/persistency/deciding?ahead=6&agent=A001"),
    "messages": ("ops", "/dispatch/messages"),
    "messages of a day": ("ops", "/dispatch/messages?on=2026-05-30"),
    "messages in a state": ("ops", "/dispatch/messages?state=queued"),
    "messages of a touchpoint": ("ops", "/dispatch/messages?state=queued&touchpoint=month_1"),
    "messages of a channel": ("ops", "/dispatch/messages?channel=sms"),
    "messages of a provider": ("ops", "/dispatch/messages?on=2026-05-30&provider=twilio"),
    "messages for a reason": ("ops", "/dispatch/messages?on=2026-05-30&reason=no_answer"),
    "queue": ("ops", "/dispatch/queue"),
    "unknown": ("ops", "/dispatch/decide"),
    "unknown for a reason": ("ops", "/dispatch/decide?reason=no_answer"),
    "unknown of a provider": ("ops", "/dispatch/decide?provider=twilio"),
    "unknown of a touchpoint": ("ops", "/dispatch/decide?touchpoint=month_1&on=2026-05-30"),
    "failed": ("ops", "/dispatch/decide?state=failed&on=2026-05-30"),
    "opt-outs": ("ops", "/dispatch/barred"),
    "opt-outs of a kind": ("ops", "/dispatch/barred?of=email"),
    "opt-outs for a cause": ("ops", "/dispatch/barred?why=wrong"),
    "opt-outs of somebody": ("ops", "/dispatch/barred?q=C001"),
    "imports": ("ops", "/book"),
    "policies without an agent": ("ops", "/orphans"),
    "clients not told": ("ops", "/orphans?what=not_told"),
    "shares of a reassignment": ("ops", "/reassign?from=A001&to=A000"),
    "clients of an agent": ("chenyan", "/clients"),
    "clients of a unit": ("shanghai", "/clients?agent=A001&sort=premium"),
    "all clients": ("ops", "/clients?sort=contact"),
    "clients in grace": ("chenyan", "/clients?grace=1&sort=days"),
    "clients whose birthday is this month": ("chenyan", "/clients?birthday=1"),
    "clients above a premium": ("chenyan", "/clients?above=1000&status=in_force"),
    "clients without contact": ("chenyan", "/clients?silent=1"),
    "clients who are looked for": ("ops", "/clients?q=C7"),
    "policies": ("shanghai", "/persistency/policies"),
    **{
        f"policies {fate}": ("shanghai", f"/persistency/policies?fate={fate}")
        for fate in ("lost", "kept", "not_counted")
    },
    "policies open": ("shanghai", "/persistency/policies?fate=open&from=2025-05&to=2025-06"),
    "policies in force": ("shanghai", "/persistency/policies?definition=in-force"),
    "policies of an agent": ("shanghai", "/persistency/policies?agent=A001&fate=kept"),
    "collect": ("shanghai", "/persistency/collect?ahead=6"),
    "collect by agent": ("shanghai", "/persistency/collect?ahead=6&by=agent&basis=count"),
    "units": ("shanghai", "/persistency"),
    "units by count": ("admin", "/persistency?by=branch&basis=count"),
    "scorecard": ("shanghai", "/scorecard?by=agent"),
    "scorecard of a month": ("admin", "/scorecard?by=team&period=2026-04"),
    "centres": ("shanghai", "/influence"),
    "people": ("admin", "/people"),
    "people found": ("admin", "/people?q=yan"),
    "views": ("admin", "/views"),
    "views of a client": ("admin", "/views?client_no=C001"),
    "views by somebody": ("admin", "/views?login=chenyan"),
    "audit": ("admin", "/audit?kind=account.disabled"),
    "audit of somebody": ("admin", "/audit?who=service"),
}
"""Every list that `listing.html` draws, and each filter of it: who reads it, and where it is."""

LANGUAGES = ["zh-CN", "en"]
PAGES = Path(__file__).parents[3] / "templates" / "pages"


class Table(HTMLParser):
    """The cells of the lists of a page, as a reader sees them; the column of ticks is none."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._is_in = False
        self._cell: list[str] | None = None
        self._is_tick = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "table" and "data-list" in told:
            self._is_in = True
        elif self._is_in and tag == "tr":
            self.rows.append([])
        elif self._is_in and tag in ("td", "th"):
            self._cell, self._is_tick = [], "tick" in (told.get("class") or "").split()

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._is_in = False
        elif self._cell is not None and tag in ("td", "th"):
            if not self._is_tick:
                self.rows[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def shown_on(page: str) -> list[list[str]]:
    table = Table()
    table.feed(page)
    return table.rows


def of_csv(text: str) -> list[list[str]]:
    return [[" ".join(cell.split()) for cell in row] for row in csv.reader(io.StringIO(text))]


def of_workbook(data: bytes) -> list[list[str]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return [[_looks(cell) for cell in row] for row in sheet.iter_rows()]


def _looks(cell: Any) -> str:
    """A cell as a spreadsheet shows it."""
    if cell.value is None:
        return ""
    match cell.number_format:
        case "#,##0":
            return f"{cell.value:,.0f}"
        case "#,##0.00":
            return f"{cell.value:,.2f}"
        case '0.0" "%':
            return f"{100 * cell.value:.1f} %"
        case "yyyy-mm-dd":
            return f"{cell.value:%Y-%m-%d}"
        case "yyyy-mm-dd hh:mm":
            return f"{cell.value:%Y-%m-%d %H:%M}"
    return " ".join(str(cell.value).split())


@pytest.fixture
def busy(space: Workspace) -> Workspace:
    """So that every list has a line: what is to be collected from Lin Wei and another client, a month."""
    for number, client in enumerate((cast.lin_wei(), Client.create(client_no="C7", name="某人"))):
        policy = cast.give_policy(
            client, f"P6{number}", "2025-05-20", annual_premium="1234.50", agent=cast.agent()
        )
        cast.give_premium(policy, "2025-05-20", paid_on="2025-05-20", amount="1234.50")
        cast.give_premium(policy, "2026-05-20", amount="1234.50")
    unit_month.live()
    _a_bad_morning()
    cast.change(Client.get(client_no="C7"), birthday=cast.day("1980-06-20"))
    cast.change(cast.agent("A900"), left_on=cast.day("2026-05-01"))
    judged()
    looked_at_and_administered()
    return space


def _a_bad_morning() -> None:
    """Messages that failed or are unknown, opt-outs, an agent who has left, a client not told of it."""
    for number, state, reason in ((1, "unknown", "no_answer"), (2, "failed", "content_refused")):
        policy = cast.give_policy(cast.lin_wei(), f"P5{number}", "2026-04-30")
        cast.give_message(policy, "2026-05-30", state=state, reason=reason, provider="twilio")
    suppressions.suppress("sms", "+12025550111", "opted_out", "reply", NOW)
    suppressions.suppress("email", "wrong@mail.example", "wrong", "smtp 550", NOW)
    gone = Agent.create(agent_no="A777", name="何去", left_on=datetime.date(2026, 4, 1))
    cast.give_policy(Client.create(client_no="C77", name="孤儿"), "P77", "2024-05-20", agent=gone)
    new = cast.give_policy(Client.create(client_no="C78", name="新人"), "P78", "2024-05-20")
    cast.give_handing(new, "2026-05-01", was=gone)


def judged() -> None:
    """Policies of a cohort that is complete: one kept, one lost, one that is not counted."""
    for number, paid_on, facts in (
        ("P41", "2026-01-12", {}),
        ("P42", None, {}),
        ("P43", None, {"status": "free_look_cancelled", "ended_on": "2025-01-15"}),
    ):
        client = Client.create(client_no=f"C{number}", name="某人", referred_by="C001")
        policy = cast.give_policy(
            client, number, "2025-01-10", annual_premium="1200.00", agent=cast.agent(), **facts
        )
        cast.give_premium(policy, "2025-01-10", paid_on="2025-01-10", amount="1200.00")
        cast.give_premium(policy, "2026-01-10", paid_on=paid_on, amount="1200.00")


def looked_at_and_administered() -> None:
    """Chen Yan has seen a card; her colleague's account was disabled, and enabled again."""
    card_views.looked_at(account("chenyan"), cast.lin_wei().id, NOW, NOW.date())
    for is_disabled in (True, False):
        accounts.set_disabled(account("sunli"), is_disabled, NOW)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LISTS)
def test_a_file_of_a_list_is_what_its_page_shows(
    visit: Visit, busy: Workspace, name: str, language: str
) -> None:
    login, address = LISTS[name]
    visitor, told = visit(login), {"Accept-Language": language}
    page = visitor.get(address, headers=told)
    assert page.status_code == 200
    seen = shown_on(page.text)
    assert len(seen) > 1, "the list is empty: nothing is compared"
    joint = "&" if "?" in address else "?"
    text = visitor.get(f"{address}{joint}as=csv", headers=told)
    assert of_csv(text.data.decode("utf-8-sig")) == seen
    book = visitor.get(f"{address}{joint}as=xlsx", headers=told)
    assert of_workbook(book.data) == seen
    for link in re.findall(r'href="([^"]+)" download', page.text):
        assert visitor.get(link.replace("&amp;", "&"), headers=told).mimetype != "text/html"


@pytest.mark.parametrize("name", ["deciding", "units", "people"])
def test_an_address_gives_the_links_to_its_files_no_orders(
    visit: Visit, busy: Workspace, name: str
) -> None:
    login, address = LISTS[name]
    joint = "&" if "?" in address else "?"
    orders = "_scheme=javascript&_external=1&_anchor=x&endpoint=x&page=9999999999999999999"
    page = visit(login).get(f"{address}{joint}{orders}")
    links = re.findall(r'href="([^"]+)" download', page.text)
    assert page.status_code == 200
    assert all(each.startswith(f"{address.partition('?')[0]}?") for each in links)


def test_every_list_that_is_drawn_stands_in_the_table() -> None:
    """A template that draws a list offers its files, and its list is compared here."""
    for template in PAGES.glob("*.html"):
        text = template.read_text()
        if "{{ table(" in text:
            assert "{{ files() }}" in text, template.name
