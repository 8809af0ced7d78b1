"""Tables out of JSON lines: a row is an object of a line, its keys are the headers."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from policies import errors
from policies.importing.files.tables import FileRow, Recognised, Table
from policies.notices import Invalid, Notice, notice

FIRST_ROWS = 1000
"""The keys of so many rows are the header."""


def begins_json(top: str) -> bool:
    """Whether a text is made of JSON objects or lists, and not of cells."""
    first = top.lstrip()[:1]
    if first not in ("{", "["):
        return False
    line = top.lstrip().splitlines()[0].strip()
    return line in ("{", "[", "[{") or _is_json(line) or (first == "[" and line[1:2] == "{")


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def table(path: Path, lines: TextIO, fraction: Any, recognised: Recognised) -> Table:
    """The table in JSON lines; raises `UnreadableFile` where they are one JSON value."""
    rows = _objects(lines)
    first = list(itertools.islice(rows, FIRST_ROWS))
    header = list(
        dict.fromkeys(name for _, said in first if isinstance(said, dict) for name in said)
    )
    is_list = bool(first) and isinstance(first[0][1], tuple) and first[0][1][0].startswith("[")
    if is_list or not header:
        raise errors.UnreadableFile(path, notice("file_is_json"))
    told: list[Notice] = []
    found = _rows(itertools.chain(first, rows), header, told)
    return Table(path, header, found, fraction, recognised, told)


_HALF = re.compile("[\ud800-\udfff]")
"""Half of a character: JSON can write it, and no file can hold it."""

Said = dict[str, str] | tuple[str, Notice]
"""What a line says: its cells by name, or itself and why it cannot be read."""


def _objects(lines: TextIO) -> Iterator[tuple[int, Said]]:
    """Each line that is not blank, and what it says."""
    for number, line in enumerate(lines, 1):
        if text := line.strip():
            yield number, _said(text)


def _said(text: str) -> Said:
    try:
        found = json.loads(
            text, object_pairs_hook=_cells, parse_int=str, parse_float=str, parse_constant=_refused
        )
    except Invalid as error:
        return text, error.notice
    except (ValueError, RecursionError):
        return text, notice("not_json")
    if not isinstance(found, dict):
        return text, notice("not_json")
    half = _HALF.search("".join([*found, *found.values()])) if "\\u" in text else None
    return (text, notice("odd_character", code=f"U+{ord(half[0]):04X}")) if half else found


def _refused(name: str) -> str:
    raise Invalid("not_json_value", value=name)


def _cells(pairs: list[tuple[str, Any]]) -> dict[str, str]:
    """The cells of an object as a CSV file would have them."""
    cells = {name.strip(): _cell(name, value) for name, value in pairs}
    if len(cells) < len(pairs):
        names = [name.strip() for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid("key_twice", name=twice)
    return cells


def _cell(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    raise Invalid("cell_nested", name=name)


def _rows(
    said: Iterator[tuple[int, Said]], header: list[str], told: list[Notice]
) -> Iterator[FileRow]:
    """The rows in the order of the header; a key that comes later is told once."""
    known = set(header)
    for line, cells in said:
        if isinstance(cells, tuple):
            text, why = cells
            yield FileRow(line, [text], why=why)
            continue
        late = [name for name in cells if name not in known]
        known.update(late)
        told += [notice("key_comes_late", name=name, line=line) for name in late]
        if any(map(str.strip, cells.values())):
            yield FileRow(line, [cells.get(name, "") for name in header])
