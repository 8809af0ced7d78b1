"""What is told of a file: an invalid cell, a refused row, and what is odd and is taken all the same."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from policies import errors
from policies.notices import Invalid, Notice, notice

PERSONAL = frozenset(["client_name", "phone", "email", "agent_name", "agent_phone", "agent_email"])
"""Cells that are not repeated in a sentence that may end up in a log (domain.md §9.5)."""

MANY = 10
"""So many places are named of what is found odd; the others are counted."""


class BadCell(Invalid):
    """An invalid cell."""


def where(line: int, sheet: str = "") -> str:
    """A line as spreadsheets write it: behind the name of its sheet, where there are several."""
    return f"{sheet}!{line}" if sheet else str(line)


class Wrong(msgspec.Struct, frozen=True):
    """A cell of a refused row, and why it is invalid."""

    column: str
    value: str
    reason: Notice

    def at(self, line: int, sheet: str = "") -> Notice:
        """The line, the column, the value unless it is personal, and the reason."""
        facts: dict[str, object] = {"line": line, "column": self.column, "why": self.reason}
        facts |= {"sheet": sheet} if sheet else {}
        if not self.value or self.column in PERSONAL:
            return Notice("refused_row_in" if sheet else "refused_row", facts)
        facts["value"] = errors.shorten(self.value, 40)
        return Notice("refused_cell_in" if sheet else "refused_cell", facts)


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was refused, and why."""

    line: int
    column: str
    value: str
    reason: Notice
    cells: list[str]
    more: tuple[Wrong, ...] = ()
    """The other invalid cells of the row."""
    sheet: str = ""
    """Of a workbook of several, the name of its sheet."""

    @property
    def wrong(self) -> tuple[Wrong, ...]:
        """All its invalid cells."""
        return Wrong(self.column, self.value, self.reason), *self.more

    @property
    def notices(self) -> list[Notice]:
        """Of each invalid cell the line, the column, the value unless it is personal, and the reason."""
        return [each.at(self.line, self.sheet) for each in self.wrong]

    @property
    def where(self) -> str:
        """Its line, behind the name of its sheet where it has one."""
        return where(self.line, self.sheet)


class Place(msgspec.Struct, frozen=True):
    """Where something odd stands."""

    line: int
    of: str = ""
    """The number by which people know it: of a client, a policy, an agent."""
    sheet: str = ""
    """Of a workbook of several, the name of its sheet."""


@dataclass
class _Found:
    """How often something was found, and where at first."""

    count: int = 0
    places: list[Place] = field(default_factory=list)


class Findings:
    """What is odd in a file and is taken all the same: counted, the first places kept to be told."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], _Found] = {}

    def add(self, code: str, places: Iterable[Place], column: str = "") -> None:
        """Count what was found at these places."""
        for place in places:
            found = self._found.setdefault((code, column), _Found())
            found.count += 1
            if len(found.places) < MANY:
                found.places.append(place)

    def notices(self) -> list[Notice]:
        """A warning of each kind: how often, and where."""
        return [
            Notice(code, {"column": column, "count": found.count, "where": _where(found)})
            for (code, column), found in self._found.items()
        ]


def _where(found: _Found) -> Notice:
    """The first lines, the numbers that stand there, and how many more there are."""
    lines = [where(place.line, place.sheet) for place in found.places]
    named = list(dict.fromkeys(place.of for place in found.places if place.of))
    if more := found.count - len(found.places):
        at = notice("at_lines_and_more", lines=lines, count=more)
    else:
        at = notice("at_lines", lines=lines, count=len(found.places))
    return notice("at_lines_of", where=at, named=named) if named else at
