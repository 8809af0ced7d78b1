"""Amounts of money as files write them."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from policies.importing.findings import BadCell

CENT = Decimal("0.01")
MAX_AMOUNT = 10**12
"""Amounts reach at most a million million of their currency."""

_PLAIN_AMOUNT = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?")
_WHOLE_DIGITS = 12
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


def parse_amount(*, needed: bool = False) -> Callable[[str], int | None]:
    """Reads an amount of money; answers in whole hundredths, or None if empty."""

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
        return _read_amount(cell)

    return parse


def _read_amount(cell: str) -> int:
    try:
        value = Decimal(cell.replace(",", "") if _GROUPED.fullmatch(cell) else cell)
    except InvalidOperation:
        raise BadCell("not_an_amount") from None
    if not value.is_finite() or value >= MAX_AMOUNT:
        raise BadCell("amount_too_large", limit=MAX_AMOUNT)
    if value < 0:
        raise BadCell("amount_negative")
    if 0 < value < CENT or value % CENT:
        raise BadCell("amount_too_fine")
    return int(value * 100)
