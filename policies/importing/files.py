"""Tables out of files: CSV and workbooks, distinguished by content.

A file that cannot be taken in at all is an exception; what is wrong in one cell or row is a value.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from policies import errors
from policies.importing import decoding, workbooks
from policies.importing.tables import FileRow, Recognised, Table, header_of
from policies.notices import Notice, notice, of_system

MAX_CELL_BYTES = 64 * 1024 * 1024
"""A longer cell means a quote that is never closed; shorter ones are judged by their column."""

HEAD_BYTES = 8
"""By which a workbook is known."""


@contextmanager
def opened(path: Path, delimiter: str = ",", sheets: Sequence[str] = ()) -> Iterator[Table]:
    """The table in a CSV file or a workbook, distinguished by content, not by name.

    `sheets`: those of a workbook that are read, by name. Raises `UnreadableFile` naming what is wrong:
    missing, a folder, empty, binary, badly encoded, a quote never closed.
    """
    with _binary(path) as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        if workbooks.is_workbook(head):
            yield workbooks.table(path, file, sheets)
        else:
            yield _csv(path, file, delimiter)


@contextmanager
def _binary(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        if error.filename is None or Path(error.filename) != path:
            raise
        raise errors.UnreadableFile(path, of_system(error)) from None


# --------------------------------------------------------------------------------------------- CSV


def _csv(path: Path, file: BinaryIO, delimiter: str) -> Table:
    encoding = decoding.sniff_encoding(path, file)
    recognised = Recognised(encoding=encoding, delimiter=delimiter)
    size = max(1, path.stat().st_size)
    lines = io.TextIOWrapper(file, encoding, newline="")
    rows = _csv_rows(path, lines, delimiter)
    header = header_of(path, next(rows, None))
    return Table(path, header, rows, lambda: min(1.0, lines.buffer.tell() / size), recognised)


def _csv_rows(path: Path, lines: Any, delimiter: str) -> Iterator[FileRow]:
    csv.field_size_limit(MAX_CELL_BYTES)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield FileRow(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        where = notice("line", line=line, why=_of_csv(error))
        raise errors.UnreadableFile(path, where) from None


def _of_csv(error: csv.Error) -> Notice:
    """What is wrong with a row: text that was decoded well fails in these three ways."""
    said = str(error)
    if "end of data" in said:
        return notice("quote_not_closed")
    return notice("cell_endless") if "larger than field limit" in said else notice("quote_inside")
