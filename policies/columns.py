"""The canonical columns of a book (DOMAIN §9), and the mapping from another system's columns.

A `RowReader` turns a row of text cells into values ready for the database: dates as ISO text, money
as whole hundredths, phones as E.164.
"""

import re
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from policies import errors, phones, rows, toml
from policies.rows import BadCell, Row, Table
from policies.timeline import ENDED

STATUSES = frozenset(["applied", "in_force", "grace", "suspended", "paid_up"]) | ENDED
PAYMENT_MODES = ("annual", "semiannual", "quarterly", "monthly", "single")

NEEDED = ("policy_no", "issue_date", "annual_premium", "client_no", "client_name", "agent_no")
KNOWN = (
    *("product", "payment_mode", "premium_term_years", "sum_assured", "currency", "status"),
    *("ended_on", "delivered_on", "gender", "birthday", "phone", "email", "language", "timezone"),
    *("channel", "marketing_consent", "agent_name", "agent_phone", "agent_email", "team"),
    *("branch", "referred_by"),
)
PREMIUM_NEEDED = ("policy_no", "due_date", "amount")
PREMIUM_KNOWN = ("paid_on",)
REJECT_COLUMNS = ("reject_line", "reject_column", "reject_reason")
"""What a rejects file adds; passed over in silence when it is mended and imported again."""

_LANGUAGE = re.compile(r"(?:[A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{2,8})*)?")
_CONSENT = {"": None, "yes": True, "no": False}

Parser = Callable[[str], Any]
Kind = Literal["book", "premiums"]


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How another system's file is to be read: its headers, dates, codes, and what it leaves out."""

    columns: dict[str, str] = {}
    """Canonical column = that system's header."""
    date_formats: tuple[str, ...] = ()
    """As Python's strptime has them; ISO is always understood."""
    country: str = ""
    """Whose phone numbers are meant where they name no country; empty: the book's."""
    delimiter: str = ","
    codes: dict[str, dict[str, str]] = {}
    """Per canonical column: that system's code = ours."""
    constants: dict[str, str] = {}
    """Per canonical column: one value for every row."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was refused, and why."""

    line: int
    column: str
    value: str
    reason: str
    cells: list[str]

    def __str__(self) -> str:
        shown = f" {errors.shorten(self.value, 40)!r}" if self.value else ""
        return f"line {self.line}, {self.column}{shown}: {self.reason}"


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file; raises `UnreadableFile` or `BadSetting` naming the key."""
    mapping = toml.convert(toml.read(path), Mapping, str(path))
    known = {*NEEDED, *KNOWN, *PREMIUM_NEEDED, *PREMIUM_KNOWN}
    for section in ("columns", "codes", "constants"):
        for column in getattr(mapping, section):
            if column not in known:
                raise errors.BadSetting(str(path), f"[{section}] {column!r} is no column of a book")
    if mapping.country and not phones.is_country(mapping.country):
        raise errors.BadSetting(str(path), f"country {mapping.country!r} is not known")
    if len(mapping.delimiter) != 1:
        raise errors.BadSetting(str(path), "delimiter must be one character")
    return mapping


class RowReader:
    """Reads the rows of one table: which columns it states, and each row as values by column."""

    def __init__(self, table: Table, kind: Kind, mapping: Mapping, country: str) -> None:
        needed, known = (NEEDED, KNOWN) if kind == "book" else (PREMIUM_NEEDED, PREMIUM_KNOWN)
        places = _places(table, mapping, (*needed, *known))
        given = {*places, *mapping.constants}
        if missing := [column for column in needed if column not in given]:
            raise errors.MissingColumns(table.path, missing, table.header)
        parsers = _parsers(mapping.date_formats, mapping.country or country)
        self.columns = [column for column in (*needed, *known) if column in given]
        self.ignored = _ignored(table, mapping, places)
        self._width = len(table.header)
        self._readers = [
            (
                places.get(column),
                mapping.constants.get(column, ""),
                _coded(column, mapping, parsers),
            )
            for column in self.columns
        ]

    def read(self, row: Row) -> dict[str, Any] | Reject:
        """The row's values by canonical column, or why it is refused."""
        cells = row.cells
        if len(cells) != self._width:
            reason = f"{self._width} cells were expected, {len(cells)} found"
            return Reject(row.line, "row", "", reason, cells)
        try:
            values = [
                parse(cells[place].strip() if place is not None else constant)
                for place, constant, parse in self._readers
            ]
        except BadCell:
            return self._complaint(row)
        return dict(zip(self.columns, values, strict=True))

    def _complaint(self, row: Row) -> Reject:
        """The first cell that cannot be meant."""
        for column, (place, constant, parse) in zip(self.columns, self._readers, strict=True):
            cell = row.cells[place].strip() if place is not None else constant
            try:
                parse(cell)
            except BadCell as error:
                return Reject(row.line, column, cell, str(error), row.cells)
        raise AssertionError("a refused row has a bad cell")


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
        return []  # who wrote a mapping chose what to leave out
    return [name for name in table.header if name not in used]


