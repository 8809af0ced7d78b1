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
import servicing

LIBRARIES = ("jinja2", "markupsafe", "babel", "msgspec", "holidays")
"""What is called; beside them stand the names and versions of all that is installed there."""
NAMES = (".dist-info", ".egg-info")
SPEAKING = {"commands", "terminal", "web"}


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
    """Ours, by content, without those that only speak to people: this room cannot know them."""
    for package in (policies, servicing):
        root = Path(str(package.__file__)).parent
        for folder, below, names in os.walk(root):
            below[:] = sorted(set(below) - SPEAKING)
            for name in sorted(names):
                if name.endswith(".py"):
                    path = Path(folder, name)
                    content = hashlib.sha256(path.read_bytes()).hexdigest()
                    yield str(path.relative_to(root.parent)), content


def _origin(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None, name
    return Path(str(spec.origin))
