"""What the cells of an XLSX workbook share: their texts, and the formats of their numbers."""

import itertools
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from xml.etree import ElementTree

from openpyxl.styles.numbers import (
    BUILTIN_FORMATS,
    is_date_format,
    is_timedelta_format,
)
from openpyxl.xml.constants import SHEET_MAIN_NS

from policies.importing.files.sheets import Costly, Meter, Metered
from policies.importing.files.typed import mask_of

MANY_TEXTS = 120 << 20
"""Bytes of memory; all the texts are held in it."""

STYLES = "xl/styles.xml"

MANY_STYLES = 1 << 17
"""Excel knows half of them."""

DAYS_OF_THE_EAST = frozenset([*range(27, 37), *range(50, 59)])
"""Numbers of formats that are dates and times in Chinese, Japanese and Korean, and nothing elsewhere."""


def named(name: str) -> str:
    """A tag of a sheet."""
    return f"{{{SHEET_MAIN_NS}}}{name}"


_TEXT, _RUN, _STRING = map(named, ("t", "r", "si"))
_FORMAT, _STYLE, _CELL_STYLES = map(named, ("numFmt", "xf", "cellXfs"))


@dataclass
class Formats:
    """By the number of a style how a number of it is to be read."""

    days: set[int] = field(default_factory=set)
    durations: set[int] = field(default_factory=set)
    masks: dict[int, str] = field(default_factory=dict)
    """The zeros that it demands, see `mask_of`."""


def _elements(source: Any, *tags: str) -> Iterator[tuple[str, Any]]:
    """The elements of these tags behind the tags of those they stand in; each is let go afterwards."""
    meter, above = Meter(1), list[Any]()
    parts = ElementTree.iterparse(Metered(source, meter), ("start", "end"))  # nosec B314
    for event, element in parts:
        if event == "start":
            above.append(element)
            continue
        above.pop()
        if element.tag in tags and above:
            yield above[-1].tag, element
        if len(above) == 1 or (element.tag in tags and above):
            meter.next_row()
            above[-1].remove(element)


def texts(source: Any) -> list[str]:
    """The texts that cells share; raises `Costly` where they would fill the memory."""
    found, size = list[str](), 0
    for _, element in _elements(source, _STRING):
        text = text_of(element)
        size += sys.getsizeof(text)
        if size > MANY_TEXTS:
            raise Costly("workbook_large", size=MANY_TEXTS >> 20)
        found.append(text)
    return found


def text_of(element: Any) -> str:
    """The text of a cell; how it is read aloud is no part of it."""
    return "".join(
        (each.text if each.tag == _TEXT else each.findtext(_TEXT)) or ""
        for each in element
        if each.tag in (_TEXT, _RUN)
    )


def formats(archive: zipfile.ZipFile) -> Formats:
    """The formats of numbers; fonts and colours may be as broken as they like."""
    found, own, numbers = Formats(), dict[int, str](), itertools.count()
    if STYLES not in archive.namelist():
        return found
    with archive.open(STYLES) as source:
        for parent, element in _elements(source, _FORMAT, _STYLE):
            if element.tag == _FORMAT:
                own[int(element.get("numFmtId"))] = element.get("formatCode", "")
            elif parent == _CELL_STYLES:
                if (number := next(numbers)) > MANY_STYLES:
                    raise ValueError(number)  # which Excel could not open
                _note(found, number, int(element.get("numFmtId", 0)), own)
    return found


def _note(found: Formats, number: int, of: int, own: dict[int, str]) -> None:
    code = own[of] if of in own else BUILTIN_FORMATS.get(of, "")
    if of in DAYS_OF_THE_EAST and of not in own:
        found.days.add(number)
    is_day, is_duration, mask = _kind(code)
    if is_day:
        found.days.add(number)
    if is_duration:
        found.durations.add(number)
    if mask:
        found.masks[number] = mask


@cache
def _kind(code: str) -> tuple[bool, bool, str]:
    """Whether a format is one of dates, or of durations; and the zeros that it demands."""
    short = code[:255]  # more Excel does not know
    return is_date_format(short), is_timedelta_format(short), mask_of(short)
