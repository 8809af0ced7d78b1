"""TOML files read into frozen structs; a mistake is answered by file, key and sentence."""

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from policies import errors

T = TypeVar("T")

_UNKNOWN_FIELD = re.compile(
    r"Object contains unknown field `(?P<key>.*?)`(?: - at `\$\.?(?P<at>.*)`)?"
)
_AT = re.compile(r"(?P<why>.*) - at `\$\.?(?P<at>.*)`")


def read(path: Path, encoding_hint: str = "UTF-8") -> dict[str, Any]:
    """The raw tables of a TOML file.

    Raises `UnreadableFile` when there is none or it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise errors.UnreadableFile(path, "there is no such file") from None
    except IsADirectoryError:
        raise errors.UnreadableFile(path, "is a folder, not a file") from None
    except UnicodeDecodeError:
        raise errors.UnreadableFile(path, f"is not {encoding_hint} text") from None
    except tomllib.TOMLDecodeError as error:
        raise errors.UnreadableFile(path, f"is not TOML: {error}") from None
    except OSError as error:
        raise errors.UnreadableFile(path, f"cannot be read: {error.strerror}") from None


def convert(tables: object, shape: type[T], where: str) -> T:
    """Tables as a struct of `shape`; raises `BadSetting` naming the key that is unknown or wrong."""
    try:
        return msgspec.convert(tables, shape)
    except msgspec.ValidationError as error:
        raise errors.BadSetting(where, sentence(str(error))) from None


def sentence(complaint: str) -> str:
    """A validation complaint in our words, the key first."""
    if unknown := _UNKNOWN_FIELD.fullmatch(complaint):
        at = unknown["at"]
        return f"unknown key {unknown['key']!r}" + (f" in [{at}]" if at else "")
    if located := _AT.fullmatch(complaint):
        why = located["why"]
        return f"{located['at']}: {why[0].lower()}{why[1:]}"
    return complaint
