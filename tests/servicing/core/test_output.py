"""Rows as people and programs read them: aligned in 80 columns, one JSON document, inert CSV."""

import csv
import datetime
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from policies import controls
from servicing.core import output
from servicing.core.output import Format


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eighty columns, no colours: a pipe."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TERM"):
        monkeypatch.delenv(name, raising=False)


@dataclass(frozen=True)
class Line:
    """A row of a list."""

    id: int
    client_name: str
    due_on: datetime.date
    premium: Decimal | None = None


LINES = [
    Line(1, "林伟", datetime.date(2026, 5, 4), Decimal("12000.00")),
    Line(12, "Lin Wei", datetime.date(2026, 5, 4)),
    Line(123, "欧阳娜娜-O'Neill", datetime.date(2026, 12, 31), Decimal("0.50")),
]


def printed(
    capsys: pytest.CaptureFixture[str],
    rows: Iterable[Any],
    columns: list[str],
    form: Format,
    shape: type | list[str] = Line,
) -> str:
    output.emit(rows, shape, columns, form, "zh_CN")
    return capsys.readouterr().out


STRANGE = [Line(1, "\x1b[31mLin\x9b\u202e Wei\x7f", datetime.date(2026, 5, 4))]


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_name_steers_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: Format
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: form == "csv")
    shown = printed(capsys, STRANGE, ["client_name"], form)
    assert "Wei" in shown
    assert [controls.first(line) for line in shown.splitlines()] == [""] * len(shown.splitlines())


def test_a_file_gets_the_name_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert STRANGE[0].client_name in printed(capsys, STRANGE, [], "csv")
    document = json.loads(printed(capsys, STRANGE, [], "json"))
    assert document[0]["client_name"] == STRANGE[0].client_name


# --------------------------------------------------------------------------------------------- CSV

CELLS = [
    ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ("=1+1", "'=1+1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
    ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
    ("\t=1+1", "'\t=1+1"),
    ("\r=1+1", "'\r=1+1"),
    ("+8613800138000", "+8613800138000"),
    ("+86 138-0013-8000", "+86 138-0013-8000"),
    ("-5", "-5"),
    ("-5.25", "-5.25"),
    ("林伟", "林伟"),
    ("a=b", "a=b"),
    ("", ""),
    (-5, "-5"),
    (Decimal("-5.20"), "-5.20"),
    (None, ""),
    (datetime.date(2026, 5, 4), "2026-05-04"),
    (["=1+1"], '["=1+1"]'),
    ({"from": "=1+1"}, '{"from": "=1+1"}'),
]


@pytest.mark.parametrize(("value", "cell"), CELLS)
def test_a_csv_cell_is_no_formula_and_a_number_stays_one(
    capsys: pytest.CaptureFixture[str], value: object, cell: str
) -> None:
    out = printed(capsys, [{"name": value, "id": 1}], [], "csv", ["name", "id"])
    assert list(csv.reader(io.StringIO(out, newline=""))) == [["name", "id"], [cell, "1"]]


FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@given(st.text(st.sampled_from("=+-@\t\r\n0123456789.e ()|!'\"ab,;")))
def test_what_begins_like_a_formula_is_a_number_or_a_phone_number(text: str) -> None:
    cell = output._cell(text)
    if cell.startswith(FORMULA_SIGNS):
        assert cell[0] in "+-" and not set(cell[1:]) - set("0123456789.,()- "), cell


def test_csv_has_its_header_even_where_there_is_no_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printed(capsys, [], [], "csv").splitlines() == ["id,client_name,due_on,premium"]


def test_csv_has_a_header_and_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(capsys, LINES, ["id"], "csv"))))
    assert rows[0] == {
        **{"id": "1", "client_name": "林伟", "due_on": "2026-05-04", "premium": "12000.00"}
    }
    assert rows[1]["premium"] == ""


# -------------------------------------------------------------------------------------------- JSON


@pytest.mark.parametrize("rows", [[], LINES[:1], LINES])
def test_json_is_one_document_and_nothing_else(
    capsys: pytest.CaptureFixture[str], rows: list[Line]
) -> None:
    found = json.loads(printed(capsys, iter(rows), ["id"], "json"))
    assert [each["client_name"] for each in found] == [each.client_name for each in rows]


def test_a_list_is_the_same_document_row_by_row(capsys: pytest.CaptureFixture[str]) -> None:
    strange = [{"text": 'two\nlines, "quoted"', "of": [LINES[0], None], "none": {}}]
    for rows in ([], LINES[:1], LINES, strange):
        output.emit_json(rows)
        whole = capsys.readouterr().out
        output.emit_json_rows(iter(rows))
        assert capsys.readouterr().out == whole


