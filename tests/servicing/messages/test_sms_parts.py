"""How long an SMS is: the boundaries at which it costs another part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.messages.sms_parts import Segments, measure

FACE = "\N{GRINNING FACE}"

AT_THE_BOUNDARIES = [
    ("", "GSM-7", 0, 1),
    ("a" * 160, "GSM-7", 160, 1),
    ("a" * 161, "GSM-7", 161, 2),
    ("a" * 306, "GSM-7", 306, 2),  # 2 x 153
    ("a" * 307, "GSM-7", 307, 3),
    ("a" * 459, "GSM-7", 459, 3),
    ("a" * 460, "GSM-7", 460, 4),
    ("€" * 80, "GSM-7", 160, 1),
    ("€" * 80 + "a", "GSM-7", 161, 2),
    ("a" * 158 + "€", "GSM-7", 160, 1),
    ("a" * 159 + "€", "GSM-7", 161, 2),
    ("您" * 70, "UCS-2", 70, 1),
    ("您" * 71, "UCS-2", 71, 2),
    ("您" * 134, "UCS-2", 134, 2),  # 2 x 67
    ("您" * 135, "UCS-2", 135, 3),
    ("您" * 201, "UCS-2", 201, 3),
    ("您" * 202, "UCS-2", 202, 4),
    (FACE * 35, "UCS-2", 70, 1),
    (FACE * 35 + "a", "UCS-2", 71, 2),
    ("a" * 69 + "您", "UCS-2", 70, 1),  # one Chinese character, and everything is UCS-2
    ("a" * 70 + "您", "UCS-2", 71, 2),
    ("【示例人寿】" + "a" * 64, "UCS-2", 70, 1),  # the signature is part of the text
    ("【示例人寿】" + "a" * 65, "UCS-2", 71, 2),
]


@pytest.mark.parametrize(("text", "encoding", "units", "parts"), AT_THE_BOUNDARIES)
def test_a_text_costs_another_part_only_past_its_boundary(
    text: str, encoding: str, units: int, parts: int
) -> None:
    assert measure(text) == Segments(encoding, units, parts)


ONE_CHARACTER = [
    *[(each, "GSM-7", 1) for each in "aZ09 @£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¡ÄÖÑÜ§¿äöñüà!?'\"\n\r"],
    *[(each, "GSM-7", 2) for each in "^{}\\[~]|€\f"],
    *[(each, "UCS-2", 1) for each in "您【】，。：…ç`’“”–\t\u00a0\u202f"],
    *[(each, "UCS-2", 2) for each in (FACE, "\U00020000")],
]


@pytest.mark.parametrize(("character", "encoding", "units"), ONE_CHARACTER)
def test_a_character_counts_as_the_standard_has_it(
    character: str, encoding: str, units: int
) -> None:
    assert measure(character) == Segments(encoding, units, 1)


def test_the_alphabet_of_gsm_7_has_137_characters() -> None:
    short = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    in_gsm7 = [each for each in short if measure(each).encoding == "GSM-7"]
    assert len(in_gsm7) == 127 + 10  # the escape itself is no character
    assert sum(measure(each).units == 2 for each in in_gsm7) == 10


@given(st.text(), st.text())
def test_more_text_never_costs_less(text: str, more: str) -> None:
    assert measure(text + more).parts >= measure(text).parts


@given(st.text())
def test_the_parts_have_room_for_every_unit_and_none_is_empty(text: str) -> None:
    size = measure(text)
    single, part = (160, 153) if size.encoding == "GSM-7" else (70, 67)
    room = single if size.parts == 1 else size.parts * part
    assert size.units <= room
    assert size.parts == 1 or size.units > max(single, (size.parts - 1) * part)
