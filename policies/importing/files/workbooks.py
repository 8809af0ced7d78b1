"""Tables out of workbooks, as the CSV file would have them.

Only what people see is read: the visible sheets that have the header of the first one, one after
another; or the sheets that the mapping names.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from policies import errors
from policies.importing.files.sheets import MANY_SHEETS, Costly, Oddities, Sheet, Workbook, bounded
from policies.importing.files.tables import FileRow, Reading, Table, header_of, lettered
from policies.importing.findings import Findings, Place
from policies.notices import Notice, notice

ZIP_SIGN = b"PK\x03\x04"
OLE_SIGN = b"\xd0\xcf\x11\xe0"

MEANT = 2
"""With so many headers that mean something the sheet of a list begins."""

TOP = 50
"""So many rows may stand before a header for us to find it."""

_LOCKED = "EncryptedPackage".encode("utf-16-le")
"""Stands in an Excel workbook that a password protects."""


def is_workbook(head: bytes) -> bool:
    """Whether a file that begins so is a workbook, or is nothing that we read."""
    return head.startswith((ZIP_SIGN, OLE_SIGN))


def table(path: Path, file: BinaryIO, known: Reading) -> Table:
    """The table in a workbook.

    Raises `UnreadableFile` where the workbook is damaged, locked or empty, or would cost too much.
    """
    with _blamed(path):
        book = _opened(path, file)
    if len(book.sheets) > MANY_SHEETS:
        raise errors.UnreadableFile(path, notice("workbook_many_sheets", most=MANY_SHEETS))
    if not book.sheets:
        raise errors.UnreadableFile(path, notice("workbook_empty"))
    with _blamed(path):
        header = _likely_header(path, book, known)
    reading = _Rows(path, book, known, header)
    found = reading.table(told=[] if known.sheets else _unread(book))
    with _blamed(path):
        return replace(found, header_seems=_header_seems(path, found.header, reading.names, known))


@contextmanager
def _blamed(path: Path) -> Iterator[None]:
    """Raises `UnreadableFile` where the workbook is damaged: that shows in a hundred ways."""
    try:
        yield
    except errors.UnreadableFile:
        raise
    except Costly as error:
        raise errors.UnreadableFile(path, error.notice) from None
    except Exception as error:
        raise errors.UnreadableFile(path, notice("workbook_damaged")) from error


def _opened(path: Path, file: BinaryIO) -> Workbook:
    """The workbook, distinguished by content."""
    if file.read(len(OLE_SIGN)) == OLE_SIGN:
        return _old(path, file)
    from policies.importing.files import archives, ods

    file.seek(0)
    archive = archives.Archive(file)
    if ods.is_locked(archive):
        raise errors.UnreadableFile(path, notice("workbook_locked"))
    if ods.is_one(archive):
        return ods.workbook(archive)
    from policies.importing.files import xlsx  # only who has such a workbook waits for openpyxl

    return xlsx.workbook(file, archive)


def _old(path: Path, file: BinaryIO) -> Workbook:
    from policies.importing.files import xls

    file.seek(0)
    if _LOCKED in file.read(xls.MANY_BYTES):
        raise errors.UnreadableFile(path, notice("workbook_locked"))
    file.seek(0)
    return xls.workbook(file)


def _chosen(path: Path, book: Workbook, wanted: Sequence[str]) -> list[Sheet]:
    """The sheets that are read; raises `UnreadableFile` where one is not there, or is hidden."""
    known = {each.name: each for each in book.sheets}
    for name in wanted:
        if name not in known:
            raise errors.UnreadableFile(path, notice("no_such_sheet", name=name, known=list(known)))
        if known[name].is_hidden:
            raise errors.UnreadableFile(path, notice("sheet_hidden", name=name))
    return [each for each in book.sheets if (each.name in wanted if wanted else not each.is_hidden)]


def _likely_header(path: Path, book: Workbook, known: Reading) -> list[str]:
    """The first header that means something, since a cover may lie before it; empty: none does."""
    visible = [each.name for each in book.sheets if not each.is_hidden]
    if len(visible) == 1 or known.sheets or known.header_row == 0:
        return []
    begins = known.header_row or 0
    with path.open("rb") as again:  # the rows of a sheet are read once
        for sheet in _opened(path, again).sheets:
            rows = sheet.rows(Oddities()) if sheet.name in visible else iter(())
            first = next((row for row in rows if row.line >= begins), None)
            if first and sum(map(known.knows, first.cells)) >= MEANT:
                return _trimmed(first.cells)
    return []


def _header_seems(path: Path, header: list[str], sheets: list[str], known: Reading) -> int:
    """The line that looks more like the header than the first one; 0: none does, or it is said."""
    meant = sum(map(known.knows, header))
    if meant >= MEANT or known.header_row is not None:
        return 0
    with path.open("rb") as again:
        for sheet in _opened(path, again).sheets:
            rows = bounded(sheet.rows(Oddities())) if sheet.name in sheets else iter(())
            seen = {
                row.line: sum(map(known.knows, row.cells)) for row in itertools.islice(rows, TOP)
            }
            line = max(seen, key=seen.__getitem__, default=0)
            if line and seen[line] >= max(MEANT, meant + 1):
                return line
    return 0


def _unread(book: Workbook) -> list[Notice]:
    """A warning of the hidden sheets."""
    hidden = [each.name for each in book.sheets if each.is_hidden]
    return [notice("hidden_sheets", count=len(hidden), names=hidden)] if hidden else []


class _Rows:
    """The rows of the sheets of a workbook that have one header."""

    def __init__(self, path: Path, book: Workbook, known: Reading, header: list[str]) -> None:
        """`header`: of the sheets that are read; empty: the first one's."""
        self._path, self._book, self._is_chosen = path, book, bool(known.sheets)
        self._header_row = known.header_row
        self._sheets = _chosen(path, book, known.sheets)
        self._header = header
        self._is_begun = False
        self._read: list[str] = []
        self._others: list[str] = []
        self._is_done = False
        self._findings = Findings()

    @property
    def names(self) -> list[str]:
        """The names of the sheets that may be read."""
        return [each.name for each in self._sheets]

    def table(self, told: list[Notice]) -> Table:
        """The table; what is told of the workbook is known when its rows have been read."""
        rows = self._rows(told)
        with _blamed(self._path):
            header = header_of(self._path, next(rows, None))
        width = max(number for number, name in enumerate(header, 1) if name)
        fitted = (_fit(row, width) for row in rows)
        return Table(
            self._path,
            header[:width],
            fitted,
            self._fraction,
            told=told,
            sheets=self._read,
            is_costly=True,
        )

    def _fraction(self) -> float:
        return 1.0 if self._is_done else self._book.fraction()

    def _rows(self, told: list[Notice]) -> Iterator[FileRow]:
        """The header, and the rows under it."""
        with _blamed(self._path):
            for sheet in self._sheets:
                odd = Oddities()
                yield from self._of(sheet, odd)
                self._find(sheet, odd)
        if self._others:
            told.append(notice("other_sheets", count=len(self._others), names=self._others))
        told += self._findings.notices()
        self._is_done = True

    def _of(self, sheet: Sheet, odd: Oddities) -> Iterator[FileRow]:
        """The rows of a sheet, the header first where it is the first one."""
        rows = bounded(sheet.rows(odd))
        first = next((row for row in rows if row.line >= (self._header_row or 0)), None)
        if first is None:
            return
        if self._header_row == 0:
            rows = itertools.chain([first], rows)
            first = FileRow(0, lettered(len(first.cells)))
        names = _trimmed(first.cells)
        self._header = self._header or names
        if names == self._header and not self._is_begun:
            self._is_begun = True
            yield first
        elif names != self._header:
            if self._is_chosen:
                raise errors.UnreadableFile(self._path, notice("sheet_differs", name=sheet.name))
            self._others.append(sheet.name)
            return
        self._read.append(sheet.name)
        for row in rows:
            yield FileRow(row.line, row.cells, sheet=self._named(sheet))

    def _named(self, sheet: Sheet) -> str:
        """The name of a sheet, where there are several."""
        return sheet.name if len(self._sheets) > 1 else ""

    def _find(self, sheet: Sheet, odd: Oddities) -> None:
        if sheet.name in self._others:
            return
        for code, lines in (("merged_cells", odd.merged), ("uncalculated", odd.uncalculated)):
            self._findings.add(code, (Place(line, sheet=self._named(sheet)) for line in lines))


def _trimmed(cells: list[str]) -> list[str]:
    """The names of a header, without the empty ones at its end."""
    names = [each.strip() for each in cells]
    while names and not names[-1]:
        names.pop()
    return names


def _fit(row: FileRow, width: int) -> FileRow:
    """Spreadsheets leave empty cells away at the end of a row, or add some."""
    cells = row.cells
    if len(cells) > width and not any(cells[width:]):
        cells = cells[:width]
    return FileRow(row.line, cells + [""] * (width - len(cells)), sheet=row.sheet)