def test_json_has_dates_in_iso_and_money_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime.datetime(2026, 5, 4, 10, 30, tzinfo=datetime.UTC)
    output.emit_json({"at": at, "of": (LINES[0],), "none": None, "is": True, "share": 0.933})
    assert json.loads(capsys.readouterr().out) == {
        "at": "2026-05-04T10:30:00+00:00",
        "of": [{"id": 1, "client_name": "林伟", "due_on": "2026-05-04", "premium": "12000.00"}],
        "none": None,
        "is": True,
        "share": 0.933,
    }


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.00", "0"), ("1954.00", "1954"), ("0.10", "0.1"), ("9999999999999.99", "9999999999999.99")],
)
def test_an_amount_as_a_number_is_exact_and_whole_where_it_is(amount: str, text: str) -> None:
    assert json.dumps(output.number(Decimal(amount))) == text


COUNTS = {"rows": 3, "added": 2, "dry_run": True}


def test_counts_are_one_object_or_one_row_or_a_line_a_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.emit_counts(COUNTS, "json", "zh_CN")
    assert json.loads(capsys.readouterr().out) == COUNTS
    output.emit_counts(COUNTS, "csv", "zh_CN")
    assert capsys.readouterr().out.splitlines() == ["rows,added,dry_run", "3,2,True"]
    output.emit_counts(COUNTS, "table", "en")
    lines = capsys.readouterr().out.splitlines()[2:]
    assert [line.split()[-1] for line in lines] == ["3", "2"]


def test_json_is_readable_by_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert "林伟" in printed(capsys, LINES, [], "json")


# ------------------------------------------------------------------------------------------- table


def columns_of(line: str) -> list[int]:
    """Where on the screen the cells of a line begin, two columns for a Chinese character."""
    starts, place, blank = [], 0, 2
    for character in line:
        if character != " " and blank > 1:
            starts.append(place)
        blank = blank + 1 if character == " " else 0
        place += cell_len(character)
    return starts


def test_a_table_keeps_chinese_names_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, LINES, ["client_name", "due_on"], "table")
    heading, rule, *lines = out.rstrip("\n").split("\n")
    assert [line.split("  ")[0].strip() for line in lines] == [each.client_name for each in LINES]
    assert {tuple(columns_of(line.rstrip())) for line in [heading, *lines]} == {
        (0, columns_of(heading)[1])
    }
    assert set(rule) <= set("─ ╶╴━")


NAMES = st.text(st.sampled_from("林伟欧阳ab é-"), min_size=1, max_size=24).map(str.strip)


@given(st.lists(NAMES.filter(bool), min_size=1, max_size=6))
def test_every_line_of_a_table_is_as_wide_as_every_other_and_fits(names: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        out = io.StringIO()
        patched.setenv("COLUMNS", "80")
        patched.setattr("sys.stdout", out)
        rows = [{"id": 1, "client_name": name, "product": "安心终身寿险"} for name in names]
        output.emit_table(rows, ["id", "client_name", "product"], "zh_CN")
    lines = out.getvalue().rstrip("\n").split("\n")
    assert len({cell_len(line) for line in lines}) == 1
    assert cell_len(lines[0]) <= 80


TASK_LIST = ["id", "show_on", "title", "client_name", "phone", "policy_no"]
LONG_TASK = {
    **{"id": 1234567, "show_on": datetime.date(2026, 5, 4), "title": "续期缴费提醒"},
    **{"client_name": "欧阳娜娜", "phone": "+8613800138000", "policy_no": "POL202508310001"},
}


def test_a_table_too_wide_for_the_terminal_is_folded_into_it_and_nothing_is_cut_off(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A policy number that ends in … can be neither looked up nor copied."""
    out = printed(capsys, [LONG_TASK] * 3, TASK_LIST, "table")
    assert max(cell_len(line) for line in out.splitlines()) <= 80
    assert "…" not in out


def test_numbers_stand_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, LINES, ["id", "client_name"], "table").splitlines()[2:]
    assert [line[:4] for line in lines] == ["   1", "  12", " 123"]


def test_headings_speak_the_language_of_the_workspace(capsys: pytest.CaptureFixture[str]) -> None:
    for locale, heading in (("zh_CN", "客户"), ("en", "client"), ("fr", "client")):
        output.emit_table(LINES, ["client_name"], locale)
        assert capsys.readouterr().out.splitlines()[0].strip() == heading


def test_a_cell_that_looks_like_markup_is_shown_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = printed(capsys, [{"client_name": "[red]林伟[/red] :smile:"}], ["client_name"], "table")
    assert "[red]林伟[/red] :smile:" in out


def test_what_is_not_there_is_left_blank(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, LINES[1:2], ["client_name", "premium"], "table")
    assert "None" not in out
