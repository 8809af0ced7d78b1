"""The results of uploaded files, which stay: counts, warnings and the first refused rows, without names.

They stand in the workspace's folder `imports/`, under the number of the import, or the token of a file
that waits; so do the refused rows.
"""

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from policies import notices, whole
from policies.notices import Notice
from servicing.operations import pending

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
    after: int = 0
    """Of a dry run: the number of the import before it."""
    became: str = ""
    """Of a dry run: the result of the import that followed; empty: none did."""
    read_as: dict[str, Any] = field(default_factory=dict)
    """How a text file was read. The names in it are not kept: `names_in` reads them again."""
    ahead: dict[str, Any] | None = None
    """Of a dry run: what it would do to the coming days."""


def keep(folder: Path, result: Result, rejects: Path) -> None:
    """The result, and the refused rows where there are some, under the name of the result."""
    if result.counts["rejected"]:
        rejects.replace(folder / f"{result.name}.csv")
    else:
        for each in (rejects, folder / f"{result.name}.csv"):
            each.unlink(missing_ok=True)
    write(folder, result)


def write(folder: Path, result: Result) -> None:
    """Keep a result under its name; raises `UnwritableFile`."""
    text = json.dumps(asdict(result), ensure_ascii=False, default=str)
    with whole.written(folder / f"{result.name}.json") as draft:
        draft.write_text(text, "utf-8")


def forget(home: Path, name: str) -> None:
    """What a dry run said no longer holds: the file would be read in another way."""
    for end in ("json", "csv"):
        pending.path(home, name, end).unlink(missing_ok=True)


def result(home: Path, name: str) -> Result | None:
    """The result of an upload; None where nothing is kept under that name."""
    path = place_of(home, name, "json")
    if path is None:
        return None
    kept = json.loads(path.read_text("utf-8"))
    notes = {name: [_notice(each) for each in kept[name]] for name in ("warnings", "refused")}
    return Result(**{**kept, **notes})


_NOWHERE = {"where": notices.notice("places_not_kept")}
_UNTOLD: dict[str, dict[str, Any]] = {
    **dict.fromkeys(
        ("unusable_phones", "client_described_twice", "agent_described_twice"), _NOWHERE
    ),
    "not_an_amount": {"example": "1234.50"},
}
"""By code what earlier versions have not kept, and today's words name."""


def _notice(kept: Any) -> Notice:
    """A notice as it was kept; earlier versions kept its sentence, or a code for GB18030 alone."""
    if isinstance(kept, str):
        return notices.notice("as_kept", text=kept)
    if kept["code"] == "read_as_gb18030":
        return notices.notice("read_as", encoding="gb18030")
    facts = {name: _fact(value) for name, value in kept["facts"].items()}
    return Notice(kept["code"], _UNTOLD.get(kept["code"], {}) | facts)


def _fact(kept: Any) -> Any:
    """A fact as it was kept: a notice, several, or what is none."""
    if isinstance(kept, list):
        return [_fact(each) for each in kept]
    return _notice(kept) if isinstance(kept, dict) else kept


def rejects(home: Path, name: str) -> Path | None:
    """The refused rows of an upload, to be mended and uploaded again; None where there are none."""
    return place_of(home, name, "csv")


def is_kept(home: Path, number: int) -> bool:
    """Whether what became of an import can be looked at: it came by the pages."""
    return place_of(home, str(number), "json") is not None


def place_of(home: Path, name: str, end: str) -> Path | None:
    """A name that is none of ours is no path either."""
    path = home / pending.FOLDER / f"{name}.{end}" if _NAME.fullmatch(name) else None
    return path.resolve() if path and path.is_file() else None
