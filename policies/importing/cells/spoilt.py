"""What spreadsheets do to cells: errors, rounded numbers, texts that are wrapped to stay as they are."""

import re
from collections.abc import Sequence

from policies import controls
from policies.importing.findings import BadCell
from policies.importing.inert import said

_SPREADSHEET_ERRORS = frozenset(
    ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"]
    + ["#SPILL!", "#CALC!", "#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!"]
    + ["#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#N/D", "#VALEUR!", "#NOM?", "#NOMBRE!", "#VALOR!"]
)
"""Spreadsheets that speak German, French and Spanish have words of their own for some of them."""

_NUMBERED_ERROR = re.compile(r"Err:5\d\d")
_WRAPPED = re.compile(r'="((?:[^"]|"")*)"')
_KEPT_AS_TEXT = re.compile(r"'[+\d]")

_WITH_SIGN = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+\d{1,3}")
_WITH_POINT = re.compile(r"[+-]?\d[.,]\d+[eE]\d{1,3}")

_FOLDED = {
    **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\u3000"), " "),
    **dict.fromkeys(map(ord, "\u2018\u2019"), "'"),
    ord("\uffe5"): "¥",
    ord("\u2212"): "-",
}
"""Full-width characters, narrow blanks, typeset apostrophes, the yen sign of Chinese keyboards, minus."""

SIGNIFICANT = 15
"""So many digits of a number a spreadsheet keeps; it makes zeros of the others."""

_ZEROS_BY_CHANCE = 6
"""So many zeros behind the 15th digits of a column's numbers are no chance: it is one in a million."""


_IDENTITY = re.compile(
    r"[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}", re.A
)


def is_spreadsheet_error(cell: str) -> bool:
    """Whether a spreadsheet could not calculate what should stand in the cell."""
    return cell in _SPREADSHEET_ERRORS or bool(_NUMBERED_ERROR.fullmatch(cell))


def bared(cell: str) -> str:
    """A text without what keeps a spreadsheet from changing it: `="0012"`, or an apostrophe."""
    cell = said(cell)
    wrapped = _WRAPPED.fullmatch(cell) if cell[:2] == '="' else None
    return wrapped[1].replace('""', '"').strip() if wrapped else cell


def is_kept_as_text(cell: str) -> bool:
    """Whether an apostrophe keeps a spreadsheet from reading a number."""
    return bool(_KEPT_AS_TEXT.match(cell))


def folded(cell: str) -> str:
    """A cell with the letters, signs and blanks of ASCII where it has wide or typeset ones."""
    return bared(cell).translate(_FOLDED).strip()


def refuse(cell: str) -> None:
    """Raises `BadCell` for the error of a spreadsheet, and for what steers a terminal."""
    if is_spreadsheet_error(cell):
        raise BadCell("spreadsheet_error")
    if not cell.isprintable() and (character := controls.first(cell)):
        raise BadCell("control_character", character=character)


def refuse_rounded(cell: str) -> None:
    """Raises `BadCell` for a number that a spreadsheet has written with an exponent."""
    if is_scientific(cell):
        raise BadCell("number_rounded")


def refuse_number(cell: str) -> None:
    """Raises `BadCell` for a number to dial that a spreadsheet could not calculate, or has rounded."""
    if is_spreadsheet_error(cell):
        raise BadCell("spreadsheet_error")
    refuse_rounded(cell)


def is_scientific(cell: str) -> bool:
    """Whether a spreadsheet has written a number with an exponent, so that its digits are lost.

    `12E4` may be somebody's number: a spreadsheet writes a sign behind the E, a program a point before.
    """
    return bool(_WITH_SIGN.fullmatch(cell) or _WITH_POINT.fullmatch(cell))


def are_rounded(cells: Sequence[str]) -> bool:
    """Whether all long numbers end in zeros where a spreadsheet would have made zeros of their digits."""
    zeros, seen = 0, set[str]()
    for cell in cells:
        if len(cell) > SIGNIFICANT and (digits := cell.strip()) not in seen and digits.isdecimal():
            found = zeros_of(digits)
            if not found and len(digits) > SIGNIFICANT:
                return False
            seen.add(digits)
            zeros += _ZEROS_BY_CHANCE if _is_spoilt_identity(digits) else found
    return zeros >= _ZEROS_BY_CHANCE


def _is_spoilt_identity(digits: str) -> bool:
    """Whether it would be a Chinese identity number (GB 11643), were its check digit right."""
    if not _IDENTITY.fullmatch(digits):
        return False
    weighed = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(digits))
    return weighed % 11 != 1


def zeros_of(text: str) -> int:
    """How many zeros stand behind the 15th digit of a long number; 0 where other digits do."""
    behind = text[SIGNIFICANT:] if text.isdecimal() else ""
    return 0 if behind.strip("0") else len(behind)
