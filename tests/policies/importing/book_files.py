"""Book files as tests write them: a few columns, a few rows, and what became of the import."""

import csv
import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from policies import models
from policies.importing.files import rejects
from policies.importing.findings import Reject
from policies.importing.importer import Listener, Outcome
from policies.importing.mapping import loading
from policies.importing.mapping.mapping import Mapping
from servicing.core.models import CardEntry
from tests import cast
from tests.refusals import english

ROW = {
    "policy_no": "P001",
    "issue_date": "2025-08-31",
    "annual_premium": "12000",
    "client_no": "C001",
    "client_name": "林伟",
    "agent_no": "A001",
}
"""Lin Wei's first policy in the columns that every book needs."""

JOINED = datetime.date(2026, 1, 15)


def row(policy_no: str = "P001", **facts: str) -> dict[str, str]:
    """A row of a book: Lin Wei's, unless it says otherwise."""
    return {**ROW, "policy_no": policy_no, **facts}


def zhou_mings(policy_no: str = "P900", **facts: str) -> dict[str, str]:
    """A row of the outsider."""
    known = {"client_no": "C900", "client_name": "周明", "agent_no": "A900"}
    return row(policy_no, **{**known, **facts})


@dataclass
class Imported:
    """What an import did, and the rows it refused."""

    outcome: Outcome
    rejects: list[Reject] = field(default_factory=list)
    header: list[str] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Added, changed, unchanged, rejected; together they are all rows."""
        found = self.outcome
        four = (found.added, found.changed, found.unchanged, found.rejected)
        assert sum(four) == found.rows
        return four

    @property
    def why(self) -> list[str]:
        """The refused rows as a person reads them."""
        return [english(each) for reject in self.rejects for each in reject.notices]

    @property
    def warnings(self) -> list[str]:
        """What went well but should be known, as a person reads it."""
        return [english(each) for each in self.outcome.warnings]

    @property
    def first_reject(self) -> list[str]:
        """The first refused row as the rejects file has it."""
        reject = self.rejects[0]
        return rejects.row(self.header, reject, [english(each.reason) for each in reject.wrong])


TRICKY = st.text(st.sampled_from("=+-@＝＠'\"\t\r |!A0 1林,.()"), max_size=12) | st.text(
    max_size=20
)
"""Cells that a spreadsheet might take for something else."""


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    """A CSV file of these rows; its columns are those that some row speaks of."""
    header = list(dict.fromkeys(name for each in rows for name in each))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def load(folder: Path, *rows: dict[str, str], **how: Any) -> Imported:
    """Import a book of these rows, joining on JOINED unless told otherwise."""
    return load_file(write(folder / "book.csv", list(rows)), **how)


def load_ledger(folder: Path, *rows: dict[str, str], **how: Any) -> Imported:
    """Import a premium ledger of these rows."""
    return load_file(write(folder / "ledger.csv", list(rows)), kind="premiums", **how)


def load_file(
    path: Path,
    *,
    joined: cast.Day = JOINED,
    on_progress: Callable[[float], None] = lambda fraction: None,
    **how: Any,
) -> Imported:
    listener = _Listener(on_progress)
    outcome = cast.import_book(path, joined=joined, listener=listener, **how)
    return Imported(outcome, listener.rejects, listener.seen_header)


class _Listener(Listener):
    """Remembers the header and the refused rows, and passes the progress on."""

    def __init__(self, on_progress: Callable[[float], None]) -> None:
        self.rejects: list[Reject] = []
        self.seen_header: list[str] = []
        self._on_progress = on_progress

    def header(self, header: list[str], delimiter: str) -> None:
        self.seen_header = header

    def refused(self, reject: Reject) -> None:
        self.rejects.append(reject)

    def progress(self, fraction: float) -> None:
        self._on_progress(fraction)


def mapping_of(folder: Path, text: str) -> Mapping:
    """A mapping file of this text."""
    path = folder / "map.toml"
    path.write_text(text, "utf-8")
    return loading.load_mapping(path)


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the book and of the cards."""
    tables = (*models.BOOK, CardEntry)
    return {
        model.__name__: list(model.select().order_by(model._meta.primary_key).tuples())
        for model in tables
    }
