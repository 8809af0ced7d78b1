"""TOML files read into frozen structs; a mistake is answered by file, key and sentence."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from policies import errors
from policies.notices import Notice, joined, notice, of_system

T = TypeVar("T")

_AT = re.compile(r"(?P<why>.*) - at `\$\.?(?P<at>.*)`")
_PLACE = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)")
_COMPLAINTS = {
    r"Object contains unknown field `(?P<key>.*)`": "unknown_key",
    r"Object missing required field `(?P<key>.*)`": "missing_key",
    r"Expected `(?P<expected>[^`]*)`, got `(?P<found>[^`]*)`": "wrong_type",
    r"Expected `(?P<expected>[^`]*)`": "wrong_type_expected",
    r"Expected `(?P<kind>[^`]*)` >= (?P<limit>\S+)": "at_least",
    r"Expected `(?P<kind>[^`]*)` > (?P<limit>\S+)": "more_than",
    r"Expected `(?P<kind>[^`]*)` <= (?P<limit>\S+)": "at_most",
    r"Expected `(?P<kind>[^`]*)` < (?P<limit>\S+)": "less_than",
    r"Invalid enum value (?P<value>.*)": "not_a_choice",
    r"Invalid decimal string": "not_a_decimal",
}
"""The complaints of msgspec in its words, and our code for each."""

_TYPED = ("expected", "found")
"""The values of a complaint that are names of types."""


def read(path: Path, decimal: Callable[[str], Any] = float) -> dict[str, Any]:
    """The raw tables of a TOML file; `decimal` makes numbers with a point of their text.

    Raises `UnreadableFile` when there is none or it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"), parse_float=decimal)
    except UnicodeDecodeError:
        raise errors.UnreadableFile(path, notice("not_utf8")) from None
    except tomllib.TOMLDecodeError as error:
        raise errors.UnreadableFile(path, _not_toml(error)) from None
    except (ValueError, ArithmeticError):  # so long that Python makes no number of it
        raise errors.UnreadableFile(path, notice("number_too_long")) from None
    except OSError as error:
        raise errors.UnreadableFile(path, of_system(error)) from None


def _not_toml(error: tomllib.TOMLDecodeError) -> Notice:
    """Where the text stops being TOML."""
    found = _PLACE.search(str(error))
    return Notice("not_toml", found.groupdict()) if found else notice("not_toml_at_end")


def convert(tables: object, shape: type[T], where: str, at: str = "") -> T:
    """Tables as a struct of `shape`; raises `BadSetting` naming the key that is unknown or wrong.

    `at`: the key under which the tables stand.
    """
    try:
        return msgspec.convert(tables, shape)
    except msgspec.ValidationError as error:
        raise errors.BadSetting(where, invalid(str(error), at)) from None


def invalid(complaint: str, under: str = "") -> Notice:
    """A complaint of msgspec as a notice: the key, and the type expected there."""
    located = _AT.fullmatch(complaint)
    complaint, at = (located["why"], located["at"]) if located else (complaint, "")
    at = ".".join(filter(None, (under, at)))
    for pattern, code in _COMPLAINTS.items():
        if found := re.fullmatch(pattern, complaint):
            return _located(Notice(code, _worded(found.groupdict())), at)
    return notice("invalid", text=complaint)


def _located(why: Notice, at: str) -> Notice:
    if not at:
        return why
    if why.code == "unknown_key":
        return notice("unknown_key_in", section=at, **why.facts)
    return notice("at_key", key=at, why=why)


def _worded(facts: dict[str, str]) -> dict[str, Any]:
    """The values, the names of types being notices; `null` is none that TOML could hold."""
    return {key: _types(value) if key in _TYPED else value for key, value in facts.items()}


def _types(names: str) -> Notice:
    known = [each for each in names.split(" | ") if each != "null"] or ["null"]
    found: Notice = joined("or", [Notice(f"type_{each}") for each in known])
    return found
