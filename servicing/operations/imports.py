"""A book file taken into a workspace: imported, its rejects written, what it ends taken back."""

import contextlib
import csv
import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policies import whole
from policies.importing import importer
from policies.importing.columns import Kind, Mapping, Reject
from policies.importing.importer import Outcome
from policies.notices import notice
from servicing.core import errors, i18n, trail
from servicing.operations.workspace import Workspace
from servicing.projections import simulate
from servicing.projections.compare import Comparison, Difference
from servicing.projections.queries import Side
from servicing.schedule import sweep
from servicing.schedule.materialize import Walker

SHOWN_REJECTS = 5
"""Refused rows that are kept to be told; all of them go to the rejects file."""


@dataclass
class ImportResult:
    """What became of a file, and the first of the rows that were refused."""

    outcome: Outcome
    refused: list[Reject] = field(default_factory=list)
    difference: Difference | None = None
    """Of a dry run: what it would do to the coming days."""


def take_in(
    space: Workspace,
    file: Path,
    *,
    now: datetime.datetime,
    kind: Kind = "book",
    mapping: Mapping | None = None,
    joined: datetime.date | None = None,
    dry_run: bool = False,
    rejects: Path | None = None,
    looks_ahead: bool = False,
    called: str = "",
    on_progress: Callable[[float], None] = lambda fraction: None,
) -> ImportResult:
    """Import a book or ledger file; then nothing that it ended stays queued or open.

    `joined` is the day from which new policies are served, by default today; `called` is the name
    by which the import is remembered, by default the file's. A dry run that `looks_ahead` looks at the
    coming days, too, as they stand and as they would be.
    Raises what `importer.load` raises, and `UnwritableFile` for the rejects file.
    """
    if rejects and rejects.exists() and file.exists() and rejects.samefile(file):
        raise errors.UnwritableFile(rejects, notice("is_the_input"))
    comparison = _comparison(space, now) if dry_run and looks_ahead else None
    with _rejects_file(rejects, space.locale) as collected:
        outcome = importer.load(
            file,
            kind=kind,
            joined=joined or space.today(now),
            now=now,
            country=space.country,
            trail=trail.of_book(now),
            mapping=mapping,
            dry_run=dry_run,
            called=called,
            on_header=collected.header,
            on_reject=collected.take,
            on_progress=on_progress,
            watch=comparison.watch if comparison else lambda moment: None,
        )
    if not dry_run:  # also where nothing changed: an import killed before this line changed it all
        sweep.sweep(space.plan, space.today(now), now)
    return ImportResult(outcome, collected.first, comparison.found if comparison else None)


class _Watch:
    """Looks at the coming days before a book is taken in, and after it."""

    def __init__(self, comparison: Comparison, walker: Walker) -> None:
        self._comparison, self._walker = comparison, walker
        self.found: Difference | None = None

    def watch(self, moment: Side) -> None:
        self._comparison.look(moment, self._walker)
        if moment == "after":
            self.found = self._comparison.difference()


def _comparison(space: Workspace, now: datetime.datetime) -> _Watch:
    first, last = simulate.span(space.today(now))
    price = space.settings.channels.sms.price_per_part
    return _Watch(Comparison(first, last, price), space.walker())


class _Rejects:
    """Refused rows: all to the file as they come, the first few kept to be told."""

    def __init__(self, locale: str, writer: Any = None) -> None:
        self.first: list[Reject] = []
        self._locale, self._writer = locale, writer
        self._header: list[str] = []

    def header(self, header: list[str]) -> None:
        self._header = header
        if self._writer:
            self._writer.writerow(importer.rejects_header(header))

    def take(self, reject: Reject) -> None:
        if self._writer:
            reason = i18n.sentence(reject.reason, self._locale)
            self._writer.writerow(importer.rejects_row(self._header, reject, reason))
        if len(self.first) < SHOWN_REJECTS:
            self.first.append(reject)


@contextlib.contextmanager
def _rejects_file(path: Path | None, locale: str) -> Iterator[_Rejects]:
    """The file appears whole, when the import has ended, or not at all."""
    if path is None:
        yield _Rejects(locale)
        return
    if path.exists() and not path.is_file():
        raise errors.UnwritableFile(path, notice("not_a_file"))
    with (
        whole.written(path) as draft,
        draft.open("w", encoding="utf-8-sig", newline="") as file,  # so that Excel knows UTF-8
    ):
        yield _Rejects(locale, csv.writer(file))
