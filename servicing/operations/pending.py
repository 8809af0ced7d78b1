"""Files that came by the pages and wait to be taken in: each under a token, for a day at the most.

They stand in the workspace's folder `imports/`, readable by nobody else: the file, the mapping chosen
for it, and what is known of both.
"""

import contextlib
import datetime
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from policies import notices, whole
from policies.drafting.look import Look
from policies.importing.kinds import Kind, Said
from servicing.core import errors

FOLDER = "imports"

KEPT_FOR = datetime.timedelta(hours=24)

ENDS = ("upload", "toml", "waiting")
"""The endings of what is kept: the file, its mapping, what is known of them."""

Save = Callable[[Path], Any]
"""Writes an uploaded file to a path."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file that waits."""

    called: str
    """Its name with the uploader; never a path."""
    kind: Kind
    joined: datetime.date
    complete: Said = False
    look: Look | None = None
    """What was seen of it; None: its columns need not be matched, or a mapping came with it."""
    drafted: dict[str, Any] = {}
    """The draft of its mapping."""
    asked: tuple[str, ...] = ()
    """The keys of a mapping that a person has to say."""


def path(home: Path, token: str, end: str) -> Path:
    """Where something of a file is kept."""
    return home.resolve() / FOLDER / f"{token}.{end}"


def mapping(home: Path, token: str) -> Path | None:
    """The mapping of a file; None: it has none."""
    found = path(home, token, "toml")
    return found if found.is_file() else None


def folder(home: Path) -> Path:
    """The folder, for nobody else's eyes: what stands there is of persons."""
    found = (home / FOLDER).resolve()
    try:
        whole.folder(found)
    except OSError as error:
        raise errors.UnwritableFile(found, notices.of_system(error)) from None
    return found


def keep(to: Path, save: Save, now: datetime.datetime) -> None:
    """Keep a file, readable and writable by this user alone, as of now."""
    with whole.drafted(to) as draft:
        save(draft)
        os.utime(draft, (now.timestamp(), now.timestamp()))


def remember(home: Path, token: str, waiting: Waiting, now: datetime.datetime) -> None:
    """Keep what is known of a file."""
    text = msgspec.json.encode(waiting)
    keep(path(home, token, "waiting"), lambda draft: draft.write_bytes(text), now)


def of(home: Path, token: str) -> Waiting | None:
    """What is known of a file that waits; None: none waits under that token, or no longer."""
    if not _NAME.fullmatch(token) or not path(home, token, "upload").is_file():
        return None
    try:
        return msgspec.json.decode(path(home, token, "waiting").read_bytes(), type=Waiting)
    except (OSError, msgspec.DecodeError):  # an earlier version of the program kept it otherwise
        return None


def drop(home: Path, token: str) -> None:
    """The file has been taken in, or never will be."""
    for end in ENDS:
        path(home, token, end).unlink(missing_ok=True)


def tidy(home: Path, now: datetime.datetime) -> int:
    """Drop what has waited for a day; how many files."""
    gone = 0
    for each in list(_old(home, now - KEPT_FOR)):
        with contextlib.suppress(OSError):
            each.unlink()
            gone += each.suffix == ".upload"
    return gone


def _old(home: Path, until: datetime.datetime) -> Iterator[Path]:
    for end in [*(f".{each}" for each in ENDS), whole.DRAFT]:
        for each in (home / FOLDER).glob(f"*{end}"):
            with contextlib.suppress(OSError):
                if each.stat().st_mtime <= until.timestamp():
                    yield each
