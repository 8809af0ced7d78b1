"""Refused rows as a file to be mended in a spreadsheet, and how they are read when they come back.

A spreadsheet changes cells that nobody has touched: it takes the plus off a phone number and the zeros
off a number, rounds what is long, and writes dates as is usual where it stands. So such a cell is
written as a formula that says its own text, `="+13125550101"`, which it shows and saves as it is.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterable, Sequence

from policies.importing.files.tables import REJECT_COLUMNS
from policies.importing.findings import Reject
from policies.importing.inert import inert, said

DELIMITERS = (",", ";", "\t", "|")
"""A spreadsheet saves a file with that of its country, whatever it was opened with."""

_LEFT_ALONE = re.compile(r"-?(?:0|[1-9]\d{0,10})(?:\.\d{1,2})?")
"""Numbers that come back as they were, or as the same amount."""

_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_CHANGED = re.compile(
    r"[+-]?[\d(][\d .,:()/+-]*|\d+(?:\.\d+)?e[+-]?\d+"
    rf"|\d{{1,2}}[ ./-]?{_MONTH}[\d ,./-]*|{_MONTH}[ ,./-]*\d[\d ,./-]*",
    re.ASCII | re.IGNORECASE,
)
"""Numbers, dates and phones that a spreadsheet would write otherwise."""

_KEPT = re.compile(r'="([^"]*)"')


def is_one(header: Iterable[str]) -> bool:
    """Whether a file with this header is a rejects file that comes back."""
    return set(REJECT_COLUMNS).issubset(header)


def delimiter_of(beginning: str) -> str:
    """What stands between the cells of a rejects file; empty: no file that begins so is one."""
    if not all(map(beginning.__contains__, REJECT_COLUMNS)):
        return ""
    for delimiter in DELIMITERS:
        lines = io.StringIO(beginning, newline="")
        if is_one(next(csv.reader(lines, delimiter=delimiter), [])):
            return delimiter
    return ""


def kept(cell: str) -> str:
    """A cell that comes back from a spreadsheet as it is, and that starts no formula of its own."""
    if _CHANGED.fullmatch(cell) and not _LEFT_ALONE.fullmatch(cell):
        return f'="{cell}"'
    held = _KEPT.fullmatch(cell)
    return cell if held and _CHANGED.fullmatch(held[1]) else inert(cell)


def given(cell: str) -> str:
    """The cell that `kept` was given, blanks around it aside."""
    held = _KEPT.fullmatch(cell.strip())
    return held[1].strip() if held else said(cell)


def header(of: Sequence[str]) -> list[str]:
    """The header of a rejects file: the file's own, then where and why."""
    return [*map(inert, _own(of, of)), *REJECT_COLUMNS]


def row(of: Sequence[str], reject: Reject, reasons: Sequence[str]) -> list[str]:
    """A refused row as it was, with its line, columns and the reasons in words; `of`: the header."""
    width = len(of)
    names = "; ".join(each.column for each in reject.wrong)
    why = [str(reject.line), names, inert("; ".join(reasons))]
    own, beyond = _own(of, reject.cells[:width]), reject.cells[width:]
    return [*map(kept, own), *why, *map(kept, beyond)]


def _own(of: Sequence[str], cells: Sequence[str]) -> list[str]:
    """The cells under the file's own header, where it came with reject columns."""
    both = itertools.zip_longest(of, cells, fillvalue="")
    return [cell for name, cell in both if name not in REJECT_COLUMNS]
