"""Reading a book of business into the models: an upsert by number, a trail of every change.

One file is one transaction: after a crash, a full disk or `--dry-run` nothing of it is there. Invalid
rows are values, handed to the `Listener`; the rest of the file goes in.
"""

import contextlib
import datetime
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple

from policies import database, errors, models, roles
from policies.erased import NOBODY, ErasedClients
from policies.grace import Grace
from policies.importing import kinds
from policies.importing.book import referrers
from policies.importing.book.left_out import LeftOut
from policies.importing.book.referrers import Referrers
from policies.importing.book.standings import Standings
from policies.importing.cells.cells import Style
from policies.importing.files import files, spool, tables
from policies.importing.files.tables import Lookup, Recognised, Table
from policies.importing.findings import Reject
from policies.importing.kinds import Complete, Kind, Said
from policies.importing.ledger import Ledger
from policies.importing.mapping import joining, orders
from policies.importing.mapping.columns import RowBatch, RowReader, reading
from policies.importing.mapping.joining import Beside
from policies.importing.mapping.mapping import Mapping
from policies.importing.people import Agents, Clients
from policies.importing.policies import PolicyRows
from policies.notices import Notice
from policies.trail import Trail

BATCH_ROWS = 2_000
"""Rows that are in hand at a time: of more, the first leave the cache before the last are read."""

Target = PolicyRows | Ledger | Clients | Agents
"""What takes in the rows of a file."""


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

    def count(self, other: "Outcome") -> None:
        """Count the rows of another file, too."""
        self.rows += other.rows
        self.added += other.added
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.rejected += other.rejected

    recognised: Recognised = Recognised()
    """How the file was read."""
    names: tuple[str, ...] = ()
    """Names of people in it, as they were read: to be shown to whoever tries it, and kept nowhere."""


def counts(outcome: Outcome, dry_run: bool = False) -> dict[str, int | bool]:
    """The counts of an import, as scripts read them."""
    names = ("rows", "added", "changed", "unchanged", "rejected")
    found: dict[str, int | bool] = {name: getattr(outcome, name) for name in names}
    found |= outcome.left_out.counts if outcome.left_out else {}
    return {**found, "dry_run": True} if dry_run else found


def read_as(outcome: Outcome) -> dict[str, str | int]:
    """How a text file was read, as scripts read it; of another file nothing.

    The names that stand in it are not among it: what is kept or logged has no place for them.
    """
    read = outcome.recognised
    if not read.encoding:
        return {}
    return {
        "encoding": read.encoding,
        "delimiter": read.delimiter,
        "header_line": read.header_line,
    }


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
    beside: Beside = Beside()
    """Where the files are that its mapping joins to it."""

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
    grace: Grace = Grace()
    """Until when premiums may be paid: the day after the last one, a policy is suspended."""
    erased: Callable[[], ErasedClients] = lambda: NOBODY
    """Who was erased, as of the transaction that takes the file in."""
    referrers: Referrers = referrers.of_nobody
    """Who came by a referral of ours, and by whom: a file that names nobody does not take it back."""


class Listener:
    """Hears how an import goes; this one is interested in nothing."""

    def header(self, header: list[str], delimiter: str) -> None:
        """The file has been opened, and this is its header, and what stands between its cells."""

    def beside(self, name: str, header: list[str], delimiter: str) -> None:
        """Another file of the export is read next, and this is its header."""

    def refused(self, reject: Reject) -> None:
        """A row has been refused; of a file beside the main one, with that file's name."""

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
    file = _settled(file, terms)
    try:
        with contextlib.ExitStack() as until_read:
            reader = until_read.enter_context(_read(file, terms, listener))
            ledgers = [until_read.enter_context(each) for each in _ledgers(file, terms, listener)]
            until_read.enter_context(database.explained())
            until_read.enter_context(database.exclusive("book"))
            listener.header(reader.header, reader.table.recognised.delimiter)
            listener.look("before")
            target = _target(file, reader, terms, trail)
            _take_in_file(file, reader, target, outcome, listener)
            if file.scope:
                _leave_out(target.leave_out(file.scope), terms, outcome)
            number = _record(file, terms, outcome)
            for ledger in ledgers:
                _take_in_ledger(ledger, terms, Ledger(terms.joined, trail), outcome, listener)
            listener.look("after")
            if terms.dry_run:
                raise _NothingWritten
            outcome.number = number
            if outcome.added or outcome.changed:
                roles.refresh_statistics([*models.BOOK, models.RowMark])
    except _NothingWritten:
        pass
    return outcome


def _opened(file: BookFile, terms: ImportTerms) -> AbstractContextManager[Table]:
    """The table in the file."""
    return files.opened(file.path, reading(file.kind, file.mapping, terms.country))


def _settled(file: BookFile, terms: ImportTerms) -> BookFile:
    """The file with a mapping that is clear; a pass over it, where day and month may be exchanged."""
    style = _style(terms)
    if not orders.open_columns(file.mapping, style):
        return file
    with _opened(file, terms) as table:
        return replace(file, mapping=orders.settled(file.mapping, table, file.kind, style))


