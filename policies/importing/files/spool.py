"""Rows that take long to read are read before others wait for it, and kept until they are asked for."""

import csv
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import IO

from policies import errors
from policies.importing.files.tables import FileRow, Table
from policies.notices import notice, of_system

ROWS_PER_STEP = 1000

MANY_SIGNS = 1 << 30
"""A list of a million rows has fewer; what repeats one text may have any number."""

READING = 0.9
"""Of the time of an import so much is spent on reading, where that takes long."""


@contextmanager
def spooled(table: Table, progress: Callable[[float], None]) -> Iterator[Table]:
    """The table, of which nothing has to be read any more that takes long.

    Its rows lie in a file without a name meanwhile, which nobody else can read and which is gone with
    us, whatever happens. Raises `UnreadableFile` where there is no room for it.
    """
    if not table.is_costly:
        yield table
        return
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass", newline="") as file:
        try:
            count = _write(file, table, progress)
        except OSError as error:
            raise errors.UnreadableFile(table.path, of_system(error)) from None
        read = [0]
        yield replace(
            table,
            rows=_read(file, read),
            fraction=lambda: READING + (1 - READING) * read[0] / max(1, count),
        )


def _write(file: IO[str], table: Table, progress: Callable[[float], None]) -> int:
    """Keeps the rows of a table; how many they are."""
    writer, count = csv.writer(file), 0
    size = 0
    for count, row in enumerate(table.rows, 1):
        size += writer.writerow([row.line, row.sheet, *row.cells])
        if size > MANY_SIGNS:
            raise errors.UnreadableFile(table.path, notice("workbook_large", size=MANY_SIGNS >> 20))
        if count % ROWS_PER_STEP == 0:
            progress(READING * table.fraction())
    file.seek(0)
    return count


def _read(file: IO[str], read: list[int]) -> Iterator[FileRow]:
    for line, sheet, *cells in csv.reader(file):
        read[0] += 1
        yield FileRow(int(line), cells, sheet=sheet)
