"""Texts, choices and whole numbers are taken as they stand, without what a spreadsheet did to them."""

import pytest

from policies.importing.cells import texts
from policies.importing.findings import BadCell
from tests.refusals import english, refuses

STEERING = [
    "\x00",
    "\x07",
    "\n",
    "\t",
    "\x1b",
    "\x7f",
    "\x85",
    "\x9b",
    "\u061c",
    "\u200e",
    "\u200f",
]
STEERING += ["\u202a", "\u202e", "\u2066", "\u2069"]
"""Control characters of ASCII and Latin-1, and marks of direction."""


def test_text_has_a_length() -> None:
    assert texts.parse_text(2)("林伟") == "林伟"
    with refuses(BadCell, match="at most 2 characters were expected, 3 found"):
        texts.parse_text(2)("林大伟")


@pytest.mark.parametrize("cell", ["", '=""'])
def test_a_needed_text_must_not_be_empty(cell: str) -> None:
    with refuses(BadCell, match="must not be empty"):
        texts.parse_text(9, needed=True)(cell)


@pytest.mark.parametrize("character", STEERING)
def test_a_text_holds_nothing_that_steers_a_terminal(character: str) -> None:
    for parse in (texts.parse_text(99), texts.parse_identifier(99)):
        for read in (parse, lambda cell, parse=parse: parse.all(["林伟", cell])):
            with pytest.raises(BadCell) as refused:
                read(f"Il{character}se")
            assert english(refused.value) == (
                f"the control character U+{ord(character):04X} is not allowed in a text"
            )


@pytest.mark.parametrize(
    "name", ["林　伟", "José\N{NO-BREAK SPACE}María", "D’Arcy", "㐂龘𠮷", "נועה לוי", "O'Neil #2"]
)
def test_a_name_may_be_written_in_any_script(name: str) -> None:
    parse = texts.parse_text(99)
    assert (parse(name), parse.all([name, "林伟"])) == (name, [name, "林伟"])


def test_a_choice_is_one_of_a_few_or_nothing() -> None:
    parse = texts.parse_choice("M", "F")
    assert [parse(cell) for cell in ("M", "F", "")] == ["M", "F", ""]
    with refuses(BadCell, match="one of M, F was expected"):
        parse("m")


@pytest.mark.parametrize(("cell", "number"), [("0", 0), ("20", 20), ("120", 120), ("", None)])
def test_a_whole_number_is_read(cell: str, number: int | None) -> None:
    assert texts.parse_whole(0, 120)(cell) == number


@pytest.mark.parametrize("cell", ["-1", "121", "1.5", "x", "9" * 5000, "1e2"])
def test_what_is_no_whole_number_of_the_range_is_refused(cell: str) -> None:
    with refuses(BadCell, match="a whole number from 0 to 120 was expected"):
        texts.parse_whole(0, 120)(cell)
