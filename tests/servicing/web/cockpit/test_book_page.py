"""A book comes in by the page, step by step."""

import html
import io
import re
import threading
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from policies import database
from policies.importing.files import sheets
from policies.models import BookImport, Policy
from servicing.core import card_views
from servicing.operations.workspace import Workspace
from tests.policies.importing import workbook_files
from tests.servicing.web.cockpit.workplace import BOOK, HOSTILE, ON, come_in
from tests.servicing.web.visits import press, see


def upload(
    browser: FlaskClient, text: str | bytes, name: str = "book.csv", status: int = 303, **form: Any
) -> str:
    given = {"kind": "book", "joined": ON, **form}
    content = text if isinstance(text, bytes) else text.encode()
    return press(browser, "/book", "/book", status, file=(io.BytesIO(content), name), **given)


def kept(space: Workspace) -> list[str]:
    return sorted(path.suffix for path in (space.home / "imports").iterdir())


def test_a_book_comes_in_and_its_bad_rows_are_downloaded(
    space: Workspace, browser: FlaskClient
) -> None:
    rows = f"N1,2025-09-30,1200,C7,{HOSTILE},A001\nN2,someday,1200,C8,周,A001\n"
    told = upload(browser, BOOK + rows)
    assert "N1" in {each.policy_no for each in Policy.select()} and HOSTILE not in told
    (address,) = re.findall(r"/book/imports/[^\"]+/rejects.csv", told)
    answer = browser.get(address)
    database.database.connect(reuse_if_open=True)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "N2,someday" in answer.get_data(as_text=True)
    workbook = browser.get(f"{address.removesuffix('csv')}xlsx").get_data()
    header, refused = openpyxl.load_workbook(io.BytesIO(workbook)).active.values
    assert (header[0], refused[:2]) == ("policy_no", ("N2", "someday"))
    assert "book.csv" in see(browser, "/book")
    assert kept(space) == [".csv", ".json"]


@pytest.mark.parametrize("form", [{}, {"dry_run": "1"}])
def test_a_card_opens_while_a_workbook_is_read(
    space: Workspace, browser: FlaskClient, form: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other, statuses = come_in(space, "ops"), list[int]()
    emptiness = sheets.Emptiness.count

    def open_a_card() -> None:
        statuses.append(other.get("/clients/C001").status_code)

    def held_up(self: sheets.Emptiness, *counts: int) -> None:
        if not statuses:
            opening = threading.Thread(target=open_a_card)
            opening.start()
            opening.join(30)
        emptiness(self, *counts)

    monkeypatch.setattr(sheets.Emptiness, "count", held_up)
    rows = [line.split(",") for line in f"{BOOK}N1,2025-09-30,1200,C7,王,A001\n".splitlines()]
    content = workbook_files.xlsx({"S1": rows, "S2": [["team"]], "S3": rows}, ["S3"])
    told = upload(browser, content, "book.xlsx", **form)
    assert statuses == [200]
    assert [(each.login, each.client_no) for each in card_views.views()] == [("ops", "C001")]
    assert "隐藏的工作表" in told and "S2" in told
    assert Policy.select().where(Policy.policy_no == "N1").exists() is not bool(form)


def test_a_workbook_that_would_cost_much_is_told_by_its_sentence(
    space: Workspace, browser: FlaskClient
) -> None:
    good = workbook_files.xlsx({"S1": [BOOK.strip().split(","), ["N1"]]})
    content = workbook_files.edited(good, 'r="(A?)2"', r'r="\g<1>1048576"')
    content = workbook_files.edited(content, 'ref="[^"]*"', 'ref="A1:XFD1048576"')
    for form in ({}, {"dry_run": "1"}):
        told = upload(browser, content, "book.xlsx", 400, **form)
        assert "1,048,575" in told
    assert kept(space) == []


def test_a_dry_run_writes_nothing(space: Workspace, browser: FlaskClient) -> None:
    imports = BookImport.select().count()
    told = upload(browser, BOOK + "N1,2025-09-30,1200,C7,王,A001\n", dry_run="1")
    assert "试算结果" in told
    assert not Policy.select().where(Policy.policy_no == "N1").exists()
    assert BookImport.select().count() == imports


def step(page: str) -> str:
    """The step of the import on which a page stands."""
    (found,) = re.findall(r'<li aria-current="step">(?:<a[^>]*>)?([^<]+)', page)
    return str(found)


def test_a_file_is_led_step_by_step_and_back_with_its_other_entries(browser: FlaskClient) -> None:
    assert step(see(browser, "/book")) == "选择文件"
    rows = BOOK + "N1,2025-09-30,1200,C7,王,A001\n"
    tried = upload(browser, rows, dry_run="1", kind="book", complete="named", joined="2025-09-29")
    assert step(tried) == "试算"
    (back,) = re.findall(r'href="(/book\?[^"]+)"', tried)
    form = see(browser, html.unescape(back))
    assert 'value="2025-09-29"' in form and 'value="named" selected' in form
    assert 'value="book" selected' in form and step(form) == "选择文件"
    (columns,) = set(re.findall(r'href="(/book/imports/[^"]+/columns)"', tried))
    result = columns.removesuffix("/columns")
    done = press(browser, result, result, drops_much="1")
    assert step(done) == "导入" and "/book?" not in done
    tried = upload(browser, rows, dry_run="1")
    (columns,) = set(re.findall(r'href="(/book/imports/[^"]+/columns)"', tried))
    assert step(see(browser, columns)) == "列对应"


def test_a_complete_file_says_so_on_the_page_and_much_is_agreed_to_first(
    space: Workspace, browser: FlaskClient
) -> None:
    assert 'name="drops_much"' not in see(browser, "/book")
    rows = BOOK + "N1,2025-09-30,1200,C7,王,A001\n"
    imports = BookImport.select().count()
    refused = upload(browser, rows, status=409, complete="book")
    assert "超过十分之一" in refused and 'name="drops_much"' in refused
    assert 'value="book" selected' in refused
    assert BookImport.select().count() == imports
    assert not Policy.select().where(Policy.left_out_times > 0).exists()
    told = upload(browser, rows, complete="book", drops_much="1")
    assert "未列入文件" in told
    missing = Policy.select().where(Policy.left_out_times == 1).count()
    assert missing == Policy.select().count() - 1 > 0
    assert BookImport.select().order_by(BookImport.id.desc()).get().left_out == missing


def test_a_files_name_is_shown_and_never_a_path(space: Workspace, browser: FlaskClient) -> None:
    for name in ("../../../evil.csv", "..\\evil.csv", "/etc/evil.csv"):
        upload(browser, BOOK + "N1,2025-09-30,1200,C7,王,A001\n", name)
        told = BookImport.select().order_by(BookImport.id.desc()).get().file
        assert told.endswith("evil.csv") and not {"/", "\\"} & set(told)
    assert not list(space.home.parent.rglob("*evil*")) and set(kept(space)) == {".json"}


@pytest.mark.parametrize(
    "name",
    ["a\0evil.csv", "evil" * 500, "..", "evil.CSV", "\u202eevil.csv", "C:evil.csv"],
    ids=["NUL", "long", "a folder", "capitals", "right to left", "a drive"],
)
def test_whatever_a_file_is_called_it_is_kept_under_a_name_of_ours(
    space: Workspace, browser: FlaskClient, name: str
) -> None:
    upload(browser, BOOK + "N1,2025-09-30,1200,C7,王,A001\nN2,someday,1200,C8,周,A001\n", name)
    told = BookImport.select().order_by(BookImport.id.desc()).get().file
    assert told.isprintable() and len(told) <= 100
    imports = space.home / "imports"
    assert kept(space) == [".csv", ".json"]
    assert not list(space.home.parent.rglob("*evil*"))
    assert imports.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in imports.iterdir()} == {0o600}


