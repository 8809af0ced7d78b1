"""Book files that come in by the pages: they are taken in, and their results are kept.

All of it stands in the workspace's folder `imports/`, under names of our own. What was uploaded is
gone when it has been read; the result and the refused rows stay.
"""

import contextlib
import datetime
import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from policies import notices
from policies.errors import shorten
from policies.importing import importer
from policies.importing.importer import BookFile
from policies.importing.kinds import Kind, Said
from policies.notices import Notice
from servicing.core import errors
from servicing.operations import imports, workspace
from servicing.operations.imports import ImportRequest, ImportResult
from servicing.operations.workspace import Workspace

FOLDER = "imports"
LONGEST_NAME = 100

Save = Callable[[Path], Any]
"""Writes an uploaded file to a path."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Result:
    """The result of an uploaded file."""

    name: str
    """Where it is kept: the number of the import, or a token where nothing was written."""
    file: str
    """Its name with the uploader; never a path."""
    kind: str
    joined_on: str
    at: str
    by: str
    """The login of the uploader."""
    dry_run: bool
    counts: dict[str, int]
    warnings: list[Notice] = field(default_factory=list)
    refused: list[Notice] = field(default_factory=list)
    """The first refused rows, each with its line, column and reason."""


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

    Raises what that raises, the file being named as the uploader names it.
    """
    folder, token, called = (
        _folder(space.home),
        secrets.token_urlsafe(16),
        plain_name(upload.called),
    )
    rejects = folder / f"{token}.csv"
    with _saved(upload, folder / token, called) as (path, mapping):
        try:
            read_by = workspace.mapping_of(mapping)
            file = BookFile(path, upload.kind, read_by, called, upload.complete)
            request = ImportRequest(
                file, upload.joined, upload.dry_run, rejects, drops_much=upload.drops_much
            )
            taken = imports.take_in(space, request, now)
        except errors.ServicingError:
            rejects.unlink(missing_ok=True)
            raise
    number = taken.outcome.number
    result = _result(upload, str(number) if number else token, called, taken, now)
    _keep(folder, result, rejects)
    return result


@contextlib.contextmanager
def _saved(upload: Upload, path: Path, called: str) -> Iterator[tuple[Path, Path | None]]:
    """The uploaded file and its mapping, which are gone afterwards; an error names them as `called`."""
    file, mapping = path.with_suffix(".upload"), path.with_suffix(".toml")
    try:
        upload.save(file)
        if upload.save_mapping:
            upload.save_mapping(mapping)
        yield file, mapping if upload.save_mapping else None
    except errors.ServicingError as error:
        error.notice = notices.renamed(error.notice, {str(file): called, str(mapping): "TOML"})
        raise
    finally:
        file.unlink(missing_ok=True)
        mapping.unlink(missing_ok=True)


def _result(
    upload: Upload, name: str, called: str, taken: ImportResult, now: datetime.datetime
) -> Result:
    outcome = taken.outcome
    return Result(
        name=name,
        file=called,
        kind=upload.kind,
        joined_on=upload.joined.isoformat(),
        at=now.isoformat(),
        by=upload.by,
        dry_run=upload.dry_run,
        counts={name: int(count) for name, count in importer.counts(outcome).items()},
        warnings=outcome.warnings,
        refused=[notice for each in taken.refused for notice in each.notices],
    )


def _keep(folder: Path, result: Result, rejects: Path) -> None:
    """The result, and the refused rows where there are some, under the name of the result."""
    if result.counts["rejected"]:
        rejects.replace(folder / f"{result.name}.csv")
    else:
        rejects.unlink(missing_ok=True)
    text = json.dumps(asdict(result), ensure_ascii=False, default=str)
    (folder / f"{result.name}.json").write_text(text, "utf-8")


def result(home: Path, name: str) -> Result | None:
    """The result of an upload; None where nothing is kept under that name."""
    path = _kept(home, name, "json")
    if path is None:
        return None
    kept = json.loads(path.read_text("utf-8"))
    notes = {name: [_notice(each) for each in kept[name]] for name in ("warnings", "refused")}
    return Result(**{**kept, **notes})


def _notice(kept: Any) -> Notice:
    """A notice as it was kept; earlier versions kept its sentence, or a code for GB18030 alone."""
    if isinstance(kept, str):
        return notices.notice("as_kept", text=kept)
    if kept["code"] == "read_as_gb18030":
        return notices.notice("read_as", encoding="gb18030")
    facts = {name: _fact(value) for name, value in kept["facts"].items()}
    return Notice(kept["code"], facts)


def _fact(kept: Any) -> Any:
    """A fact as it was kept: a notice, several, or what is none."""
    if isinstance(kept, list):
        return [_fact(each) for each in kept]
    return _notice(kept) if isinstance(kept, dict) else kept


def rejects(home: Path, name: str) -> Path | None:
    """The refused rows of an upload, to be mended and uploaded again; None where there are none."""
    return _kept(home, name, "csv")


def is_kept(home: Path, number: int) -> bool:
    """Whether what became of an import can be looked at: it came by the pages."""
    return _kept(home, str(number), "json") is not None


def _kept(home: Path, name: str, end: str) -> Path | None:
    """A name that is none of ours is no path either."""
    path = home / FOLDER / f"{name}.{end}" if _NAME.fullmatch(name) else None
    return path.resolve() if path and path.is_file() else None


def _folder(home: Path) -> Path:
    """The folder, for nobody else's eyes: refused rows are of persons."""
    folder = (home / FOLDER).resolve()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise errors.UnwritableFile(folder, notices.of_system(error)) from None
    return folder


def plain_name(given: str) -> str:
    """A file's name as the browser says it, to be shown: one line, no folders."""
    *_, last = re.split(r"[/\\]", given)
    printable = "".join(each for each in last if each.isprintable()).strip()
    return shorten(printable, LONGEST_NAME) or "?"
