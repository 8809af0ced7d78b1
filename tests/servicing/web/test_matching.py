"""Another system's file on the pages: its columns are matched, it is tried, and then it is taken in."""

import datetime
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from policies import database
from policies.importing.mapping.loading import load_mapping
from policies.models import BookImport, Client, Policy
from servicing.operations import pending, timetable, workspace
from servicing.operations.workspace import Workspace
from servicing.web import app
from tests import cast
from tests.servicing.web.visits import NOW, give_account, log_in, press, see, token_at

OURS = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no\n"
THEIRS = """保单号,承保日,年缴保费,客户号,投保人,业务员,保单状态
N1,31/12/2025,1200,C7,王芳,A001,有效
N2,30/11/2025,1300.50,C8,李强,A001,有效
N3,,1400,C9,周敏,A001,有效
"""
UNCLEAR = THEIRS.replace("31/12", "05/06").replace("30/11", "07/08")


@pytest.fixture
def space(own_url: str, tmp_path: Path) -> Iterator[Workspace]:
    workspace.create(tmp_path / "home", own_url)
    opened = workspace.at(tmp_path / "home", {})
    opened.open()
    yield opened
    database.database.close()


@pytest.fixture
def browser(space: Workspace) -> FlaskClient:
    """Ops has come in."""
    cast.everybody()
    give_account("ops", "operations")
    application = app.create(space, lambda: NOW)
    coming = application.test_client()
    coming.environ_base["wsgi.url_scheme"] = "https"
    coming.environ_base["HTTP_REFERER"] = "https://localhost/"
    log_in(coming, "ops")
    database.database.connect(reuse_if_open=True)
    return coming


def send(browser: FlaskClient, text: str, **form: Any) -> str:
    """Upload a file; where it goes on."""
    file = (io.BytesIO(text.encode()), "export.csv")
    data = {"kind": "book", "joined": "2026-06-01", "file": file, **form}
    return posted(browser, "/book", "/book", **data).location


def posted(browser: FlaskClient, page: str, path: str, status: int = 303, **form: Any) -> Any:
    form["csrf_token"] = token_at(browser, page)
    answer = browser.post(path, data=form)
    database.database.connect(reuse_if_open=True)
    assert answer.status_code == status, (path, answer.status_code)
    return answer


def fields_of(page: str) -> dict[str, Any]:
    """The form of the columns as it stands, to be sent as it is."""
    found: dict[str, Any] = {}
    for name, options in re.findall(r'<select[^>]*name="([^"]+)">(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        first = re.search(r'<option value="([^"]*)"', options)
        assert first
        found.setdefault(name, []).append((chosen or first)[1])
    for name, value in re.findall(
        r'<input type="hidden" name="(theirs[^"]+)" value="([^"]*)"', page
    ):
        found.setdefault(name, []).append(value)
    return found


def kept(space: Workspace) -> list[str]:
    return sorted(path.suffix for path in (space.home / "imports").iterdir())


def numbers() -> set[str]:
    return {each.policy_no for each in Policy.select() if each.policy_no.startswith("N")}


def test_what_is_recognised_is_chosen_and_goes_on_from_the_dry_run_to_the_import(
    space: Workspace, browser: FlaskClient
) -> None:
    columns = send(browser, THEIRS)
    page = see(browser, columns)
    assert fields_of(page)["column.client_name"] == ["投保人"]
    assert fields_of(page)["dates"] == ["%d/%m/%Y"]
    assert "2025-12-31" in page and "1,300.50" in page and "王芳" in page
    told = press(browser, columns, columns, **fields_of(page), **{"try": "1"})
    assert "试算结果" in told and numbers() == set() and "第 4 行" in told
    assert re.search(r"2026-06-01.*2026-06-30", told) and "短信" in told
    tried = columns.removesuffix("/columns")
    done = press(browser, tried, tried)
    assert "导入结果" in done and numbers() == {"N1", "N2"}
    assert Client.get(Client.client_no == "C7").name == "王芳"
    assert kept(space) == [".csv", ".json", ".json", ".mapping"]
    assert 'policy_no = "保单号"' in see(browser, re.findall(r"/book/[^\"]+mapping.toml", done)[0])
    assert BookImport.select().order_by(BookImport.id.desc()).get().file == "export.csv"


