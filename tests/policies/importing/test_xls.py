"""What is special to workbooks of the old Excel."""

import io
from pathlib import Path

import pytest
import xlwt

from policies.importing import xls
from policies.importing.tables import FileRow
from tests.policies.importing import workbook_files
from tests.policies.importing.read_workbooks import (
    HEADER,
    LIN_WEI,
    refusal,
    rows_of,
    told_of,
    written,
)
from tests.policies.importing.workbook_files import Shown


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (Shown(0.25, "HH:MM:SS", ""), "06:00:00"),
        (Shown(3_000_000, "YYYY-MM-DD", ""), "#VALUE!"),
        (Shown(46032.5, "YYYY-MM-DD HH:MM", ""), "2026-01-10 12:00:00"),
    ],
)
def test_a_moment_is_read_as_in_newer_workbooks(tmp_path: Path, shown: Shown, text: str) -> None:
    content = workbook_files.xls({"list": [HEADER, ["P001", shown]]})
    assert rows_of(written(tmp_path, content)) == [FileRow(2, ["P001", text])]


def test_days_are_counted_from_1904_where_the_workbook_does(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    book.dates_1904 = True
    sheet = book.add_sheet("list")
    for column, name in enumerate(HEADER):
        sheet.write(0, column, name)
    sheet.write(1, 1, 44570, xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    content = io.BytesIO()
    book.save(content)
    assert rows_of(written(tmp_path, content.getvalue())) == [FileRow(2, ["", "2026-01-10"])]


def test_merged_cells_are_told(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("list")
    for column, name in enumerate(HEADER):
        sheet.write(0, column, name)
    sheet.write_merge(1, 2, 0, 0, "P001")
    content = io.BytesIO()
    book.save(content)
    assert told_of(written(tmp_path, content.getvalue())) == [
        "cells are merged in 1 place, where only the first one has the value: line 2"
    ]


def test_what_the_library_complains_of_is_not_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = workbook_files.xls({"list": [HEADER, LIN_WEI]})
    refusal(written(tmp_path, content[:-2000]))
    assert capfd.readouterr() == ("", "")


def test_one_that_is_larger_than_memory_allows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xls, "MANY_BYTES", 1000)
    path = written(tmp_path, workbook_files.xls({"list": [HEADER, LIN_WEI]}))
    assert refusal(path) == (
        "the workbook, or a part of it, has more than 0 MiB: save its sheet as CSV"
    )
