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
from typing import Any

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

KEY, ISSUED, COUNTED, PERSISTING, PREMIUM_COUNTED, PREMIUM_PERSISTING, RATIO, COMPLETE = range(8)
"""The columns of a `FigureRow`."""
SUMMED = (COUNTED, PERSISTING, PREMIUM_COUNTED, PREMIUM_PERSISTING)
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
            _write_workbook(draft, audit, selection, lines, locale)
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


def _write_csv(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # so that Excel knows UTF-8
        file.writelines(f"{line}\r\n" for line in lines)


# --------------------------------------------------------------------------------------- workbooks


def _write_workbook(
    path: Path,
    audit: Audit,
    selection: Selection,
    lines: Iterable[PolicyLine] | None,
    locale: str,
) -> None:
    book = xlsxwriter.Workbook(
        str(path),
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


Block = tuple[int, int]
"""The first and last line on the sheet of policies, counted from 0."""


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
        blocks[key] = (blocks.get(key, (at, at))[0], at)
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
        cells = dict(zip(range(len(names)), records.named(row).values(), strict=True))
        if selection.by == "cohort":
            cells[KEY] = _Month(row.key)
        if block := _block(row.key, selection, blocks or {}):
            cells[ISSUED] = _Formula(f"=ROWS({_of_policies(0, block)})", row.issued)
            for column in SUMMED:
                place = output.names_of(PolicyLine).index(names[column])
                cells[column] = _Formula(f"=SUM({_of_policies(place, block)})", cells[column])
        cells[RATIO] = _ratio(sheet.next_row, row.ratio, audit)
        sheet.line(list(cells.values()))
    sheet.line(_total(audit, selection, sheet.next_row))


def _block(key: str, selection: Selection, blocks: Mapping[str, Block]) -> Block | None:
    """Where the policies of a row stand; a rolling row's are those of its twelve cohorts."""
    if not selection.is_rolling or selection.by != "cohort":
        return blocks.get(key)
    last = cohorts.parse(key)
    window = range(last - cohorts.ROLLING + 1, last + 1)
    found = [blocks[name] for name in map(cohorts.key, window) if name in blocks]
    return (found[0][0], found[-1][1]) if found else None


def _of_policies(column: int, block: Block) -> str:
    return f"{POLICIES}!{xl_range_abs(block[0], column, block[1], column)}"


def _ratio(row: int, result: float | None, audit: Audit) -> _Formula:
    kept, counted = (
        (PREMIUM_PERSISTING, PREMIUM_COUNTED) if audit.basis == "premium" else (PERSISTING, COUNTED)
    )
    above, below = xl_rowcol_to_cell(row, kept), xl_rowcol_to_cell(row, counted)
    return _Formula(f'=IF({below}=0,"",{above}/{below})', result, "percent")


def _total(audit: Audit, selection: Selection, row: int) -> list[Any]:
    """Of the complete rows; of a rolling figure by cohort the last of them."""
    cells: list[Any] = list(records.named(audit.total).values())
    complete = [number for number, each in enumerate(audit.rows, 1) if each.complete]
    for column in (ISSUED, *SUMMED):
        if selection.is_rolling and selection.by == "cohort":
            text = f"={xl_rowcol_to_cell(complete[-1], column)}" if complete else "=0"
        else:
            flags = xl_range_abs(1, COMPLETE, row - 1, COMPLETE)
            text = f"=SUMIF({flags},TRUE,{xl_range_abs(1, column, row - 1, column)})"
        cells[column] = _Formula(text, cells[column])
    cells[RATIO] = _ratio(row, audit.total.ratio, audit)
    return cells


def _about(sheet: _Sheet, audit: Audit) -> None:
    """What was asked, so that the file speaks for itself."""
    for name in ("month", "definition", "basis", "as_of"):
        sheet.line([name, getattr(audit, name)])
