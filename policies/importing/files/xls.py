"""The sheets of old Excel workbooks (.xls), which xlrd reads."""

import io
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO

import xlrd

from policies.importing.files.sheets import Costly, Oddities, Sheet, Workbook
from policies.importing.files.tables import FileRow
from policies.importing.files.typed import as_text, mask_of

MANY_BYTES = 128 << 20
"""All of an old workbook is held in memory."""


def workbook(file: BinaryIO) -> Workbook:
    """The worksheets of a workbook; raises whatever xlrd raises where it is damaged."""
    content = file.read(MANY_BYTES + 1)
    if len(content) > MANY_BYTES:
        raise Costly("workbook_large", size=MANY_BYTES >> 20)
    book = xlrd.open_workbook(
        file_contents=content,
        logfile=io.StringIO(),  # standard output is not for its complaints
        on_demand=True,
        formatting_info=True,
        ragged_rows=True,
    )
    masks = _masks(book)
    # a sheet itself says it too, but only once it is read
    visibility: list[int] = book.__dict__["_sheet_visibility"]
    read = [0]
    sheets = [
        Sheet(name, bool(hidden), partial(_rows, book, number, masks, read))
        for number, (name, hidden) in enumerate(zip(book.sheet_names(), visibility, strict=True))
    ]
    return Workbook(sheets, lambda: min(1.0, read[0] / max(1, len(sheets))))


def _masks(book: Any) -> dict[int, str]:
    """By the number of a style the zeros that it demands."""
    formats = (
        (number, book.format_map.get(xf.format_key)) for number, xf in enumerate(book.xf_list)
    )
    masks = {number: mask_of(each.format_str) for number, each in formats if each}
    return {number: mask for number, mask in masks.items() if mask}


def _rows(
    book: Any, number: int, masks: dict[int, str], read: list[int], odd: Oddities
) -> Iterator[FileRow]:
    sheet = book.sheet_by_index(number)
    odd.merged += sorted(first + 1 for first, *_ in sheet.merged_cells)
    for line, cells in enumerate(sheet.get_rows(), 1):
        texts = [_text(book, each, masks) for each in cells]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            yield FileRow(line, texts)
    book.unload_sheet(number)
    read[0] = number + 1


def _text(book: Any, cell: Any, masks: dict[int, str]) -> str:
    """A cell as a CSV file would have it."""
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#VALUE!"))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return as_text(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _moment(book, cell.value)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return as_text(cell.value, masks.get(cell.xf_index or 0, ""))
    return str(cell.value)


def _moment(book: Any, value: float) -> str:
    """A date, or a time of day; a number that is neither is an error, as in newer workbooks."""
    try:
        moment = xlrd.xldate_as_datetime(value, book.datemode)
    except (ValueError, OverflowError):
        return "#VALUE!"
    return as_text(moment.time() if 0 <= value < 1 else moment)
