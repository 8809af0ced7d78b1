"""Book files that come in by the pages: taken in, and what became of them kept to be looked at.

All of it stands in the workspace's folder `imports/`, under names of our own. What was uploaded is
gone when it has been read; the result and the refused rows stay.
"""

import datetime
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from policies import notices
from policies.errors import shorten
from policies.importing.columns import Kind
from policies.notices import Notice
from servicing.core import errors
from servicing.operations import imports, workspace
from servicing.operations.workspace import Workspace

FOLDER = "imports"
LONGEST_NAME = 100

Save = Callable[[Path], Any]
"""Writes an uploaded file to a path."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Result:
    """What became of an uploaded file."""

    name: str
    """Where it is kept: the number of the import, or a token where nothing was written."""
    file: str
    """What the uploader calls it; never a path."""
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


def take_in(
    space: Workspace,
    save: Save,
    called: str,
    by: str,
    now: datetime.datetime,
    *,
    kind: Kind,
    joined: datetime.date,
    dry_run: bool,
    save_mapping: Save | None = None,
) -> Result:
    """Take an uploaded file in, as `imports.take_in` does, and keep what became of it.

    Raises what that raises, the file being named as the uploader names it.
    """
    folder, token, called = _folder(space.home), secrets.token_urlsafe(16), plain_name(called)
    file, mapping, rejects = (folder / f"{token}.{end}" for end in ("upload", "toml", "csv"))
    try:
        save(file)
        if save_mapping:
            save_mapping(mapping)
        taken = imports.take_in(
            space,
            file,
            now=now,
            kind=kind,
            mapping=workspace.mapping_of(mapping if save_mapping else None),
            joined=joined,
            dry_run=dry_run,
            rejects=rejects,
            called=called,
        )
    except errors.ServicingError as error:
        rejects.unlink(missing_ok=True)
        error.notice = notices.renamed(error.notice, {str(file): called, str(mapping): "TOML"})
        raise
    finally:
        file.unlink(missing_ok=True)
        mapping.unlink(missing_ok=True)
    outcome = taken.outcome
    name = str(outcome.number) if outcome.number else token
    numbers = ("rows", "added", "changed", "unchanged", "rejected")
    result = Result(
        name=name,
        file=called,
        kind=kind,
        joined_on=joined.isoformat(),
        at=now.isoformat(),
        by=by,
        dry_run=dry_run,
        counts={each: getattr(outcome, each) for each in numbers},
        warnings=outcome.warnings,
        refused=[each.notice for each in taken.refused],
    )
    if outcome.rejected:
        rejects.replace(folder / f"{name}.csv")
    else:
        rejects.unlink(missing_ok=True)
    text = json.dumps(asdict(result), ensure_ascii=False, default=str)
    (folder / f"{name}.json").write_text(text, "utf-8")
    return result


def result(home: Path, name: str) -> Result | None:
    """What became of an upload; None where nothing is kept under that name."""
    path = _kept(home, name, "json")
    if path is None:
        return None
    kept = json.loads(path.read_text("utf-8"))
    told = {name: [_notice(each) for each in kept[name]] for name in ("warnings", "refused")}
    return Result(**{**kept, **told})


def _notice(kept: Any) -> Notice:
    """A notice as it was kept; an earlier version kept its sentence."""
    if isinstance(kept, str):
        return notices.notice("as_kept", text=kept)
    facts = {name: _fact(value) for name, value in kept["facts"].items()}
    return Notice(kept["code"], facts)


def _fact(kept: Any) -> Any:
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
    """A file's name as a browser told it, to be shown: one line, no folders."""
    last = re.split(r"[/\\]", given)[-1]
    printable = "".join(each for each in last if each.isprintable()).strip()
    return shorten(printable, LONGEST_NAME) or "?"