def _lookups(file: BookFile, terms: ImportTerms) -> dict[str, Lookup]:
    """The files that its mapping joins to it."""
    known = reading(file.kind, file.mapping, terms.country)
    return {
        name: joining.lookup(joined, file.beside.path(name, joined.file), known)
        for name, joined in file.mapping.files.items()
        if not joined.kind
    }


class _OpenLedger(NamedTuple):
    """A ledger that comes with a main file."""

    file: BookFile
    reader: RowReader


def _ledgers(
    file: BookFile, terms: ImportTerms, listener: Listener
) -> Iterator[AbstractContextManager[_OpenLedger]]:
    """The ledgers that its mapping names, to be opened."""
    for name, joined in file.mapping.files.items():
        if joined.kind:
            path, mapping = file.beside.path(name, joined.file), file.mapping.of_ledger(name)
            yield _open_ledger(BookFile(path, joined.kind, mapping), terms, listener)


@contextlib.contextmanager
def _open_ledger(file: BookFile, terms: ImportTerms, listener: Listener) -> Iterator[_OpenLedger]:
    file = _settled(file, terms)
    with _read(file, terms, listener) as reader:
        yield _OpenLedger(file, reader)


@contextlib.contextmanager
def _read(file: BookFile, terms: ImportTerms, listener: Listener) -> Iterator[RowReader]:
    """Who reads the rows of a file; what takes long is done before others wait for it."""
    with (
        _opened(file, terms) as table,
        spool.spooled(table, listener.progress) as kept,
    ):
        lookups = _lookups(file, terms)
        for each in lookups.values():
            kept.told.extend(tables.told_of(each.called, each.told))
        table = replace(kept, lookups=lookups)
        yield RowReader(table, file.kind, file.mapping, _style(terms))


def _take_in_ledger(
    ledger: _OpenLedger, terms: ImportTerms, target: Ledger, outcome: Outcome, listener: Listener
) -> None:
    """Take in a ledger after the main file; its counts are added to those of that."""
    file, reader = ledger
    its, apart = Outcome(), _Beside(listener, file.name)
    listener.beside(file.name, reader.header, reader.table.recognised.delimiter)
    _take_in_file(file, reader, target, its, apart)
    if file.scope:
        _leave_out(target.leave_out(file.scope), terms, its)
    _record(file, terms, its)
    outcome.count(its)
    outcome.warnings += tables.told_of(file.name, its.warnings)


class _Beside(Listener):
    """Hears of a file beside the main one, and says so."""

    def __init__(self, listener: Listener, file: str) -> None:
        self._listener, self._file = listener, file

    def refused(self, reject: Reject) -> None:
        self._listener.refused(replace(reject, file=self._file))


def _style(terms: ImportTerms) -> Style:
    """How cells are read of which the mapping says nothing."""
    return Style(country=terms.country, today=max(terms.joined, terms.now.date()))


def _target(file: BookFile, reader: RowReader, terms: ImportTerms, trail: Trail) -> Target:
    """What takes in the rows of a file."""
    if file.kind == "premiums":
        return Ledger(terms.joined, trail)
    if file.kind == "clients":
        return Clients(terms.joined, trail, reader.country, terms.erased(), terms.referrers)
    if file.kind == "agents":
        return Agents()
    standings = Standings(terms.joined, reader.columns, terms.grace)
    return PolicyRows(reader, standings, trail, terms.read_by, terms.erased(), terms.referrers)


def _leave_out(found: LeftOut, terms: ImportTerms, outcome: Outcome) -> None:
    """Keep what a complete file leaves out; raises `DropsTooMany` where somebody must agree first."""
    outcome.left_out = found
    outcome.warnings += found.warnings()
    if found.is_much and terms.dry_run:
        facts = {"count": found.dropped, "of": found.of}
        outcome.warnings.append(Notice(f"would_drop_{found.kind}", facts))
    elif found.is_much and not terms.drops_much:
        raise errors.DropsTooMany(found.kind, found.dropped, found.of)


def _take_in_file(
    file: BookFile, reader: RowReader, target: Target, outcome: Outcome, listener: Listener
) -> None:
    """Take in all rows of a file; only then is known what is to be told of it."""
    table = reader.table
    outcome.recognised, outcome.names = table.recognised, table.names
    for some in database.chunks(table.rows, BATCH_ROWS):
        refused = _take_in(reader.read(target.to_read(some)), target, outcome, listener)
        if file.scope:
            target.refused(reader.policies_of(refused))
        listener.progress(table.fraction())
    later = target.settle()
    outcome.changed += later
    outcome.unchanged -= later
    outcome.warnings += [*table.warnings(), *target.warnings()]


def _take_in(batch: RowBatch, target: Target, outcome: Outcome, listener: Listener) -> list[Reject]:
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


def past(limit: int | None = None, offset: int = 0) -> list[models.BookImport]:
    """The imports of before, the latest first: `limit` at the most (None: all), after `offset`."""
    query = models.BookImport.select().order_by(models.BookImport.id.desc())
    return list(query.limit(limit).offset(offset))
