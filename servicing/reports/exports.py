"""Figures as files: CSV, or a workbook whose totals are formulas that an auditor can follow.

In a workbook dates are dates and amounts are numbers. Each row of a figure is the sum of the very
lines of its policies, which stand one after the other on a sheet of their own; every formula carries
its result, for whoever reads the file without a spreadsheet. Text is never taken for a formula.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from policies import records
from policies.notices import notice
from policies.persistency import cohorts
from policies.persistency.figure import Audit, FigureRow
from policies.persistency.policy_lines import PolicyLine
from policies.persistency.selection import Selection
from servicing.core import errors, output
from servicing.reports import sheets
from servicing.reports.sheets import Formula, Month, Sheet

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
    with sheets.written(path) as draft:
        if kind == ".xlsx":
            with draft.open("wb") as file:  # a pipe is opened once: see evidence.write
                _write_workbook(file, audit, selection, lines, locale)
        elif lines is None:
            sheets.write_csv(draft, output.csv_lines(audit.rows, FigureRow))
        else:
            sheets.write_csv(draft, output.csv_lines(lines, PolicyLine))


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines of CSV; the file appears whole or not at all. Raises `UnwritableFile`."""
    with sheets.written(path) as draft:
        sheets.write_csv(draft, lines)


# --------------------------------------------------------------------------------------- workbooks


def _write_workbook(
    file: BinaryIO,
    audit: Audit,
    selection: Selection,
    lines: Iterable[PolicyLine] | None,
    locale: str,
) -> None:
    with sheets.workbook(file) as book:
        sheet = Sheet(book, FIGURE, locale)
        blocks = _policies(Sheet(book, POLICIES, locale), lines, selection) if lines else None
        _figure(sheet, audit, selection, blocks)
        _about(Sheet(book, "about", locale), audit)


class Block(NamedTuple):
    """Lines of the sheet of policies that follow each other, counted from 0."""

    first: int
    last: int


def _policies(sheet: Sheet, lines: Iterable[PolicyLine], selection: Selection) -> dict[str, Block]:
    """The policies; answers with where those of each row are."""
    names = output.names_of(PolicyLine)
    sheet.headings(names)
    blocks: dict[str, Block] = {}
    for line in lines:
        values = records.named(line) | {
            "cohort": Month(line.cohort),
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
    sheet: Sheet, audit: Audit, selection: Selection, blocks: Mapping[str, Block] | None
) -> None:
    """The rows, each a sum over its policies where these are given, and the total of the complete."""
    names = output.names_of(FigureRow)
    sheet.headings(names)
    for row in audit.rows:
        cells = records.named(row)
        if selection.by == "cohort":
            cells["key"] = Month(row.key)
        if block := _block(row.key, selection, blocks or {}):
            cells["issued"] = Formula(f"=ROWS({_of_policies('policy_no', block)})", row.issued)
            for name in SUMMED:
                cells[name] = Formula(f"=SUM({_of_policies(name, block)})", cells[name])
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


def _ratio(row: int, result: float | None, audit: Audit) -> Formula:
    premium = "premium_" if audit.basis == "premium" else ""
    above = xl_rowcol_to_cell(row, _column(f"{premium}persisting"))
    below = xl_rowcol_to_cell(row, _column(f"{premium}counted"))
    return Formula(f'=IF({below}=0,"",{above}/{below})', result, "percent")


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
        cells[name] = Formula(text, cells[name])
    cells["ratio"] = _ratio(row, audit.total.ratio, audit)
    return [cells[name] for name in output.names_of(FigureRow)]


def _about(sheet: Sheet, audit: Audit) -> None:
    """The question, so that the file speaks for itself."""
    for name in ("month", "definition", "basis", "as_of"):
        sheet.line([name, getattr(audit, name)])
