"""Cells made of that system's: joined, split, searched, asked for a code, as a mapping says."""

from collections.abc import Callable

from policies.importing import inert
from policies.importing.findings import BadCell
from policies.importing.mapping import patterns
from policies.importing.mapping.codes import folded
from policies.importing.mapping.mapping import Made
from policies.importing.mapping.patterns import Pattern

Take = Callable[[list[str]], str]
"""Takes a cell out of a row's."""


def cell_at(place: int) -> Take:
    """Takes what a cell of that place says."""
    return lambda cells: inert.said(cells[place])


class Maker:
    """Makes the cells of a canonical column."""

    def __init__(self, made: Made, cell_of: Callable[[str], Take], then: Take | None) -> None:
        """`cell_of` answers for a header; `then` makes the cell where `made` asks for a code."""
        self._made, self._then = made, then
        self._cells = [cell_of(header) for header in made.headers]
        self._codes = {folded(code) for code in made.when}
        self._pattern = Pattern(made.match)

    def taken(self, cells: list[str]) -> str:
        """What the row says, before anything is made of it."""
        said = [each for take in self._cells if (each := take(cells))]
        return self._made.between.join(said) if self._made.join else said[0] if said else ""

    def __call__(self, cells: list[str]) -> str:
        """The cell; raises `BadCell` where none can be made."""
        text = self._searched(_part(_bare(self.taken(cells), self._made), self._made))
        if self._then is None:
            return text
        return self._then(cells) if folded(text) in self._codes else ""

    def _searched(self, text: str) -> str:
        """What the pattern takes of a text; an empty one says nothing."""
        if not text or not self._made.match:
            return text
        if len(text) > patterns.LONGEST:
            raise BadCell("too_long", most=patterns.LONGEST, length=len(text))
        if (found := self._pattern.taken(text)) is None:
            raise BadCell("no_match", pattern=self._made.match)
        return found.strip()


def _bare(text: str, made: Made) -> str:
    """A text without what stands around it."""
    return text.strip(made.strip).strip() if made.strip else text


def _part(text: str, made: Made) -> str:
    """The part of a text that is meant; empty where it has fewer."""
    if not made.split:
        return text
    parts = text.split(made.split)
    place = made.part - 1 if made.part > 0 else made.part
    return parts[place].strip() if -len(parts) <= place < len(parts) else ""
