"""What is special to OpenDocument workbooks: what is repeated, and what stands beside a cell."""

from pathlib import Path

import pytest

from policies.importing.files import sheets
from policies.importing.files.tables import FileRow
from tests.policies.importing.read_workbooks import refusal, rows_of, told_of, written
from tests.policies.importing.workbook_files import ods_of


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def table(*rows: str, name: str = "S1") -> str:
    header = row(cell("policy_no"), cell("client_name"))
    return f'<table:table table:name="{name}">{header}{"".join(rows)}</table:table>'


def empty(times: int) -> str:
    return f'<table:table-cell table:number-columns-repeated="{times}"/>'


def repeated(times: int) -> str:
    return f'table:number-rows-repeated="{times}"'


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (cell("P1") + empty(1_048_575), ["P1", ""]),
        (cell("P1", 'table:number-columns-repeated="2"'), ["P1", "P1"]),
        (empty(1) + cell("x") + empty(16_382), ["", "x"]),
        (cell("P1") + "<table:covered-table-cell/>", ["P1", ""]),
        (cell("two<text:s text:c='1'/>words"), ["two words", ""]),
        (cell("two<text:line-break/>lines"), ["two\nlines", ""]),
        (cell("<text:span>in</text:span> a <text:a>link</text:a>"), ["in a link", ""]),
        (cell("a note <office:annotation/>is none"), ["a note is none", ""]),
        (
            "<table:table-cell><office:annotation><text:p>note</text:p></office:annotation>"
            "<text:p>P1</text:p></table:table-cell>",
            ["P1", ""],
        ),
        (
            cell("09:30:00", 'office:value-type="time" office:time-value="PT9H30M"'),
            ["09:30:00", ""],
        ),
        (
            cell("1.2.26", 'office:value-type="date" office:date-value="2026-02-01"'),
            ["2026-02-01", ""],
        ),
        (cell("25 %", 'office:value-type="percentage" office:value="0.25"'), ["0.25", ""]),
        (cell("1.200,00 €", 'office:value-type="currency" office:value="1200"'), ["1200", ""]),
        (cell("-1", 'office:value-type="float" office:value="-1"'), ["-1", ""]),
        (cell("Err:502", 'office:value-type="float" office:value="0"'), ["Err:502", ""]),
        (cell("2026-2", 'office:value-type="float" office:value="2025.7"'), ["2025.7", ""]),
    ],
)
def test_a_row_is_read_as_people_see_it(tmp_path: Path, cells: str, read: list[str]) -> None:
    assert rows_of(written(tmp_path, ods_of(table(row(cells))))) == [FileRow(2, read)]


def test_empty_rows_are_counted_and_not_written_out(tmp_path: Path) -> None:
    content = ods_of(
        table(
            row(empty(16_384), more=repeated(9_000)),
            row(cell("P1")),
            row(empty(16_384), more=repeated(1_000_000)),
        )
    )
    assert rows_of(written(tmp_path, content)) == [FileRow(9_002, ["P1", ""])]


def test_rows_that_are_alike_are_read_each(tmp_path: Path) -> None:
    content = ods_of(table(row(cell("P1"), more=repeated(2)), row(cell("P2"))))
    assert [each.line for each in rows_of(written(tmp_path, content))] == [2, 3, 4]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            row(cell("P1"), more=repeated(1_048_000)),
            "line 2 of a sheet stands there 1,048,000 times, one after another",
        ),
        (
            row(cell("P1"), more=repeated(1))
            + row(empty(1), more=repeated(20_000))
            + row(cell("P2")),
            "lines 3 to 20,002 of a sheet are empty and another row follows: "
            "delete it, or the empty lines",
        ),
        (
            row(cell("P1", 'table:number-columns-repeated="16384"')),
            "line 2 of a sheet has a value beyond column 1,000: delete what stands beside the list",
        ),
        (
            row(empty(16_000), cell("P1")),
            "line 2 of a sheet has a value beyond column 1,000: delete what stands beside the list",
        ),
    ],
)
def test_what_is_repeated_beyond_measure_is_refused(
    tmp_path: Path, rows: str, sentence: str
) -> None:
    assert refusal(written(tmp_path, ods_of(table(rows)))) == sentence


def test_a_row_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "ROW_BYTES", 1 << 20)
    content = ods_of(table(row(cell("x" * (3 << 19)))))
    assert refusal(written(tmp_path, content)) == "a row of the workbook has more than 1 MiB"


def test_merged_cells_are_told(tmp_path: Path) -> None:
    merged = cell("P1", 'table:number-rows-spanned="2" table:number-columns-spanned="1"')
    content = ods_of(table(row(merged, cell("林伟")), row(cell("P2"))))
    assert told_of(written(tmp_path, content)) == [
        "cells are merged in 1 place, where only the first one has the value: line 2"
    ]


def test_names_of_sheets_are_read_as_they_are(tmp_path: Path) -> None:
    content = ods_of(table(row(cell("P1")), name="a &amp; b") + table(row(cell("P2")), name="c"))
    assert [each.sheet for each in rows_of(written(tmp_path, content))] == ["a & b", "c"]
    assert rows_of(written(tmp_path, content), ["c"]) == [FileRow(2, ["P2", ""])]
