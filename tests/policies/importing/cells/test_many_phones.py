"""Many phone numbers are read at once as they are read one by one, whatever stands among them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.importing.cells import cells, phones
from policies.importing.cells.cells import Phone
from policies.importing.findings import BadCell

PHONES = ["13812345678", "", "+8613812345678", "010-12345678", "021 6200 0000", "+12025550111"]
ODD_PHONES = ["13812345678\n13912345678", "1381234567", "\u0661\u0663812345678", "no", "\n"]
BAD_PHONES = ["1.38E+10", "#REF!"]


def one_by_one(parse: Any, column: list[str]) -> Any:
    return told(lambda: [parse(cell.strip()) for cell in column])


def told(read: Any) -> Any:
    """What was read, or that something was refused."""
    try:
        return read()
    except BadCell:
        return "refused"


def at_once(parse: Any, column: list[str]) -> Any:
    return told(lambda: cells.of_many(parse)(column))


@given(
    st.lists(st.sampled_from([*PHONES, *ODD_PHONES, *BAD_PHONES])),
    st.sampled_from(["CN", "US", "GB", ""]),
    st.booleans(),
)
def test_phones(column: list[str], country: str, is_mended: bool) -> None:
    parse = Phone(country, is_mended)
    assert at_once(parse, column) == one_by_one(parse, column)


@given(st.lists(st.sampled_from(PHONES[:2])), st.booleans())
def test_phones_as_they_are_dialled_at_home(column: list[str], is_mended: bool) -> None:
    parse = Phone("CN", is_mended)
    assert at_once(parse, column) == one_by_one(parse, column)


MOBILES = [
    ([], True),
    (["+8613812345678", "+8613912345678"], True),
    (["+8613812345678", ""], True),
    (["+8613812345678", "+861012345678"], False),
    (["+12025550111"], False),
    (["+8613812345678\n+8613912345678"], False),
    (["+8613812345678\n"], False),
]


@pytest.mark.parametrize(("numbers", "are_all"), MOBILES)
def test_all_are_mobile_numbers_or_one_is_none(numbers: list[str], are_all: bool) -> None:
    assert phones.are_mobiles_of("CN", numbers) is are_all
