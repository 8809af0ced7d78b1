"""What is installed here: what is worked out by it once stays true as long as it is not replaced.

Libraries are known by their versions, our own modules by what is in them, so that machines on which the
same is installed agree.
"""

import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

import policies

LIBRARIES = ("jinja2", "markupsafe", "babel", "msgspec", "holidays")
"""What is called; beside them stand the names and versions of all that is installed there."""
NAMES = (".dist-info", ".egg-info")
ROOMS = (
    "policies",
    "servicing/core",
    "servicing/messages",
    "servicing/channels",
    "servicing/operations",
)


@lru_cache(maxsize=1)
def digest() -> str:
    """Changes with the version of Python, of any library, and of ourselves; a process has one of each."""
    read = (sys.version, sorted(libraries()), sorted(modules()))
    return hashlib.sha256(msgspec.json.encode(read)).hexdigest()


def libraries() -> Iterator[list[str]]:
    """The names and versions of all that is installed, place by place."""
    for place in {_origin(name).parent.parent for name in LIBRARIES}:
        yield sorted(each.name for each in place.iterdir() if each.suffix in NAMES)


def modules() -> Iterator[tuple[str, str]]:
    """Ours, by content: those of the rooms that a check of plan and texts goes through."""
    within = str(Path(str(policies.__file__)).parents[1])
    for room in ROOMS:
        for folder, _, names in os.walk(f"{within}/{room}"):
            for path in sorted(f"{folder}/{name}" for name in names if name.endswith(".py")):
                content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
                yield path.removeprefix(f"{within}/"), content


def _origin(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None, name
    return Path(str(spec.origin))
