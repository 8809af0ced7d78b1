"""Files that appear whole or not at all, and folders: whatever is made is its owner's alone.

A file is written beside its place, under a name that nobody can foresee, then moved there. What
somebody else has put in the way, a link for one, is replaced and never followed.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from policies import errors
from policies.notices import of_system

FILE_MODE, FOLDER_MODE = 0o600, 0o700

DRAFT = ".part"
"""The end of a draft's name: what has it was left by a process that was killed."""

_NAMED_AS = 40
"""Characters of a file's name that its draft repeats: a name may be as long as a name can be."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)  # POSIX alone has links


@contextlib.contextmanager
def written(path: Path) -> Iterator[Path]:
    """The draft to write; it takes the place of `path` when the block ends without an error.

    Nobody but its owner may read it, whatever stood there. Raises `UnwritableFile`.
    """
    try:
        with drafted(path) as draft:
            yield draft
    except OSError as error:
        raise errors.UnwritableFile(path, of_system(error)) from None


@contextlib.contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """The same, for whom an `OSError` means something else.

    A pipe or a device has no place that a draft could take: it is written to as it stands.
    """
    if is_stream(path):
        yield path
        return
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    draft = new_draft(path)
    with moved(draft, path):
        yield draft


@contextlib.contextmanager
def drafted_once(path: Path) -> Iterator[Path]:
    """The same in a folder of ours that nobody else can write to: the draft has always one name.

    What a process that was killed has left under it goes now. Raises `OSError`.
    """
    draft = path.with_suffix(DRAFT)
    draft.unlink(missing_ok=True)
    new(draft)
    with moved(draft, path):
        yield draft


def new_draft(path: Path) -> Path:
    """A new, empty file beside `path`; raises `OSError`."""
    draft = path.parent / f"{path.name[:_NAMED_AS]}.{os.urandom(8).hex()}{DRAFT}"
    new(draft)
    return draft


def new(path: Path) -> None:
    """Make an empty file; raises `OSError` where anything has that name, be it a link to nowhere."""
    os.close(os.open(path, _NEW, FILE_MODE))


@contextlib.contextmanager
def moved(draft: Path, path: Path) -> Iterator[None]:
    """The draft takes the place of `path` when the block ends without an error, else it is removed.

    Raises `OSError`.
    """
    try:
        yield
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def folder(path: Path) -> Path:
    """The folder, made where it is missing, and so are those above it; raises `OSError`.

    One that is there stays as its owner wants it.
    """
    try:
        path.mkdir(FOLDER_MODE)
    except FileNotFoundError:
        folder(path.parent)
        path.mkdir(FOLDER_MODE, exist_ok=True)
    except OSError:
        if not path.is_dir():
            raise
    return path


def is_stream(path: Path) -> bool:
    """Whether what is written to `path` goes on to somebody, as with a pipe, a device, `/dev/stdout`.

    A pipe, or a link to one, that another user has put there is none of ours: it is in the way.
    """
    try:
        place, end = path.lstat(), path.stat()
    except OSError:
        return False
    is_special = not stat.S_ISREG(end.st_mode) and not stat.S_ISDIR(end.st_mode)
    is_ours = is_special and end.st_uid in _ours()
    return place.st_uid in _ours() and (is_ours or _is_handed_over(path))


def _ours() -> set[int]:
    """Whose pipes and devices we trust: the system's and our own."""
    return {0, os.geteuid()} if hasattr(os, "geteuid") else {0}


def _is_handed_over(path: Path) -> bool:
    """Whether it names a file that whoever called us has opened, as `/dev/stdout` does."""
    places = [path, path.parent / path.readlink()] if path.is_symlink() else [path]
    parents = [each.parent.resolve() for each in places]
    return any(each.match("/proc/*/fd") or each == Path("/dev/fd") for each in parents)