def test_the_pages_say_how_a_file_was_read_and_keep_none_of_its_names(
    space: Workspace, browser: FlaskClient
) -> None:
    columns = send(browser, THEIRS.replace(",", ";"))
    page = see(browser, columns)
    read = "编码 UTF-8，分隔符 “;”，标题在第 1 行"
    assert read in page
    told = press(browser, columns, columns, **fields_of(page), **{"try": "1"})
    assert read in told and "其中的姓名：王芳、李强、周敏" in told
    tried = columns.removesuffix("/columns")
    done = press(browser, tried, tried)
    assert read in done and "其中的姓名" not in done
    results = [path.read_text("utf-8") for path in (space.home / "imports").glob("*.json")]
    assert results and not any("李强" in each for each in results)


def test_a_button_pressed_twice_imports_once(browser: FlaskClient) -> None:
    tried = send(browser, OURS + "N1,2025-09-30,1200,C7,王,A001\n", dry_run="1")
    posted(browser, tried, tried)
    imports = BookImport.select().count()
    again = posted(browser, tried, tried)
    assert BookImport.select().count() == imports
    assert "导入结果" in see(browser, again.location)
    assert 'value="1">' not in see(browser, tried)


def test_an_import_in_between_is_told_and_the_file_is_tried_again(browser: FlaskClient) -> None:
    tried = send(browser, OURS + "N1,2025-09-30,1200,C7,王,A001\n", dry_run="1")
    send(browser, OURS + "N2,2025-09-30,1200,C8,周,A001\n")
    refused = posted(browser, tried, tried, 409).get_data(as_text=True)
    assert "试算之后又有其他导入" in refused and numbers() == {"N2"}
    posted(browser, tried, tried, again="1")
    posted(browser, tried, tried)
    assert numbers() == {"N1", "N2"}


def test_a_day_that_can_be_read_in_two_ways_is_asked_for(
    space: Workspace, browser: FlaskClient
) -> None:
    columns = send(browser, UNCLEAR)
    page = see(browser, columns)
    assert fields_of(page)["dates"] == ["?"]
    refused = posted(browser, columns, columns, 400, **fields_of(page), **{"try": "1"})
    assert "请选择：日期写法" in refused.get_data(as_text=True)
    shown = press(browser, columns, columns, **{**fields_of(page), "dates": "%m/%d/%Y"}, show="1")
    assert "2025-05-06" in shown and fields_of(shown)["dates"] == ["%m/%d/%Y"]


def test_a_code_that_nobody_knows_is_asked_for(space: Workspace, browser: FlaskClient) -> None:
    columns = send(browser, THEIRS.replace("A001,有效\nN3", "A001,挂起\nN3"))
    page = see(browser, columns)
    fields = fields_of(page)
    assert dict(zip(fields["theirs.status"], fields["code.status"], strict=True)) == {
        "有效": "in_force",
        "挂起": "?",
    }
    assert "请选择：状态" in page and "becomes" not in page and "换成" not in page
    refused = posted(browser, columns, columns, 400, **fields, **{"try": "1"})
    assert "请选择：状态" in refused.get_data(as_text=True)
    chosen = ["suspended" if each == "?" else each for each in fields["code.status"]]
    posted(browser, columns, columns, **{**fields, "code.status": chosen}, **{"try": "1"})
    tried = columns.removesuffix("/columns")
    posted(browser, tried, tried)
    assert {
        each.policy_no: each.status for each in Policy.select() if each.policy_no in numbers()
    } == {
        "N1": "in_force",
        "N2": "suspended",
    }


