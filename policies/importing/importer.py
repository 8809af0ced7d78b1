"""Reading a book of business into the models: an upsert by number, a trail of every change.

One file is one transaction: after a crash, a full disk or `--dry-run` nothing of it is there. Invalid
rows are values, handed to the `Listener`; the rest of the file goes in.
"""

import datetime
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from policies import database, errors, models
from policies.importing import files, kinds, spool
from policies.importing.cells import Style
from policies.importing.columns import REJECT_COLUMNS, RowBatch, RowReader
from policies.importing.findings import Reject
from policies.importing.inert import inert
from policies.importing.kinds import Complete, Kind, Said
from policies.importing.ledger import Ledger
from policies.importing.left_out import LeftOut
from policies.importing.mapping import Mapping
from policies.importing.policies import PolicyRows
from policies.importing.tables import Table
from policies.notices import Notice, notice
from policies.trail import Trail

BATCH_ROWS = database.BATCH_ROWS


@dataclass
class Outcome:
    """The counts of an import; every row of the file is in exactly one of the four."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    warnings: list[Notice] = field(default_factory=list)
    number: int = 0
    """Of its `BookImport`; 0 where nothing was written."""
    left_out: LeftOut | None = None
    """By a file that says that it is complete."""


def counts(outcome: Outcome, dry_run: bool = False) -> dict[str, int | bool]:
    """The counts of an import, as scripts read them."""
    names = ("rows", "added", "changed", "unchanged", "rejected")
    found: dict[str, int | bool] = {name: getattr(outcome, name) for name in names}
    found |= outcome.left_out.counts if outcome.left_out else {}
    return {**found, "dry_run": True} if dry_run else found


class _NothingWritten(Exception):
    """Takes a dry run back."""


@dataclass(frozen=True)
class BookFile:
    """A file of another system, and how it is to be read."""

    path: Path
    kind: Kind = "book"
    mapping: Mapping = Mapping()
    called: str = ""
    """The name under which the import is remembered; empty: the file's."""
    complete: Said = False
    """Of what it is complete, unless its mapping says so."""

    @property
    def scope(self) -> Complete:
        """Of what it is complete; empty: what it leaves out stays."""
        return kinds.scope_of(self.complete or self.mapping.complete, self.kind)

    @property
    def name(self) -> str:
        """Under which the import is remembered."""
        return self.called or self.path.name


@dataclass(frozen=True)
class ImportTerms:
    """The terms on which a file is taken into the book."""

    joined: datetime.date
    """The day from which new policies are served, and as of which changes are dated."""
    now: datetime.datetime
    country: str
    """The country of phone numbers that name none, unless the file's mapping does."""
    dry_run: bool = False
    """Whether all of it is taken back in the end."""
    drops_much: bool = False
    """Whether somebody has agreed to a complete file that drops more than a tenth."""
    read_by: str = ""
    """A digest of the program, which another time passes over what it has read; empty: it reads all."""


class Listener:
    """Hears how an import goes; this one is interested in nothing."""

    def header(self, header: list[str]) -> None:
        """The file has been opened, and this is its header."""

    def refused(self, reject: Reject) -> None:
        """A row has been refused."""

    def progress(self, fraction: float) -> None:
        """So much of the file has been read, 0 to 1."""

    def look(self, side: Literal["before", "after"]) -> None:
        """The book as it was or will be, in the transaction that a dry run takes back."""


def load(
    file: BookFile, terms: ImportTerms, trail: Trail, listener: Listener | None = None
) -> Outcome:
    """Import a book file or its premium ledger.

    `trail` is handed every change of a client or policy inside the same transaction.
    Raises `UnreadableFile`, `MissingColumns` or `DropsTooMany` if the file cannot be taken in, and then
    nothing is.
    """
    outcome, listener = Outcome(), listener or Listener()
    try:
        with (
            _read(file, terms, listener) as (table, reader),
            database.explained(),
            database.exclusive("book"),
        ):
            listener.header(table.header)
            outcome.warnings += _warnings(table, reader)
            listener.look("before")
            target = _target(file, reader, terms, trail)
            for some in database.chunks(table.rows, BATCH_ROWS):
                batch = reader.read(target.to_read(some))
                refused = _take_in(batch, target, outcome, listener)
                if file.scope:
                    target.refused(reader.policies_of(refused))
                listener.progress(table.fraction())
            outcome.warnings += target.warnings()
            if file.scope:
                _leave_out(target.leave_out(file.scope), terms, outcome)
            number = _record(file, terms, outcome)
            listener.look("after")
            if terms.dry_run:
                raise _NothingWritten
            outcome.number = number
            if outcome.added or outcome.changed:
                database.refresh_statistics([*models.BOOK, models.RowMark])
    except _NothingWritten:
        pass
    return outcome


