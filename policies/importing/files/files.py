"""Tables out of files: text with delimiters, JSON lines and workbooks, distinguished by content.

A file that cannot be taken in at all is an exception; what is wrong in one cell or row is a value.
"""

import csv
import dataclasses
import io
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from policies import errors
from policies.importing.files import decoding, json_lines, layouts, rejects, workbooks
from policies.importing.files.decoding import Decoded
from policies.importing.files.layouts import Layout
from policies.importing.files.tables import FileRow, Reading, Recognised, Table, headed
from policies.notices import Notice, notice, of_system

MAX_CELL_BYTES = 64 * 1024 * 1024
"""A longer cell means a quote that is never closed; shorter ones are judged by their column."""

HEAD_BYTES = 1 << 16
"""Of a file that may be a rejects file; its header is shorter."""

SIGN_BYTES = 8
"""By which a workbook is known."""

TOP_CHARACTERS = 1 << 16
"""So much of a text is looked at to find its delimiter and its header."""

LOOKED_AT = 100
"""Among so many rows names are looked for."""


UNKNOWN = Reading()
"""Of a file nothing is known."""


@contextmanager
def opened(path: Path, reading: Reading = UNKNOWN) -> Iterator[Table]:
    """The table in a file of text, of JSON lines, or a workbook, distinguished by content, not by name.

    `sheets`: those of a workbook that are read, by name. Raises `UnreadableFile` naming what is wrong:
    missing, a folder, empty, binary, badly encoded, a quote never closed.
    """
    with _binary(path) as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        if workbooks.is_workbook(head):
            yield _named(_mended(workbooks.table(path, file, reading)), reading)
        else:
            yield _named(_mended(_text(path, file, reading)), reading)


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
    rows = (
        msgspec.structs.replace(row, cells=list(map(rejects.given, row.cells)))
        for row in table.rows
    )
    return dataclasses.replace(table, rows=rows)


# -------------------------------------------------------------------------------------------- text


def _text(path: Path, file: BinaryIO, reading: Reading) -> Table:
    decoded = decoding.encoding_of(path, file, reading)
    top = _top(file, decoded)
    size = max(1, path.stat().st_size)
    lines = io.TextIOWrapper(file, decoded.codec, newline="")

    def fraction() -> float:
        return min(1.0, lines.buffer.tell() / size)

    if json_lines.begins_json(top):
        return json_lines.table(path, lines, fraction, _recognised(decoded))
    layout = layouts.layout(top, reading)
    rows = _csv_rows(path, lines, layout)
    header, line, rows = headed(path, rows, layout.header_row)
    return Table(
        path,
        header,
        rows,
        fraction,
        _recognised(decoded, layout.delimiter, line),
        names=decoded.names,
        header_seems=layout.header_seems,
        is_odd=decoded.is_odd,
    )


def _top(file: BinaryIO, decoded: Decoded) -> str:
    """The beginning of the text; leaves the file at its start."""
    lines = io.TextIOWrapper(file, decoded.codec, newline="")
    top = lines.read(TOP_CHARACTERS)
    lines.detach()
    file.seek(0)
    return top


def _recognised(decoded: Decoded, delimiter: str = "", header_line: int = 0) -> Recognised:
    return Recognised(
        encoding=decoded.codec.removesuffix("-sig"),
        delimiter=delimiter,
        header_line=header_line,
        by_evidence=decoded.by_evidence,
    )


def _csv_rows(path: Path, lines: Any, layout: Layout) -> Iterator[FileRow]:
    """The rows in which anything stands."""
    csv.field_size_limit(MAX_CELL_BYTES)
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    line, begins = 1, layout.begins
    try:
        for cells in reader:
            if cells and (cells[0].strip() or any(map(str.strip, cells))) and line >= begins:
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


def _named(table: Table, reading: Reading) -> Table:
    """The table with the first names of people in it, those beyond ASCII before the others."""
    place = next((at for at, name in enumerate(table.header) if reading.names_people(name)), None)
    if table.names or place is None:
        return table
    first = list(itertools.islice(table.rows, LOOKED_AT))
    cells = dict.fromkeys(row.cells[place].strip() for row in first if len(row.cells) > place)
    shown = sorted(filter(None, cells), key=str.isascii)[: decoding.NAMES]
    names = tuple(errors.shorten(name, 40) for name in shown)
    return replace(table, rows=itertools.chain(first, table.rows), names=names)
