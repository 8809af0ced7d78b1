"""Figures as files: CSV, or a workbook whose totals are formulas that an auditor can follow.

In a workbook dates are dates and amounts are numbers. Each row of a figure is the sum of the very
lines of its policies, which stand one after the other on a sheet of their own; every formula carries
its result, for whoever reads the file without a spreadsheet. Text is never taken for a formula.
"""

import contextlib
import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import xlsxwriter
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from policies import records, whole
from policies.notices import notice
from policies.persistency import cohorts
from policies.persistency.figure import Audit, FigureRow
from policies.persistency.policy_lines import PolicyLine
from policies.persistency.selection import Selection
from servicing.core import errors, i18n, output

SHEET_ROWS = 1_048_576
"""What a sheet of a spreadsheet can hold, its heading included."""

SUMMED = ("counted", "persisting", "premium_counted", "premium_persisting")
"""Columns of a figure that are sums over its policies, under the same names there."""

FIGURE, POLICIES = "persistency", "policies"


def write(
    path: Path,
    audit: Audit,
    selection: Selection,
    lines: Iterable[PolicyLine] | None,
    locale: str,
) -> None:
    """Write a figure, with the policies behind it if they are given, in groups of the same row.

    The file appears whole or not at all. Raises `UnwritableFile`.
    """
    kind = path.suffix.lower()
    if kind not in (".csv", ".xlsx"):
        raise errors.UnwritableFile(path, notice("not_csv_or_xlsx"))
    with _written(path) as draft:
        if kind == ".xlsx":
            with draft.open("wb") as file:  # a pipe is opened once: see evidence.write
                _write_workbook(file, audit, selection, lines, locale)
        elif lines is None:
            _write_csv(draft, output.csv_lines(audit.rows, FigureRow))
        else:
            _write_csv(draft, output.csv_lines(lines, PolicyLine))


@contextlib.contextmanager
def _written(path: Path) -> Iterator[Path]:
    """The draft of a file; what the writer of workbooks complains of is a refusal, too."""
    with whole.written(path) as draft:
        try:
            yield draft
        except xlsxwriter.exceptions.FileCreateError as error:
            raise errors.UnwritableFile(path, notice("invalid", text=str(error))) from None
        except _SheetFull:
            raise errors.UnwritableFile(path, notice("sheet_full", most=SHEET_ROWS - 1)) from None


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines of CSV; the file appears whole or not at all. Raises `UnwritableFile`."""
    with _written(path) as draft:
        _write_csv(draft, lines)


def _write_csv(draft: Path, lines: Iterable[str]) -> None:
    with draft.open("w", encoding="utf-8-sig", newline="") as file:  # so that Excel knows UTF-8
        file.writelines(f"{line}\r\n" for line in lines)


# --------------------------------------------------------------------------------------- workbooks


def _write_workbook(
    file: BinaryIO,
    audit: Audit,
    selection: Selection,
    lines: Iterable[PolicyLine] | None,
    locale: str,
) -> None:
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    try:
        sheet = _Sheet(book, FIGURE, locale)
        blocks = _policies(_Sheet(book, POLICIES, locale), lines, selection) if lines else None
        _figure(sheet, audit, selection, blocks)
        _about(_Sheet(book, "about", locale), audit)
    finally:
        book.close()


class Block(NamedTuple):
    """Lines of the sheet of policies that follow each other, counted from 0."""

    first: int
    last: int


class _SheetFull(Exception):
    """There are more policies than a spreadsheet can show."""


class _Sheet:
    """A sheet that is filled from the top, cell by cell in what it is: text, number, date."""

    def __init__(self, book: Any, name: str, locale: str) -> None:
        self._sheet = book.add_worksheet(name)
        self._locale = locale
        self._formats = {
            kind: book.add_format(look)
            for kind, look in {
                "heading": {"bold": True, "bottom": 1},
                "date": {"num_format": "yyyy-mm-dd"},
                "month": {"num_format": "yyyy-mm"},
                "money": {"num_format": "#,##0.00"},
                "percent": {"num_format": "0.0%"},
            }.items()
        }
        self.next_row = 0

    def headings(self, names: Sequence[str]) -> None:
        """The first line, which stays when the sheet is scrolled."""
        for column, name in enumerate(names):
            heading = i18n.say("heading", name, self._locale) or name
            self._sheet.write_string(0, column, heading, self._formats["heading"])
        self._sheet.set_column(0, len(names) - 1, 14)
        self._sheet.freeze_panes(1, 0)
        self.next_row = 1

    def line(self, values: Sequence[Any]) -> int:
        """Write a line; answers with its number, counted from 0."""
        if self.next_row >= SHEET_ROWS:
            raise _SheetFull
        for column, value in enumerate(values):
            self._cell(column, value)
        self.next_row += 1
        return self.next_row - 1

    def _cell(self, column: int, value: Any) -> None:
        at, write = (self.next_row, column), self._sheet
        match value:
            case None | "":
                return
            case bool():
                write.write_boolean(*at, value)
            case _Formula():
                look = self._formats.get(value.look)
                write.write_formula(*at, value.text, look, value.result)
            case _Month():
                write.write_datetime(*at, value.day, self._formats["month"])
            case Decimal():
                write.write_number(*at, value, self._formats["money"])
            case int() | float():
                write.write_number(*at, value)
            case datetime.date():
                write.write_datetime(*at, value, self._formats["date"])
            case _:
                write.write_string(*at, str(value))


class _Formula:
    """A formula, with its result and the look of it."""

    def __init__(self, text: str, result: Any, look: str = "") -> None:
        self.text = text
        self.look = look or ("money" if isinstance(result, Decimal) else "")
        self.result = "" if result is None else result


class _Month:
    """A cohort, as a spreadsheet has it: the first day of the month."""

    def __init__(self, key: str) -> None:
        self.day = cohorts.first_day(cohorts.parse(key))


def _policies(sheet: _Sheet, lines: Iterable[PolicyLine], selection: Selection) -> dict[str, Block]:
    """The policies; answers with where those of each row are."""
    names = output.names_of(PolicyLine)
    sheet.headings(names)
    blocks: dict[str, Block] = {}
    for line in lines:
        values = records.named(line) | {
            "cohort": _Month(line.cohort),
            "counted": int(line.counted),
            "persisting": int(line.persisting),
        }
        at = sheet.line([values[name] for name in names])
        key = _key(line, selection)
        blocks[key] = blocks.get(key, Block(at, at))._replace(last=at)
    return blocks


def _key(line: PolicyLine, selection: Selection) -> str:
    names = {"agent": "agent_no"}
    return str(getattr(line, names.get(selection.by, selection.by)))


def _figure(
    sheet: _Sheet, audit: Audit, selection: Selection, blocks: Mapping[str, Block] | None
) -> None:
    """The rows, each a sum over its policies where these are given, and the total of the complete."""
    names = output.names_of(FigureRow)
    sheet.headings(names)
    for row in audit.rows:
        cells = records.named(row)
        if selection.by == "cohort":
            cells["key"] = _Month(row.key)
        if block := _block(row.key, selection, blocks or {}):
            cells["issued"] = _Formula(f"=ROWS({_of_policies('policy_no', block)})", row.issued)
            for name in SUMMED:
                cells[name] = _Formula(f"=SUM({_of_policies(name, block)})", cells[name])
        cells["ratio"] = _ratio(sheet.next_row, row.ratio, audit)
        sheet.line([cells[name] for name in names])
    sheet.line(_total(audit, selection, sheet.next_row))


def _block(key: str, selection: Selection, blocks: Mapping[str, Block]) -> Block | None:
    """Where the policies of a row stand; a rolling row's are those of its twelve cohorts."""
    if not selection.is_rolling or selection.by != "cohort":
        return blocks.get(key)
    last = cohorts.parse(key)
    window = range(last - cohorts.ROLLING + 1, last + 1)
    found = [blocks[name] for name in map(cohorts.key, window) if name in blocks]
    return Block(found[0].first, found[-1].last) if found else None


