"""Book files that come in by the pages: they are taken in, and their results are kept.

All of it stands in the workspace's folder `imports/`, under names of our own. What was uploaded is
gone when it has been taken in, or after a day; the result and the refused rows stay.
"""

import contextlib
import dataclasses
import datetime
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from policies import notices, toml
from policies.drafting import choices, preview
from policies.drafting import look as looks
from policies.drafting.choices import Tables
from policies.drafting.preview import Preview
from policies.errors import shorten
from policies.importing import importer
from policies.importing.cells.cells import Style
from policies.importing.files import files
from policies.importing.importer import BookFile
from policies.importing.kinds import Kind, Said
from policies.importing.mapping.columns import reading
from servicing.core import errors
from servicing.operations import imports, pending, upload_results, workspace
from servicing.operations.imports import ImportRequest, ImportResult
from servicing.operations.pending import Save, Waiting
from servicing.operations.upload_results import Result
from servicing.operations.workspace import Workspace
from servicing.projections.compare import Difference

LONGEST_NAME = 100


@dataclass(frozen=True)
class Upload:
    """A book file as a person hands it in on the pages."""

    save: Save
    called: str
    """The file's name, as the browser says it."""
    by: str
    """The login of the uploader."""
    kind: Kind
    joined: datetime.date
    dry_run: bool
    save_mapping: Save | None = None
    complete: Said = False
    drops_much: bool = False
    """Whether the uploader agrees to a complete file that drops more than a tenth."""


def take_in(space: Workspace, upload: Upload, now: datetime.datetime) -> Result:
    """Take an uploaded file in, as `imports.take_in` does, and keep the result.

    A dry run keeps the file as well, so that it can be taken in. Raises what `imports.take_in` raises,
    the file being named as the uploader names it; then nothing is kept.
    """
    with received(space, upload, now) as token:
        return taken(space, token, upload, now)


def taken(space: Workspace, token: str, upload: Upload, now: datetime.datetime) -> Result:
    """The result of an upload that has been received, and is read as it stands."""
    if upload.dry_run:
        return try_out(space, token, upload.by, now)
    return carry_out(space, token, upload.by, now, drops_much=upload.drops_much)


@contextlib.contextmanager
def received(space: Workspace, upload: Upload, now: datetime.datetime) -> Iterator[str]:
    """The token under which an uploaded file is kept from now on; after an error nothing is kept."""
    pending.tidy(space.home, now)
    pending.folder(space.home)
    token = secrets.token_urlsafe(16)
    waiting = Waiting(
        called=plain_name(upload.called),
        kind=upload.kind,
        joined=upload.joined,
        complete=upload.complete,
    )
    try:
        pending.keep(pending.path(space.home, token, "upload"), upload.save, now)
        if upload.save_mapping:
            pending.keep(pending.path(space.home, token, "toml"), upload.save_mapping, now)
        pending.remember(space.home, token, waiting, now)
        yield token
    except BaseException:
        pending.drop(space.home, token)
        raise


def try_out(space: Workspace, token: str, by: str, now: datetime.datetime) -> Result:
    """Say what a file that waits would do, in the book and in the coming days."""
    return _taken(space, token, by, now, dry_run=True)


def carry_out(
    space: Workspace, token: str, by: str, now: datetime.datetime, *, drops_much: bool = False
) -> Result:
    """Take in a file that waits, on the terms of its dry run if there was one; then it is gone.

    Raises `ImportedMeanwhile` where the book is no longer the one that the dry run saw.
    """
    tried, waiting = upload_results.result(space.home, token), found(space.home, token)
    done = _taken(space, token, by, now, after=tried.after if tried else None, drops=drops_much)
    if waiting.look:
        pending.path(space.home, token, "toml").replace(_made_mapping(space.home, done.name))
    if tried:
        _became(space.home, tried, done)
    pending.drop(space.home, token)
    return done


def _made_mapping(home: Path, name: str) -> Path:
    """Where the mapping stays that was made on the pages for a file which has been taken in."""
    return pending.path(home, name, "mapping")


def mapping(home: Path, name: str) -> Path | None:
    """The mapping made on the pages, of a file that waits or of an import; None: there is none."""
    waiting = pending.of(home, name)
    if waiting:
        return pending.mapping(home, name) if waiting.look else None
    return upload_results.place_of(home, name, "mapping")


def _became(home: Path, tried: Result, done: Result) -> None:
    """From now on the result of the dry run leads to that of the import."""
    pending.path(home, tried.name, "csv").unlink(missing_ok=True)
    upload_results.write(pending.folder(home), dataclasses.replace(tried, became=done.name))


def _taken(
    space: Workspace,
    token: str,
    by: str,
    now: datetime.datetime,
    *,
    dry_run: bool = False,
    drops: bool = False,
    after: int | None = None,
) -> Result:
    """The result of a file that waits, and its refused rows, are kept."""
    waiting = found(space.home, token)
    rejects = pending.path(space.home, f"{token}.{secrets.token_hex(4)}", "csv")
    try:
        with named(space.home, token, waiting.called):
            request = ImportRequest(
                _book_file(space.home, token, waiting),
                waiting.joined,
                dry_run,
                rejects,
                looks_ahead=dry_run,
                drops_much=drops,
                after=after,
            )
            taken = imports.take_in(space, request, now)
    except BaseException:
        rejects.unlink(missing_ok=True)
        raise
    came_of = _result(waiting, by, taken, now, token if dry_run else "")
    upload_results.keep(pending.folder(space.home), came_of, rejects)
    return came_of


