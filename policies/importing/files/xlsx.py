"""The sheets of XLSX workbooks; openpyxl reads their cells, and only what a list needs."""

import warnings
from collections.abc import Iterator
from typing import IO, Any, BinaryIO
from xml.etree.ElementTree import iterparse

from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet._reader import (
    DATA_TAG,
    FORMULA_TAG,
    INLINE_STRING,
    MERGE_TAG,
    ROW_TAG,
    WorkSheetParser,
)
from openpyxl.xml.constants import SHARED_STRINGS

from policies.importing.files import xlsx_parts
from policies.importing.files.archives import Archive
from policies.importing.files.sheets import Emptiness, Meter, Metered, Oddities, Sheet, Workbook
from policies.importing.files.tables import FileRow
from policies.importing.files.typed import as_text
from policies.importing.files.xlsx_parts import Formats, text_of

MANY_LINES = 1 << 20
"""Of a sheet, in every program."""


def workbook(file: BinaryIO, archive: Archive) -> Workbook:
    """The worksheets of a workbook; raises whatever openpyxl raises where it is damaged."""
    warnings.filterwarnings("ignore", module=r"openpyxl\.")  # a date that is none is an error cell
    reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
    reader.archive = archive
    reader.read_manifest()
    reader.read_workbook()
    if shared := _part(reader, SHARED_STRINGS):
        with archive.open(shared) as source:
            reader.shared_strings = xlsx_parts.texts(source)
    found = [
        (sheet, rel.target)
        for sheet, rel in reader.parser.find_sheets()
        if rel.Type.endswith("/worksheet") and rel.target in archive.NameToInfo
    ]
    meter = Meter(sum(archive.getinfo(target).file_size for _, target in found))
    formats = xlsx_parts.formats(archive)
    sheets = [
        Sheet(each.name, each.state != "visible", _Rows(reader, target, meter, formats))
        for each, target in found
    ]
    return Workbook(sheets, meter.fraction)


def _part(reader: Any, kind: str) -> str:
    """The name of a part; empty: there is none."""
    part = reader.package.find(kind)
    return str(part.PartName).removeprefix("/") if part else ""


class _Parser(WorkSheetParser):
    """Reads the cells of a row, and notices formulas that were never calculated."""

    has_uncalculated = False

    def parse_cell(self, element: Any) -> Any:
        """A cell as openpyxl reads it, but for texts that stand in it: those are read at once."""
        text = element.find(INLINE_STRING)
        if text is not None:
            element.remove(text)
        cell = super().parse_cell(element)
        if text is not None:
            cell["value"] = text_of(text) or None
        elif cell["value"] is None and element.get("t") != "str":
            self.has_uncalculated |= element.find(FORMULA_TAG) is not None
        return cell


class _Rows:
    """The rows of a sheet that have a value."""

    def __init__(self, reader: ExcelReader, target: str, meter: Meter, formats: Formats) -> None:
        self._reader, self._target, self._meter = reader, target, meter
        self._formats = formats

    def __call__(self, odd: Oddities) -> Iterator[FileRow]:
        parser, emptiness = self._parser(), Emptiness()
        with self._reader.archive.open(self._target) as source:
            for element in self._elements(source):
                if element.tag == MERGE_TAG:
                    odd.merged += _first_lines(element)
                    return
                if row := self._row(parser, element, emptiness):
                    yield row
                if parser.row_counter > MANY_LINES:
                    raise ValueError(parser.row_counter)  # which Excel could not open
                if parser.has_uncalculated:
                    odd.uncalculated.append(parser.row_counter)

    def _elements(self, source: IO[bytes]) -> Iterator[Any]:
        """The rows, and behind them what is merged; each is let go when the next is asked for."""
        rows = None
        parts = iterparse(Metered(source, self._meter), ("start", "end"))  # nosec B314
        for event, element in parts:
            if event == "start":
                rows = element if element.tag == DATA_TAG else rows
            elif element.tag == ROW_TAG and rows is not None:
                self._meter.next_row()
                yield element
                rows.remove(element)
            elif element.tag == MERGE_TAG:
                yield element

    def _parser(self) -> _Parser:
        return _Parser(
            "",  # it reads the rows that it is handed
            self._reader.shared_strings,
            data_only=True,
            epoch=self._reader.wb.epoch,
            date_formats=self._formats.days,
            timedelta_formats=self._formats.durations,
        )

    def _row(self, parser: _Parser, element: Any, emptiness: Emptiness) -> FileRow | None:
        parser.has_uncalculated = False
        if not len(element) and "r" in element.attrib:
            parser.row_counter = int(element.get("r"))
            return None  # a height, and nothing in it
        line, cells = parser.parse_row(element)
        parser.row_dimensions.clear()
        filled = [each for each in cells if each["value"] is not None]
        width = max((each["column"] for each in filled), default=0)
        emptiness.count(max(len(cells), width) - len(filled), len(filled))
        return FileRow(line, self._texts(filled, width)) if filled else None

    def _texts(self, filled: list[Any], width: int) -> list[str]:
        """The texts of a row's cells, each in its column."""
        texts = [""] * width
        masks = self._formats.masks
        for each in filled:
            mask = masks.get(each["style_id"], "") if masks else ""
            texts[each["column"] - 1] = as_text(each["value"], mask)
        return texts


def _first_lines(merged: Any) -> list[int]:
    """Where the merged ranges of a sheet begin."""
    ranges = [each.get("ref", "") for each in merged]
    firsts = ("".join(filter(str.isdigit, each.split(":", 1)[0])) for each in ranges)
    return sorted(int(each) for each in firsts if each)
