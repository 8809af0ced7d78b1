"""Files as an import reads them, without a book: the values of their rows, and what is said of them."""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.importing.cells.cells import Style
from policies.importing.files import files
from policies.importing.findings import Reject
from policies.importing.kinds import Kind
from policies.importing.mapping.columns import RowReader
from policies.importing.mapping.mapping import Mapping
from tests.policies.importing.book_files import mapping_of
from tests.refusals import english

STYLE = Style(country="US", today=datetime.date(2026, 5, 8))

NAMED = """
[columns]
policy_no = "Pol"
issue_date = "Issued"
annual_premium = "Prem"
client_no = "Cl"
client_name = "Name"
agent_no = "Ag"
"""
"""A mapping of the columns that every book needs."""

ROW = {
    "Pol": "K1",
    "Issued": "2026-01-10",
    "Prem": "1200",
    "Cl": "C1",
    "Name": "Ilse Brandt",
    "Ag": "A1",
}
"""A row of a system that has other headers."""


@dataclass
class AsRead:
    """What a file says."""

    values: dict[str, list[Any]]
    rejects: list[Reject]
    told: list[str]
    """The warnings about the file and its rows."""

    @property
    def why(self) -> list[str]:
        """The refused rows as a person reads them."""
        return [english(each) for reject in self.rejects for each in reject.notices]

    @property
    def lines(self) -> list[list[str]]:
        """The rows of the file that are refused, as they stand there."""
        return [each.cells for reject in self.rejects for each in reject.rows]


def row(policy_no: str = "K1", **cells: str) -> dict[str, str]:
    """A row of that system."""
    return {**ROW, "Pol": policy_no, **cells}


def read(
    folder: Path, rows: list[dict[str, str]], mapping: str = "", kind: Kind = "book"
) -> AsRead:
    """What a file of these rows says by the mapping; its columns are those of the first row."""
    header = list(dict.fromkeys(name for each in rows for name in each))
    lines = [header, *([each.get(name, "") for name in header] for each in rows)]
    return read_text(folder, "\n".join(",".join(cells) for cells in lines), mapping, kind)


def read_text(folder: Path, text: str, mapping: str = "", kind: Kind = "book") -> AsRead:
    """What a file of this text says by the mapping."""
    path = folder / "theirs.csv"
    path.write_text(text, "utf-8")
    how = mapping_of(folder, mapping) if mapping else Mapping()
    with files.opened(path) as table:
        reader = RowReader(table, kind, how, STYLE)
        batch = reader.read(list(reader.table.rows))
        told = [*reader.table.told, *table.findings.notices()]
    return AsRead(batch.values, batch.rejects, [english(each) for each in told])
