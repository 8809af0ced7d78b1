"""What has to be written down at once and can be written later: nobody waits for another writer for it.

While an import has SQLite's one writer's lock, each such thing is kept as a file of its own in the
folder `looks/` beside the database: who looked at which card, who used which power. The next one that
is written brings them in, and so does whoever lists them.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import peewee

from policies import database, patience, whole

FOLDER = "looks"
"""Beside the database."""

MOST_AT_ONCE = 500
"""Files that are brought in together."""

Document = Mapping[str, Any]
"""As a file says it: by names, since numbers of rows would mean others in another copy of the book."""

Reader = Callable[[Document], None]
"""Writes what a file says, unless it stands in the database already."""

_READERS: dict[str, Reader] = {}
OLDEST = "look"
"""What a file is of whose name does not say it: the version before kept nothing else."""


def reads(what: str, reader: Reader) -> None:
    """Files of `what` are brought in by this reader."""
    _READERS[what] = reader


def write(what: str, insert: Callable[[], None], told: Callable[[], Document]) -> None:
    """Write by `insert`, or keep what `told` answers with where somebody else is writing.

    Within a transaction of ours it is a part of that.
    """
    if database.database.in_transaction():
        insert()
    elif _written(insert):
        bring_in()
    else:
        _keep(what, told())


def _written(insert: Callable[[], None]) -> bool:
    """Write while nobody else does; False where somebody else is writing."""
    try:
        with patience.soon(0), database.writing():
            insert()
    except peewee.OperationalError as error:
        if patience.is_busy(error):
            return False
        raise
    return True


def _keep(what: str, document: Document) -> None:
    folder = _folder()
    assert folder  # only SQLite in a file has one writer
    whole.folder(folder)
    with whole.written(folder / f"{what}-{uuid.uuid4().hex}.json") as draft:
        draft.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _folder() -> Path | None:
    """Where it is kept; None: no other writer can be in the way."""
    if not database.is_sqlite():
        return None
    path = str(database.database.obj.database)
    return None if path == ":memory:" else Path(path).parent / FOLDER


def bring_in() -> bool:
    """Write what is kept beside the database, unless somebody else is writing.

    Several may do so at a time: each thing is looked for in the database when nobody else writes there.
    Answers with whether more of them wait.
    """
    folder = _folder()
    if folder is None or not folder.is_dir():
        return False
    waiting = sorted(each for each in folder.glob("*.json") if _what(each) in _READERS)
    files = waiting[:MOST_AT_ONCE]
    if files and _written(lambda: _read_all(files)):
        for each in files:
            each.unlink(missing_ok=True)
        return len(waiting) > len(files)
    return False


def _what(file: Path) -> str:
    """What the file is of; who does not know how to read it leaves it to others."""
    before, dash, _ = file.name.partition("-")
    return before if dash else OLDEST


def bring_all_in() -> None:
    """The same, until none waits."""
    while bring_in():
        pass


def _read_all(files: list[Path]) -> None:
    for each in files:
        _read(each)


def _read(file: Path) -> None:
    """What is no file of ours, or speaks of nobody who is there, is in nobody's way."""
    try:
        _READERS[_what(file)](json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, peewee.DoesNotExist):
        return
