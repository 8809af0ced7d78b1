"""Cells that spreadsheets leave alone: none that is written out is taken for a formula."""

import re

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER_OR_PHONE = re.compile(r"[+-]?\d[\d .,()-]*")


def inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers and phone numbers stay as they are."""
    if text.startswith(FORMULA_SIGNS) and not _NUMBER_OR_PHONE.fullmatch(text):
        return f"'{text}"
    return text


def revived(text: str) -> str:
    """The cell that `inert` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_SIGNS) else text
