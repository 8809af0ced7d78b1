"""The first rows of a file as they would be understood, with what would be refused of them."""

import datetime
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from policies.drafting.look import AMOUNTS
from policies.importing.cells.cells import Style
from policies.importing.files import files
from policies.importing.findings import Reject
from policies.importing.kinds import Kind
from policies.importing.mapping.columns import RowBatch, RowReader, reading
from policies.importing.mapping.mapping import Mapping
from policies.notices import Notice

SHOWN = 10
"""Rows."""


class Understood(msgspec.Struct, frozen=True):
    """A cell as it would be understood."""

    text: str
    wrong: Notice | None = None
    """Why it would be refused; its text is then what stands in the file."""


class PreviewedRow(msgspec.Struct, frozen=True):
    """A row as it would be understood."""

    line: int
    cells: tuple[Understood, ...]
    wrong: Notice | None = None
    """Why it would be refused where that lies in no cell."""

    @property
    def is_refused(self) -> bool:
        """Whether it would be refused."""
        return self.wrong is not None or any(each.wrong for each in self.cells)

    def by(self, columns: Iterable[str]) -> list[tuple[str, Understood]]:
        """Its cells, each with its column."""
        return list(zip(columns, self.cells, strict=True))


class Preview(msgspec.Struct, frozen=True):
    """The first rows of a file, by the canonical columns."""

    columns: tuple[str, ...]
    rows: tuple[PreviewedRow, ...]


def preview(path: Path, kind: Kind, mapping: Mapping, style: Style) -> Preview:
    """Read the first rows; raises what an import raises of a file that it cannot take in."""
    with files.opened(path, reading(kind, mapping, style.country)) as table:
        reader = RowReader(table, kind, mapping, style)
        batch = reader.read(list(itertools.islice(reader.table.rows, SHOWN)))
    rows = [*_read(batch), *(_refused(each, reader) for each in batch.rejects)]
    return Preview(tuple(reader.columns), tuple(sorted(rows, key=lambda row: row.line)))


def _read(batch: RowBatch) -> Iterator[PreviewedRow]:
    values = zip(*batch.values.values(), strict=True)
    for row, of_row in zip(batch.rows, values, strict=True):
        cells = zip(batch.values, of_row, strict=True)
        yield PreviewedRow(row.line, tuple(Understood(_text(*each)) for each in cells))


def _refused(reject: Reject, reader: RowReader) -> PreviewedRow:
    """A refused row as it stands in the file, its invalid cells marked."""
    wrong = {each.column: each for each in reject.wrong}
    cells = []
    for name in reader.columns:
        place = reader.places.get(name, -1)
        stands = reject.shaped if reader.table.is_shaped else reject.cells
        said = stands[place].strip() if 0 <= place < len(stands) else ""
        cells.append(Understood(said, wrong.pop(name).reason if name in wrong else None))
    others = next(iter(wrong.values()), None)
    return PreviewedRow(reject.line, tuple(cells), others.reason if others else None)


def _text(column: str, value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, tuple):  # a phone: its number, or what was given in its place
        return next(filter(None, value), "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column in AMOUNTS:
        return f"{value / 100:,.2f}"
    return value.isoformat() if isinstance(value, datetime.date) else str(value)
