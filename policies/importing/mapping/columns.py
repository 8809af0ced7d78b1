"""The rows of a table as values: by the canonical columns, whatever another system calls them.

A `RowReader` turns a row of text cells into values: money as whole hundredths, phones as E.164.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from policies import controls, errors, records
from policies.importing.cells import cells, instalments
from policies.importing.cells.cells import Parser, Style, among
from policies.importing.files import decoding, rejects
from policies.importing.files.tables import REJECT_COLUMNS, FileRow, Reading, Table
from policies.importing.findings import ROW, BadCell, Reject, Wrong
from policies.importing.kinds import CELLS, Kind, needed
from policies.importing.mapping import grouping, shape
from policies.importing.mapping.codes import coder
from policies.importing.mapping.mapping import Mapping
from policies.notices import Notice, notice
from policies.status import ENDED

INSTALMENTS = {"annual": 1, "semiannual": 2, "quarterly": 4, "monthly": 12, "single": 1}
"""How often a year a premium is paid."""


@dataclass(frozen=True)
class RowBatch:
    """Some rows of a table: their values, column by column, and the invalid rows."""

    rows: list[FileRow]
    """The rows that read well."""
    values: dict[str, list[Any]]
    """By canonical column, in the order of `rows`."""
    rejects: list[Reject]

    @cached_property
    def lines(self) -> list[int]:
        """Where the rows stand in the file."""
        return [row.line for row in self.rows]


class RowReader:
    """Reads the rows of one table: the columns that it states, and the rows' values in them."""

    def __init__(self, table: Table, kind: Kind, mapping: Mapping, style: Style) -> None:
        """`style`: how cells are read that the mapping says nothing of."""
        style = msgspec.structs.replace(style, is_mended=rejects.is_one(table.header))
        self.table = (
            table if table.places is not None else shape.shaped(table, kind, mapping, style)
        )
        known, places = records.columns(CELLS[kind]), self.table.places or {}
        given = {*places, *mapping.constants}
        if missing := [column for column in _needed(kind, mapping) if column not in given]:
            raise errors.MissingColumns(table.path, missing, table.header, table.header_seems)
        coded = {
            column: cells.remembering(column, _parser(column, kind, mapping, style))
            for column in known
            if column in given
        }
        self.columns = list(coded)
        self.places = {column: places[column] for column in coded if column in places}
        """Where the columns stand that the file has; others are constants of the mapping."""
        self.header = table.header
        """Of the file."""
        self.width = len(self.table.header)
        self._may_be_odd = table.is_odd
        self.has_plain_numbers = "policy_no" in places and not (
            {"policy_no", "client_no"} & mapping.codes.keys()
        )
        """Whether policies and clients are called in the file as they are in the book."""
        said = msgspec.json.encode([mapping, table.recognised, style.is_mended])
        self.country = mapping.country or style.country
        """Of phone numbers that name none."""
        self.way = f"{self.columns} {self.country} {said!r}"
        """Files that are read in the same way mean the same by the same cells."""
        self._kind, self._mapping = kind, mapping
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
        rejects: list[Reject] = []
        of_rows = [row.cells for row in batch]
        if set(map(len, of_rows)) - {self.width}:
            rejects = [self._misfit(row) for row in batch if len(row.cells) != self.width]
            batch = [row for row in batch if len(row.cells) == self.width]
            of_rows = [row.cells for row in batch]
        cells = list(zip(*of_rows, strict=True))
        bad = self._odd(cells) if self._may_be_odd else {}
        if self.table.is_shaped:
            bad |= {number: list(row.wrong) for number, row in enumerate(batch) if row.wrong}
        values = {
            column: self._column(column, batch, cells, bad) if batch else []
            for column in self.columns
        }
        if self._kind == "book" and batch:
            self._take_terms(values, bad)
        rejects += [refused(batch[number], wrong) for number, wrong in sorted(bad.items())]
        if bad:
            kept = [number for number in range(len(batch)) if number not in bad]
            values = {name: [column[number] for number in kept] for name, column in values.items()}
            batch = [batch[number] for number in kept]
        return RowBatch(batch, values, rejects)

    def policies_of(self, rejects: Iterable[Reject]) -> Iterator[str]:
        """The numbers of the policies of which refused rows may speak."""
        place, constant, parse = self._readers["policy_no"]
        for reject in rejects:
            cells = [each for row in reject.rows for each in row.cells]
            said = reject.shaped if self.table.is_shaped else reject.cells
            if place is not None and len(said) == self.width:
                cells = [said[place]]
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
            one = among(parse, cells[place])
            return [
                _cell_or_bad(column, one, cell.strip(), number, bad)
                for number, cell in enumerate(cells[place])
            ]

    def _odd(self, cells: list[tuple[str, ...]]) -> dict[int, list[Wrong]]:
        """The cells with characters that no text has, by the place of their row."""
        bad: dict[int, list[Wrong]] = {}
        for column, place in self.places.items() if cells else ():
            if not decoding.odd().search("\n".join(cells[place])):
                continue
            for number, cell in enumerate(cells[place]):
                if found := decoding.odd().search(cell):
                    bad.setdefault(number, []).append(Wrong(column, "", _no_text(found[0])))
        return bad

    def _misfit(self, row: FileRow) -> Reject:
        why = row.why or notice("wrong_width", expected=self.width, found=len(row.cells))
        return refused(row, row.wrong or [Wrong(ROW, "", why)])

    def _take_terms(self, values: dict[str, list[Any]], bad: dict[int, list[Wrong]]) -> None:
        """What a mapping says of premiums and end dates, once the cells have been read."""
        if self._mapping.premium_per == "instalment" and "annual_premium" in values:
            values["annual_premium"] = _per_year(values, bad)
        if self._mapping.end_only_when_ended and "ended_on" in values:
            pairs = zip(values["ended_on"], values["status"], strict=True)
            values["ended_on"] = [day if status in ENDED else None for day, status in pairs]


