"""In which encoding a text file is written."""

import codecs
from pathlib import Path
from typing import BinaryIO

from policies import errors
from policies.notices import notice

SNIFF_BYTES = 1 << 20


def sniff_encoding(path: Path, file: BinaryIO) -> str:
    """`utf-8-sig` or `gb18030`, whichever the whole file is; leaves the file at its start.

    Raises `UnreadableFile` for binary files and for text that is neither.
    """
    head = file.read(SNIFF_BYTES)
    if not head.strip():
        raise errors.UnreadableFile(path, notice("file_empty"))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise errors.UnreadableFile(path, notice("file_is_utf16"))
    bad_line: int | None = None
    for encoding in ("utf-8-sig", "gb18030"):
        line = _first_bad_line(path, file, encoding)
        if line is None:
            file.seek(0)
            return encoding
        bad_line = bad_line or line  # of UTF-8, which is the most likely encoding
    raise errors.UnreadableFile(path, notice("file_not_text", line=bad_line))


def _first_bad_line(path: Path, file: BinaryIO, encoding: str) -> int | None:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    while chunk := file.read(SNIFF_BYTES):
        if b"\0" in chunk:
            raise errors.UnreadableFile(path, notice("file_is_binary"))
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return line + chunk[: max(0, error.start)].count(b"\n")
        line += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None
