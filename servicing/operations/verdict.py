"""The verdict that a plan and its texts are right, kept as long as they, and all they are read by, stay.

Without it each command would parse, compile and rehearse every text. The digest has what the check
reads, by content: the plan, the texts, the words that letters are filled with, the settings, the
libraries. Our own modules are known by size and time, as Python itself knows them.
"""

import hashlib
import importlib.util
import itertools
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

import policies
import servicing
from policies.plan import Plan
from servicing.core import i18n, kept
from servicing.core.settings import Settings
from servicing.messages import text_files

NAME = "plan"
LIBRARIES = ("jinja2", "markupsafe", "babel", "msgspec")
"""What a check calls; beside them stand the names and versions of all that is installed there."""
INSTALLED = (".dist-info", ".egg-info")

Input = tuple[str, str]
"""Something that a check reads: what it is, and what is in it."""


def once(path: Path, plan: Plan, home: Path, settings: Settings, check: Callable[[], None]) -> None:
    """Check a plan, unless the same was found right before; `check` raises for a mistake."""
    digest = digest_of(path, plan, home, settings)
    if kept.value(NAME, digest) is None:
        check()
        if digest == digest_of(path, plan, home, settings):  # nobody has written meanwhile
            kept.keep(NAME, digest)


def digest_of(path: Path, plan: Plan, home: Path, settings: Settings) -> str:
    """The digest of all that a check of the plan at `path` reads."""
    read = [
        ("plan", _content(path)),
        *_texts(plan, home),
        *_words(),
        ("settings", _settings(settings)),
        *_program(),
    ]
    return hashlib.sha256(msgspec.json.encode(read)).hexdigest()


def _texts(plan: Plan, home: Path) -> Iterator[Input]:
    folders = text_files.folders(home)
    yield "languages", " ".join(text_files.locales(folders))
    for folder, name in text_files.every(folders, plan.templates()):
        yield f"{folders.index(folder)} {name}", _content(folder / name)


def _words() -> Iterator[Input]:
    """The catalogues that letters are filled from."""
    for path in sorted((i18n.shipped_templates() / "words").glob("*/clients.po")):
        yield path.parent.name, _content(path)


def _settings(settings: Settings) -> str:
    """Those that a text or a provider's refusal can depend on; none of them is a secret."""
    channels = settings.channels
    read = (
        msgspec.structs.replace(settings.servicing, database=""),
        (channels.sms.default, channels.sms.routes, channels.email.default),
        channels.aliyun.templates,
        settings.web.public_url,
    )
    return msgspec.json.encode(read).decode()


@lru_cache(maxsize=1)
def _program() -> tuple[Input, ...]:
    """The version of Python, of every library, and of ourselves; a process has one of each."""
    return (
        ("python", sys.version),
        *(("libraries", each) for each in sorted(map(str, _libraries()))),
        *(("module", each) for each in sorted(map(str, _modules()))),
    )


def _libraries() -> Iterator[list[str]]:
    for place in {_origin(name).parent.parent for name in LIBRARIES}:
        yield sorted(each.name for each in place.iterdir() if each.suffix in INSTALLED)


def _origin(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None, name
    return Path(str(spec.origin))


def _modules() -> Iterator[tuple[str, int, int]]:
    """Ours, and the first one of each library, by size and time."""
    ours = (Path(str(package.__file__)).parent.rglob("*.py") for package in (policies, servicing))
    for path in itertools.chain(*ours, map(_origin, LIBRARIES)):
        found = path.stat()
        yield str(path), found.st_size, found.st_mtime_ns


def _content(path: Path) -> str:
    """A digest of a file; nothing for one that cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
