"""Workbooks as tests write them, alike in the three formats: a few sheets of a few typed cells."""

import datetime
import io
import re
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

import openpyxl
import xlrd
import xlwt

Sheets = Mapping[str, Sequence[Sequence[object]]]
"""By name the rows of a sheet."""


@dataclass(frozen=True)
class Error:
    """A cell of which the spreadsheet says that it cannot be calculated."""

    text: str


@dataclass(frozen=True)
class Shown:
    """A number that is shown in a format, as that text."""

    number: float
    number_format: str
    text: str


def xlsx(sheets: Sheets, hidden: Collection[str] = ()) -> bytes:
    """An XLSX workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for line, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                cell = sheet.cell(line, column)
                cell.value = _plain(value)
                if isinstance(value, Shown):
                    cell.number_format = value.number_format
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _plain(value: object) -> object:
    if isinstance(value, Error):
        return value.text
    return value.number if isinstance(value, Shown) else value


_ERRORS = {text: code for code, text in xlrd.error_text_from_code.items()}


def xls(sheets: Sheets, hidden: Collection[str] = ()) -> bytes:
    """A workbook of the old Excel."""
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        sheet.visibility = int(name in hidden)
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, Error):
                    sheet.row(line).set_cell_error(column, _ERRORS[value.text])
                elif value is not None:
                    sheet.write(line, column, _plain(value), _old_style(value))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _old_style(value: object) -> xlwt.XFStyle:
    style = xlwt.XFStyle()
    if isinstance(value, Shown):
        style.num_format_str = value.number_format
    elif isinstance(value, datetime.datetime):
        style.num_format_str = "YYYY-MM-DD HH:MM:SS"
    elif isinstance(value, datetime.date):
        style.num_format_str = "YYYY-MM-DD"
    return style


_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "style", "table", "text")
)
_KINDS: dict[type, Callable[[object], str]] = {
    bool: lambda value: f'"boolean" office:boolean-value="{str(value).lower()}"',
    int: lambda value: f'"float" office:value="{value}"',
    float: lambda value: f'"float" office:value="{value!r}"',
    datetime.date: lambda value: f'"date" office:date-value="{value}"',
    datetime.datetime: lambda value: f'"date" office:date-value="{str(value).replace(" ", "T")}"',
    str: lambda value: '"string"',
}


def ods(sheets: Sheets, hidden: Collection[str] = ()) -> bytes:
    """An OpenDocument workbook."""
    tables = "".join(
        f'<table:table table:name={quoteattr(name)} table:style-name="t{name in hidden:d}">'
        f"{''.join(map(_row, rows))}</table:table>"
        for name, rows in sheets.items()
    )
    return ods_of(tables)


def ods_of(tables: str, more: str = "") -> bytes:
    """An OpenDocument workbook of these elements."""
    styles = "".join(
        f'<style:style style:name="t{number}" style:family="table">'
        f'<style:table-properties table:display="{shown}"/></style:style>'
        for number, shown in enumerate(("true", "false"))
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?>{more}<office:document-content {_SPACES}>'
            f"<office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
            "</office:document-content>",
        )
    return written.getvalue()


def _row(cells: Sequence[object]) -> str:
    return f"<table:table-row>{''.join(map(_cell, cells))}</table:table-row>"


def _cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    text = value.text if isinstance(value, Error | Shown) else str(value)
    kind = _KINDS[type(_plain(value))](_plain(value))
    said = "".join(f"<text:p>{line}</text:p>" for line in text.split("\n"))
    return f"<table:table-cell office:value-type={kind}>{said}</table:table-cell>"


WRITERS = {"xlsx": xlsx, "xls": xls, "ods": ods}


def rezipped(workbook: bytes, changed: Mapping[str, bytes | None]) -> bytes:
    """A workbook with some of its parts replaced, or taken away."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        parts = {name: old.read(name) for name in old.namelist()}
        for name, content in {**parts, **changed}.items():
            if content is not None:
                new.writestr(name, content)
    return written.getvalue()


def part(workbook: bytes, name: str) -> bytes:
    """A part of a workbook."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return archive.read(name)


FIRST = "xl/worksheets/sheet1.xml"


def edited(workbook: bytes, pattern: str, text: str, name: str = FIRST) -> bytes:
    """A workbook of which a part reads otherwise."""
    changed = re.sub(pattern.encode(), text.encode(), part(workbook, name))
    return rezipped(workbook, {name: changed})
