"""What is special to XLSX workbooks: what Excel and others leave in them, and what they may cost."""

import io
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest
import xlsxwriter
from openpyxl.chart import BarChart

from policies.importing import archives, files, sheets, xlsx_parts
from policies.importing.tables import FileRow
from tests.policies.importing import workbook_files
from tests.policies.importing.read_workbooks import (
    HEADER,
    LIN_WEI,
    ZHOU_MING,
    refusal,
    rows_of,
    told_of,
    written,
)
from tests.policies.importing.workbook_files import FIRST, edited, rezipped

STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
DAMAGED = "is not a workbook that Excel could open"


def xlsx(*rows: list[object]) -> bytes:
    """A workbook of one sheet with these rows under its header."""
    return workbook_files.xlsx({"list": [HEADER, *rows]})


GOOD = xlsx([*LIN_WEI])


def shared() -> bytes:
    """A workbook whose cells share their texts, as Excel writes it."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        list_of = book.add_worksheet()
        for line, row in enumerate((HEADER, LIN_WEI)):
            list_of.write_row(line, 0, row)
    return written.getvalue()


SHARED = shared()


def sheet(rest: str) -> bytes:
    """A sheet whose first row goes on with `rest`."""
    kind = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{kind}"><sheetData><row r="1">{rest}'.encode()


@pytest.mark.parametrize(
    "changed",
    [
        {FIRST: b"<worksheet><sheetData><row><c>"},
        {FIRST: sheet('<c r="A1" t="inlineStr"><is><t>policy_no</t></is></c></row><row>')},
        {FIRST: sheet('<c r="A1" t="s"><v>99</v></c></row></sheetData></worksheet>')},
        {FIRST: sheet('<c r="A1" t="n"><v>x</v></c></row></sheetData></worksheet>')},
        {"xl/workbook.xml": b"not xml"},
        {"xl/workbook.xml": None},
        {"[Content_Types].xml": None},
    ],
)
def test_a_damaged_workbook_is_refused_in_a_sentence(
    tmp_path: Path, changed: dict[str, bytes | None]
) -> None:
    assert refusal(written(tmp_path, rezipped(GOOD, changed))) == DAMAGED


def test_a_workbook_without_its_sheet_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, rezipped(GOOD, {FIRST: None}))
    assert refusal(path) == "is a workbook without a sheet"


def test_a_zip_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, b"PK\x03\x04 but not a workbook")) == DAMAGED


def test_empty_cells_at_the_end_of_a_row_are_cut_off(tmp_path: Path) -> None:
    content = workbook_files.xlsx(
        {"list": [[*HEADER, None], ["P001"], [*ZHOU_MING, None, None], [*ZHOU_MING, None, "more"]]}
    )
    assert [row.cells for row in rows_of(written(tmp_path, content))] == [
        ["P001", ""],
        ZHOU_MING,
        [*ZHOU_MING, "", "more"],
    ]


def test_a_sheet_of_a_chart_is_no_list(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (HEADER, LIN_WEI):
        book.active.append(row)
    book.create_chartsheet("full", 0).add_chart(BarChart())
    book.create_chartsheet("empty", 1)
    book.save(tmp_path / "book.xlsx")
    assert rows_of(tmp_path / "book.xlsx") == [FileRow(2, LIN_WEI)]
    assert told_of(tmp_path / "book.xlsx") == []


def test_a_formula_that_was_never_calculated_is_empty_and_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, xlsx(["P001", "=1+1"], ["P002", "x"], ["P003", '=""']))
    assert [row.cells for row in rows_of(path)] == [["P001", ""], ["P002", "x"], ["P003", ""]]
    assert told_of(path) == [
        "2 rows have formulas without a saved value, which were read as empty: lines 2, 4"
    ]


def test_a_formula_whose_text_is_empty_is_calculated(tmp_path: Path) -> None:
    content = edited(xlsx(["P001", '=""']), r'<c r="B2"', '<c r="B2" t="str"')
    assert told_of(written(tmp_path, content)) == []


def test_merged_cells_are_told_with_their_lines(tmp_path: Path) -> None:
    merged = '</sheetData><mergeCells><mergeCell ref="B2:B3"/><mergeCell ref="A5:B5"/></mergeCells>'
    content = edited(xlsx(LIN_WEI, ["P002"]), "</sheetData>", merged)
    assert told_of(written(tmp_path, content)) == [
        "cells are merged in 2 places, where only the first one has the value: lines 2, 5"
    ]


def test_a_date_that_no_calendar_has_is_an_error_cell(tmp_path: Path) -> None:
    shown = workbook_files.Shown(3_000_000, "yyyy-mm-dd", "")
    assert rows_of(written(tmp_path, xlsx(["P001", shown]))) == [FileRow(2, ["P001", "#VALUE!"])]


@pytest.mark.parametrize(
    ("number", "text"), [(14, "2026-01-10"), (31, "2026-01-10"), (57, "2026-01-10"), (3, "46032")]
)
def test_the_dates_of_an_eastern_excel_are_dates(tmp_path: Path, number: int, text: str) -> None:
    shown = workbook_files.Shown(46032, "0.00", "")
    content = edited(xlsx(["P001", shown]), 'numFmtId="2"', f'numFmtId="{number}"', STYLES)
    assert rows_of(written(tmp_path, content)) == [FileRow(2, ["P001", text])]


def test_a_format_of_its_own_is_read_whatever_its_number(tmp_path: Path) -> None:
    content = xlsx(["P001", workbook_files.Shown(12, "00000", "")])
    assert rows_of(written(tmp_path, content)) == [FileRow(2, ["P001", "00012"])]
    content = edited(content, 'numFmtId="164"', 'numFmtId="31"', STYLES)
    assert rows_of(written(tmp_path, content)) == [FileRow(2, ["P001", "00012"])]


def test_fonts_and_colours_may_be_broken(tmp_path: Path) -> None:
    content = edited(xlsx(["P001", 1]), "<fill>", "<fill><nonsense/>", STYLES)
    assert rows_of(written(tmp_path, content)) == [FileRow(2, ["P001", "1"])]
    content = rezipped(content, {STYLES: None})
    assert rows_of(written(tmp_path, content)) == [FileRow(2, ["P001", "1"])]


def test_days_are_counted_from_1904_where_the_workbook_does(tmp_path: Path) -> None:
    shown = workbook_files.Shown(44570, "yyyy-mm-dd", "")
    content = xlsx(["P001", shown])
    of_1904 = edited(content, "<workbookPr */>", '<workbookPr date1904="1"/>', "xl/workbook.xml")
    assert rows_of(written(tmp_path, content)) == [FileRow(2, ["P001", "2022-01-09"])]
    assert rows_of(written(tmp_path, of_1904)) == [FileRow(2, ["P001", "2026-01-10"])]


def test_how_a_name_is_read_aloud_is_no_part_of_it(tmp_path: Path) -> None:
    spoken = "<si><r><t>鈴木</t></r><r><t>花子</t></r><rPh><t>スズキ</t></rPh></si>"
    content = edited(SHARED, "<si><t>林伟</t></si>", spoken, STRINGS)
    assert rows_of(written(tmp_path, content)) == [FileRow(2, ["P001", "鈴木花子"])]


# --- What it may cost ---------------------------------------------------------------------------


def test_what_a_sheet_states_of_its_size_is_not_believed(tmp_path: Path) -> None:
    for stated in ("A1:XFD1048576", "A1:A1"):
        content = edited(GOOD, 'dimension ref="[^"]*"', f'dimension ref="{stated}"')
        assert rows_of(written(tmp_path, content)) == [FileRow(2, LIN_WEI)]


def test_a_row_at_the_very_end_is_refused(tmp_path: Path) -> None:
    content = edited(GOOD, 'r="2"', 'r="1048576"')
    content = edited(content, 'r="([AB])2"', r'r="\g<1>1048576"')
    assert refusal(written(tmp_path, content)) == (
        "lines 2 to 1,048,575 of a sheet are empty and another row follows: "
        "delete it, or the empty lines"
    )


def test_a_value_in_the_last_column_is_refused(tmp_path: Path) -> None:
    content = edited(GOOD, 'r="B2"', 'r="XFD2"')
    assert refusal(written(tmp_path, content)) == (
        "line 2 of a sheet has a value beyond column 1,000: delete what stands beside the list"
    )


def test_formatted_empty_cells_are_read_up_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = "".join(f'<row r="{line}"><c r="A{line}" s="1"/></row>' for line in range(3, 60))
    path = written(tmp_path, edited(GOOD, "</sheetData>", f"{empty}</sheetData>"))
    assert rows_of(path) == [FileRow(2, LIN_WEI)]
    monkeypatch.setattr(sheets, "MANY_EMPTY_CELLS", 50)
    assert len(rows_of(path)) == 1
    monkeypatch.setattr(sheets, "EMPTY_PER_VALUE", 2)
    assert refusal(path).startswith("nearly all cells of a sheet are empty, 51 so far: ")


@pytest.mark.parametrize("name", [FIRST, STRINGS, "xl/styles.xml"])
def test_a_part_that_grows_beyond_measure_is_refused(tmp_path: Path, name: str) -> None:
    content = edited(SHARED, "</(worksheet|sst|styleSheet)>", r" </\1>", name)
    bomb = workbook_files.part(content, name).replace(b" </", b" " * (3 << 20) + b"</")
    assert refusal(written(tmp_path, rezipped(SHARED, {name: bomb}))).startswith(
        "a part of the workbook grows to more than 100 times its size when it is unpacked"
    )


def test_wide_rows_of_few_values_are_read_up_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [["P1", *[None] * 30, "x"]] * 20
    path = written(tmp_path, xlsx(*rows))
    assert len(rows_of(path)) == 20
    monkeypatch.setattr(sheets, "MANY_EMPTY_CELLS", 500)
    monkeypatch.setattr(sheets, "EMPTY_PER_VALUE", 10)
    assert refusal(path).startswith("nearly all cells of a sheet are empty")


def test_lines_that_no_spreadsheet_has_are_refused(tmp_path: Path) -> None:
    content = edited(GOOD, "</sheetData>", '<row r="1048577"/></sheetData>')
    assert refusal(written(tmp_path, content)) == DAMAGED


def test_rows_that_only_have_a_height_are_passed_over(tmp_path: Path) -> None:
    content = edited(
        GOOD, "</sheetData>", '<row r="3" ht="9"/><row><c><v>7</v></c></row></sheetData>'
    )
    assert rows_of(written(tmp_path, content)) == [FileRow(2, LIN_WEI), FileRow(4, ["7", ""])]


def test_a_cell_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    content = edited(xlsx(["P001", "long"], ["P002", "longer"]), "longer", "x" * 65_537)
    path = written(tmp_path, edited(content, "long", "x" * 65_536))
    assert refusal(path) == "a cell in line 3 of a sheet has more than 65,536 characters"


def test_a_row_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "ROW_BYTES", 1 << 20)
    path = written(tmp_path, edited(GOOD, '<row r="2"', " " * (3 << 19) + '<row r="2"'))
    assert refusal(path) == "a row of the workbook has more than 1 MiB"


@pytest.mark.parametrize(
    ("room", "bound"),
    [(archives, "MANY_BYTES"), (archives, "WHOLE_BYTES"), (xlsx_parts, "MANY_TEXTS")],
)
def test_a_workbook_is_refused_by_the_size_of_its_parts(
    tmp_path: Path, room: ModuleType, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, bound, 10)
    sentence = "the workbook, or a part of it, has more than 0 MiB: save its sheet as CSV"
    assert refusal(written(tmp_path, SHARED)) == sentence


def test_progress_ends_at_one(tmp_path: Path) -> None:
    with files.opened(written(tmp_path, GOOD)) as table:
        assert list(table.rows) == [FileRow(2, LIN_WEI)]
        assert table.fraction() == 1
