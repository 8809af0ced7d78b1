"""Tables out of workbooks, as the CSV file would have them."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from policies import errors
from policies.importing.tables import FileRow, Table, header_of
from policies.notices import notice


def xlsx(path: Path, file: BinaryIO) -> Table:
    """The table in an XLSX workbook; raises `UnreadableFile` where it is damaged or empty."""
    import openpyxl  # only people with an XLSX file wait for it

    try:
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # it fails in a hundred ways
        raise errors.UnreadableFile(path, notice("workbook_damaged")) from error
    sheet = workbook.worksheets[0] if workbook.worksheets else None
    if sheet is None:
        raise errors.UnreadableFile(path, notice("workbook_empty"))
    total = max(1, sheet.max_row or 1)
    seen = [0]
    rows = _xlsx_rows(path, sheet, seen)
    header = header_of(path, next(rows, None))
    trimmed = header[: max(number for number, name in enumerate(header, 1) if name)]
    fitted = (FileRow(row.line, _fit(row.cells, len(trimmed))) for row in rows)
    return Table(path, trimmed, fitted, lambda: min(1.0, seen[0] / total))


def _xlsx_rows(path: Path, sheet: Any, seen: list[int]) -> Iterator[FileRow]:
    for line, values in enumerate(_sound(path, sheet.iter_rows(values_only=True)), 1):
        seen[0] = line
        cells = [_as_text(value) for value in values]
        if any(cells):
            yield FileRow(line, cells)


def _sound(path: Path, values: Iterator[Any]) -> Iterator[Any]:
    """The workbook's rows, as long as it can be read."""
    while True:
        try:
            row = next(values)
        except StopIteration:
            return
        except Exception as error:
            raise errors.UnreadableFile(path, notice("workbook_damaged")) from error
        yield row


def _fit(cells: list[str], width: int) -> list[str]:
    """Spreadsheets leave empty cells away at the end of a row, or add some."""
    if len(cells) > width and not any(cells[width:]):
        return cells[:width]
    return cells + [""] * (width - len(cells))


def _as_text(value: object) -> str:
    """A typed cell as the CSV file would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
