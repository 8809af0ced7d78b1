"""A value of the wrong type: every type that TOML knows has its word, expected or found."""

import datetime
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from policies import errors, toml
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


@pytest.mark.parametrize("number", ["1" * 5000, "1e99999999999999999999"])
def test_a_number_that_is_too_long_is_refused_by_its_file(number: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f"key = {number}", "utf-8")
    with pytest.raises(errors.UnreadableFile) as refused:
        toml.read(path, Decimal)
    told = i18n.sentence(refused.value.notice, "en")
    assert told.endswith("a number in it is too long") and str(path) in told


def test_numbers_are_made_of_their_text_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("exact = 0.30000000000000000001", "utf-8")
    assert str(toml.read(path, Decimal)["exact"]) == "0.30000000000000000001"
    assert toml.read(path) == {"exact": 0.3}
