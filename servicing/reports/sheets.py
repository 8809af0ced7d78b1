"""Files for a spreadsheet: CSV that Excel reads, and workbooks whose cells are what they are.

In a workbook a date is a date and an amount is a number. Text is never taken for a formula.
"""

import contextlib
import datetime
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter

from policies import whole
from policies.notices import notice
from policies.persistency import cohorts
from servicing.core import errors, i18n

SHEET_ROWS = 1_048_576
"""What a sheet of a spreadsheet can hold, its heading included."""

LOOKS: dict[str, dict[str, Any]] = {
    "heading": {"bold": True, "bottom": 1},
    "date": {"num_format": "yyyy-mm-dd"},
    "month": {"num_format": "yyyy-mm"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm"},
    "money": {"num_format": "#,##0.00"},
    "whole money": {"num_format": "#,##0"},
    "percent": {"num_format": "0.0%"},
    "spaced percent": {"num_format": '0.0" "%'},
}


class SheetFull(Exception):
    """There are more lines than a spreadsheet can show."""


@contextlib.contextmanager
def written(path: Path) -> Iterator[Path]:
    """The draft of a file; it takes the place of `path` whole or not at all.

    What the writer of workbooks complains of is a refusal, too: raises `UnwritableFile`.
    """
    with whole.written(path) as draft:
        try:
            yield draft
        except xlsxwriter.exceptions.FileCreateError as error:
            raise errors.UnwritableFile(path, notice("invalid", text=str(error))) from None
        except SheetFull:
            raise errors.UnwritableFile(path, notice("sheet_full", most=SHEET_ROWS - 1)) from None


def write_csv(draft: Path, lines: Iterable[str]) -> None:
    """Write lines of CSV, marked as UTF-8 so that Excel knows it."""
    with draft.open("w", encoding="utf-8-sig", newline="") as file:
        file.writelines(f"{line}\r\n" for line in lines)


@contextlib.contextmanager
def workbook(file: BinaryIO) -> Iterator[Any]:
    """A workbook that is written line by line, and closed in the end."""
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
        yield book
    finally:
        book.close()


class Sheet:
    """A sheet that is filled from the top, cell by cell in what it is: text, number, date."""

    def __init__(self, book: Any, name: str, locale: str) -> None:
        self._sheet = book.add_worksheet(name)
        self._locale = locale
        self._book = book
        self._formats = {kind: book.add_format(look) for kind, look in LOOKS.items()}
        self.next_row = 0

    def headings(self, names: Sequence[str]) -> None:
        """The first line, which stays when the sheet is scrolled."""
        self.titles([i18n.say("heading", name, self._locale) or name for name in names])

    def titles(self, titles: Sequence[str]) -> None:
        """The same, of columns whose titles are words already."""
        for column, title in enumerate(titles):
            self._sheet.write_string(0, column, title, self._formats["heading"])
        self._sheet.set_column(0, len(titles) - 1, 14)
        self._sheet.freeze_panes(1, 0)
        self.next_row = 1

    def line(self, values: Sequence[Any]) -> int:
        """Write a line; answers with its number, counted from 0."""
        if self.next_row >= SHEET_ROWS:
            raise SheetFull
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
            case Formula():
                look = self._formats.get(value.look)
                write.write_formula(*at, value.text, look, value.result)
            case Looking():
                self._looking(at, value)
            case Month():
                write.write_datetime(*at, value.day, self._formats["month"])
            case Decimal():
                write.write_number(*at, value, self._formats["money"])
            case int() | float():
                write.write_number(*at, value)
            case datetime.date():
                write.write_datetime(*at, value, self._formats["date"])
            case _:
                write.write_string(*at, str(value))

    def _looking(self, at: tuple[int, int], value: "Looking") -> None:
        look = self._look(value)
        if isinstance(value.value, datetime.datetime):
            self._sheet.write_datetime(*at, value.value, look)
        else:
            self._sheet.write_number(*at, value.value, look)

    def _look(self, value: "Looking") -> Any:
        name = f"{value.look} {value.unit}".rstrip()
        if name not in self._formats:
            look = dict(LOOKS[value.look])
            look["num_format"] = f'{look["num_format"]}" {value.unit}"'
            self._formats[name] = self._book.add_format(look)
        return self._formats[name]


class Looking:
    """A number, or a moment without a zone, and the look of it."""

    def __init__(self, value: Any, look: str, unit: str = "") -> None:
        self.value = value
        self.look = look
        self.unit = unit.replace('"', "")
        """Stands behind the number, such as its currency."""


class Formula:
    """A formula, with its result and the look of it."""

    def __init__(self, text: str, result: Any, look: str = "") -> None:
        self.text = text
        self.look = look or ("money" if isinstance(result, Decimal) else "")
        self.result = "" if result is None else result


class Month:
    """A cohort, as a spreadsheet has it: the first day of the month."""

    def __init__(self, key: str) -> None:
        self.day = cohorts.first_day(cohorts.parse(key))