def _book_file(home: Path, token: str, waiting: Waiting) -> BookFile:
    read_by = workspace.mapping_of(pending.mapping(home, token))
    file = pending.path(home, token, "upload")
    return BookFile(file, waiting.kind, read_by, waiting.called, waiting.complete)


def found(home: Path, token: str) -> Waiting:
    """What is known of a file that waits; raises `NoLongerKept` where none waits under that token."""
    waiting = pending.of(home, token)
    if waiting is None:
        raise errors.NoLongerKept
    return waiting


def has_to_be_matched(space: Workspace, token: str) -> bool:
    """Whether the headers of a file that waits are those of another system, and no mapping says more."""
    waiting = found(space.home, token)
    if pending.mapping(space.home, token):
        return False
    with named(space.home, token, waiting.called):
        path = pending.path(space.home, token, "upload")
        return looks.speaks_otherwise(path, space.country, waiting.kind)


def matched(space: Workspace, token: str, now: datetime.datetime) -> Waiting:
    """A file that waits, looked at, with a mapping drafted for it, unless that was done before."""
    waiting = found(space.home, token)
    if waiting.look:
        return waiting
    with named(space.home, token, waiting.called):
        seen = looks.look(pending.path(space.home, token, "upload"), space.country, waiting.kind)
    draft = choices.drafted(seen)
    waiting = msgspec.structs.replace(waiting, look=seen, drafted=draft.tables, asked=draft.asked)
    pending.remember(space.home, token, waiting, now)
    if not pending.mapping(space.home, token):
        save_mapping(space, token, draft.tables, now)
    return waiting


def save_mapping(space: Workspace, token: str, tables: Tables, now: datetime.datetime) -> None:
    """Keep another mapping for a file that waits; what a dry run said no longer holds."""
    text = choices.as_text(tables)
    to = pending.path(space.home, token, "toml")
    pending.keep(to, lambda draft: draft.write_text(text, "utf-8"), now)
    upload_results.forget(space.home, token)


def tables_of(space: Workspace, token: str) -> Tables:
    """The mapping of a file that waits, as it stands there."""
    path = pending.mapping(space.home, token)
    return toml.read(path) if path else {}


def previewed(space: Workspace, token: str, waiting: Waiting, now: datetime.datetime) -> Preview:
    """The first rows of a file that waits, as they would be understood."""
    with named(space.home, token, waiting.called):
        file = _book_file(space.home, token, waiting)
        style = Style(country=space.country, today=max(waiting.joined, space.today(now)))
        return preview.preview(file.path, file.kind, file.mapping, style)


def names_in(space: Workspace, token: str) -> tuple[str, ...]:
    """Names of people in a text file that waits, as they are read; kept nowhere else."""
    waiting, tried = pending.of(space.home, token), upload_results.result(space.home, token)
    if not waiting or not tried or not tried.read_as:
        return ()
    file = _book_file(space.home, token, waiting)
    known = reading(file.kind, file.mapping, space.country)
    with named(space.home, token, waiting.called), files.opened(file.path, known) as table:
        return table.names


@contextlib.contextmanager
def named(home: Path, token: str, called: str) -> Iterator[None]:
    """An error of a file that waits, or of its mapping, names it as the uploader does."""
    names = {
        str(pending.path(home, token, "upload")): called,
        str(pending.path(home, token, "toml")): "TOML",
    }
    try:
        yield
    except errors.ServicingError as error:
        error.notice = notices.renamed(error.notice, names)
        raise


def _result(
    waiting: Waiting, by: str, taken: ImportResult, now: datetime.datetime, token: str
) -> Result:
    """`token`: where the result of a dry run is kept."""
    outcome = taken.outcome
    return Result(
        name=token or str(outcome.number),
        file=waiting.called,
        kind=waiting.kind,
        joined_on=waiting.joined.isoformat(),
        at=now.isoformat(),
        by=by,
        dry_run=bool(token),
        counts={name: int(count) for name, count in importer.counts(outcome).items()},
        warnings=outcome.warnings,
        refused=[notice for each in taken.refused for notice in each.notices],
        after=taken.after,
        read_as=importer.read_as(outcome),
        ahead=ahead(taken.difference) if taken.difference else None,
    )


def ahead(difference: Difference) -> dict[str, Any]:
    """What a dry run would do to the coming days, as it is kept."""
    sums = [(name, _plain(before), _plain(after)) for name, before, after in difference.sums()]
    return {
        "first": difference.first,
        "last": difference.last,
        "count": difference.count,
        "too_late": difference.too_late,
        "sums": sums,
        "changed": difference.rows(),
    }


def _plain(amount: Decimal | int) -> float | int:
    """A price that is not counted with any more, as JSON has it."""
    return float(amount) if isinstance(amount, Decimal) else amount


def plain_name(given: str) -> str:
    """A file's name as the browser says it, to be shown: one line, no folders."""
    *_, last = re.split(r"[/\\]", given)
    printable = "".join(each for each in last if each.isprintable()).strip()
    return shorten(printable, LONGEST_NAME) or "?"
