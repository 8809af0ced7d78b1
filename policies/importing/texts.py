"""Texts, choices and whole numbers as files write them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from policies.importing.findings import BadCell
from policies.importing.inert import said


@dataclass(frozen=True, slots=True)
class Text:
    """Reads text of at most `limit` characters."""

    limit: int
    needed: bool

    def __call__(self, cell: str) -> str:
        """The text in a cell."""
        if len(cell) > self.limit:
            raise BadCell("too_long", most=self.limit, length=len(cell))
        if self.needed and not cell:
            raise BadCell("empty")
        return said(cell) if cell[:1] == "'" else cell

    def all(self, cells: list[str]) -> list[str]:
        """The texts in many cells: nearly always they are what stands there."""
        is_short = max(map(len, cells), default=0) <= self.limit
        is_plain = is_short and "'" not in "".join(cells) and not (self.needed and "" in cells)
        return cells if is_plain else list(map(self, cells))


def parse_text(limit: int, *, needed: bool = False) -> Text:
    """Reads text of at most `limit` characters."""
    return Text(limit, needed)


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
