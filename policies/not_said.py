"""What is not said to a client (服务忌语): word lists by class, looked for in texts (domain.md §14.7).

The lists are the company's files, one a language. They warn and never stop anything.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import msgspec

from policies import errors, toml
from policies.notices import notice

Class = Literal["dignity", "blaming", "contradicting", "vulgar", "provoking", "coaching"]
CLASSES: tuple[Class, ...] = get_args(Class)

SHIPPED = Path(__file__).parent / "manners"

_APOSTROPHES = str.maketrans({"\u2018": "'", "\u2019": "'"})
_ASIAN = r"\u3400-\u9fff"
_BETWEEN = re.compile(rf"(?<=[{_ASIAN}])\s+(?=[{_ASIAN}])")
"""Space between two Chinese characters, which says nothing."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dignity: list[str] = []
    blaming: list[str] = []
    contradicting: list[str] = []
    vulgar: list[str] = []
    provoking: list[str] = []
    coaching: list[str] = []


Lists = Mapping[Class, tuple[str, ...]]
"""The phrases of each class, of all languages."""


class Said(NamedTuple):
    """A phrase that a text has and should not."""

    kind: Class
    phrase: str
    """As the list has it."""


def read(home: Path) -> Lists:
    """The lists of all languages: for each the workspace's own file first, then the shipped one.

    Raises `UnreadableFile`, or `BadSetting` naming the file and the key.
    """
    files = [*_toml(SHIPPED), *_toml(home / "manners")]
    by_language = {path.name: path for path in files}
    lists = [_list(path) for path in by_language.values()]
    return {kind: tuple(phrase for each in lists for phrase in each[kind]) for kind in CLASSES}


def _toml(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml")) if folder.is_dir() else []


def _list(path: Path) -> dict[Class, list[str]]:
    file = toml.convert(toml.read(path), _File, str(path))
    found: dict[Class, list[str]] = msgspec.structs.asdict(file)  # type: ignore[assignment]
    for kind, phrases in found.items():
        if any(not each.strip() for each in phrases):
            why = notice("at_key", key=kind, why=notice("phrase_of_nothing"))
            raise errors.BadSetting(str(path), why)
    return found


def said(text: str, lists: Lists) -> Iterator[Said]:
    """The phrases of a text that are not said, each once, class by class."""
    plain = _plain(text)
    for kind, phrases in lists.items():
        for phrase in phrases:
            if _has(plain, _plain(phrase)):
                yield Said(kind, phrase)


def holds(text: str, phrase: str) -> bool:
    """Whether a text has a phrase, whatever the width, the size and the spaces of its letters."""
    return _has(_plain(text), _plain(phrase))


def _plain(text: str) -> str:
    """Letters of one size and width, one space between words and none between Chinese characters."""
    same = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    return _BETWEEN.sub("", " ".join(same.split()))


def _has(text: str, phrase: str) -> bool:
    """Whether a text has a phrase: English as whole words, Chinese wherever it stands."""
    begins, ends = _edge(phrase[0]), _edge(phrase[-1])
    return re.search(f"{begins}{re.escape(phrase)}{ends}", text) is not None


def _edge(letter: str) -> str:
    """What stands beside the first or last letter: of another alphabet than ours, anything."""
    return r"\b" if letter.isascii() and letter.isalnum() else ""
