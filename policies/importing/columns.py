"""The canonical columns of a book (domain.md §9.1), and the mapping from another system's columns.

A `RowReader` turns a row of text cells into values: money as whole hundredths, phones as E.164.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from policies import errors, records, toml
from policies.importing import cells, files, phones
from policies.importing.cells import Parser
from policies.importing.files import BadCell, FileRow, Table
from policies.notices import Notice, notice
from policies.records import Record

Kind = Literal["book", "premiums"]

Complete = Literal["", "branches", "book", "policies"]
"""Of what a file is complete; empty: it does not say that it is (domain.md §9.6)."""

Said = bool | Literal["branches", "book", "policies"]
"""As a person says it; `true`: of the branches, or the policies, that it names."""

_COMPLETE: dict[Kind, tuple[Complete, ...]] = {
    "book": ("branches", "book"),
    "premiums": ("policies",),
}
"""By kind of file; the first is what `true` means."""


def scope_of(said: Said, kind: Kind) -> Complete:
    """Of what a file of that kind is complete; what only the other kind can be is not said of it."""
    first, *_ = scopes = _COMPLETE[kind]
    if isinstance(said, bool):
        return first if said else ""
    return said if said in scopes else ""


class BookCells(Record, frozen=True):
    """The cells of a row of a book; a column whose cells may be empty may be missing."""

    policy_no: str
    issue_date: str
    annual_premium: str
    client_no: str
    client_name: str
    agent_no: str
    product: str = ""
    payment_mode: str = ""
    premium_term_years: str = ""
    sum_assured: str = ""
    currency: str = ""
    status: str = ""
    ended_on: str = ""
    delivered_on: str = ""
    gender: str = ""
    birthday: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    timezone: str = ""
    channel: str = ""
    marketing_consent: str = ""
    agent_name: str = ""
    agent_phone: str = ""
    agent_email: str = ""
    team: str = ""
    branch: str = ""
    referred_by: str = ""


class PremiumCells(Record, frozen=True):
    """The cells of a row of a premium ledger."""

    policy_no: str
    due_date: str
    amount: str
    paid_on: str = ""


CELLS: dict[Kind, type[Record]] = {"book": BookCells, "premiums": PremiumCells}


def needed(kind: Kind) -> list[str]:
    """The columns that a file of that kind has to have."""
    return [each.name for each in msgspec.structs.fields(CELLS[kind]) if each.required]


REJECT_COLUMNS = ("reject_line", "reject_column", "reject_reason")
"""The columns that a rejects file adds; passed over when it is mended and imported again."""


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How another system's file is to be read: its headers, dates, codes, and the columns it lacks."""

    columns: dict[str, str] = {}
    """Canonical column = that system's header."""
    date_formats: tuple[str, ...] = ()
    """As Python's strptime has them; ISO is always understood."""
    country: str = ""
    """The country of phone numbers that name none; empty: the book's."""
    delimiter: str = ","
    codes: dict[str, dict[str, str]] = {}
    """Per canonical column: that system's code = ours."""
    constants: dict[str, str] = {}
    """Per canonical column: one value for every row."""
    complete: Said = False
    """Of what the file is complete."""


