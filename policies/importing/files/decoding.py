"""In which encoding a text file is written: what it says itself, what a mapping says, or by evidence.

A file that is UTF-8 but for a few bytes is UTF-8 with mistakes, and nothing of it is read otherwise.
"""

import codecs
import csv
import itertools
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import msgspec

from policies import errors
from policies.importing.files.tables import Reading
from policies.notices import Notice, notice

SNIFF_BYTES = 1 << 20

SAMPLE_BYTES = 1 << 18
"""So much of the text that is no ASCII is looked at to find out its encoding."""

FEW = 10
"""Fewer bytes beyond ASCII say nothing of UTF-8; so many lines are named."""

MOSTLY = 0.6
"""If so many bytes beyond ASCII stand in characters of UTF-8, it is UTF-8; no other comes near it."""

NAMES = 3
"""So many names are shown as they would be read."""

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks; one of them begins like another, which therefore comes later."""

_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
"""Encodings with zero bytes, the stricter first."""

SEPARATED = 0.2
"""More than so much of a table is ASCII in any language: separators and digits."""

_EVERYDAY = bytes([*range(0x20, 0x7F), *b"\r\n\t"])
"""What no text is odd for: the printed characters of ASCII, and what separates cells and lines."""

_BLANKS = ("\u3000", "\xa0")
"""What separates words beyond ASCII, and is not printed."""

_PLAIN = re.compile(r"[\t\r\n -~]")

_NO_TEXT = re.compile(r"[\0-\b\ue000-\uf8ff\ufffe\uffff]")
"""Characters of a binary file that is read as text."""

_SEPARATORS = ",;\t|"
_LONGEST = 1 << 16
"""Characters of a line in which a name is looked for."""


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """The encoding of a file, and whether it is text in it without exception."""

    codec: str
    by_evidence: bool = False
    is_odd: bool = False
    """Whether characters stand in it that no text has."""
    names: tuple[str, ...] = ()
    """Of people, as they are read; where the encoding was looked for."""


class _Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a file that was read from one end to the other."""

    broken: int = 0
    """The first line that is not in the encoding; 0: all are."""
    has_zeros: bool = False
    lines: int = 0
    odd: list[int] = []
    """The lines with characters that no text has."""


class _Bytes(msgspec.Struct):
    """The bytes beyond ASCII of a file that is not UTF-8."""

    count: int = 0
    valid: int = 0
    """Those that stand in characters of UTF-8."""
    broken: list[int] = []
    """The first lines that have others."""
    broken_lines: int = 0
    sample: bytearray = msgspec.field(default_factory=bytearray)
    """Lines with such bytes."""


def encoding_of(path: Path, file: BinaryIO, reading: Reading) -> Decoded:
    """In which encoding the whole file is; leaves the file at its start.

    Raises `UnreadableFile` for binary files, for broken text, and where it cannot be told.
    """
    head = file.read(SNIFF_BYTES)
    if not head.strip():
        raise errors.UnreadableFile(path, notice("file_empty"))
    codec = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "")
    if codec or reading.encoding:
        return _all_of_it(path, file, Decoded(codec=codec or reading.encoding))
    survey = _survey(file, "utf-8-sig")
    if survey.has_zeros:
        return _all_of_it(path, file, Decoded(codec=_wide(path, head)))
    if survey.broken:
        found = _by_evidence(path, file, survey.broken, reading)
        return _all_of_it(path, file, found)
    return _judged(path, file, Decoded(codec="utf-8-sig"), survey)


def _all_of_it(path: Path, file: BinaryIO, found: Decoded) -> Decoded:
    """The same, if the whole file is in this encoding."""
    survey = _survey(file, found.codec)
    if survey.has_zeros:
        raise errors.UnreadableFile(path, notice("file_is_binary"))
    if survey.broken:
        facts = {"encoding": found.codec.removesuffix("-sig"), "line": survey.broken}
        raise errors.UnreadableFile(path, Notice("encoding_breaks", facts))
    return _judged(path, file, found, survey)


def _judged(path: Path, file: BinaryIO, found: Decoded, survey: _Survey) -> Decoded:
    """The same; raises `UnreadableFile` where so much is odd that the encoding must be another."""
    if len(survey.odd) >= FEW and len(survey.odd) > survey.lines / 100:
        facts = {"lines": survey.odd[:FEW], "count": len(survey.odd)}
        raise errors.UnreadableFile(path, Notice("odd_characters", facts))
    file.seek(0)
    return msgspec.structs.replace(found, is_odd=bool(survey.odd))


def _survey(file: BinaryIO, codec: str) -> _Survey:
    """Read the whole file in an encoding, as far as it goes."""
    decoder, line, odd = codecs.getincrementaldecoder(codec)(), 1, list[int]()
    is_wide = codec.startswith(("utf-16", "utf-32"))
    file.seek(0)
    while True:
        chunk = file.read(SNIFF_BYTES)
        if b"\0" in chunk and not is_wide:
            return _Survey(has_zeros=True)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            sound = error.object[: error.start].decode(codec, "replace")
            return _Survey(broken=line + _line_ends(sound))
        if not _is_plain(text):
            odd += _odd_lines(text, line)
        line += _line_ends(text)
        if not chunk:
            return _Survey(lines=line, odd=list(dict.fromkeys(odd)))


def _line_ends(text: str) -> int:
    return text.count("\n") or text.count("\r")


