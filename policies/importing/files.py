"""Tables out of files: CSV (UTF-8 or GB18030) and XLSX, as rows of text cells with line numbers.

Parsing answers with values: an invalid cell raises `BadCell`, which says what was expected,
and the caller refuses that row alone. Only a file that cannot be taken in at all is an exception.
"""

import codecs
import csv
import datetime
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from policies import errors
from policies.notices import Invalid, Notice, joined, notice, of_system

MAX_CELL_BYTES = 64 * 1024 * 1024
"""A longer cell means a quote that is never closed; shorter ones are judged by their column."""

SNIFF_BYTES = 1 << 20
XLSX_SIGN = b"PK\x03\x04"
XLS_SIGN = b"\xd0\xcf\x11\xe0"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER_OR_PHONE = re.compile(r"[+-]?\d[\d .,()-]*")

EARLIEST = datetime.date(1900, 1, 1)
LATEST = datetime.date(2199, 12, 31)
CENT = Decimal("0.01")
MAX_AMOUNT = 10**12
"""Amounts reach at most a million million of their currency."""

_PLAIN_AMOUNT = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?")
_WHOLE_DIGITS = 12
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


class BadCell(Invalid):
    """An invalid cell."""


class FileRow(msgspec.Struct, frozen=True, gc=False):
    """One row of a file as it stands there."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """A file's header and its rows, read as they are asked for."""

    path: Path
    header: list[str]
    rows: Iterator[FileRow]
    fraction: Callable[[], float]
    """How much of the file has been read, 0 to 1."""
    encoding: str = ""
    """Of a text file."""


@contextmanager
def opened(path: Path, delimiter: str = ",") -> Iterator[Table]:
    """The table in a CSV or XLSX file, distinguished by content, not by name.

    Raises `UnreadableFile` naming what is wrong: missing, a folder, empty, binary, badly encoded,
    a quote never closed.
    """
    with _binary(path) as file:
        head = file.read(len(XLSX_SIGN))
        file.seek(0)
        if head == XLSX_SIGN:
            yield _xlsx(path, file)
        elif head == XLS_SIGN:
            raise errors.UnreadableFile(path, notice("file_is_xls"))
        else:
            yield _csv(path, file, delimiter)


