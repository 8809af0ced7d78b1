"""Zip archives of workbooks, opened only where what they state of themselves can be paid for."""

import re
import zipfile
from typing import BinaryIO

from policies.importing.sheets import Costly

MANY_BYTES = 1 << 30
"""Of XML, unpacked: a sheet of a million rows has less."""

SMALL_BYTES = 2 << 20
"""A part up to here costs little, however small it is packed."""

MOST_UNPACKED = 100
"""So many times may a part grow when it is unpacked; sheets of repeated values grow fifty times."""

STYLE_BYTES = 20 << 20
"""Of all that is no rows and no texts: styles, names, relations."""

STRING_BYTES = 200 << 20
"""Of the texts that the cells of a workbook share, all of which are held in memory."""

_ROWS = re.compile(r"xl/worksheets/[^/]+\.xml|content\.xml")
_TEXTS = re.compile(r"xl/sharedStrings\.xml", re.IGNORECASE)


def opened(file: BinaryIO) -> zipfile.ZipFile:
    """The archive; raises `Costly` for one that grows beyond measure, and what `zipfile` raises."""
    archive = zipfile.ZipFile(file)
    parts = [each for each in archive.infolist() if each.filename.endswith((".xml", ".rels"))]
    for part in parts:
        if part.file_size > max(SMALL_BYTES, MOST_UNPACKED * part.compress_size):
            raise Costly("workbook_unpacks", most=MOST_UNPACKED)
    rows = [each for each in parts if _ROWS.fullmatch(each.filename)]
    texts = [each for each in parts if _TEXTS.fullmatch(each.filename)]
    others = [each for each in parts if each not in rows and each not in texts]
    for some, most in ((parts, MANY_BYTES), (texts, STRING_BYTES), (others, STYLE_BYTES)):
        if sum(each.file_size for each in some) > most:
            raise Costly("workbook_large", size=most >> 20)
    return archive
