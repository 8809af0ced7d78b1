"""Reading a book of business into the models: an upsert by number, a trail of every change.

One file is one transaction: after a crash, a full disk or `--dry-run` nothing of it is there. Rows
that cannot be meant are values, handed to `on_reject`; the rest of the file goes in.
"""

import datetime
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from policies import database, models
from policies.importing import columns, files
from policies.importing.columns import Kind, Mapping, Reject, RowBatch, RowReader
from policies.importing.ledger import Ledger
from policies.importing.policies import PolicyRows
from policies.notices import Notice, notice
from policies.trail import Trail

BATCH_ROWS = database.BATCH_ROWS


@dataclass
class Outcome:
    """What an import did; every row of the file is in exactly one of the four counts."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    warnings: list[Notice] = field(default_factory=list)
    number: int = 0
    """Of its `BookImport`; 0 where nothing was written."""


def counts(outcome: Outcome, dry_run: bool = False) -> dict[str, int | bool]:
    """What an import did, as scripts read it."""
    names = ("rows", "added", "changed", "unchanged", "rejected")
    found: dict[str, int | bool] = {name: getattr(outcome, name) for name in names}
    return {**found, "dry_run": True} if dry_run else found


class _NothingWritten(Exception):
    """Takes a dry run back."""


def load(
    path: Path,
    *,
    kind: Kind = "book",
    joined: datetime.date,
    now: datetime.datetime,
    country: str,
    trail: Trail,
    mapping: Mapping | None = None,
    dry_run: bool = False,
    called: str = "",
    on_header: Callable[[list[str]], None] = lambda header: None,
    on_reject: Callable[[Reject], None] = lambda reject: None,
    on_progress: Callable[[float], None] = lambda fraction: None,
    watch: Callable[[Literal["before", "after"]], None] = lambda moment: None,
) -> Outcome:
    """Import a book file, or with kind `premiums` its premium ledger.

    `joined` is the day from which new policies are served, and as of which changes are dated;
    `trail` is handed every change of a client or policy inside the same transaction; `called` is
    the name by which the import is remembered, by default the file's; `watch` may look at the book
    before and after, in the transaction that a dry run takes back.
    Raises `UnreadableFile` or `MissingColumns` if the file cannot be taken in, and then nothing is.
    """
    mapping = mapping or Mapping()
    outcome = Outcome()
    try:
        with (
            files.opened(path, mapping.delimiter) as table,
            database.explained(),
            database.exclusive("book"),
        ):
            reader = RowReader(table, kind, mapping, country)
            on_header(table.header)
            outcome.warnings += [notice("column_left_out", column=name) for name in reader.ignored]
            if table.encoding == "gb18030":
                outcome.warnings.append(notice("read_as_gb18030"))
            watch("before")
            target = PolicyRows(reader.columns, joined, trail) if kind == "book" else Ledger(trail)
            for some in database.chunks(table.rows, BATCH_ROWS):
                _take_in(reader.read(some), target, outcome, on_reject)
                on_progress(table.fraction())
            outcome.warnings += target.warnings()
            number = _record(called or path.name, kind, joined, now, outcome)
            watch("after")
            if dry_run:
                raise _NothingWritten
            outcome.number = number
            database.refresh_statistics(models.BOOK)
    except _NothingWritten:
        pass
    return outcome


def _take_in(
    batch: RowBatch,
    target: PolicyRows | Ledger,
    outcome: Outcome,
    on_reject: Callable[[Reject], None],
) -> None:
    refused = [*batch.rejects, *target.take_in(batch)]
    rows_read = len(batch.rows) + len(batch.rejects)
    outcome.rows += rows_read
    outcome.rejected += len(refused)
    outcome.added += target.added
    outcome.changed += target.changed
    outcome.unchanged += rows_read - len(refused) - target.added - target.changed
    for reject in sorted(refused, key=lambda reject: reject.line):
        on_reject(reject)


def _record(
    name: str, kind: Kind, joined: datetime.date, now: datetime.datetime, outcome: Outcome
) -> int:
    recorded = models.BookImport.create(
        imported_at=now,
        file=name,
        kind=kind,
        joined_on=joined if kind == "book" else None,
        rows=outcome.rows,
        added=outcome.added,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        rejected=outcome.rejected,
    )
    return int(recorded.id)


def past(limit: int, offset: int = 0) -> list[models.BookImport]:
    """The imports of before, the latest first: `limit` at the most, after the first `offset`."""
    query = models.BookImport.select().order_by(models.BookImport.id.desc())
    return list(query.limit(limit).offset(offset))


def rejects_header(header: list[str]) -> list[str]:
    """The header of a rejects file: the file's own, then where and why."""
    own = [files.inert(name) for name in header if name not in columns.REJECT_COLUMNS]
    return [*own, *columns.REJECT_COLUMNS]


def rejects_row(header: list[str], reject: Reject, reason: str) -> list[str]:
    """A refused row as it was, every cell inert, with line, column and the reason in words."""
    kept = [
        files.inert(cell)
        for name, cell in itertools.zip_longest(header, reject.cells[: len(header)], fillvalue="")
        if name not in columns.REJECT_COLUMNS
    ]
    beyond = [files.inert(cell) for cell in reject.cells[len(header) :]]
    return [*kept, str(reject.line), reject.column, reason, *beyond]