def test_what_was_chosen_survives_a_mistake(browser: FlaskClient) -> None:
    columns = send(browser, THEIRS)
    fields = {**fields_of(see(browser, columns)), "column.client_no": "", "column.email": "投保人"}
    page = posted(browser, columns, columns, 400, **fields, **{"try": "1"}).get_data(as_text=True)
    assert "缺少必需的列 client_no" in page
    assert fields_of(page)["column.client_no"] == [""]
    assert fields_of(page)["column.email"] == ["投保人"]
    told = press(browser, columns, columns, **fields, **{"constant.client_no": "C1", "try": "1"})
    assert "试算结果" in told


def test_the_mapping_made_so_reads_the_file_by_the_command_as_well(
    browser: FlaskClient, tmp_path: Path
) -> None:
    columns = send(browser, THEIRS)
    answer = browser.get(columns.replace("columns", "mapping.toml"))
    database.database.connect(reuse_if_open=True)
    assert "attachment" in answer.headers["Content-Disposition"]
    (tmp_path / "map.toml").write_bytes(answer.data)
    mapping = load_mapping(tmp_path / "map.toml")
    assert mapping.columns["client_name"] == "投保人" and mapping.date_formats == ("%d/%m/%Y",)
    assert mapping.codes["status"] == {"有效": "in_force"}


def test_another_choice_takes_the_dry_run_back(browser: FlaskClient) -> None:
    """What was tried is what is imported."""
    columns = send(browser, THEIRS)
    fields = fields_of(see(browser, columns))
    posted(browser, columns, columns, **fields, **{"try": "1"})
    posted(browser, columns, columns, **fields, show="1")
    tried = columns.removesuffix("/columns")
    posted(browser, columns, tried, 404)
    assert numbers() == set()


def test_a_file_in_our_words_needs_no_step_more(browser: FlaskClient) -> None:
    done = send(browser, OURS + "N1,2025-09-30,1200,C7,王,A001\n")
    assert numbers() == {"N1"} and done.rpartition("/")[2].isdecimal()


def test_its_columns_can_be_matched_all_the_same(browser: FlaskClient) -> None:
    tried = send(browser, OURS + "N1,30.09.2025,1200,C7,王,A001\n", dry_run="1")
    page = see(browser, f"{tried}/columns")
    assert fields_of(page)["dates"] == ["%d.%m.%Y"] and "2025-09-30" in page


def test_whoever_brings_a_mapping_is_asked_nothing(browser: FlaskClient) -> None:
    mapping = (io.BytesIO('[columns]\npolicy_no = "保单号"\n'.encode()), "map.toml")
    text = OURS.replace("policy_no", "保单号") + "N1,2025-09-30,1200,C7,王,A001\n"
    tried = send(browser, text, mapping=mapping, dry_run="1")
    see(browser, f"{tried}/columns", status=404)
    posted(browser, tried, tried)
    assert numbers() == {"N1"}


def test_what_waits_is_for_nobody_else_and_goes_after_a_day(
    space: Workspace, browser: FlaskClient
) -> None:
    columns = send(browser, THEIRS)
    files = list((space.home / "imports").iterdir())
    assert sorted(each.suffix for each in files) == [".toml", ".upload", ".waiting"]
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}
    nearly, day = datetime.timedelta(hours=23, minutes=59), datetime.timedelta(hours=24)
    assert timetable.tidy(space, lambda: NOW + nearly, lambda: False) == {"dropped": 0}
    assert timetable.tidy(space, lambda: NOW + day, lambda: False) == {"dropped": 1}
    assert kept(space) == []
    see(browser, columns, status=404)
    assert pending.of(space.home, columns.split("/")[3]) is None


def test_the_next_upload_drops_what_has_waited(space: Workspace, browser: FlaskClient) -> None:
    send(browser, THEIRS)
    pending.tidy(space.home, NOW)
    assert pending.path(space.home, "x", "upload").parent == space.home.resolve() / "imports"
    later = app.create(space, lambda: NOW + datetime.timedelta(days=2)).test_client()
    later.environ_base.update(browser.environ_base)
    log_in(later, "ops")
    send(later, OURS + "N1,2025-09-30,1200,C7,王,A001\n")
    assert kept(space) == [".json"]
