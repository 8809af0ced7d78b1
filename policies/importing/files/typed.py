"""Typed cells of spreadsheets as a CSV file would have them: what a person sees, or nothing less."""

import datetime
import re

SURE_DIGITS = 15
"""A spreadsheet keeps so many digits of a number; it has rounded the others."""

DECIMALS_OF_GROUPS = 3

_UNSURE = 10**SURE_DIGITS
_MASK = re.compile(r"0+(?:-0+)*")


def as_text(value: object, mask: str = "") -> str:
    """A typed cell as text; `mask`: the zeros that its number format demands, see `mask_of`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _masked(_number(value), mask) if mask else _number(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    return str(value)


def _number(value: float) -> str:
    """A number without an exponent, but for those of which the last digits are not sure."""
    if abs(value) >= _UNSURE:
        rounded = repr(float(value))
        return rounded if "e" in rounded or "n" in rounded else f"{value:.15e}"
    return str(int(value)) if value == int(value) else as_written(value)


def as_written(number: float) -> str:
    """A number as a file has it: never with three decimals, which could be taken for a group."""
    text = str(number)
    _, point, decimals = text.partition(".")
    return f"{text}0" if point and len(decimals) == DECIMALS_OF_GROUPS else text


def mask_of(number_format: str) -> str:
    """Of a format such as `00000000` or `000-0000` its zeros; empty: it demands none."""
    first = number_format.split(";", 1)[0].replace("\\", "").replace('"', "")
    return first if 1 < len(first) < 40 and _MASK.fullmatch(first) else ""


def _masked(number: str, mask: str) -> str:
    """A whole number as its format shows it: with the zeros before it, and the dashes."""
    wanted = mask.count("0")
    if not number.isdigit():
        return number
    digits = number.zfill(wanted)
    ahead, shown = len(digits) - wanted, iter(digits)
    beginning = "".join(next(shown) for _ in range(ahead))
    return beginning + "".join(next(shown) if sign == "0" else sign for sign in mask)
