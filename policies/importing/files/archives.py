"""Zip archives of workbooks, whose parts are opened only where they can be paid for."""

import contextlib
import zipfile
from typing import IO, Any, BinaryIO
from xml.parsers import expat

from policies.importing.files.sheets import Costly

MANY_BYTES = 1 << 30
"""Of a part, unpacked: a sheet of a million rows has less."""

SMALL_BYTES = 2 << 20
"""A part up to here costs little, however small it is packed."""

MOST_UNPACKED = 100
"""So many times may a part grow when it is unpacked; sheets of repeated values grow fifty times."""

WHOLE_BYTES = 4 << 20
"""Of a part that is read as a whole: the names of sheets, and where they are."""


PROLOG_BYTES = 1 << 10
"""So many are looked at at a time for what stands before the first element."""


class Archive(zipfile.ZipFile):
    """An archive whose parts raise `Costly` where they would grow beyond measure."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)

    def open(self, name: Any, *how: Any, **more: Any) -> Any:
        """A part, to be read bit by bit; `read` comes by here, too."""
        part = self.getinfo(name) if isinstance(name, str) else name
        if part.file_size > max(SMALL_BYTES, MOST_UNPACKED * part.compress_size):
            raise Costly("workbook_unpacks", most=MOST_UNPACKED)
        if part.file_size > MANY_BYTES:
            raise Costly("workbook_large", size=MANY_BYTES >> 20)
        with super().open(part) as source:
            _refuse_a_document_type(source)
        return super().open(name, *how, **more)

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        """A part as a whole."""
        if self.getinfo(name).file_size > WHOLE_BYTES:
            raise Costly("workbook_large", size=WHOLE_BYTES >> 20)
        return super().read(name, pwd)


class _Begun(Exception):
    """The first element begins, behind which no document type can stand."""


def _refuse_a_document_type(source: IO[bytes]) -> None:
    """Raise `Costly` where a part declares one: its entities could grow to anything, or name a file.

    No spreadsheet writes any. What is not XML is let through: it is read by nobody, or found damaged.
    """
    parser = expat.ParserCreate()
    parser.StartElementHandler = _begun
    parser.StartDoctypeDeclHandler = _declared
    with contextlib.suppress(_Begun, expat.ExpatError):
        while some := source.read(PROLOG_BYTES):
            parser.Parse(some)


def _begun(*_: object) -> None:
    raise _Begun


def _declared(*_: object) -> None:
    raise Costly("workbook_declares")
