"""What steers a terminal is known by its character, and is shown without steering."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import controls

STEERING = [
    "\x00",
    "\x07",
    "\x0d",
    "\x1b",
    "\x7f",
    "\x80",
    "\x9b",
    "\u061c",
    "\u200e",
    "\u202e",
    "\u2069",
]
READ = ["林伟", "José", "נועה", "a b", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}", "㐂", "\ue000"]


@pytest.mark.parametrize("character", STEERING)
def test_a_steering_character_is_named_and_shown_as_one_that_steers_nothing(character: str) -> None:
    text = f"Il{character}se"
    assert controls.first(text) == f"U+{ord(character):04X}"
    assert controls.inert(text) == f"Il{controls.SHOWN}se"


@pytest.mark.parametrize("text", READ)
def test_what_people_read_is_shown_as_it_is(text: str) -> None:
    assert (controls.first(text), controls.inert(text)) == ("", text)


def test_lines_and_tabs_are_shown_but_are_no_part_of_a_name() -> None:
    assert (controls.first("a\nb"), controls.inert("a\n\tb")) == ("U+000A", "a\n\tb")


@given(st.dictionaries(st.text(), st.text() | st.sampled_from(STEERING)))
def test_a_document_says_the_same_and_steers_nothing(said: dict[str, str]) -> None:
    shown = controls.escaped(json.dumps(said, ensure_ascii=False, indent=2))
    assert json.loads(shown) == said
    assert controls.inert(shown) == shown
