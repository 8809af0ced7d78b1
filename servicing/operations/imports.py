"""A book file taken into a workspace: imported, its rejects written, what it ends taken back."""

import contextlib
import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from policies import database, models
from policies.importing import importer
from policies.importing.findings import Reject
from policies.importing.importer import BookFile, ImportTerms, Listener, Outcome
from policies.notices import notice
from policies.trail import Change, Trail
from servicing.core import audit_log, erased_numbers, errors, trail
from servicing.core.models import CardEntry
from servicing.corrections import suspensions
from servicing.leads import matching as leads
from servicing.messages import suppressions
from servicing.operations import installed, rejects_files
from servicing.operations.rejects_files import Rejects
from servicing.operations.workspace import Workspace
from servicing.projections import simulate
from servicing.projections.compare import Comparison, Difference
from servicing.projections.queries import Side
from servicing.schedule import deaths, giving_back, walk
from servicing.schedule.materialize import Walker

FURTHEST = datetime.timedelta(days=366)
"""The joining day may be so far ahead: a year."""


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
        joined,
        now.astimezone(space.zone),  # its day is the book's
        space.country,
        request.dry_run,
        request.drops_much,
        installed.digest(),
        space.settings.servicing.grace,
        erased_numbers.everybody,
        leads.referrers,
    )
    is_compared = request.dry_run and request.looks_ahead
    comparison = _comparison(space, now) if is_compared else None
    with contextlib.ExitStack() as written:
        beside = rejects_files.Beside(
            request.rejects, request.file.path.name, space.locale, written
        )
        collected = written.enter_context(rejects_files.writing(request.rejects, space.locale))
        moment = _Moment(space.today(now), now)
        listener = _Listener((collected, beside), comparison, on_progress, request.after, moment)
        until = giving_back.premiums_until(space.plan, space.today(now))
        outcome = importer.load(request.file, terms, _trail(space, now, until), listener)
    if not request.dry_run:  # also if nothing changed: one killed before this line changed it all
        deaths.ask(space.today(now), now)
        giving_back.bring_up_to_date(space.walker(), space.today(now), now)
        if outcome.added and request.file.kind == "book":
            with database.explained(), database.exclusive("book"):
                walk.look_east(space.walker(), space.today(now), now)
    if not request.dry_run:
        counts: dict[str, Any] = {
            name: int(count) for name, count in importer.counts(outcome).items()
        }
        audit_log.record(
            "book.imported", now, number=outcome.number, what=request.file.kind, **counts
        )
    first = [*collected.first, *beside.first][: rejects_files.SHOWN]
    found = comparison.found if comparison else None
    return ImportResult(outcome, first, found, listener.last)


def _trail(space: Workspace, now: datetime.datetime, premiums_until: datetime.date) -> Trail:
    """Writes what changes on the cards; what was had of a suspension follows its day."""
    of_book = trail.of_book(now, premiums_until)

    def record(changes: list[Change]) -> None:
        of_book(changes)
        suspensions.follow(space.plan, changes)

    return record


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


class _Moment(NamedTuple):
    """When a file is taken in."""

    today: datetime.date
    now: datetime.datetime


class _Listener(Listener):
    """Collects the refused rows, compares the coming days, and passes the progress on."""

    def __init__(
        self,
        rejects: tuple[Rejects, rejects_files.Beside],
        watch: _Watch | None,
        on_progress: Callable[[float], None],
        after: int | None,
        moment: _Moment,
    ) -> None:
        self._moment = moment
        self._rejects, self._beside = rejects
        self._watch, self._on_progress = watch, on_progress
        self._after = after
        self.last = 0
        """The number of the import before this one."""
        self._since = 0, 0
        """The last client and the last line of a card before it."""

    def header(self, header: list[str], delimiter: str) -> None:
        self._rejects.header(header, delimiter)

    def beside(self, name: str, header: list[str], delimiter: str) -> None:
        self._beside.open(name, header, delimiter)

    def refused(self, reject: Reject) -> None:
        rejects = self._beside.files[reject.file] if reject.file else self._rejects
        rejects.take(reject)

    def progress(self, fraction: float) -> None:
        self._on_progress(fraction)

    def look(self, side: Side) -> None:
        if side == "before":
            self.last = database.last_id(models.BookImport)
            self._since = database.last_id(models.Client), database.last_id(CardEntry)
            if self._after not in (None, self.last):
                raise errors.ImportedMeanwhile
        else:
            suppressions.name_again(*self._since)
            leads.after_import(self._since[0], self._moment.today, self._moment.now)
        if self._watch:
            self._watch.watch(side)


def _comparison(space: Workspace, now: datetime.datetime) -> _Watch:
    first, last = simulate.span(space.today(now))
    price = space.settings.channels.sms.price_per_part
    return _Watch(Comparison(first, last, price), space.walker())
