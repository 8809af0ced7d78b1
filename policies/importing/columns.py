"""The rows of a table as values: by the canonical columns, whatever another system calls them.

A `RowReader` turns a row of text cells into values: money as whole hundredths, phones as E.164.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from policies import errors, records
from policies.importing import cells
from policies.importing.cells import Parser, Style
from policies.importing.findings import BadCell, Reject, Wrong
from policies.importing.inert import revived
from policies.importing.kinds import CELLS, Kind, needed
from policies.importing.mapping import Mapping
from policies.importing.tables import FileRow, Table
from policies.notices import notice

REJECT_COLUMNS = ("reject_line", "reject_column", "reject_reason")
"""The columns that a rejects file adds; passed over when it is mended and imported again."""


@dataclass(frozen=True)
class RowBatch:
    """Some rows of a table: their values, column by column, and the invalid rows."""

    rows: list[FileRow]
    """The rows that read well."""
    values: dict[str, list[Any]]
    """By canonical column, in the order of `rows`."""
    rejects: list[Reject]


class RowReader:
    """Reads the rows of one table: the columns that it states, and the rows' values in them."""

    def __init__(self, table: Table, kind: Kind, mapping: Mapping, style: Style) -> None:
        """`style`: how cells are read that the mapping says nothing of."""
        known = records.columns(CELLS[kind])
        places = _places(table, mapping, known)
        given = {*places, *mapping.constants}
        if missing := [column for column in needed(kind) if column not in given]:
            raise errors.MissingColumns(table.path, missing, table.header)
        coded = {
            column: cells.remembering(column, _coded(column, mapping, style))
            for column in known
            if column in given
        }
        self.columns = list(coded)
        self.places = {column: places[column] for column in coded if column in places}
        """Where the columns stand that the file has; others are constants of the mapping."""
        self.width = len(table.header)
        self.has_plain_numbers = "policy_no" in places and "policy_no" not in mapping.codes
        """Whether policies are called in the file as they are in the book."""
        said = msgspec.json.encode([mapping, table.recognised])
        self.way = f"{self.columns} {mapping.country or style.country} {said!r}"
        """Files that are read in the same way mean the same by the same cells."""
        self.ignored = _ignored(table, mapping, places)
        self._readers = {
            column: (places.get(column), mapping.constants.get(column, ""), parse)
            for column, parse in coded.items()
        }
        self._columns = {column: cells.of_many(parse) for column, parse in coded.items()}
        for column, (place, constant, parse) in self._readers.items():
            if place is None:
                _check_constant(table, column, constant, parse)

    def read(self, batch: list[FileRow]) -> RowBatch:
        """The rows' values column by column; a row with an invalid cell is refused alone.

        Whole columns are read at a time: that is twice as fast as row by row.
        """
        rejects = [self._misfit(row) for row in batch if len(row.cells) != self.width]
        if rejects:
            batch = [row for row in batch if len(row.cells) == self.width]
        cells = list(zip(*(row.cells for row in batch), strict=True))
        bad: dict[int, list[Wrong]] = {}
        values = {
            column: self._column(column, batch, cells, bad) if batch else []
            for column in self.columns
        }
        rejects += [_reject(batch[number], wrong) for number, wrong in sorted(bad.items())]
        if bad:
            kept = [number for number in range(len(batch)) if number not in bad]
            values = {name: [column[number] for number in kept] for name, column in values.items()}
            batch = [batch[number] for number in kept]
        return RowBatch(batch, values, rejects)

    def policies_of(self, rejects: Iterable[Reject]) -> Iterator[str]:
        """The numbers of the policies of which refused rows may speak."""
        place, constant, parse = self._readers["policy_no"]
        for reject in rejects:
            is_fit = place is not None and len(reject.cells) == self.width
            cells = [reject.cells[place]] if is_fit and place is not None else reject.cells
            for cell in [constant] if place is None else cells:
                with contextlib.suppress(BadCell):
                    yield parse(cell.strip())

    def _column(
        self,
        column: str,
        batch: list[FileRow],
        cells: list[tuple[str, ...]],
        bad: dict[int, list[Wrong]],
    ) -> list[Any]:
        """One column's values; an invalid cell goes to `bad`, by the place of its row."""
        place, constant, parse = self._readers[column]
        if place is None:
            return [parse(constant)] * len(batch)
        try:
            return self._columns[column](cells[place])
        except BadCell:
            return [
                _cell_or_bad(column, parse, cell.strip(), number, bad)
                for number, cell in enumerate(cells[place])
            ]

    def _misfit(self, row: FileRow) -> Reject:
        reason = notice("wrong_width", expected=self.width, found=len(row.cells))
        return Reject(row.line, "row", "", reason, row.cells, sheet=row.sheet)


def _cell_or_bad(
    column: str, parse: Parser, cell: str, number: int, bad: dict[int, list[Wrong]]
) -> Any:
    try:
        return parse(cell)
    except BadCell as error:
        bad.setdefault(number, []).append(Wrong(column, cell, error.notice))
        return None


def _reject(row: FileRow, wrong: list[Wrong]) -> Reject:
    first, *more = wrong
    return Reject(
        row.line, first.column, first.value, first.reason, row.cells, tuple(more), row.sheet
    )


def _places(table: Table, mapping: Mapping, known: tuple[str, ...]) -> dict[str, int]:
    """Where each canonical column stands in the file."""
    header = {name: place for place, name in enumerate(table.header)}
    lowered = {name.lower(): place for name, place in header.items()}
    places = {column: lowered[column] for column in known if column in lowered}
    for column in known:
        made = mapping.made(column)
        if made is None:
            continue
        if made.of not in header:
            raise errors.MissingColumns(table.path, [made.of], table.header)
        places[column] = header[made.of]
    return {column: place for column, place in places.items() if column not in mapping.constants}


def _ignored(table: Table, mapping: Mapping, places: dict[str, int]) -> list[str]:
    """Headers that mean nothing to us: worth a warning, it may be a slip of the pen."""
    used = {table.header[place] for place in places.values()} | {*REJECT_COLUMNS, ""}
    if mapping.columns:
        return []  # the author of a mapping chose the columns
    return [name for name in table.header if name not in used]


def _check_constant(table: Table, column: str, constant: str, parse: Parser) -> None:
    """An invalid constant of the mapping would refuse every row."""
    try:
        parse(constant.strip())
    except BadCell as error:
        where = f"{table.path}: [constants] {column} = {constant!r}"
        raise errors.BadSetting(where, error.notice) from None


def _coded(column: str, mapping: Mapping, style: Style) -> Parser:
    """The column's parser, after that system's codes are ours."""
    parse, codes = cells.parser(column, mapping.style(column, style)), mapping.codes.get(column)
    if not codes:
        return parse
    return lambda cell: parse(codes.get(revived(cell), cell))
