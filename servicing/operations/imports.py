"""A book file taken into a workspace: imported, its rejects written, what it ends taken back."""

import contextlib
import csv
import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from policies import database, models, whole
from policies.importing import importer
from policies.importing.findings import Reject
from policies.importing.importer import BookFile, ImportTerms, Listener, Outcome
from policies.notices import notice, of_system
from servicing.core import errors, i18n, trail
from servicing.operations import installed
from servicing.operations.workspace import Workspace
from servicing.projections import simulate
from servicing.projections.compare import Comparison, Difference
from servicing.projections.queries import Side
from servicing.schedule import deaths, giving_back, walk
from servicing.schedule.materialize import Walker

FURTHEST = datetime.timedelta(days=366)
"""The joining day may be so far ahead: a year."""

SHOWN_REJECTS = 5
"""Refused rows that are kept to be told; all of them go to the rejects file."""


@dataclass
class ImportResult:
    """What became of a file, and the first of the rows that were refused."""

    outcome: Outcome
    refused: list[Reject] = field(default_factory=list)
    difference: Difference | None = None
    """Of a dry run: what it would do to the coming days."""
    after: int = 0
    """The number of the import before it."""


@dataclass(frozen=True)
class ImportRequest:
    """A book or ledger file that is to be taken into a workspace."""

    file: BookFile
    joined: datetime.date | None = None
    """The day from which new policies are served; None: today."""
    dry_run: bool = False
    rejects: Path | None = None
    """The file for the refused rows."""
    looks_ahead: bool = False
    """Whether a dry run looks at the coming days, too, as they stand and as they would be."""
    drops_much: bool = False
    """Whether somebody has agreed to a complete file that drops more than a tenth."""
    after: int | None = None
    """The number of the import that has to be the last before it; None: it does not matter."""


def take_in(
    space: Workspace,
    request: ImportRequest,
    now: datetime.datetime,
    on_progress: Callable[[float], None] = lambda fraction: None,
) -> ImportResult:
    """Import a book or ledger file; then nothing that it ended stays queued or open.

    Raises what `importer.load` raises, `BadArgument` for a joining day that nobody means,
    `ImportedMeanwhile` where another import came in between, and `UnwritableFile` for the rejects file.
    """
    _refuse_to_overwrite(request)
    joined = _joined(request, space.today(now))
    terms = ImportTerms(
        joined, now, space.country, request.dry_run, request.drops_much, installed.digest()
    )
    is_compared = request.dry_run and request.looks_ahead
    comparison = _comparison(space, now) if is_compared else None
    with _rejects_file(request.rejects, space.locale) as collected:
        listener = _Listener(collected, comparison, on_progress, request.after)
        until = giving_back.premiums_until(space.plan, space.today(now))
        outcome = importer.load(request.file, terms, trail.of_book(now, until), listener)
    if not request.dry_run:  # also if nothing changed: one killed before this line changed it all
        deaths.ask(space.today(now), now)
        giving_back.bring_up_to_date(space.walker(), space.today(now), now)
        if outcome.added and request.file.kind == "book":
            with database.explained(), database.exclusive("book"):
                walk.look_east(space.walker(), space.today(now), now)
    found = comparison.found if comparison else None
    return ImportResult(outcome, collected.first, found, listener.last)


def _refuse_to_overwrite(request: ImportRequest) -> None:
    """Raises `UnwritableFile` where the refused rows would be written over the file itself."""
    rejects, path = request.rejects, request.file.path
    if rejects and rejects.exists() and path.exists() and rejects.samefile(path):
        raise errors.UnwritableFile(rejects, notice("is_the_input"))


def _joined(request: ImportRequest, today: datetime.date) -> datetime.date:
    """The joining day: one far ahead is a slip, and would take its policies out of service for good."""
    joined, latest = request.joined or today, today + FURTHEST
    if joined > latest:
        raise errors.BadArgument("joined_too_late", joined=joined, latest=latest)
    return joined


class _Watch:
    """Looks at the coming days before a book is taken in, and after it."""

    def __init__(self, comparison: Comparison, walker: Walker) -> None:
        self._comparison, self._walker = comparison, walker
        self.found: Difference | None = None

    def watch(self, moment: Side) -> None:
        self._comparison.look(moment, self._walker)
        if moment == "after":
            self.found = self._comparison.difference()


class _Listener(Listener):
    """Collects the refused rows, compares the coming days, and passes the progress on."""

    def __init__(
        self,
        rejects: "_Rejects",
        watch: _Watch | None,
        on_progress: Callable[[float], None],
        after: int | None,
    ) -> None:
        self._rejects, self._watch, self._on_progress = rejects, watch, on_progress
        self._after = after
        self.last = 0
        """The number of the import before this one."""

    def header(self, header: list[str]) -> None:
        self._rejects.header(header)

    def refused(self, reject: Reject) -> None:
        self._rejects.take(reject)

    def progress(self, fraction: float) -> None:
        self._on_progress(fraction)

    def look(self, side: Side) -> None:
        if side == "before":
            self.last = database.last_id(models.BookImport)
            if self._after not in (None, self.last):
                raise errors.ImportedMeanwhile
        if self._watch:
            self._watch.watch(side)


def _comparison(space: Workspace, now: datetime.datetime) -> _Watch:
    first, last = simulate.span(space.today(now))
    price = space.settings.channels.sms.price_per_part
    return _Watch(Comparison(first, last, price), space.walker())


class _Rejects:
    """Refused rows: all to the file as they come, the first few kept to be told."""

    def __init__(self, locale: str, write: Callable[[list[str]], None] | None = None) -> None:
        self.first: list[Reject] = []
        self._locale, self._write = locale, write
        self._header: list[str] = []

    def header(self, header: list[str]) -> None:
        self._header = header
        if self._write:
            self._write(importer.rejects_header(header))

    def take(self, reject: Reject) -> None:
        if self._write:
            reasons = [i18n.sentence(each.reason, self._locale) for each in reject.wrong]
            self._write(importer.rejects_row(self._header, reject, reasons))
        if len(self.first) < SHOWN_REJECTS:
            self.first.append(reject)


@contextlib.contextmanager
def _rejects_file(path: Path | None, locale: str) -> Iterator[_Rejects]:
    """The file appears whole, when the import has ended, or not at all.

    What the system refuses elsewhere in the import is not the fault of this file.
    """
    if path is None:
        yield _Rejects(locale)
        return
    if path.exists() and not path.is_file():
        raise errors.UnwritableFile(path, notice("not_a_file"))
    draft = path.with_name(f"{path.name}.part")
    with _blamed_on(path):
        file = draft.open("w", encoding="utf-8-sig", newline="")  # so that Excel knows UTF-8
    writer = csv.writer(file)

    def write(row: list[str]) -> None:
        with _blamed_on(path):
            writer.writerow(row)

    try:
        yield _Rejects(locale, write)
    except BaseException:
        for undo in (file.close, draft.unlink):
            with contextlib.suppress(OSError):
                undo()
        raise
    with _blamed_on(path), whole.moved(draft, path):
        file.close()


@contextlib.contextmanager
def _blamed_on(path: Path) -> Iterator[None]:
    """Raises `UnwritableFile` of that file where the system refuses something meanwhile."""
    try:
        yield
    except OSError as error:
        raise errors.UnwritableFile(path, of_system(error)) from None
