"""The files of a workspace in which a client's data stand: the outbox, and what is kept of uploads.

Files that a person has put elsewhere (rejects files, redirected output, backups of before) are not
known here; docs/operations.md says so.
"""

import csv
import datetime
import html
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from policies import whole
from policies.importing.files import rejects
from servicing.operations import pending
from servicing.rights.traces import Traces

OUTBOX = "outbox"


def letters(home: Path, client_nos: Collection[str]) -> list[Path]:
    """The files of the outbox that are letters to these clients."""
    wanted = {f"Client: {number}" for number in client_nos}
    wanted |= {f"Client: {html.escape(number)}" for number in client_nos}  # in one to be printed
    return sorted(each for each in _all(home / OUTBOX) if not wanted.isdisjoint(_head(each)))


def _all(folder: Path) -> Iterator[Path]:
    """The files of an outbox: messages, and letters to be printed."""
    for end in ("txt", "html"):
        yield from folder.glob(f"*/*/*.{end}")


def _head(path: Path) -> Iterator[str]:
    """The lines above the text."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if not line.strip():
                return
            yield line.rstrip("\n")


def waiting_uploads(home: Path) -> list[Path]:
    """Uploaded files that wait to be taken in, with all that is known of them.

    A workbook is packed, so nobody can see from its bytes whom it names: all of them go.
    """
    folder = home / pending.FOLDER
    return sorted(path for end in pending.ENDS for path in folder.glob(f"*.{end}"))


RESULTS = ("csv", "json", "mapping")
"""The endings of what stays of an upload: refused rows, the result, a mapping made on the pages."""


def old_results(home: Path, before: datetime.datetime) -> list[Path]:
    """What stays of uploads that were taken in, or tried, before a moment."""
    folder = home / pending.FOLDER
    found = (path for end in RESULTS for path in folder.glob(f"*.{end}"))
    return sorted(path for path in found if path.stat().st_mtime < before.timestamp())


def old_letters(home: Path, before: datetime.date) -> list[Path]:
    """The files of the outbox for days before; a folder that is called by no day is not ours."""
    folder = home / OUTBOX
    return sorted(
        path
        for path in _all(folder)
        if _DAY.fullmatch(path.parts[-3]) and path.parts[-3] < before.isoformat()
    )


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def remove(paths: Collection[Path]) -> int:
    """They are gone, and the folders that are empty then; how many files."""
    for each in paths:
        each.unlink(missing_ok=True)
    for folder in sorted({each.parent for each in paths}):
        if folder.name != pending.FOLDER and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return len(paths)


def clean_uploads(home: Path, traces: Traces, policy_nos: Collection[str]) -> int:
    """Refused rows that are of the client go, and their words out of what is told of uploads.

    Answers with the number of files that had some.
    """
    folder = home / pending.FOLDER
    changed = 0
    for each in sorted(folder.glob("*.csv")):
        changed += _clean(each, _without_rows(each, traces, policy_nos))
    for each in sorted(folder.glob("*.json")):
        changed += _clean(each, traces.without(each.read_text("utf-8")))
    return changed


def _clean(path: Path, text: str) -> bool:
    if text == path.read_bytes().decode("utf-8"):
        return False
    with whole.written(path) as draft:
        draft.write_bytes(text.encode("utf-8"))
    return True


def _without_rows(path: Path, traces: Traces, policy_nos: Collection[str]) -> str:
    """The refused rows that are nobody's of these, as they stood."""
    text = path.read_bytes().decode("utf-8")
    delimiter = rejects.delimiter_of(text.removeprefix("\ufeff")) or ","
    rows = list(
        csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter)
    )
    left = [row for row in rows if not _is_theirs(row, traces, policy_nos)]
    if left == rows:
        return text
    kept = io.StringIO(newline="")
    csv.writer(kept, delimiter=delimiter).writerows(left)
    return "\ufeff" + kept.getvalue()


def _is_theirs(row: Collection[str], traces: Traces, policy_nos: Collection[str]) -> bool:
    cells = [rejects.given(each) for each in row]
    return any(cell in policy_nos or traces.without(cell) != cell for cell in cells)
