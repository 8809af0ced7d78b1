"""Tables out of files: CSV and XLSX, distinguished by content.

A file that cannot be taken in at all is an exception; what is wrong in one cell or row is a value.
"""

import csv
import dataclasses
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from policies import errors
from policies.importing import decoding, rejects, workbooks
from policies.importing.tables import FileRow, Recognised, Table, header_of
from policies.notices import Notice, notice, of_system

MAX_CELL_BYTES = 64 * 1024 * 1024
"""A longer cell means a quote that is never closed; shorter ones are judged by their column."""

HEAD_BYTES = 1 << 16
"""Of a file that may be a rejects file; its header is shorter."""

XLSX_SIGN = b"PK\x03\x04"
XLS_SIGN = b"\xd0\xcf\x11\xe0"


@contextmanager
def opened(path: Path, delimiter: str = ",") -> Iterator[Table]:
    """The table in a CSV or XLSX file, distinguished by content, not by name.

    Raises `UnreadableFile` naming what is wrong: missing, a folder, empty, binary, badly encoded,
    a quote never closed.
    """
    with _binary(path) as file:
        head = file.read(len(XLSX_SIGN))
        file.seek(0)
        if head == XLSX_SIGN:
            yield _mended(workbooks.xlsx(path, file))
        elif head == XLS_SIGN:
            raise errors.UnreadableFile(path, notice("file_is_xls"))
        else:
            yield _mended(_csv(path, file, delimiter))


@contextmanager
def _binary(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        if error.filename is None or Path(error.filename) != path:
            raise
        raise errors.UnreadableFile(path, of_system(error)) from None


def _mended(table: Table) -> Table:
    """The table; of a rejects file that comes back with its cells as they were written into it."""
    if not rejects.is_one(table.header):
        return table
    rows = (FileRow(row.line, list(map(rejects.given, row.cells))) for row in table.rows)
    return dataclasses.replace(table, rows=rows)


# --------------------------------------------------------------------------------------------- CSV


def _csv(path: Path, file: BinaryIO, delimiter: str) -> Table:
    encoding = decoding.sniff_encoding(path, file)
    delimiter = rejects.delimiter_of(_beginning(file, encoding)) or delimiter
    recognised = Recognised(encoding=encoding, delimiter=delimiter)
    size = max(1, path.stat().st_size)
    lines = io.TextIOWrapper(file, encoding, newline="")
    rows = _csv_rows(path, lines, delimiter)
    header = header_of(path, next(rows, None))
    return Table(path, header, rows, lambda: min(1.0, lines.buffer.tell() / size), recognised)


def _beginning(file: BinaryIO, encoding: str) -> str:
    """The first lines of a file, which is left at its start."""
    head = file.read(HEAD_BYTES).decode(encoding, "replace")
    file.seek(0)
    return head


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
