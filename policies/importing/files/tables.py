"""Tables out of files, whatever the format: a header, and rows of text cells with their lines."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from policies import errors
from policies.importing.findings import Findings, Wrong
from policies.importing.inert import said
from policies.notices import Notice, notice

REJECT_COLUMNS = ("reject_line", "reject_column", "reject_reason")
"""The columns that a rejects file adds; passed over when it is mended and imported again."""


class FileRow(msgspec.Struct, frozen=True, gc=False):
    """One row of a file as it stands there, or as a mapping shapes it."""

    line: int
    cells: list[str]
    raw: tuple[list[str], ...] = ()
    """The rows of the file of which a shaped one is made."""
    wrong: tuple[Wrong, ...] = ()
    """Why it could not be shaped."""
    why: Notice | None = None
    """Why it cannot be taken apart into cells; it is one cell then."""
    sheet: str = ""
    """Of a workbook of several, the name of its sheet."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file before it is opened."""

    country: str = ""
    """Of the workspace: its people's files are written in its encoding."""
    encoding: str = ""
    """Empty: it is looked for."""
    delimiter: str = ""
    """Likewise."""
    header_row: int | None = None
    """The line of the header; 0: there is none; None: it is the first that is not blank."""
    sheets: tuple[str, ...] = ()
    """Of a workbook those that are read; none: the visible ones that have the header of the first."""
    known: frozenset[str] = frozenset()
    """The headers that mean something: ours in small letters, another system's as it writes them."""
    names: frozenset[str] = frozenset()
    """Those of them over the names of people."""

    def knows(self, cell: str) -> bool:
        """Whether a cell is a header that means something."""
        name = said(cell)
        return name in self.known or name.lower() in self.known

    def names_people(self, header: str) -> bool:
        """Whether names of people stand under a header."""
        name = said(header)
        return name in self.names or name.lower() in self.names


class Recognised(msgspec.Struct, frozen=True, kw_only=True):
    """How a file was read, where neither the file nor a mapping said it."""

    encoding: str = ""
    """Of a text file."""
    delimiter: str = ""
    """Likewise."""
    header_line: int = 0
    """Where its header stands; 0: it has none."""
    by_evidence: bool = False
    """Whether the encoding is what its characters speak for."""


@dataclass(frozen=True)
class Lookup:
    """The rows of another file, by what stands in one of its columns."""

    on: str
    """The header of this file by which they are looked up."""
    header: list[str]
    rows: dict[str, list[str]]
    twice: frozenset[str]
    """What stands there in several rows that differ."""
    called: str
    """The name of that file."""
    told: Sequence[Notice] = ()
    """The warnings about that file."""


@dataclass(frozen=True)
class Table:
    """A file's header and its rows, read as they are asked for."""

    path: Path
    header: list[str]
    rows: Iterator[FileRow]
    fraction: Callable[[], float]
    """How much of the file has been read, 0 to 1."""
    recognised: Recognised = Recognised()
    told: list[Notice] = field(default_factory=list)
    """The warnings about the file as a whole; there may be more when all its rows have been read."""
    names: tuple[str, ...] = ()
    """Names that stand in it, so that a person sees whether it is read well."""
    header_seems: int = 0
    """The line that looks more like its header; 0: none does."""
    sheets: list[str] = field(default_factory=list)
    """Of a workbook: those of which rows have been read."""
    is_odd: bool = True
    """Whether characters may stand in it that no text has."""
    findings: Findings = field(default_factory=Findings)
    """What is found odd while its rows are read."""
    places: dict[str, int] | None = None
    """Where the canonical columns stand in its rows; None: nobody has asked its mapping yet."""
    lookups: dict[str, Lookup] = field(default_factory=dict)
    """Files that are joined to it, by the name that their mapping gives them."""
    is_shaped: bool = False
    """Whether its rows are in our columns, not in the file's."""
    is_costly: bool = False
    """Whether its rows take long to read: nobody should wait meanwhile."""

    def warnings(self) -> list[Notice]:
        """What is to be told of the file, when all its rows have been read."""
        read = self.recognised
        evident = [notice("read_as", encoding=read.encoding)] if read.by_evidence else []
        return [*evident, *self.told, *self.findings.notices()]


def told_of(called: str, warnings: Iterable[Notice]) -> list[Notice]:
    """The warnings about a file that was read beside another."""
    return [notice("in_file", file=called, why=each) for each in warnings]


def header_of(path: Path, row: FileRow | None) -> list[str]:
    """The names of a header row; raises `UnreadableFile` where there are none."""
    names = [said(cell) for cell in row.cells] if row else []
    if not any(names):
        raise errors.UnreadableFile(path, notice("file_empty"))
    return names


def headed(
    path: Path, rows: Iterator[FileRow], header_row: int | None
) -> tuple[list[str], int, Iterator[FileRow]]:
    """The header, its line, and the rows behind it; `header_row` as `Reading` has it."""
    first = next((row for row in rows if row.line >= (header_row or 0)), None)
    if header_row == 0 and first is not None:
        return lettered(len(first.cells)), 0, itertools.chain([first], rows)
    return header_of(path, first), first.line if first else 0, rows


def only_once(path: Path, header: list[str], used: Callable[[str], bool]) -> None:
    """Raises `UnreadableFile` where a header that is used stands twice: which of them is meant?"""
    twice = sorted({name for name in header if used(name) and header.count(name) > 1})
    if twice:
        raise errors.UnreadableFile(path, notice("header_twice", name=twice[0]))


def lettered(width: int) -> list[str]:
    """The names of columns without a header, as a spreadsheet has them: A to Z, AA, AB …"""
    return [_letters(number) for number in range(1, width + 1)]


def _letters(number: int) -> str:
    rest, last = divmod(number - 1, 26)
    return (_letters(rest) if rest else "") + chr(ord("A") + last)
