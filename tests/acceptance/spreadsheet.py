"""A spreadsheet as small as can be: it works out the few formulas that our workbooks use.

From the cells of the file itself, so that what a formula adds up is what stands there.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell import Cell
from openpyxl.workbook import Workbook

CELL = r"\$?[A-Z]+\$?\d+"
RANGE = rf"(?:\w+!)?{CELL}(?::{CELL})?"
"""A range of one cell is written as that cell."""


class Calculator:
    """Works out the cells of one workbook."""

    def __init__(self, path: Path) -> None:
        self.formulas: Workbook = openpyxl.load_workbook(path)
        self.results: Workbook = openpyxl.load_workbook(path, data_only=True)
        self._known: dict[str, Callable[..., Any]] = {
            rf"=ROWS\(({RANGE})\)": self._rows,
            rf"=SUM\(({RANGE})\)": self._sum,
            rf"=SUMIF\(({RANGE}),TRUE,({RANGE})\)": self._sum_if_true,
            rf'=IF\(({CELL})=0,"",({CELL})/({CELL})\)': self._share,
            rf"=({CELL})": self._one,
            r"=(\d+)": lambda sheet, number: int(number),
        }

    def value(self, sheet: str, cell: Cell) -> Any:
        """What a spreadsheet would show; an empty text is nothing."""
        if cell.data_type != "f":
            return cell.value
        for pattern, work in self._known.items():
            if found := re.fullmatch(pattern, cell.value):
                result = work(sheet, *found.groups())
                return None if result == "" else result
        raise AssertionError(f"{sheet}!{cell.coordinate} holds {cell.value!r}")

    def formula_cells(self) -> list[tuple[str, Cell]]:
        """Every cell that a spreadsheet would work out, with its sheet."""
        return [
            (sheet.title, cell)
            for sheet in self.formulas
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]

    def result(self, sheet: str, cell: Cell) -> Any:
        """What the file says a formula comes to."""
        return self.results[sheet][cell.coordinate].value or None

    def _cells(self, sheet: str, reference: str) -> list[Cell]:
        name, _, place = reference.rpartition("!")
        first, _, last = place.replace("$", "").partition(":")
        found = self.formulas[name or sheet][f"{first}:{last or first}"]
        return [cell for row in found for cell in row]

    def _rows(self, sheet: str, reference: str) -> int:
        return len(self._cells(sheet, reference))

    def _sum(self, sheet: str, reference: str) -> Any:
        values = [self.value(sheet, cell) for cell in self._cells(sheet, reference)]
        assert all(type(each) in (int, float) for each in values), values
        return sum(values)

    def _sum_if_true(self, sheet: str, flags: str, reference: str) -> Any:
        pairs = zip(self._cells(sheet, flags), self._cells(sheet, reference), strict=True)
        return sum(self.value(sheet, cell) for flag, cell in pairs if flag.value is True)

    def _share(self, sheet: str, tested: str, above: str, below: str) -> Any:
        assert tested == below
        whole = self._one(sheet, below)
        return self._one(sheet, above) / whole if whole else ""

    def _one(self, sheet: str, place: str) -> Any:
        return self.value(sheet, self.formulas[sheet][place.replace("$", "")])
