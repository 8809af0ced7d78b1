"""Files as strangers have them, byte for byte, and what becomes of each: right, refused, or told.

The kinds are those of the ways in which a file goes wrong: its encoding, its numbers, its dates, its
sheets and its layout, its sense, and rows that contradict each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.importing.kinds import Kind


@dataclass(frozen=True)
class Taken:
    """All its rows come in: what the book says then, and what is told of it, with the lines."""

    values: Mapping[str, object]
    """By column, of the policies in the order of their numbers; what is no list: of the first."""
    told: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """By code; a warning about the file as a whole has no lines."""


@dataclass(frozen=True)
class Refused:
    """One row is refused: its line, the column, and a part of the sentence."""

    line: int
    column: str
    part: str
    told: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class NoFile:
    """The file is refused as a whole, or its mapping is: a part of the sentence."""

    part: str


@dataclass(frozen=True)
class Case:
    """A file, how it is read, and its outcome."""

    kind: str
    name: str
    data: bytes
    outcome: Taken | Refused | NoFile
    mapping: str = ""
    country: str = "US"
    of: Kind = "book"

    @property
    def id(self) -> str:
        """What the case is called."""
        return f"{self.kind}-{self.name}"


ROW = {
    "policy_no": "K1",
    "issue_date": "2025-03-10",
    "annual_premium": "1200.00",
    "client_no": "C1",
    "client_name": "Ilse Brandt",
    "agent_no": "A1",
}
"""A row of a good file; it is in line 2."""


def table(*rows: Mapping[str, object]) -> list[list[object]]:
    """The header of rows like ROW that say something more or else, and their cells."""
    full: list[dict[str, object]] = [
        {**ROW, "policy_no": f"K{number}", "client_no": f"C{number}", **each}
        for number, each in enumerate(rows, 1)
    ]
    header = list(dict.fromkeys(name for each in full for name in each))
    return [[*header], *([each.get(name, "") for name in header] for each in full)]


def text(*rows: Mapping[str, object], delimiter: str = ",") -> str:
    """The same as text."""
    return "".join(f"{delimiter.join(map(_quoted, cells))}\n" for cells in table(*rows))


def _quoted(cell: object) -> str:
    said = str(cell)
    return '"' + said.replace('"', '""') + '"' if set(said) & set(',;"\n|\t') else said


def one(**cells: str) -> bytes:
    """A good file of one row, but for these cells."""
    return text(cells).encode()
