"""A file that appears whole or not at all: it is written beside its place, then moved there."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from policies import errors
from policies.notices import of_system

OWNER_ONLY = 0o600


@contextlib.contextmanager
def written(path: Path, *, is_private: bool = False) -> Iterator[Path]:
    """The draft to write; it takes the place of `path` when the block ends without an error.

    `is_private`: nobody but its owner may read it. Raises `UnwritableFile`.
    """
    draft = path.with_name(f"{path.name}.part")
    try:
        if is_private:
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY))
        with moved(draft, path):
            yield draft
    except OSError as error:
        raise errors.UnwritableFile(path, of_system(error)) from None


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
