"""What is told of a file: an invalid cell, a refused row, and what is odd and is taken all the same."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import msgspec

from policies import errors
from policies.notices import Invalid, Notice, notice

PERSONAL = frozenset(["client_name", "phone", "email", "agent_name", "agent_phone", "agent_email"])
"""Cells that are not repeated in a sentence that may end up in a log (domain.md §9.5)."""

MANY = 10
"""So many places are named of what is found odd; the others are counted."""


class BadCell(Invalid):
    """An invalid cell."""


class Wrong(msgspec.Struct, frozen=True):
    """A cell of a refused row, and why it is invalid."""

    column: str
    value: str
    reason: Notice

    def at(self, line: int) -> Notice:
        """The line, the column, the value unless it is personal, and the reason."""
        facts = {"line": line, "column": self.column, "why": self.reason}
        if not self.value or self.column in PERSONAL:
            return Notice("refused_row", facts)
        return Notice("refused_cell", {**facts, "value": errors.shorten(self.value, 40)})


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
    further: tuple[list[str], ...] = ()
    """The other rows of the file that were read as one with it."""
    shaped: list[str] = field(default_factory=list)
    """Its cells by canonical columns, where a mapping has shaped them."""
    file: str = ""
    """The name of its file, if that is not the main one."""

    @property
    def rows(self) -> "list[Reject]":
        """The refusal of each row of the file that it is about."""
        return [self, *(replace(self, cells=each, further=()) for each in self.further)]

    @property
    def wrong(self) -> tuple[Wrong, ...]:
        """All its invalid cells."""
        return Wrong(self.column, self.value, self.reason), *self.more

    @property
    def notices(self) -> list[Notice]:
        """Of each invalid cell the line, the column, the value unless it is personal, and the reason."""
        told = [each.at(self.line) for each in self.wrong]
        return [notice("in_file", file=self.file, why=each) for each in told] if self.file else told


class Place(msgspec.Struct, frozen=True):
    """Where something odd stands."""

    line: int
    of: str = ""
    """The number by which people know it: of a client, a policy, an agent."""


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
    lines = [str(place.line) for place in found.places]
    named = list(dict.fromkeys(place.of for place in found.places if place.of))
    if more := found.count - len(found.places):
        where = notice("at_lines_and_more", lines=lines, count=more)
    else:
        where = notice("at_lines", lines=lines, count=len(found.places))
    return notice("at_lines_of", where=where, named=named) if named else where
