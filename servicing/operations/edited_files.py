"""Files that decide, such as settings, plans and texts, edited by somebody: whoever finds it writes it.

Files are edited outside of this program, so the audit log says who noticed it, and what a file was and
is, by digests. Whoever puts a file in its place by a command of ours is named as that.
"""

import datetime
import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peewee

from policies import database, patience
from servicing.core import audit_log, kept, settings_file
from servicing.core.models import Kept

FOLDERS = (
    "plans",
    "cases",
    "clocks",
    "question_sets",
    "surveys",
    "assessments",
    "commissions",
    "covers",
    "manners",
    "tiers",
    "stages",
    "templates",
)
"""The folders of a workspace whose files come in place of the shipped ones, or beside them."""

_PLAIN = [f"{each}/*.toml" for each in FOLDERS if each != "templates"]
DECIDE = [settings_file.FILE, *_PLAIN, "templates/messages/*/*.txt"]
"""The files of a workspace that decide what is sent, done and asked, and until when something is due."""

_NAME = "files of"

SHOWN = 12
"""Digits of a digest, kept and told: enough to see a change."""


def notice(home: Path, now: datetime.datetime, *, by: str = "") -> None:
    """Write down which files are not what they were; `by`: the command that has changed them.

    Nobody waits to write it: while somebody else is writing, the next one to look does.
    """
    found = dict(_digests(home))
    if _known(home) == found:
        return
    try:
        with patience.soon(0), database.writing():
            _write(home, found, now, by)
    except peewee.DatabaseError:  # busy, or a session that may only read
        return


def _write(home: Path, found: dict[str, str], now: datetime.datetime, by: str) -> None:
    known = _known(home) or _nearest(found)
    for name in sorted(found.keys() | known.keys()):
        was, became = known.get(name, ""), found.get(name, "")
        if was != became:
            facts: dict[str, Any] = {"was": was, "became": became}
            audit_log.record("file.changed", now, file=name, command=by, **facts)
    row = Kept.insert(name=_name(home), digest=_name(home), value=json.dumps(found))
    row.on_conflict(conflict_target=[Kept.name], preserve=[Kept.digest, Kept.value]).execute()


def _name(home: Path) -> str:
    """Each workspace of a book has its own files; two machines may have theirs under the same path."""
    place = hashlib.sha256(f"{socket.gethostname()}:{home.resolve()}".encode()).hexdigest()
    return f"{_NAME} {place[:SHOWN]}"


def _known(home: Path) -> dict[str, str]:
    found = kept.value(_name(home), _name(home))
    return dict(json.loads(found)) if found else {}


def _nearest(found: dict[str, str]) -> dict[str, str]:
    """What is known of another workspace of this book: this one may be a copy, or have moved here."""
    others = Kept.select(Kept.value).where(Kept.name.startswith(_NAME))
    known: list[dict[str, str]] = [json.loads(each.value) for each in others]
    return max(known, key=lambda each: len(each.items() & found.items()), default={})


def _digests(home: Path) -> Iterator[tuple[str, str]]:
    for pattern in DECIDE:
        for path in home.glob(pattern):
            try:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                yield str(path.relative_to(home)), digest[:SHOWN]
            except OSError:  # it went between the two looks
                continue
