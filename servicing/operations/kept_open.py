"""A workspace that a process keeps open for days: its files are read anew when they change.

They are looked at before each job and each request: first when they were written, then what is in
them. A job and a request each have one workspace from beginning to end. What cannot be used is named
in the log, once, and the process goes on with what it had.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from servicing.core import errors, settings_file
from servicing.core.settings import Settings
from servicing.operations import edited_files
from servicing.operations.workspace import Workspace

FIXED = {
    "servicing": ("database", "timezone"),
    "web": ("host", "port", "threads", "trusted_proxy", "session_hours"),
    "logs": ("level", "format"),
}
"""What a process was started with, by section: it stays so until it is started again."""

Look = tuple[int, int, int]
"""Of a file: when it was written, how large it is, and which file it is."""

log = logging.getLogger("servicing.engine")


class KeptOpen:
    """The workspace of a process that never ends."""

    def __init__(self, space: Workspace, read: Callable[[], Settings]) -> None:
        """`read` reads the settings as they are now; it raises what `settings_file.load` raises."""
        self._first, self._space, self._read = space, space, read
        self._turn = threading.Lock()
        self._looks = dict(_looks(space.home))
        self._digests = _digests(space.home, self._looks)
        _prepared(space)

    def current(self) -> Workspace:
        """The workspace as its files are now, or as they were when they could last be used."""
        with self._turn:
            looks = dict(_looks(self._first.home))
            if looks != self._looks:
                self._look_into(looks)
            return self._space

    def _look_into(self, looks: dict[str, Look]) -> None:
        digests = _digests(self._first.home, looks)
        self._looks, known, self._digests = looks, self._digests, digests
        changed = sorted(name for name, _ in digests.items() ^ known.items())
        names = ", ".join(dict.fromkeys(changed))
        if not names:
            return
        try:
            self._space = self._anew()
        except errors.ServicingError as error:
            log.error("what was edited cannot be used, the old stays: %s", error)
            return
        log.info("read anew: %s", names, extra={"plan": self._space.plan.edition})

    def _anew(self) -> Workspace:
        was = self._space
        settings, ignored = keeping(was.settings, self._read())
        for key in ignored:
            log.warning("%s was changed: it holds once the process is started again", key)
        is_readers = was.locale != was.settings.servicing.locale
        fresh = Workspace(was.home, settings, was.locale if is_readers else "", was.keys_said)
        fresh.others = self._first.others
        if "keys" in was.__dict__:  # a process that signs
            _ = fresh.keys
        return _prepared(fresh)


def keeping(was: Settings, read: Settings) -> tuple[Settings, list[str]]:
    """What was read, but for what a process keeps, and the keys of that which were changed."""
    ignored = []
    for section, names in FIXED.items():
        old, new = getattr(was, section), getattr(read, section)
        kept = {name: getattr(old, name) for name in names}
        ignored += [f"{section}.{name}" for name in names if kept[name] != getattr(new, name)]
        read = msgspec.structs.replace(read, **{section: msgspec.structs.replace(new, **kept)})
    return read, ignored


def _prepared(space: Workspace) -> Workspace:
    """With all that is read from files: what is written later is not mixed into it."""
    space.walker()
    space.composer.read_all(space.plan)
    _ = space.clocks
    return space


def _looks(home: Path) -> Iterator[tuple[str, Look]]:
    """The files of a workspace that decide, by name."""
    for pattern in [*edited_files.DECIDE, settings_file.KEYS_FILE]:
        for path in home.glob(pattern):
            try:
                found = path.stat()
            except OSError:  # it went between the two looks
                continue
            yield str(path.relative_to(home)), (found.st_mtime_ns, found.st_size, found.st_ino)


def _digests(home: Path, names: Mapping[str, Look]) -> dict[str, str]:
    """What is in the files; of one that cannot be read, nothing."""
    found = {}
    for name in names:
        try:
            found[name] = hashlib.sha256((home / name).read_bytes()).hexdigest()
        except OSError:
            found[name] = ""
    return found
