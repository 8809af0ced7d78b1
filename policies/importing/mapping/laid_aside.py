"""Rows of a file, laid aside until it is seen which of them belong together.

They lie in a file that no folder names and that is gone with the process: however long the file, only
a key and a few numbers of each row are in memory.
"""

import itertools
from array import array
from dataclasses import dataclass
from tempfile import TemporaryFile

import msgspec

from policies.importing.files.tables import FileRow

Key = tuple[str, ...]
"""What rows have in common that belong together."""

WIDEST = 64
"""Of a wider row of which the key is not to be known nobody asks where it belongs."""


@dataclass
class Together:
    """Rows that belong together."""

    rows: list[int]
    """By their numbers."""
    told_at: int = -1
    """The number of the row in whose place they are told."""


class LaidAside:
    """The rows of a file by number, in their order."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 (it lives as long as the rows are read)
        self._ends = array("Q", [0])
        self._firsts: dict[Key, int] = {}
        self._several: dict[int, Together] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(FileRow).decode

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> FileRow:
        start, end = self._ends[number], self._ends[number + 1]
        self._file.seek(start)
        return self._decode(self._file.read(end - start))

    def add(self, row: FileRow, key: Key) -> None:
        """Lay a row aside; rows of one key belong together, a row without one belongs to none."""
        data = self._encode(row)
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))
        if key:
            self._belongs(len(self) - 1, self._firsts.setdefault(key, len(self) - 1))

    def together(self, number: int) -> Together | None:
        """The rows to which a row belongs; None: it is alone."""
        return self._several.get(number)

    def adopt(self, number: int, length: int) -> None:
        """A row of which the key is not to be known belongs where its cells are one."""
        cells = [cell.strip() for cell in self[number].cells]
        if len(cells) > WIDEST:
            return
        for key in itertools.product(cells, repeat=length):
            if (first := self._firsts.get(key)) is not None:
                self._belongs(number, first)
                return

    def _belongs(self, number: int, first: int) -> None:
        """A row belongs to another one, which came first."""
        if number == first:
            return
        together = self._several.setdefault(first, Together([first]))
        together.rows.append(number)
        self._several[number] = together
