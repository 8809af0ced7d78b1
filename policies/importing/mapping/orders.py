"""Whether day or month comes first in a column: one of them for the whole file.

Asked only where the formats of a mapping read one text as two days. Cells that fit one format alone
decide; where they contradict each other, or none decides, the file is refused.
"""

import contextlib
import datetime
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from policies import errors
from policies.importing.cells import cells, days, spoilt
from policies.importing.cells.cells import Style
from policies.importing.cells.days import Reading
from policies.importing.files.tables import Table
from policies.importing.findings import BadCell
from policies.importing.inert import said
from policies.importing.kinds import Kind
from policies.importing.mapping.columns import RowReader
from policies.importing.mapping.mapping import Mapping, Settled
from policies.notices import notice


class _Cell(NamedTuple):
    """A cell of a column, and which of the rivals read it as which day."""

    line: int
    text: str
    fits: dict[str, datetime.date]


def open_columns(mapping: Mapping, style: Style) -> dict[str, tuple[str, ...]]:
    """The columns whose formats contradict each other, and those formats."""
    readings = {
        column: cells.reading(column, mapping.style(column, style)) for column in cells.DAYS
    }
    found = {column: days.rivals(reading) for column, reading in readings.items()}
    return {column: rivals for column, rivals in found.items() if rivals}


def settled(mapping: Mapping, table: Table, kind: Kind, style: Style) -> Mapping:
    """The mapping with the formats that the file's cells show; reads the whole table.

    Raises `UnreadableFile` where they show two, or not which.
    """
    reader = RowReader(table, kind, mapping, style)
    rivals_of = open_columns(mapping, style)
    places = {column: place for column, place in reader.places.items() if column in rivals_of}
    if not places:
        return mapping
    lines_of = _first_lines(table, places, reader.width)
    orders = {}
    for column in places:
        reading = cells.reading(column, mapping.style(column, style))
        codes = mapping.codes.get(column, {})
        texts = [each for each in lines_of[column].items() if said(each[0]) not in codes]
        found = [_looked_at(line, text, reading, rivals_of[column]) for text, line in texts]
        kept = _decided(table, column, rivals_of[column], [each for each in found if each.fits])
        orders[column] = _left(reading, rivals_of[column], kept)
    fields = {name: getattr(mapping, name) for name in Mapping.__struct_fields__}
    return Settled(**fields, orders=orders)


def _first_lines(table: Table, places: dict[str, int], width: int) -> dict[str, dict[str, int]]:
    """By column, each of its cells and the line where it stands first."""
    found: dict[str, dict[str, int]] = {column: {} for column in places}
    for row in table.rows:
        if len(row.cells) == width:
            for column, place in places.items():
                found[column].setdefault(row.cells[place].strip(), row.line)
    return found


def _looked_at(line: int, cell: str, reading: Reading, rivals: Sequence[str]) -> _Cell:
    meant: dict[str, datetime.date] = {}
    with contextlib.suppress(BadCell):  # its row will be refused
        meant = days.meanings(spoilt.folded(cell), reading)
    return _Cell(line, cell, {form: day for form, day in meant.items() if form in rivals})


def _decided(table: Table, column: str, rivals: Sequence[str], found: list[_Cell]) -> set[str]:
    """The rivals that read all cells that any of them reads."""
    left = set(rivals)
    for number, each in enumerate(found):
        if not left & each.fits.keys():
            other = _contradicted(found[:number], each)
            facts = {"column": column, "value": each.text, "line": each.line}
            why = notice("orders_contradict", **facts, other=other.text, other_line=other.line)
            raise errors.UnreadableFile(table.path, why)
        left &= each.fits.keys()
    unclear = (each for each in found if len({each.fits[form] for form in left}) > 1)
    if first := next(unclear, None):
        formats = [form for form in rivals if form in left]
        facts = {"column": column, "value": first.text, "line": first.line, "formats": formats}
        raise errors.UnreadableFile(table.path, notice("orders_unclear", **facts))
    return left


def _contradicted(before: Iterable[_Cell], cell: _Cell) -> _Cell:
    """The earlier cell that fits no format of this one; with three formats, the narrowest."""
    return min(before, key=lambda each: (len(each.fits.keys() & cell.fits.keys()), len(each.fits)))


def _left(reading: Reading, rivals: Sequence[str], kept: set[str]) -> tuple[str, ...]:
    """The formats of a column without those that its cells have ruled out."""
    return tuple(form for form in reading.formats if form in kept or form not in rivals)