def reading(kind: Kind, mapping: Mapping, country: str) -> Reading:
    """What is known of a file of that kind before it is opened."""
    named = mapping.made("client_name")
    return Reading(
        country=country,
        encoding=mapping.encoding,
        delimiter=mapping.delimiter or "",
        sheets=mapping.sheets,
        header_row=mapping.header_row,
        known=mapping.theirs.union(records.columns(CELLS[kind]), REJECT_COLUMNS),
        names=frozenset(named.headers if named else ["client_name"]),
    )


def _no_text(character: str) -> Notice:
    """Why a character can stand in no text."""
    if controls.first(character):
        return notice("control_character", character=controls.first(character))
    return notice("odd_character", code=f"U+{ord(character):04X}")


def _cell_or_bad(
    column: str, parse: Parser, cell: str, number: int, bad: dict[int, list[Wrong]]
) -> Any:
    try:
        return parse(cell)
    except BadCell as error:
        known = bad.setdefault(number, [])
        if column not in [
            each.column for each in known
        ]:  # where it could not be made, that is told
            known.append(Wrong(column, cell, cells.reason(cell, error)))
        return None


def refused(row: FileRow, wrong: Sequence[Wrong]) -> Reject:
    """The refusal of a row, which goes back as the file has it."""
    first, *more = _told_once(wrong)
    said, *further = row.raw or (row.cells,)
    shaped = row.cells if row.raw else []
    return Reject(
        row.line,
        first.column,
        first.value,
        first.reason,
        said,
        tuple(more),
        tuple(further),
        shaped,
        sheet=row.sheet,
    )


def _told_once(wrong: Sequence[Wrong]) -> list[Wrong]:
    """What is wrong; a row that another file does not have is missing for one column, not for each."""
    reasons = [each.reason for each in wrong]
    return [
        each
        for place, each in enumerate(wrong)
        if each.reason.code not in shape.ELSEWHERE or reasons.index(each.reason) == place
    ]


def _needed(kind: Kind, mapping: Mapping) -> list[str]:
    """The columns that a file has to have, and those that its mapping asks for."""
    more = {
        "payment_mode": mapping.premium_per == "instalment",
        "status": mapping.end_only_when_ended,
    }
    asked = [column for column, is_asked in more.items() if is_asked and kind == "book"]
    return [*needed(kind), *asked]


def _per_year(values: dict[str, list[Any]], bad: dict[int, list[Wrong]]) -> list[int | None]:
    """The premiums of a year, of those of an instalment; a row that does not say how often is refused."""
    rows = zip(values["annual_premium"], values["payment_mode"], strict=True)
    found: list[int | None] = []
    for number, (premium, mode) in enumerate(rows):
        if number not in bad and not mode:
            bad[number] = [Wrong("payment_mode", "", notice("mode_missing"))]
        found.append(premium * INSTALMENTS[mode] if premium is not None and mode else None)
    return found


def _check_constant(table: Table, column: str, constant: str, parse: Parser) -> None:
    """An invalid constant of the mapping would refuse every row."""
    try:
        parse(constant.strip())
    except BadCell as error:
        where = f"{table.path}: [constants] {column} = {constant!r}"
        raise errors.BadSetting(where, error.notice) from None


def _parser(column: str, kind: Kind, mapping: Mapping, style: Style) -> Parser:
    """How a column is read, its codes and the parts of a sum included."""
    parse = cells.parser(column, mapping.style(column, style))
    if (made := mapping.made(mapping.follows(column))) and made.instalment:
        parse = instalments.parse_needed if column == "due_date" else instalments.parse
    if column in grouping.summed(kind, mapping):
        parse = _adding_up(parse)
    codes = mapping.codes.get(column)
    return _coded(parse, coder(codes)) if codes else parse


def _coded(parse: Parser, meant: Callable[[str], str]) -> Parser:
    """The column's parser, after that system's codes are ours."""
    return lambda cell: parse(meant(cell))


def _adding_up(parse: Parser) -> Parser:
    """Reads the parts of a sum, which rows of one policy have stated."""

    def total(cell: str) -> Any:
        if grouping.PLUS not in cell:
            return parse(cell)
        said = [part for each in cell.split(grouping.PLUS) if (part := parse(each)) is not None]
        return sum(said) if said else None

    return total
