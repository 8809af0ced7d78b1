"""A value of the wrong type: every type that TOML knows has its word, expected or found."""

import datetime
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from policies import toml
from servicing.core import i18n

VALUES: dict[Any, str] = {
    # by the type that is expected, a value of that type as TOML writes it
    int: "1",
    float: "1.5",
    bool: "true",
    str: '"text"',
    list: "[1]",
    dict: "{ b = 1 }",
    datetime.date: "2026-05-11",
    datetime.datetime: "2026-05-11T09:00:00",
    datetime.time: "09:00:00",
}

PAIRS = [
    (expected, text)
    for expected in (*VALUES, None)
    for kind, text in VALUES.items()
    if kind != expected
]


def complaint(expected: Any, text: str) -> str:
    """What msgspec says of a value; nothing where one type passes for another."""
    shape = msgspec.defstruct("Shape", [("key", expected)])
    try:
        msgspec.convert(tomllib.loads(f"key = {text}"), shape)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_every_type_has_its_word(locale: str) -> None:
    told = [complaint(*pair) for pair in PAIRS]
    sentences = [i18n.sentence(toml.invalid(each), locale) for each in told if each]
    assert len(sentences) > 70
    assert [each for each in sentences if re.search("type_|`|[Ee]xpected `", each)] == []


def test_a_time_is_named() -> None:
    said = toml.invalid(complaint(int, "09:00:00"))
    assert i18n.sentence(said, "en") == "key: expected a whole number, not a time"
    assert i18n.sentence(said, "zh_CN") == "key：应为整数，不是时间"


def test_a_file_of_notepad_is_read_without_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('country = "CN"', "utf-8-sig")
    assert toml.read(path) == {"country": "CN"}