def _of_policies(name: str, block: Block) -> str:
    """A column of these lines of the sheet of policies."""
    column = output.names_of(PolicyLine).index(name)
    return f"{POLICIES}!{xl_range_abs(block.first, column, block.last, column)}"


def _column(name: str) -> int:
    """Where a column of the sheet of the figure stands."""
    return output.names_of(FigureRow).index(name)


def _ratio(row: int, result: float | None, audit: Audit) -> _Formula:
    premium = "premium_" if audit.basis == "premium" else ""
    above = xl_rowcol_to_cell(row, _column(f"{premium}persisting"))
    below = xl_rowcol_to_cell(row, _column(f"{premium}counted"))
    return _Formula(f'=IF({below}=0,"",{above}/{below})', result, "percent")


def _total(audit: Audit, selection: Selection, row: int) -> list[Any]:
    """Of the complete rows; of a rolling figure by cohort the last of them."""
    cells = records.named(audit.total)
    complete = [number for number, each in enumerate(audit.rows, 1) if each.complete]
    for name in ["issued", *SUMMED]:
        column = _column(name)
        if selection.is_rolling and selection.by == "cohort":
            text = f"={xl_rowcol_to_cell(complete[-1], column)}" if complete else "=0"
        else:
            flags = xl_range_abs(1, _column("complete"), row - 1, _column("complete"))
            text = f"=SUMIF({flags},TRUE,{xl_range_abs(1, column, row - 1, column)})"
        cells[name] = _Formula(text, cells[name])
    cells["ratio"] = _ratio(row, audit.total.ratio, audit)
    return [cells[name] for name in output.names_of(FigureRow)]


def _about(sheet: _Sheet, audit: Audit) -> None:
    """The question, so that the file speaks for itself."""
    for name in ("month", "definition", "basis", "as_of"):
        sheet.line([name, getattr(audit, name)])
