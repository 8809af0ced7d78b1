"""What the rows of a file have said of one client or agent, and where two of them contradict."""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Strict = Mapping[str, Mapping[Any, int]]
"""By column, how strict its values are; those that are not named are not at all.

Of two rows of a file the stricter one decides on such a column, whichever comes first.
"""


class SeenLines:
    """In which line a file has spoken first of each id: four bytes each."""

    PAGE = 1 << 12

    def __init__(self) -> None:
        self._pages: dict[int, array[int]] = {}

    def of(self, number: int) -> int:
        """The line that spoke of it; 0: none."""
        page = self._pages.get(number // self.PAGE)
        return page[number % self.PAGE] if page else 0

    def add(self, lines: Mapping[int, int]) -> None:
        """Remember the line of each id, unless an earlier one has spoken of it."""
        size, at, page = self.PAGE, -1, array("I")
        for number, line in lines.items():
            if number // size != at:
                at = number // size
                page = self._page(at)
            page[number % size] = page[number % size] or line

    def _page(self, at: int) -> "array[int]":
        page = self._pages.get(at)
        if page is None:
            page = self._pages[at] = array("I", bytes(4 * self.PAGE))
        return page


class Contradicted(NamedTuple):
    """A value that an earlier row of the file has stated otherwise."""

    was: Any
    now: Any
    line: int
    """Of the earlier row."""


class Conflict(NamedTuple):
    """A row that says of something what an earlier row of the file has said otherwise."""

    key: str
    line: int
    columns: dict[str, Contradicted]


class Held(NamedTuple):
    """What a file says of a permission more freely than the book, until its last row has been read."""

    key: str
    columns: dict[str, Any]


def first_lines(keys: Sequence[str], lines: Sequence[int]) -> dict[str, int]:
    """The line of a batch that speaks first of each number."""
    return dict(zip(reversed(keys), reversed(lines), strict=True))