def _coded(column: str, mapping: Mapping, parsers: dict[str, Parser]) -> Parser:
    """The column's parser, after that system's codes are ours."""
    parse, codes = parsers[column], mapping.codes.get(column)
    if not codes:
        return parse
    return lambda cell: parse(codes.get(cell, cell))


@lru_cache(maxsize=4)
def _parsers(formats: tuple[str, ...], country: str) -> dict[str, Parser]:
    day, needed_day = rows.parse_date(formats), rows.parse_date(formats, needed=True)
    number, name = rows.parse_text(64, needed=True), rows.parse_text(200)

    def phone(cell: str) -> tuple[str, str]:
        number = phones.to_e164(cell, country) if cell else ""
        return number, "" if number else _text_of(cell)

    _text_of = rows.parse_text(100)
    return {
        "policy_no": number,
        "client_no": number,
        "agent_no": number,
        "client_name": rows.parse_text(200, needed=True),
        "issue_date": needed_day,
        "annual_premium": rows.parse_amount(needed=True),
        "product": name,
        "payment_mode": rows.parse_choice(*PAYMENT_MODES),
        "premium_term_years": rows.parse_whole(0, 120),
        "sum_assured": rows.parse_amount(),
        "currency": _parse_currency,
        "status": rows.parse_choice(*sorted(STATUSES)),
        "gender": rows.parse_choice("M", "F"),
        "phone": phone,
        "agent_phone": phone,
        "email": name,
        "agent_email": name,
        "language": _parse_language,
        "timezone": _parse_timezone,
        "channel": rows.parse_choice("sms", "email", "none"),
        "marketing_consent": _parse_consent,
        "agent_name": name,
        "team": name,
        "branch": name,
        "referred_by": rows.parse_text(64),
        "due_date": needed_day,
        "amount": rows.parse_amount(needed=True),
        **dict.fromkeys(("ended_on", "delivered_on", "birthday", "paid_on"), day),
    }


def _parse_currency(cell: str) -> str:
    if cell and not (len(cell) == 3 and cell.isalpha() and cell.isupper()):
        raise BadCell("a currency such as CNY was expected")
    return cell


def _parse_language(cell: str) -> str:
    if not _LANGUAGE.fullmatch(cell):
        raise BadCell("a language such as zh_CN or en was expected")
    return cell.replace("-", "_")


def _parse_timezone(cell: str) -> str:
    if cell and cell not in _timezones():
        raise BadCell("a time zone such as Asia/Shanghai was expected")
    return cell


@lru_cache(maxsize=1)
def _timezones() -> set[str]:
    return zoneinfo.available_timezones()


def _parse_consent(cell: str) -> bool | None:
    if cell not in _CONSENT:
        raise BadCell("yes or no was expected")
    return _CONSENT[cell]


def read_all(reader: RowReader, table: Table) -> Iterator[tuple[Row, dict[str, Any] | Reject]]:
    """Every row of the table with what it says, or why it is refused."""
    for row in table.rows:
        yield row, reader.read(row)
