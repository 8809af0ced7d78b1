"""No cell that is written out is taken for a formula, and it is read as the cell that it was."""

import pytest
from hypothesis import assume, given

from policies import controls
from policies.importing import inert
from policies.importing.cells import texts
from policies.importing.inert import FORMULA_SIGNS
from tests.policies.importing.book_files import TRICKY

SIGNS = [sign for sign in FORMULA_SIGNS if sign.strip()]
BEFORE = ["", " ", "\t", "\u00a0", "\u3000", "\u200b", "\ufeff", '"', "“", "＂", '" ', ' " ']


def read(cell: str) -> str:
    """As the column of a text reads it."""
    return texts.parse_text(100)(cell.strip())


@pytest.mark.parametrize(
    "formula",
    ["=cmd|' /C calc'!A0", "+1+cmd|x", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=", "-", "+86x"],
)
def test_a_formula_is_never_exported_live(formula: str) -> None:
    assert inert.inert(formula) == f"'{formula}"
    assert inert.revived(inert.inert(formula)) == formula


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", BEFORE)
def test_nothing_before_a_sign_hides_it(before: str, sign: str) -> None:
    cell = f"{before}{sign}SUM(A1)"
    assert inert.inert(cell) == f"'{cell}"
    assert read(inert.inert(cell)) == read(cell)


@pytest.mark.parametrize(
    "harmless",
    [
        "-1234.50",
        "-31.8 %",
        "+8613812345678",
        "+86 138-1234",
        "林伟",
        "",
        "1-2",
        " -5",
        "a=b",
        '"Lin"',
        "“林”",
    ],
)
def test_numbers_phones_and_words_stay_as_they_are(harmless: str) -> None:
    assert inert.inert(harmless) == harmless


@given(TRICKY)
def test_what_was_made_inert_reads_as_the_cell_it_was(cell: str) -> None:
    assume(not controls.first(cell.strip()))  # refused, whichever way it is written
    assert read(inert.inert(cell)) == read(cell)


@given(TRICKY)
def test_an_inert_cell_starts_no_formula(cell: str) -> None:
    out = inert.inert(cell)
    is_number = not set(out) - set("+-0123456789 .,()%") or out[1:].isdigit()
    assert is_number or not out.startswith(inert.FORMULA_SIGNS)
    assert inert.inert(out) == out
