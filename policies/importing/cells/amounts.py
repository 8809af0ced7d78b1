"""Amounts of money as files write them."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from policies.importing.cells import spoilt
from policies.importing.findings import BadCell

CENT = Decimal("0.01")
MAX_AMOUNT = 10**12
"""Amounts reach at most a million million of their currency."""

_PLAIN_AMOUNT = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?")
_WHOLE_DIGITS = 12
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_NUMBER = re.compile(
    r"[+-]?(?:\d+\.?\d*|\.\d+)(?P<exponent>[eE][+-]?\d+)?|[+-]?(?:inf|s?nan)", re.I
)
_COULD_BE_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_MACHINES = re.compile(r"-?\d+\.\d+")
"""However people spell, the cells of a workbook that are numbers come so."""

NOISE = Decimal("0.000001")
_NOISY_DIGITS = 15
"""A spreadsheet calculates with so many digits: the last of a longer number are its arithmetic's."""

_TIMES = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}  # noqa: RUF001
_SIGN = r"(?:[A-Z]{0,3}[$¥€£₪₹₩₽₺₫฿₱]|[A-Z]{3}|Rs\.?|元|圆|圓|円|원)"
_MONEY = re.compile(
    rf"(?P<minus>-?)(?:{_SIGN}\ ?)?(?P<later>-?)(?P<number>\d[\d.,' ]*?)"
    rf"(?:\ ?(?P<times>[{''.join(_TIMES)}]))?(?:\ ?{_SIGN})?"
)


class Spelling(NamedTuple):
    """How numbers are spelled: what stands between groups of digits, and before the decimals."""

    group: str
    point: str
    has_pairs: bool = False
    """Whether only the last group has three digits, and the others two."""


SPELLINGS = {
    "1234.56": Spelling("", "."),
    "1234,56": Spelling("", ","),
    "1,234.56": Spelling(",", "."),
    "1.234,56": Spelling(".", ","),
    "1 234.56": Spelling(" ", "."),
    "1 234,56": Spelling(" ", ","),
    "1'234.56": Spelling("'", "."),
    "1,23,456.78": Spelling(",", ".", has_pairs=True),
}
"""By the example with which a mapping names it."""

_PLAIN = "1234.50"
_GROUPING_POINT = "1.234,56"
_LIKELY = ("1,234.56", _GROUPING_POINT, "1,23,456.78")
"""These read all that the others read; one of them is what a mapping should say."""


def parse_amount(*, needed: bool = False, numbers: str = "") -> Callable[[str], int | None]:
    """Reads an amount of money; answers in whole hundredths, or None if empty.

    `numbers` is an example of how they are spelled; without one they are plain, or `1,234.50`.
    """

    def parse(cell: str) -> int | None:
        whole, _, part = cell.partition(".")
        digits = whole + part
        if 0 < len(whole) <= _WHOLE_DIGITS and len(part) == 2 and digits.isdecimal():
            return int(digits)  # nearly all are written so
        if plain := _PLAIN_AMOUNT.fullmatch(cell):
            whole, part = plain.groups()
            return int(whole) * 100 + (int(part.ljust(2, "0")) if part else 0)
        if not cell:
            if needed:
                raise BadCell("amount_missing")
            return None
        folded = spoilt.folded(cell)
        return _read_spelled(folded, numbers) if numbers else _read_amount(folded)

    return parse


def _read_amount(cell: str) -> int:
    """An amount of whose spelling nobody has said anything."""
    number = cell.replace(",", "") if _GROUPED.fullmatch(cell) else cell
    found = _NUMBER.fullmatch(number)
    if not found:
        raise _needs_spelling(cell)
    value = Decimal(number)
    hundredths = _hundredths(value)
    if found["exponent"] and not _has_noise(value):
        raise BadCell("amount_rounded")
    if _COULD_BE_GROUPED.fullmatch(number):
        raise _ambiguous(cell, hundredths)
    return hundredths


def _hundredths(value: Decimal) -> int:
    """An amount in hundredths; raises `BadCell` for one that the book cannot have."""
    if not value.is_finite() or value >= MAX_AMOUNT:
        raise BadCell("amount_too_large", limit=MAX_AMOUNT)
    if _has_noise(value):
        rounded = round(value, 2)
        value = rounded if abs(value - rounded) < NOISE else value
    if value < 0:
        raise BadCell("amount_negative")
    if 0 < value < CENT or value % CENT:
        raise BadCell("amount_too_fine")
    return int(value * 100)


def _has_noise(value: Decimal) -> bool:
    """Whether a number has so many digits that the last of them may be arithmetic's."""
    return len(value.as_tuple().digits) >= _NOISY_DIGITS


# ------------------------------------------------------------------------ spelled as a mapping says


def _read_spelled(cell: str, numbers: str) -> int:
    money = _MONEY.fullmatch(cell)
    pattern, spelling = _pattern(numbers), SPELLINGS[numbers]
    if not money or not pattern.fullmatch(money["number"]):
        if _MACHINES.fullmatch(cell) and not _COULD_BE_GROUPED.fullmatch(cell):
            return _hundredths(Decimal(cell))
        raise BadCell("not_an_amount", example=numbers)
    plain = re.sub(rf"[ '{re.escape(spelling.group)}]", "", money["number"])
    value = Decimal(plain.replace(spelling.point, ".")) * _TIMES.get(money["times"], 1)
    return _hundredths(-value if money["minus"] or money["later"] else value)


@lru_cache(maxsize=16)
def _pattern(numbers: str) -> re.Pattern[str]:
    """The numbers that are spelled so; blanks and apostrophes between groups can mean nothing else."""
    group, point, has_pairs = SPELLINGS[numbers]
    if not group:
        whole = r"\d+"
    elif has_pairs:
        whole = rf"\d+|\d{{1,2}}(?:{group}\d\d)*{group}\d{{3}}"
    else:
        whole = rf"\d+|\d{{1,3}}(?P<group>[{re.escape(group)}' ])\d{{3}}(?:(?P=group)\d{{3}})*"
    return re.compile(rf"(?:{whole})(?:{re.escape(point)}\d+)?")


# --------------------------------------------------------------------------- what would be understood


def _needs_spelling(cell: str) -> BadCell:
    """Why an amount is refused that a mapping could explain, or nobody."""
    readings = _readings(cell)
    if len(readings) == 1:
        (hundredths, example), *_ = readings.items()
        return BadCell("amount_of_spelling", example=example, amount=_in_words(hundredths))
    return BadCell("not_an_amount", example=_PLAIN)


def _ambiguous(cell: str, plain: int) -> BadCell:
    """Why `2.500` is refused: it may be two and a half thousand."""
    grouped = _read_spelled(cell.lstrip("+"), _GROUPING_POINT)
    return BadCell(
        "amount_ambiguous",
        one=_in_words(grouped),
        other=_in_words(plain),
        grouped=_GROUPING_POINT,
        plain=_LIKELY[0],
    )


def _readings(cell: str) -> dict[int, str]:
    """The amounts that a cell could mean, and the spelling of each."""
    found: dict[int, str] = {}
    for example in _LIKELY:
        try:
            found.setdefault(_read_spelled(cell, example), example)
        except BadCell:
            continue
    return found


def _in_words(hundredths: int) -> str:
    return f"{hundredths / 100:,.2f}"
