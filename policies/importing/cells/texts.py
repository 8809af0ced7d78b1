"""Texts, numbers by which something is known, choices and whole numbers as files write them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from policies.importing.cells import spoilt
from policies.importing.findings import BadCell


@dataclass(frozen=True, slots=True)
class Text:
    """Reads text of at most `limit` characters."""

    limit: int
    needed: bool

    def __call__(self, cell: str) -> str:
        """The text in a cell."""
        if len(cell) > self.limit:
            raise BadCell("too_long", most=self.limit, length=len(cell))
        text = spoilt.bared(cell) if cell[:1] in ("'", "=") else cell
        if self.needed and not text:
            raise BadCell("empty")
        spoilt.refuse(text)
        return text

    def all(self, cells: list[str]) -> list[str]:
        """The texts in many cells: nearly always they are what stands there."""
        is_short = max(map(len, cells), default=0) <= self.limit
        is_plain = is_short and _is_plain("".join(cells)) and not (self.needed and "" in cells)
        return cells if is_plain else list(map(self, cells))


def _is_plain(column: str) -> bool:
    """Whether nothing in a column has to be looked at: quick, because it is asked of every text."""
    return column.isalnum() or (
        column.isprintable()
        and "'" not in column
        and "#" not in column
        and '="' not in column
        and "Err:" not in column
    )


@dataclass(frozen=True, slots=True)
class Identifier(Text):
    """Reads the number by which something is known; it must stand as it was given."""

    are_rounded: bool = False
    """Whether the column shows that a spreadsheet has rounded its long numbers."""

    def __call__(self, cell: str) -> str:
        """The number in a cell."""
        text = Text.__call__(self, cell[1:] if spoilt.is_kept_as_text(cell) else cell)
        spoilt.refuse_rounded(text)
        if self.are_rounded and spoilt.zeros_of(text):
            raise BadCell("number_rounded")
        return text

    def all(self, cells: list[str]) -> list[str]:
        """The numbers in many cells: nearly always they are what stands there."""
        column, longest = "".join(cells), max(map(len, cells), default=0)
        is_plain = longest <= self.limit and _is_plain(column) and not (self.needed and "" in cells)
        is_written_out = "." not in column and "," not in column and "+" not in column
        if (
            is_plain
            and is_written_out
            and not (longest > spoilt.SIGNIFICANT and spoilt.are_rounded(cells))
        ):
            return cells
        return list(map(self.among(cells), cells))

    def among(self, cells: Sequence[str]) -> "Identifier":
        """Reads the numbers of a column that has these cells."""
        return Identifier(self.limit, self.needed, spoilt.are_rounded(cells))


def parse_text(limit: int, *, needed: bool = False) -> Text:
    """Reads text of at most `limit` characters."""
    return Text(limit, needed)


def parse_identifier(limit: int, *, needed: bool = False) -> Identifier:
    """Reads the number by which something is known."""
    return Identifier(limit, needed)


def parse_choice(*choices: str) -> Callable[[str], str]:
    """Reads one of the choices, or nothing."""
    allowed = {"", *choices}

    def parse(cell: str) -> str:
        if cell not in allowed:
            raise BadCell("not_one_of", choices=list(choices))
        return cell

    return parse


def parse_whole(lowest: int, highest: int) -> Callable[[str], int | None]:
    """Reads a whole number of [lowest, highest], or None if empty."""

    def parse(cell: str) -> int | None:
        if not cell:
            return None
        if not re.fullmatch(r"-?\d{1,9}", cell) or not lowest <= int(cell) <= highest:
            raise BadCell("not_a_whole_number", lowest=lowest, highest=highest)
        return int(cell)

    return parse
