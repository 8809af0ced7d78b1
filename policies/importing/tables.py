"""Tables out of files, whatever the format: a header, and rows of text cells with their lines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from policies import errors
from policies.importing.findings import Findings, Wrong
from policies.importing.inert import said
from policies.notices import Notice, notice


class FileRow(msgspec.Struct, frozen=True, gc=False):
    """One row of a file as it stands there, or as a mapping shapes it."""

    line: int
    cells: list[str]
    raw: tuple[list[str], ...] = ()
    """The rows of the file of which a shaped one is made."""
    wrong: tuple[Wrong, ...] = ()
    """Why it could not be shaped."""


class Recognised(msgspec.Struct, frozen=True, kw_only=True):
    """How a file was read, where neither the file nor a mapping said it."""

    encoding: str = ""
    """Of a text file."""
    delimiter: str = ""
    """Likewise."""


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
    """The warnings about the file as a whole."""
    findings: Findings = field(default_factory=Findings)
    """What is found odd while its rows are read."""
    places: dict[str, int] | None = None
    """Where the canonical columns stand in its rows; None: nobody has asked its mapping yet."""
    lookups: dict[str, Lookup] = field(default_factory=dict)
    """Files that are joined to it, by the name that their mapping gives them."""
    is_shaped: bool = False
    """Whether its rows are in our columns, not in the file's."""


def header_of(path: Path, row: FileRow | None) -> list[str]:
    """The names of a header row; raises `UnreadableFile` where there is none, or a name comes twice."""
    names = [said(cell) for cell in row.cells] if row else []
    if not any(names):
        raise errors.UnreadableFile(path, notice("file_empty"))
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise errors.UnreadableFile(path, notice("header_twice", name=twice[0]))
    return names
