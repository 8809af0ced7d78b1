"""What of a workspace is open to others on its machine, and the command that closes it.

The book, the settings with their secrets, and all that is told of clients are for their owner alone.
Plans, kinds of case, clocks, questions, weights and texts hold nothing of anybody: others may read
them, but not change what clients are told and asked, and until when.
Where `[servicing] readable_by_others` says so, all may be read, and nothing changed.

Nothing is closed by itself: a person may have meant it.
"""

import itertools
import os
import shlex
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policies import backup, database, whole
from servicing.core import beside, errors, settings_file
from servicing.core.settings import General
from servicing.operations.edited_files import FOLDERS

NOBODY_ELSE, NOBODY_WRITES = 0o077, 0o002
"""What others may not have: anything; the right to write, for those who are not of the group either."""

EVERYBODY = 0o006
"""What is read or written by everybody: a service does not begin on such a book."""

MOST = 1_000
"""Files of a folder that are looked at: an outbox of years has millions. The newest day comes first."""

NAMED = 5
"""Files that are named at a time."""

_TEXTS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".log")
OF_CLIENTS = {*_TEXTS, ".xlsx", ".xls", ".ods", ".zip", ".backup", ".db", whole.DRAFT}
"""The ends of what commands read and write of clients; of other files in the workspace nobody knows."""


@dataclass(frozen=True)
class Open:
    """Files or folders that are open to others, and how they are closed."""

    paths: Sequence[Path]
    mend: str
    """The command that a person types."""

    @property
    def told(self) -> str:
        """Each with its mode."""
        return ", ".join(f"{each} ({_mode(each):03o})" for each in self.paths)


def open_to_others(home: Path, general: General) -> list[Open]:
    """What of a workspace is looser than it should be; nothing on a system without such modes."""
    if os.name != "posix":
        return []
    most = NOBODY_WRITES if general.readable_by_others else NOBODY_ELSE
    book = _book(home, general)
    kinds = [
        _told([home], "700", most),
        _told([home / settings_file.FILE], "600", most),
        _told(
            [home / settings_file.KEYS_FILE], "600", NOBODY_ELSE
        ),  # whoever reads them signs as we do
        _of_book(book, most),
        _told([each for each in _files(home) if each not in book], "600", most),
        *(_of_folder(home / name, most) for name in ("outbox", "imports")),
        *(_of_folder(each.parent / beside.FOLDER, most) for each in book[:1]),
        *(_of_folder(home / name, NOBODY_WRITES) for name in FOLDERS),
    ]
    return list(filter(None, kinds))


def refuse_open_book(home: Path, general: General) -> None:
    """Raises `OpenToOthers` for a book that everybody may read or write, unless settings allow it."""
    if os.name != "posix" or general.readable_by_others:
        return
    if found := _of_book(_book(home, general), EVERYBODY):
        raise errors.OpenToOthers(found.told, found.mend)


def _book(home: Path, general: General) -> list[Path]:
    """The files of a database; none where it is on a server."""
    file = database.file_of(general.database, home)
    return [Path(f"{file}{end}") for end in ["", *backup.SQLITE_SIDE_FILES]] if file else []


def _of_book(book: Sequence[Path], most: int) -> Open | None:
    """The database where it is open; else what SQLite keeps beside it, made with the mode of that."""
    return _told(book[:1], "600", most) or _told(book[1:], "600", most)


def _files(home: Path) -> list[Path]:
    """What somebody has put into the workspace, or had written there, and is of clients."""
    found = sorted(each.name for each in _entries(home) if each.is_file(follow_symlinks=False))
    return [home / name for name in found if Path(name).suffix.lower() in OF_CLIENTS]


def _told(paths: Iterable[Path], wanted: str, most: int) -> Open | None:
    """Those of some files that are open, the first few of them."""
    found = list(itertools.islice(_loose(paths, most), NAMED))
    how = wanted if most != NOBODY_WRITES else "o-w"
    return Open(found, _chmod(how, found)) if found else None


def _of_folder(folder: Path, most: int) -> Open | None:
    """The first of what stands in a folder that is open; all of it is closed at once."""
    looked_at = itertools.chain([folder], itertools.islice(_under(folder), MOST))
    found = list(itertools.islice(_loose(looked_at, most), 1))
    how = "-R o-w" if most == NOBODY_WRITES else "-R go="
    return Open(found, _chmod(how, [folder])) if found else None


def _chmod(how: str, paths: Iterable[Path]) -> str:
    return " ".join(["chmod", how, *(shlex.quote(str(each)) for each in paths)])


def _loose(paths: Iterable[Path], most: int) -> Iterator[Path]:
    return (each for each in paths if _mode(each) & most)


def _mode(path: Path) -> int:
    """The mode of a file, that of what a link leads to; 0 where there is none."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0


def _under(folder: Path) -> Iterator[Path]:
    """What stands in a folder and in its folders, the last of them first; links are passed over."""
    found = [each for each in _entries(folder) if not each.is_symlink()]
    yield from (Path(each.path) for each in found if not each.is_dir())
    for each in sorted((each.path for each in found if each.is_dir()), reverse=True):
        yield Path(each)
        yield from _under(Path(each))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What a folder names; nothing where it is not there, or cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
