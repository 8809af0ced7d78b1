"""The sheets of XLSX workbooks; openpyxl reads their cells, and only what a list needs."""

import warnings
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree import ElementTree

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._reader import (
    DATA_TAG,
    FORMULA_TAG,
    MERGE_TAG,
    ROW_TAG,
    WorkSheetParser,
)
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from policies.importing.sheets import Emptiness, Meter, Metered, Oddities, Sheet, Workbook
from policies.importing.tables import FileRow
from policies.importing.typed import as_text, mask_of

_TEXT, _RUN, _STRING = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("t", "r", "si"))


def workbook(file: BinaryIO, archive: zipfile.ZipFile) -> Workbook:
    """The worksheets of a workbook; raises whatever openpyxl raises where it is damaged."""
    warnings.filterwarnings("ignore", module=r"openpyxl\.")  # a date that is none is an error cell
    reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
    reader.read_manifest()
    _read_strings(reader)
    reader.read_workbook()
    apply_stylesheet(archive, reader.wb)
    found = [
        (sheet, rel.target)
        for sheet, rel in reader.parser.find_sheets()
        if rel.Type.endswith("/worksheet") and rel.target in reader.valid_files
    ]
    meter = Meter(sum(archive.getinfo(target).file_size for _, target in found))
    masks = _masks(reader.wb)
    sheets = [
        Sheet(each.name, each.state != "visible", _Rows(reader, target, meter, masks))
        for each, target in found
    ]
    return Workbook(sheets, meter.fraction)


def _read_strings(reader: Any) -> None:
    """The texts that cells share; how they are read aloud is no part of them."""
    part = reader.package.find(SHARED_STRINGS)
    if part is None:
        return
    with reader.archive.open(part.PartName[1:]) as source:
        for _, element in ElementTree.iterparse(source):
            if element.tag == _STRING:
                reader.shared_strings.append(_text_of(element))
                element.clear()


def _text_of(element: Any) -> str:
    return "".join(
        (each.text if each.tag == _TEXT else each.findtext(_TEXT)) or ""
        for each in element
        if each.tag in (_TEXT, _RUN)
    )


def _masks(book: Any) -> dict[int, str]:
    """By the number of a style the zeros that it demands."""
    masks = {}
    for style_id, style in enumerate(book._cell_styles):
        if mask := mask_of(_format(book, style.numFmtId)):
            masks[style_id] = mask
    return masks


def _format(book: Any, number: int) -> str:
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return str(BUILTIN_FORMATS.get(number, ""))
    own = book._number_formats
    place = number - BUILTIN_FORMATS_MAX_SIZE
    return str(own[place]) if place < len(own) else ""


class _Parser(WorkSheetParser):
    """Reads the cells of a row, and notices formulas that were never calculated."""

    has_uncalculated = False

    def parse_cell(self, element: Any) -> Any:
        """A cell as openpyxl reads it."""
        cell = super().parse_cell(element)
        if cell["value"] is None and element.get("t") != "str":
            self.has_uncalculated |= element.find(FORMULA_TAG) is not None
        return cell


class _Rows:
    """The rows of a sheet that have a value."""

    def __init__(self, reader: Any, target: str, meter: Meter, masks: dict[int, str]) -> None:
        self._reader, self._target, self._meter, self._masks = reader, target, meter, masks

    def __call__(self, odd: Oddities) -> Iterator[FileRow]:
        emptiness = Emptiness()
        with self._reader.archive.open(self._target) as source:
            parser = self._parser()
            for _, element in ElementTree.iterparse(Metered(source, self._meter)):
                if element.tag == ROW_TAG:
                    if row := self._row(parser, element, emptiness):
                        yield row
                    if parser.has_uncalculated:
                        odd.uncalculated.append(parser.row_counter)
                elif element.tag == MERGE_TAG:
                    odd.merged += _first_lines(element)
                    return
                elif element.tag == DATA_TAG:
                    element.clear()

    def _parser(self) -> _Parser:
        book = self._reader.wb
        return _Parser(
            "",  # it reads the rows that it is handed
            self._reader.shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )

    def _row(self, parser: _Parser, element: Any, emptiness: Emptiness) -> FileRow | None:
        parser.has_uncalculated = False
        line, cells = parser.parse_row(element)
        element.clear()
        parser.row_dimensions.clear()
        self._meter.next_row()
        filled = [each for each in cells if each["value"] is not None]
        emptiness.count(len(cells) - len(filled), len(filled))
        return FileRow(line, self._texts(filled)) if filled else None

    def _texts(self, filled: list[Any]) -> list[str]:
        """The texts of a row's cells, each in its column."""
        texts = [""] * max(each["column"] for each in filled)
        for each in filled:
            mask = self._masks.get(each["style_id"], "")
            texts[each["column"] - 1] = as_text(each["value"], mask)
        return texts


def _first_lines(merged: Any) -> list[int]:
    """Where the merged ranges of a sheet begin."""
    ranges = [each.get("ref", "") for each in merged]
    firsts = ("".join(filter(str.isdigit, each.split(":", 1)[0])) for each in ranges)
    return sorted(int(each) for each in firsts if each)
