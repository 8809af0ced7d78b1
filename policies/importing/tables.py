"""Tables out of files, whatever the format: a header, and rows of text cells with their lines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from policies import errors
from policies.importing.inert import revived
from policies.notices import Notice, notice


class FileRow(msgspec.Struct, frozen=True, gc=False):
    """One row of a file as it stands there."""

    line: int
    cells: list[str]
    sheet: str = ""
    """Of a workbook of several, the name of its sheet."""


class Recognised(msgspec.Struct, frozen=True, kw_only=True):
    """How a file was read, where neither the file nor a mapping said it."""

    encoding: str = ""
    """Of a text file."""
    delimiter: str = ""
    """Likewise."""


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
    """The warnings about the file as a whole; some are known only when its rows have been read."""
    is_costly: bool = False
    """Whether its rows take long to read: nobody should wait meanwhile."""


def header_of(path: Path, row: FileRow | None) -> list[str]:
    """The names of a header row; raises `UnreadableFile` where there is none, or a name comes twice."""
    names = [revived(cell.strip()) for cell in row.cells] if row else []
    if not any(names):
        raise errors.UnreadableFile(path, notice("file_empty"))
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise errors.UnreadableFile(path, notice("header_twice", name=twice[0]))
    return names
