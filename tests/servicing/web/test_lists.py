"""A list as a file says what its page shows: columns, lines and filter, in both languages."""

import csv
import io
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from servicing.operations import rollout
from servicing.operations.workspace import Workspace
from tests.servicing.web import plans
from tests.servicing.web.conftest import Visit
from tests.servicing.web.lists import ANSWERS, LISTS

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
    """A cell as a spreadsheet shows it: behind an amount stands its currency."""
    if cell.value is None:
        return ""
    if unit := re.fullmatch('(.+)" ([A-Z]{3})"', cell.number_format):
        cell.number_format = unit[1]
        return f"{_looks(cell)} {unit[2]}"
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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ANSWERS)
def test_a_file_of_what_a_form_has_found_is_what_its_page_shows(
    visit: Visit, busy: Workspace, name: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No address names what was uploaded: the page asks for the file with all that it was made of."""
    login, address, is_large = ANSWERS[name]
    if is_large:
        monkeypatch.setattr(rollout, "LARGE", 0)
    visitor, told = visit(login), {"Accept-Language": language}
    page = visitor.post(address, headers=told, plan=plans.without("month_1"))
    seen = shown_on(page.text)
    assert len(seen) > 1, "the list is empty: nothing is compared"
    form = next(
        each for each in re.findall("<form.*?</form>", page.text, re.DOTALL) if "again" in each
    )
    again = re.findall('name="again" value="([^"]+)"', form)[0]
    csv_of, book_of = (
        visitor.post(f"{address}?as={kind}", headers=told, again=again) for kind in ("csv", "xlsx")
    )
    assert re.findall('formaction="([^"]+)"', form) == [f"{address}?as=xlsx", f"{address}?as=csv"]
    assert of_csv(csv_of.data.decode("utf-8-sig")) == of_workbook(book_of.data) == seen


BROKEN = ["x", "eA==", "eJwDAAAAAAE="]


@pytest.mark.parametrize("again", BROKEN)
def test_what_no_page_has_carried_along_is_refused(visit: Visit, again: str) -> None:
    assert visit("ops").post("/plan/compare?as=csv", again=again).status_code == 400


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
            assert "{{ files(" in text, template.name