@contextmanager
def _binary(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        if error.filename is None or Path(error.filename) != path:
            raise
        raise errors.UnreadableFile(path, of_system(error)) from None


# --------------------------------------------------------------------------------------------- CSV


def _csv(path: Path, file: BinaryIO, delimiter: str) -> Table:
    encoding = sniff_encoding(path, file)
    size = max(1, path.stat().st_size)
    lines = io.TextIOWrapper(file, encoding, newline="")
    rows = _csv_rows(path, lines, delimiter)
    header = _header(path, next(rows, None))
    return Table(path, header, rows, lambda: min(1.0, lines.buffer.tell() / size), encoding)


def _csv_rows(path: Path, lines: Any, delimiter: str) -> Iterator[FileRow]:
    csv.field_size_limit(MAX_CELL_BYTES)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
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


def _header(path: Path, row: FileRow | None) -> list[str]:
    names = [revived(cell.strip()) for cell in row.cells] if row else []
    if not any(names):
        raise errors.UnreadableFile(path, notice("file_empty"))
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise errors.UnreadableFile(path, notice("header_twice", name=twice[0]))
    return names


def sniff_encoding(path: Path, file: BinaryIO) -> str:
    """`utf-8-sig` or `gb18030`, whichever the whole file is; leaves the file at its start.

    Raises `UnreadableFile` for binary files and for text that is neither.
    """
    head = file.read(SNIFF_BYTES)
    if not head.strip():
        raise errors.UnreadableFile(path, notice("file_empty"))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise errors.UnreadableFile(path, notice("file_is_utf16"))
    bad_line: int | None = None
    for encoding in ("utf-8-sig", "gb18030"):
        line = _first_bad_line(path, file, encoding)
        if line is None:
            file.seek(0)
            return encoding
        bad_line = bad_line or line  # of UTF-8, which is the most likely encoding
    raise errors.UnreadableFile(path, notice("file_not_text", line=bad_line))


def _first_bad_line(path: Path, file: BinaryIO, encoding: str) -> int | None:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    while chunk := file.read(SNIFF_BYTES):
        if b"\0" in chunk:
            raise errors.UnreadableFile(path, notice("file_is_binary"))
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return line + chunk[: max(0, error.start)].count(b"\n")
        line += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None


# -------------------------------------------------------------------------------------------- XLSX


def _xlsx(path: Path, file: BinaryIO) -> Table:
    import openpyxl  # only people with an XLSX file wait for it

    try:
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # it fails in a hundred ways
        raise errors.UnreadableFile(path, notice("workbook_damaged")) from error
    sheet = workbook.worksheets[0] if workbook.worksheets else None
    if sheet is None:
        raise errors.UnreadableFile(path, notice("workbook_empty"))
    total = max(1, sheet.max_row or 1)
    seen = [0]
    rows = _xlsx_rows(path, sheet, seen)
    header = _header(path, next(rows, None))
    trimmed = header[: max(number for number, name in enumerate(header, 1) if name)]
    fitted = (FileRow(row.line, _fit(row.cells, len(trimmed))) for row in rows)
    return Table(path, trimmed, fitted, lambda: min(1.0, seen[0] / total))


def _xlsx_rows(path: Path, sheet: Any, seen: list[int]) -> Iterator[FileRow]:
    for line, values in enumerate(_sound(path, sheet.iter_rows(values_only=True)), 1):
        seen[0] = line
        cells = [_as_text(value) for value in values]
        if any(cells):
            yield FileRow(line, cells)


def _sound(path: Path, values: Iterator[Any]) -> Iterator[Any]:
    """The workbook's rows, as long as it can be read."""
    while True:
        try:
            row = next(values)
        except StopIteration:
            return
        except Exception as error:
            raise errors.UnreadableFile(path, notice("workbook_damaged")) from error
        yield row


def _fit(cells: list[str], width: int) -> list[str]:
    """Spreadsheets leave empty cells away at the end of a row, or add some."""
    if len(cells) > width and not any(cells[width:]):
        return cells[:width]
    return cells + [""] * (width - len(cells))


def _as_text(value: object) -> str:
    """A typed cell as the CSV file would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


# ------------------------------------------------------------------------------- cells in and out


def inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers and phone numbers stay as they are."""
    if text.startswith(FORMULA_SIGNS) and not _NUMBER_OR_PHONE.fullmatch(text):
        return f"'{text}"
    return text


def revived(text: str) -> str:
    """The cell that `inert` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_SIGNS) else text


@dataclass(frozen=True, slots=True)
class Text:
    """Reads text of at most `limit` characters."""

    limit: int
    needed: bool

    def __call__(self, cell: str) -> str:
        """The text in a cell."""
        if len(cell) > self.limit:
            raise BadCell("too_long", most=self.limit, length=len(cell))
        if self.needed and not cell:
            raise BadCell("empty")
        return revived(cell) if cell[:1] == "'" else cell

    def all(self, cells: list[str]) -> list[str]:
        """The texts in many cells: nearly always they are what stands there."""
        is_short = max(map(len, cells), default=0) <= self.limit
        is_plain = is_short and "'" not in "".join(cells) and not (self.needed and "" in cells)
        return cells if is_plain else list(map(self, cells))


def parse_text(limit: int, *, needed: bool = False) -> Text:
    """Reads text of at most `limit` characters."""
    return Text(limit, needed)


def parse_choice(*choices: str) -> Callable[[str], str]:
    """Reads one of the choices, or nothing."""
    allowed = {"", *choices}

    def parse(cell: str) -> str:
        if cell not in allowed:
            raise BadCell("not_one_of", choices=list(choices))
        return cell

    return parse


def parse_date(
    formats: tuple[str, ...] = (), *, needed: bool = False
) -> Callable[[str], datetime.date | None]:
    """Reads a date in one of the formats or in ISO; answers with None if empty."""

    def parse(cell: str) -> datetime.date | None:
        if not cell:
            if needed:
                raise BadCell("date_missing")
            return None
        day = _read_date(cell, formats)
        if not EARLIEST <= day <= LATEST:
            raise BadCell("date_out_of_range", first=EARLIEST.year, last=LATEST.year)
        return day

    return parse


def _read_date(cell: str, formats: tuple[str, ...]) -> datetime.date:
    for each in formats:
        try:
            return datetime.datetime.strptime(cell, each).date()  # noqa: DTZ007 (a date has no zone)
        except ValueError:
            continue
    try:
        return datetime.date.fromisoformat(cell)
    except ValueError:
        raise BadCell("not_a_date", formats=joined("or", formats or ("YYYY-MM-DD",))) from None


def parse_amount(*, needed: bool = False) -> Callable[[str], int | None]:
    """Reads an amount of money; answers in whole hundredths, or None if empty."""

    def parse(cell: str) -> int | None:
        whole, _, part = cell.partition(".")
        digits = whole + part
        if 0 < len(whole) <= _WHOLE_DIGITS and len(part) == 2 and digits.isdecimal():
            return int(digits)  # nearly all are written so
        if plain := _PLAIN_AMOUNT.fullmatch(cell):
            whole, part = plain.groups()
            return int(whole) * 100 + (int(part.ljust(2, "0")) if part else 0)
        if not cell:
            if needed:
                raise BadCell("amount_missing")
            return None
        return _read_amount(cell)

    return parse


def _read_amount(cell: str) -> int:
    try:
        value = Decimal(cell.replace(",", "") if _GROUPED.fullmatch(cell) else cell)
    except InvalidOperation:
        raise BadCell("not_an_amount") from None
    if not value.is_finite() or value >= MAX_AMOUNT:
        raise BadCell("amount_too_large", limit=MAX_AMOUNT)
    if value < 0:
        raise BadCell("amount_negative")
    if 0 < value < CENT or value % CENT:
        raise BadCell("amount_too_fine")
    return int(value * 100)


def parse_whole(lowest: int, highest: int) -> Callable[[str], int | None]:
    """Reads a whole number of [lowest, highest], or None if empty."""

    def parse(cell: str) -> int | None:
        if not cell:
            return None
        if not re.fullmatch(r"-?\d{1,9}", cell) or not lowest <= int(cell) <= highest:
            raise BadCell("not_a_whole_number", lowest=lowest, highest=highest)
        return int(cell)

    return parse
