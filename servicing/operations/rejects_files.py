"""The file of refused rows, which a person mends and imports again: CSV, or a workbook of texts."""

import contextlib
import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from policies import whole
from policies.importing.files import rejects
from policies.importing.files.files import HEAD_BYTES, MAX_CELL_BYTES
from policies.importing.findings import Reject
from policies.notices import notice, of_system
from servicing.core import errors, i18n

WORKBOOK = ".xlsx"
"""The end of a name that asks for a workbook."""

SHEET_ROWS, CELL_CHARACTERS = 1_048_576, 32_767
"""What a sheet of a workbook can hold, and a cell of it."""

SHOWN = 5
"""Refused rows that are kept to be told; all of them go to the file."""


class Rejects:
    """Refused rows: all to the file as they come, the first few kept to be told."""

    def __init__(self, locale: str, to: "_Lines | None" = None) -> None:
        self.first: list[Reject] = []
        self._locale, self._to = locale, to
        self._header: list[str] = []

    def header(self, header: list[str], delimiter: str) -> None:
        """The file has this header, and this stands between its cells; empty: it is a workbook."""
        self._header = header
        if self._to:
            self._to.begin(delimiter or ",", rejects.header(header))

    def take(self, reject: Reject) -> None:
        """A row has been refused."""
        if self._to:
            reasons = [i18n.sentence(each.reason, self._locale) for each in reject.wrong]
            for each in reject.rows:
                self._to.write(rejects.row(self._header, each, reasons))
        if len(self.first) < SHOWN:
            self.first.append(reject)


class Beside:
    """The refused rows of files beside the main one: each has its own, since headers differ."""

    def __init__(
        self, path: Path | None, main: str, locale: str, written: contextlib.ExitStack
    ) -> None:
        """`path`: of the refused rows of the main file; `main`: what that is called."""
        self.files: dict[str, Rejects] = {}
        """By the name of a file, those of the last one that is called so."""
        self._all: list[Rejects] = []
        self._path, self._locale, self._written = path, locale, written
        self._taken = {main.casefold()}

    @property
    def first(self) -> list[Reject]:
        """The first of them, to be told."""
        return [reject for each in self._all for reject in each.first]

    def open(self, name: str, header: list[str], delimiter: str) -> None:
        """Begin a file for the rows of another one."""
        self._taken.add(name.casefold())
        path = self._path and self._path.parent / self._name_beside(self._path, name)
        found = self._written.enter_context(writing(path, self._locale))
        found.header(header, delimiter)
        self._all.append(found)
        self.files[name] = found

    def _name_beside(self, path: Path, name: str) -> str:
        """`rejects.ledger.csv`; with a number where a file of this import is called so already.

        Names that differ in capitals only are one: they may be carried to where they are one.
        """
        stem = f"{path.stem}.{Path(name).stem}"
        numbered = (f"{stem}.{number}{path.suffix}" for number in itertools.count(2))
        names = itertools.chain([f"{stem}{path.suffix}"], numbered)
        found = next(each for each in names if each.casefold() not in self._taken)
        self._taken.add(found.casefold())
        return found


class _Lines:
    """The lines of the file; what goes wrong is said of `path`, which it becomes."""

    def __init__(self, file: IO[str], path: Path) -> None:
        self.delimiter = ","
        self._file, self._path = file, path

    def begin(self, delimiter: str, header: Sequence[str]) -> None:
        self.delimiter = delimiter
        self.write(header)

    def write(self, cells: Sequence[str]) -> None:
        with _blamed_on(self._path):
            csv.writer(self._file, delimiter=self.delimiter).writerow(cells)


@contextlib.contextmanager
def writing(path: Path | None, locale: str) -> Iterator[Rejects]:
    """The file appears whole, when the import has ended, or not at all; nobody else may read it.

    What the system refuses elsewhere in the import is not the fault of this file.
    """
    if path is None:
        yield Rejects(locale)
        return
    if whole.is_stream(path) or (path.exists() and not path.is_file()):
        raise errors.UnwritableFile(path, notice("not_a_file"))
    with _blamed_on(path):
        draft = whole.new_draft(path)
        file = draft.open("w", encoding="utf-8-sig", newline="")  # so that Excel knows UTF-8
    lines = _Lines(file, path)
    try:
        yield Rejects(locale, lines)
    except BaseException:
        for undo in (file.close, draft.unlink):
            with contextlib.suppress(OSError):
                undo()
        raise
    with _blamed_on(path), whole.moved(draft, path):
        file.close()
        if path.suffix.lower() == WORKBOOK:
            _to_workbook(draft, path, lines.delimiter)


def _to_workbook(draft: Path, path: Path, delimiter: str) -> None:
    """The draft becomes a workbook; raises `UnwritableFile` where there are too many rows for one."""
    held = workbook(draft, delimiter)
    if held is None:
        raise errors.UnwritableFile(path, notice("sheet_full", most=SHEET_ROWS - 1))
    draft.write_bytes(held)


def workbook(source: Path, delimiter: str = "") -> bytes | None:
    """The rows of a rejects file, each cell a text as it was; None: they are too many for a sheet.

    `delimiter`: of the file; empty: it is looked for.
    """
    import xlsxwriter  # only those who ask for a workbook wait for it

    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"constant_memory": True})
    sheet, count = book.add_worksheet("rejects"), 0
    with contextlib.closing(book), source.open(encoding="utf-8-sig", newline="") as file:
        for count, cells in enumerate(_read(file, delimiter), 1):
            if count > SHEET_ROWS:
                return None
            for place, cell in enumerate(cells):
                sheet.write_string(count - 1, place, rejects.given(cell)[:CELL_CHARACTERS])
    return held.getvalue()


def _read(file: IO[str], delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_CELL_BYTES)
    found = delimiter or rejects.delimiter_of(file.read(HEAD_BYTES))
    file.seek(0)
    return csv.reader(file, delimiter=found or ",")


@contextlib.contextmanager
def _blamed_on(path: Path) -> Iterator[None]:
    """Raises `UnwritableFile` of that file where the system refuses something meanwhile."""
    try:
        yield
    except OSError as error:
        raise errors.UnwritableFile(path, of_system(error)) from None