def test_nothing_but_results_is_read_by_their_address(browser: FlaskClient) -> None:
    for name in ("..%2Fservicing", "%2e%2e", "9", "servicing.db"):
        see(browser, f"/book/imports/{name}", status=404)
        see(browser, f"/book/imports/{name}/rejects.csv", status=404)
        see(browser, f"/book/imports/{name}/rejects.xlsx", status=404)


def test_a_file_that_cannot_be_taken_in_is_told_by_its_sentence(
    space: Workspace, browser: FlaskClient
) -> None:
    told = upload(browser, "policy_no\nN1\n", status=400)
    assert "book.csv：缺少必需的列 issue_date" in told and str(space.home) not in told
    bad = (io.BytesIO(b"colums = 1"), "map.toml")
    assert "colums" in upload(browser, BOOK, status=400, mapping=bad)
    assert "请选择文件" in upload(browser, "", name="", status=400)
    assert kept(space) == []


def test_a_joining_day_more_than_a_year_ahead_is_refused(
    space: Workspace, browser: FlaskClient
) -> None:
    row = "N1,2025-09-30,1200,C7,王,A001\n"
    told = upload(browser, BOOK + row, status=400, joined="2062-05-11")
    assert "加入日期 2062-05-11 晚于一年之后" in told
    assert kept(space) == [] and not Policy.select().where(Policy.policy_no == "N1").exists()


def test_a_mapping_file_reads_another_systems_headers(browser: FlaskClient) -> None:
    mapping = (io.BytesIO('[columns]\npolicy_no = "保单号"\n'.encode()), "map.toml")
    row = "N1,2025-09-30,1200,C7,王,A001\n"
    upload(browser, BOOK.replace("policy_no", "保单号") + row, mapping=mapping)
    assert Policy.select().where(Policy.policy_no == "N1").exists()


def test_what_is_too_large_is_refused(space: Workspace, browser: FlaskClient) -> None:
    upload(browser, BOOK + "x" * (1 << 20), status=413)
    press(browser, "/book", "/dispatch/barred", 413, whom="x" * (1 << 20))
