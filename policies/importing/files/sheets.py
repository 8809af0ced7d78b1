"""The sheets of a workbook, whatever its format: rows of text cells, read at a bounded cost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO

from policies.importing.files.tables import FileRow
from policies.notices import Invalid

MANY_COLUMNS = 1000
"""No list has a value in a column beyond."""

WIDE_GAP = 10_000
"""No list has so many empty lines between two rows."""

MANY_EMPTY_CELLS = 1_000_000
"""A sheet with more of them that are formatted has to have some values, too."""

EMPTY_PER_VALUE = 20
"""So many for each of its values."""

MANY_SHEETS = 1000
"""No workbook has more of them."""

ROW_BYTES = 4 << 20
"""No row has more of them, nor what stands before the first."""

LONG_CELL = 1 << 16
"""No cell has so many characters; Excel allows half of them."""


class Costly(Invalid):
    """A workbook would cost more than a list of its size can."""


@dataclass
class Oddities:
    """What was met in a sheet that a person should know of, by line."""

    merged: list[int] = field(default_factory=list)
    """Where cells are merged: only the first has the value."""
    uncalculated: list[int] = field(default_factory=list)
    """Where formulas have no saved value."""


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook."""

    name: str
    is_hidden: bool
    rows: Callable[[Oddities], Iterator[FileRow]]
    """Those with a value, from the top; the sheets are read in their order, each once."""


@dataclass(frozen=True)
class Workbook:
    """The sheets of a workbook in their order; charts and macros are none."""

    sheets: list[Sheet]
    fraction: Callable[[], float]
    """How much of it has been read, 0 to 1."""


class Meter:
    """Counts what is read of the parts of a workbook, and refuses a row without an end."""

    def __init__(self, total: int) -> None:
        self._total = max(1, total)
        self._read = self._since = 0

    def fraction(self) -> float:
        """How much has been read, 0 to 1."""
        return min(1.0, self._read / self._total)

    def next_row(self) -> None:
        """A row has ended."""
        self._since = 0

    def count(self, size: int) -> None:
        """So many bytes were read; raises `Costly` where they are too many for one row."""
        self._read += size
        self._since += size
        if self._since > ROW_BYTES:
            raise Costly("workbook_row_endless", size=ROW_BYTES >> 20)


class Metered:
    """A part of a workbook of which is counted what is read."""

    def __init__(self, part: IO[bytes], meter: Meter) -> None:
        self._part, self._meter = part, meter

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        content = self._part.read(size)
        self._meter.count(len(content))
        return content


class Emptiness:
    """Counts cells that have a format and no value."""

    def __init__(self) -> None:
        self._empty = self._filled = 0

    def count(self, empty: int, filled: int) -> None:
        """So many cells were read; raises `Costly` where nearly all are empty."""
        self._empty += empty
        self._filled += filled
        if self._empty > MANY_EMPTY_CELLS and self._empty > EMPTY_PER_VALUE * self._filled:
            raise Costly("workbook_nearly_empty", count=self._empty)


def bounded(rows: Iterator[FileRow]) -> Iterator[FileRow]:
    """The rows of a sheet; raises `Costly` where they stand too far apart or are too wide."""
    before = 0
    for row in rows:
        if before and row.line - before > WIDE_GAP:
            raise Costly("workbook_gap", first=before + 1, last=row.line - 1)
        if len(row.cells) > MANY_COLUMNS:
            raise Costly("workbook_wide", line=row.line, most=MANY_COLUMNS)
        if max(map(len, row.cells)) > LONG_CELL:
            raise Costly("workbook_cell_long", line=row.line, most=LONG_CELL)
        before = row.line
        yield row
