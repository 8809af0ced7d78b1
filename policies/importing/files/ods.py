"""The sheets of OpenDocument workbooks (.ods).

They are read here: libraries write out what a sheet says once and repeats a million times, and lose
the errors in its cells.
"""

import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

from policies.importing.files.sheets import (
    EMPTY_PER_VALUE,
    MANY_COLUMNS,
    MANY_EMPTY_CELLS,
    Costly,
    Emptiness,
    Meter,
    Metered,
    Oddities,
    Sheet,
    Workbook,
)
from policies.importing.files.tables import FileRow
from policies.importing.files.typed import as_text

CONTENT = "content.xml"

MANY_REPEATS = 1000
"""No list has the same row so many times, one after another."""


def _names(space: str) -> Callable[[str], str]:
    return lambda name: f"{{urn:oasis:names:tc:opendocument:xmlns:{space}:1.0}}{name}"


_office, _style, _table, _text = map(_names, ("office", "style", "table", "text"))

TABLE, ROW, STYLE = _table("table"), _table("table-row"), _style("style")
CELLS = frozenset([_table("table-cell"), _table("covered-table-cell")])
PARAGRAPH, LINE, SPACES, TAB = map(_text, ("p", "line-break", "s", "tab"))
REPEATED = {"row": _table("number-rows-repeated"), "cell": _table("number-columns-repeated")}
KIND, VALUE = _office("value-type"), _office("value")
DAY, TRUTH = _office("date-value"), _office("boolean-value")
SPANS = (_table("number-rows-spanned"), _table("number-columns-spanned"))


def is_one(archive: zipfile.ZipFile) -> bool:
    """Whether an archive is such a workbook."""
    return CONTENT in archive.namelist()


def is_locked(archive: zipfile.ZipFile) -> bool:
    """Whether a password protects it."""
    name = "META-INF/manifest.xml"
    return name in archive.namelist() and b"encryption-data" in archive.read(name)


def workbook(archive: zipfile.ZipFile) -> Workbook:
    """The tables of a workbook; raises whatever the parser raises where it is damaged."""
    meter = Meter(archive.getinfo(CONTENT).file_size)
    reading = _Reading(archive, meter)
    sheets = [
        Sheet(name, is_hidden, _Rows(reading, number))
        for number, (name, is_hidden) in enumerate(_tables(archive))
    ]
    return Workbook(sheets, meter.fraction)


def _tables(archive: zipfile.ZipFile) -> Iterator[tuple[str, bool]]:
    """The names of the tables, and whether they are hidden."""
    hidden: set[str | None] = set()
    for event, element in _parsed(archive, Meter(1)):
        if event == "start" and element.tag == TABLE:
            yield element.get(_table("name"), ""), element.get(_table("style-name")) in hidden
        elif event == "end" and element.tag == STYLE:
            properties = element.find(_style("table-properties"))
            if properties is not None and properties.get(_table("display")) == "false":
                hidden.add(element.get(_style("name")))


def _parsed(archive: zipfile.ZipFile, meter: Meter) -> Iterator[tuple[str, Any]]:
    """Tables as they begin, and rows and styles as they end; those are let go then."""
    above: list[Any] = []
    with archive.open(CONTENT) as source:
        parts = ElementTree.iterparse(Metered(source, meter), ("start", "end"))  # nosec B314
        for event, element in parts:
            if event == "start":
                above.append(element)
                if element.tag == TABLE:
                    yield event, element
                continue
            above.pop()
            if element.tag in (ROW, STYLE):
                yield event, element
                meter.next_row()
                above[-1].remove(element)


class _Reading:
    """The rows of all tables of a workbook, each with the number of its table."""

    def __init__(self, archive: zipfile.ZipFile, meter: Meter) -> None:
        self._rows = self._read(archive, meter)
        self._next: tuple[int, Any] | None = None

    def _read(self, archive: zipfile.ZipFile, meter: Meter) -> Iterator[tuple[int, Any]]:
        number = -1
        for event, element in _parsed(archive, meter):
            if event == "start":
                number += 1
            elif element.tag == ROW:
                yield number, element

    def of(self, number: int) -> Iterator[Any]:
        """The rows of a table; the tables before it are passed over."""
        while (found := self._next or next(self._rows, None)) and found[0] <= number:
            self._next = None
            if found[0] == number:
                yield found[1]
        self._next = found


class _Rows:
    """The rows of a table that have a value."""

    def __init__(self, reading: _Reading, number: int) -> None:
        self._reading, self._number = reading, number

    def __call__(self, odd: Oddities) -> Iterator[FileRow]:
        line, emptiness = 1, Emptiness()
        repeats = elements = 0
        for element in self._reading.of(self._number):
            times = int(element.get(REPEATED["row"], 1))
            cells = _cells(element)
            repeats += len(cells) * times
            elements += len(element)
            emptiness.count(len(element), sum(map(bool, cells)))
            if cells and times > MANY_REPEATS:
                raise Costly("workbook_row_repeated", line=line, count=times)
            if repeats > MANY_EMPTY_CELLS and repeats > EMPTY_PER_VALUE * elements:
                raise Costly("workbook_repeats", count=repeats)
            if any(each.get(name, "1") != "1" for each in element for name in SPANS):
                odd.merged.append(line)
            if cells:
                yield from (FileRow(line + more, cells) for more in range(times))
            line += times


def _cells(row: Any) -> list[str]:
    """The texts of a row's cells, without the empty ones at its end."""
    texts: list[str] = []
    empty = 0
    for cell in row:
        if cell.tag not in CELLS:
            continue
        times, text = int(cell.get(REPEATED["cell"], 1)), _cell(cell)
        if not text:
            empty += times
            continue
        if len(texts) + empty + times > MANY_COLUMNS:
            texts += [""] * (MANY_COLUMNS + 1)  # too wide a row, however wide it is
            break
        texts += [""] * empty + [text] * times
        empty = 0
    return texts


def _cell(cell: Any) -> str:
    """A cell as a CSV file would have it."""
    kind = cell.get(KIND)
    if kind is None or kind == "time":
        return _shown(cell)
    if kind == "date":
        return str(cell.get(DAY, "")).removesuffix("T00:00:00").replace("T", " ")
    if kind == "boolean":
        return as_text(cell.get(TRUTH) == "true")
    if kind in ("float", "currency", "percentage"):
        return _number(cell.get(VALUE, ""), _shown(cell))
    return _shown(cell)


def _number(said: str, shown: str) -> str:
    """A number; as it is shown where it is an error, or where its format demands zeros."""
    if shown.startswith(("#", "Err:")):
        return shown
    value, digits = float(said), shown.replace("-", "")
    is_masked = shown.startswith("0") or "-" in shown[1:]
    if is_masked and digits.isdecimal() and int(digits) == value:
        return shown
    return as_text(value)


def _shown(cell: Any) -> str:
    """The paragraphs of a cell; a note at the cell is none of them."""
    return "\n".join(_said(each) for each in cell if each.tag == PARAGRAPH)


def _said(element: Any) -> str:
    """The text of a paragraph, with its blanks and line breaks."""
    own = {LINE: "\n", TAB: "\t", SPACES: " "}.get(element.tag, element.text or "")
    return own + "".join(_said(each) + (each.tail or "") for each in element)
