"""Where the header of a text file stands, and what its cells are separated by.

Neither is guessed from punctuation: a row is a header if it has the headers that mean something.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterator

import msgspec

from policies.importing.files.tables import REJECT_COLUMNS, FileRow, Reading, lettered

DELIMITERS = (",", ";", "\t", "|")

TOP = 50
"""So many rows may stand before a header for us to find it."""

_SAID = re.compile(r'\s*"?sep=([^\r\n])"?[,;\t|]*(?:\r\n|\n|\r)', re.IGNORECASE)
"""A first line that tells spreadsheets the delimiter."""


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The delimiter of a text file, and where its rows begin."""

    delimiter: str
    header_row: int | None
    """As `Reading.header_row` has it."""
    begins: int = 1
    """The line of the first row."""
    header_seems: int = 0
    """The line that looks more like the header; 0: none does."""


class _Seen(msgspec.Struct, frozen=True, order=True):
    """A row that may be the header: how many known headers it has; the earlier row is the better."""

    known: int
    before: int
    line: int


def layout(top: str, reading: Reading) -> Layout:
    """How a file is laid out that begins with this text."""
    said = _SAID.match(top)
    begins = 2 if said else 1
    wished = [reading.delimiter, said[1] if said else "", *DELIMITERS]
    rows = {
        each: list(itertools.islice(_rows(top, each), TOP))[begins - 1 :]
        for each in dict.fromkeys(wished)
        if each
    }
    is_ours = any(set(REJECT_COLUMNS) <= set(row.cells) for few in rows.values() for row in few[:1])
    at = None if is_ours else reading.header_row
    headers = {each: _header(few, at, reading) for each, few in rows.items()}
    delimiter = max(headers, key=lambda each: headers[each].known)
    best = max(_best(few, reading) for few in rows.values())
    seems = best.line if best.known > headers[delimiter].known and at != 0 else 0
    return Layout(delimiter=delimiter, header_row=at, begins=begins, header_seems=seems)


def _rows(top: str, delimiter: str) -> Iterator[FileRow]:
    """The first rows, blank ones, too."""
    reader = csv.reader(io.StringIO(top, newline=""), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            yield FileRow(line, cells)
            line = reader.line_num + 1
    except csv.Error:  # told when the file is read
        return


def _header(rows: list[FileRow], at: int | None, reading: Reading) -> _Seen:
    """The row that is the header if the header stands there."""
    row = next(
        (each for each in rows if any(map(str.strip, each.cells)) and each.line >= (at or 1)), None
    )
    if row is None:
        return _Seen(0, 0, 0)
    return _seen(lettered(len(row.cells)) if at == 0 else row.cells, row.line, reading)


def _best(rows: list[FileRow], reading: Reading) -> _Seen:
    """The row that looks most like a header."""
    found = [_seen(each.cells, each.line, reading) for each in rows]
    return max(found, default=_Seen(0, 0, 0))


def _seen(cells: list[str], line: int, reading: Reading) -> _Seen:
    return _Seen(sum(map(reading.knows, cells)), -line, line)