@contextmanager
def _read(
    file: BookFile, terms: ImportTerms, listener: Listener
) -> Iterator[tuple[Table, RowReader]]:
    """The table of a file, and who reads its rows; what takes long is done before others wait for it."""
    mapping = file.mapping
    with files.opened(file.path, mapping.delimiter, mapping.sheets) as table:
        reader = RowReader(table, file.kind, mapping, _style(terms))
        with spool.spooled(table, listener.progress) as kept:
            yield kept, reader


def _style(terms: ImportTerms) -> Style:
    """How cells are read of which the mapping says nothing."""
    return Style(country=terms.country, today=max(terms.joined, terms.now.date()))


def _target(
    file: BookFile, reader: RowReader, terms: ImportTerms, trail: Trail
) -> PolicyRows | Ledger:
    """What takes in the rows of a file."""
    if file.kind == "premiums":
        return Ledger(trail)
    return PolicyRows(reader, terms.joined, trail, terms.read_by)


def _warnings(table: Table, reader: RowReader) -> list[Notice]:
    """The warnings about the file before its rows are read."""
    warnings = [*table.told]
    warnings += [notice("column_left_out", column=name) for name in reader.ignored]
    if table.recognised.encoding == "gb18030":
        warnings.append(notice("read_as_gb18030"))
    return warnings


def _leave_out(found: LeftOut, terms: ImportTerms, outcome: Outcome) -> None:
    """Keep what a complete file leaves out; raises `DropsTooMany` where somebody must agree first."""
    outcome.left_out = found
    outcome.warnings += found.warnings()
    if found.is_much and terms.dry_run:
        facts = {"count": found.dropped, "of": found.of}
        outcome.warnings.append(Notice(f"would_drop_{found.kind}", facts))
    elif found.is_much and not terms.drops_much:
        raise errors.DropsTooMany(found.kind, found.dropped, found.of)


def _take_in(
    batch: RowBatch, target: PolicyRows | Ledger, outcome: Outcome, listener: Listener
) -> list[Reject]:
    """Take in a batch; the rows that were refused."""
    refused = [*batch.rejects, *target.take_in(batch)]
    rows_read = len(batch.rows) + len(batch.rejects) + target.passed
    outcome.rows += rows_read
    outcome.rejected += len(refused)
    outcome.added += target.added
    outcome.changed += target.changed
    outcome.unchanged += rows_read - len(refused) - target.added - target.changed
    for reject in sorted(refused, key=lambda reject: (reject.sheet, reject.line)):
        listener.refused(reject)
    return refused


def _record(file: BookFile, terms: ImportTerms, outcome: Outcome) -> int:
    """Remember the import; its number."""
    recorded = models.BookImport.create(
        imported_at=terms.now,
        file=file.name,
        kind=file.kind,
        joined_on=terms.joined if file.kind == "book" else None,
        rows=outcome.rows,
        added=outcome.added,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        rejected=outcome.rejected,
        complete=file.scope,
        left_out=outcome.left_out.count if outcome.left_out else 0,
    )
    return int(recorded.id)


def past(limit: int, offset: int = 0) -> list[models.BookImport]:
    """The imports of before, the latest first: `limit` at the most, after the first `offset`."""
    query = models.BookImport.select().order_by(models.BookImport.id.desc())
    return list(query.limit(limit).offset(offset))


def rejects_header(header: list[str]) -> list[str]:
    """The header of a rejects file: the file's own, then where and why."""
    own = [inert(name) for name in header if name not in REJECT_COLUMNS]
    return [*own, *REJECT_COLUMNS]


def rejects_row(header: list[str], reject: Reject, reasons: list[str]) -> list[str]:
    """A refused row as it was, every cell inert, with its line, columns and the reasons in words."""
    kept = [
        inert(cell)
        for name, cell in itertools.zip_longest(header, reject.cells[: len(header)], fillvalue="")
        if name not in REJECT_COLUMNS
    ]
    beyond = [inert(cell) for cell in reject.cells[len(header) :]]
    names = "; ".join(each.column for each in reject.wrong)
    return [*kept, inert(reject.where), names, "; ".join(reasons), *beyond]