def _is_plain(text: str) -> bool:
    """Whether no character can be odd: what is everyday is left aside at once, by its bytes."""
    if text.isascii():
        return not any(each in text for each in "\x0e\x0f\x1b")
    rest = text.encode("utf-8", "surrogatepass").translate(None, _EVERYDAY)
    others = rest.decode("utf-8", "surrogatepass")
    for each in _BLANKS:
        others = others.replace(each, "")
    return others.isprintable() and "\ufffd" not in others


def _odd_lines(text: str, line: int) -> Iterator[int]:
    """The lines of a text with characters that no text has; `line`: its first."""
    at = 0
    for found in odd().finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        yield line


@lru_cache(maxsize=1)
def odd() -> re.Pattern[str]:
    """Finds the characters that are signs of another encoding: no text has them.

    They are for private use, unassigned, controls of encodings, or stand for what could not be read.
    Beyond the first plane what is unassigned today may be a rare name tomorrow.
    """
    kinds = ("Co", "Cn")
    found = [chr(each) for each in range(0x10000) if unicodedata.category(chr(each)) in kinds]
    return re.compile(
        f"[\x0e\x0f\x1b\x80-\x9f\ufffd{re.escape(''.join(found))}\U000f0000-\U0010ffff]"
    )


def _wide(path: Path, head: bytes) -> str:
    """The encoding of text with zero bytes that has no mark; raises `UnreadableFile` for no text."""
    for codec in _WIDE:
        try:
            text = codecs.getincrementaldecoder(codec)().decode(head)
        except UnicodeDecodeError:
            continue
        if len(_PLAIN.findall(text)) > len(text) * SEPARATED and not _NO_TEXT.search(text):
            return codec
    raise errors.UnreadableFile(path, notice("file_is_binary"))


# ------------------------------------------------------------------------------------ by evidence


def _by_evidence(path: Path, file: BinaryIO, bad_line: int, reading: Reading) -> Decoded:
    """The encoding that the file's characters speak for; raises `UnreadableFile` where none is sure."""
    found = _bytes_of(file)
    share = found.valid / found.count
    if found.count >= FEW and share >= MOSTLY:
        facts = {"lines": found.broken, "count": found.broken_lines}
        raise errors.UnreadableFile(path, Notice("broken_utf8", facts))
    from policies.importing.files import (
        evidence,
    )  # only who has such a file waits for its alphabets

    data, country = bytes(found.sample), reading.country
    readings = evidence.plausible(data, country)
    chosen = evidence.decided(data, readings, country)
    if not readings:
        chosen = evidence.familiar(data, country)
    if not chosen or share >= MOSTLY:
        raise errors.UnreadableFile(path, _asked(file, data, readings, bad_line, reading))
    names = tuple(_names(_header_of(file, reading), data, chosen, reading))
    return Decoded(codec=chosen, by_evidence=True, names=names)


def _bytes_of(file: BinaryIO) -> _Bytes:
    """The bytes beyond ASCII of a file, line by line."""
    found, number = _Bytes(), 0
    file.seek(0)
    for some in file:
        for line in some.rstrip(b"\r\n").split(b"\r"):
            number += 1
            if not line.isascii():
                _count(found, line, number)
    return found


def _count(found: _Bytes, line: bytes, number: int) -> None:
    ascii_alone = len(line.decode("ascii", "ignore"))
    beyond = len(line) - ascii_alone
    valid = len(line.decode("utf-8", "ignore").encode()) - ascii_alone
    found.count += beyond
    found.valid += valid
    if valid < beyond:
        found.broken_lines += 1
        if len(found.broken) < FEW:
            found.broken.append(number)
    if len(found.sample) < SAMPLE_BYTES:
        found.sample += line + b"\n"


def _asked(
    file: BinaryIO, data: bytes, readings: list[str], bad_line: int, reading: Reading
) -> Notice:
    """The question which encoding it is; each that makes sense with names as it would read them."""
    if not readings:
        return notice("file_not_text", line=bad_line)
    header = _header_of(file, reading)
    shown = [
        notice("reading", encoding=each, names=list(_names(header, data, each, reading)))
        for each in readings[:NAMES]
    ]
    return notice("encoding_unclear", readings=shown)


def _header_of(file: BinaryIO, reading: Reading) -> bytes:
    """The line of the header, as far as a mapping says which; else the first."""
    file.seek(0)
    for _ in range(1, reading.header_row or 1):
        file.readline(SNIFF_BYTES)
    return file.readline(SNIFF_BYTES)


def _names(header: bytes, data: bytes, codec: str, reading: Reading) -> Iterator[str]:
    """Names as an encoding reads them: under the header of names, or of any cell beyond ASCII."""
    top = next(iter(header.decode(codec, "replace").strip().splitlines()), "").strip()
    delimiter = max(_SEPARATORS, key=top.count)
    headers = _cells(top, delimiter)
    place = next((at for at, name in enumerate(headers) if reading.names_people(name)), None)
    lines = [line.strip() for line in data.decode(codec).splitlines()]
    if top in lines:  # what stands above it is a title
        lines = lines[lines.index(top) + 1 :]
    found = dict.fromkeys(filter(None, (_name(_cells(line, delimiter), place) for line in lines)))
    return (errors.shorten(name, 40) for name in itertools.islice(found, NAMES))


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of a line, which begins and ends where it stands: quotes that stay open end with it."""
    cells = next(csv.reader([line[:_LONGEST]], delimiter=delimiter), [])
    return [each.strip(' "') for each in cells]


def _name(cells: list[str], place: int | None) -> str:
    """The name of a line, or nothing: the cell in its place, or the first beyond ASCII."""
    if place is not None and len(cells) > place and not cells[place].isascii():
        return cells[place]
    return next((each for each in cells if not each.isascii()), "")