PERSONAL = frozenset(["client_name", "phone", "email", "agent_name", "agent_phone", "agent_email"])
"""Cells that are not repeated in a sentence that may end up in a log (domain.md §9.5)."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was refused, and why."""

    line: int
    column: str
    value: str
    reason: Notice
    cells: list[str]

    @property
    def notice(self) -> Notice:
        """The line, the column, the value unless it is personal, and the reason."""
        facts = {"line": self.line, "column": self.column, "why": self.reason}
        if not self.value or self.column in PERSONAL:
            return Notice("refused_row", facts)
        return Notice("refused_cell", {**facts, "value": errors.shorten(self.value, 40)})


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file; raises `UnreadableFile` or `BadSetting` naming the key."""
    mapping = toml.convert(toml.read(path), Mapping, str(path))
    known = {column for cells in CELLS.values() for column in records.columns(cells)}
    for section in ("columns", "codes", "constants"):
        for column in getattr(mapping, section):
            if column not in known:
                why = notice("not_a_column", section=section, column=column)
                raise errors.BadSetting(str(path), why)
    if mapping.country and not phones.is_country(mapping.country):
        raise errors.BadSetting(str(path), notice("not_a_country", country=mapping.country))
    if len(mapping.delimiter) != 1 or mapping.delimiter in '"\r\n':
        raise errors.BadSetting(str(path), notice("bad_delimiter"))
    return mapping


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

    def __init__(self, table: Table, kind: Kind, mapping: Mapping, country: str) -> None:
        known = records.columns(CELLS[kind])
        places = _places(table, mapping, known)
        given = {*places, *mapping.constants}
        if missing := [column for column in needed(kind) if column not in given]:
            raise errors.MissingColumns(table.path, missing, table.header)
        parsers = cells.parsers(mapping.date_formats, mapping.country or country)
        coded = {
            column: cells.remembering(column, _coded(column, mapping, parsers))
            for column in known
            if column in given
        }
        self.columns = list(coded)
        self.places = {column: places[column] for column in coded if column in places}
        """Where the columns stand that the file has; others are constants of the mapping."""
        self.width = len(table.header)
        self.has_plain_numbers = "policy_no" in places and "policy_no" not in mapping.codes
        """Whether policies are called in the file as they are in the book."""
        self.way = f"{self.columns} {mapping.country or country} {msgspec.json.encode(mapping)!r}"
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
        bad: dict[int, Reject] = {}
        values = {
            column: self._column(column, batch, cells, bad) if batch else []
            for column in self.columns
        }
        if bad:
            kept = [number for number in range(len(batch)) if number not in bad]
            values = {name: [column[number] for number in kept] for name, column in values.items()}
            batch = [batch[number] for number in kept]
        return RowBatch(batch, values, [*rejects, *bad.values()])

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
        bad: dict[int, Reject],
    ) -> list[Any]:
        """One column's values; the row of an invalid cell goes to `bad`, once."""
        place, constant, parse = self._readers[column]
        if place is None:
            return [parse(constant)] * len(batch)
        try:
            return self._columns[column](cells[place])
        except BadCell:
            return [
                self._cell_or_bad(column, parse, cell.strip(), number, batch, bad)
                for number, cell in enumerate(cells[place])
            ]

    def _cell_or_bad(
        self,
        column: str,
        parse: Parser,
        cell: str,
        number: int,
        batch: list[FileRow],
        bad: dict[int, Reject],
    ) -> Any:
        try:
            return parse(cell)
        except BadCell as error:
            row = batch[number]
            bad.setdefault(number, Reject(row.line, column, cell, error.notice, row.cells))
            return None

    def _misfit(self, row: FileRow) -> Reject:
        reason = notice("wrong_width", expected=self.width, found=len(row.cells))
        return Reject(row.line, "row", "", reason, row.cells)


def _places(table: Table, mapping: Mapping, known: tuple[str, ...]) -> dict[str, int]:
    """Where each canonical column stands in the file."""
    header = {name: place for place, name in enumerate(table.header)}
    lowered = {name.lower(): place for name, place in header.items()}
    places = {column: lowered[column] for column in known if column in lowered}
    for column, name in mapping.columns.items():
        if column not in known:
            continue
        if name not in header:
            raise errors.MissingColumns(table.path, [name], table.header)
        places[column] = header[name]
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


def _coded(column: str, mapping: Mapping, parsers: dict[str, Parser]) -> Parser:
    """The column's parser, after that system's codes are ours."""
    parse, codes = parsers[column], mapping.codes.get(column)
    if not codes:
        return parse
    return lambda cell: parse(codes.get(files.revived(cell), cell))
