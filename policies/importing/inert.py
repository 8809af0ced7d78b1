"""Cells that spreadsheets leave alone: none that is written out is taken for a formula."""

import re

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫")
"""Where people write Chinese or Japanese, a spreadsheet takes the wide ones for the others."""

QUOTES = ('"', "“", "”", "„", "＂")
"""Before a sign they do not keep a spreadsheet from it."""

_NUMBER_OR_PHONE = re.compile(r"[+-]?\d[\d .,()-]*%?")
_BLANKS = r"\s\u200b\u200e\u200f\u2060\ufeff"
_LIVE = re.compile(rf"[{_BLANKS}{''.join(QUOTES)}]*[{re.escape(''.join(FORMULA_SIGNS))}]")
_PLAIN_BEGINNING = re.compile(r"\w|'").match


def inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers and phones stay as they are."""
    if not _is_live(text):
        return text
    return f"'{text}" if text.strip() else ""


def revived(text: str) -> str:
    """The cell that `inert` was given."""
    return text[1:] if text[:1] == "'" and _LIVE.match(text[1:]) else text


def said(cell: str) -> str:
    """What a cell says, blanks around it aside, whether it was made inert or not."""
    while (plain := revived(cell).strip()) != cell:
        cell = plain
    return cell


def _is_live(text: str) -> bool:
    if _PLAIN_BEGINNING(text) or not _LIVE.match(text):
        return False
    return text[0] in "\t\r" or not _NUMBER_OR_PHONE.fullmatch(text.strip())
