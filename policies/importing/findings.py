"""What is told of a file: an invalid cell, a refused row, and what is odd and is taken all the same."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import msgspec

from policies import errors
from policies.notices import Invalid, Notice, notice

PERSONAL = frozenset(["client_name", "phone", "email", "agent_name", "agent_phone", "agent_email"])
"""Cells that are not repeated in a sentence that may end up in a log (domain.md §9.5)."""

ROW = "row"
"""The column of what is wrong with a row as a whole."""

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
        facts: dict[str, object] = {"line": line, "why": self.reason}
        facts |= {"sheet": sheet} if sheet else {}
        if self.column == ROW:
            return Notice("refused_line_in" if sheet else "refused_line", facts)
        facts["column"] = self.column
        if not self.shown:
            return Notice("refused_row_in" if sheet else "refused_row", facts)
        facts["value"] = self.shown
        return Notice("refused_cell_in" if sheet else "refused_cell", facts)

    @property
    def shown(self) -> str:
        """The value as it is told; nothing of a personal one, which the error of a spreadsheet is not."""
        is_personal = self.column in PERSONAL and self.reason.code != "spreadsheet_error"
        return "" if is_personal else errors.shorten(self.value, 40)


class Refusal(NamedTuple):
    """Why a row that reads well cannot be taken in."""

    column: str
    value: str
    reason: Notice


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
    sheet: str = ""
    """Of a workbook of several, the name of its sheet."""
    file: str = ""
    """The name of its file, if that is not the main one."""

    @property
    def rows(self) -> "list[Reject]":
        """The refusal of each row of the file that it is about."""
        return [self, *(replace(self, cells=each, further=()) for each in self.further)]

    @property
    def wrong(self) -> tuple[Wrong, ...]:
        """All its invalid cells."""
        return (Wrong(self.column, self.value, self.reason),) + self.more

    @property
    def notices(self) -> list[Notice]:
        """Of each invalid cell the line, the column, the value unless it is personal, and the reason."""
        told = [each.at(self.line, self.sheet) for each in self.wrong]
        return [notice("in_file", file=self.file, why=each) for each in told] if self.file else told

    @property
    def where(self) -> str:
        """Its line, behind the name of its sheet where it has one."""
        return where(self.line, self.sheet)


class Said(msgspec.Struct, frozen=True):
    """What a row says of a column; of two that contradict each other also what the earlier one says."""

    column: str
    value: str
    other: str = ""
    other_line: int = 0


class Place(msgspec.Struct, frozen=True):
    """Where something odd stands."""

    line: int
    of: str = ""
    """The number by which people know it: of a client, a policy, an agent."""
    said: tuple[Said, ...] = ()
    """What is told of the line, personal cells hidden in part."""
    sheet: str = ""
    """Of a workbook of several, the name of its sheet."""

    @property
    def notice(self) -> Notice:
        """The number, and what is said there."""
        if not self.said:
            return notice("of_line", of=self.of, line=self.line)
        said = [_told(self.line, each) for each in self.said]
        return notice("said_of", of=self.of, line=self.line, said=said)


def _told(line: int, said: Said) -> Notice:
    facts = {"column": said.column, "value": errors.shorten(said.value, 40), "line": line}
    facts |= {"other": errors.shorten(said.other, 40), "other_line": said.other_line}
    if said.other_line:
        return Notice("said_in_two_lines", facts)
    return Notice("said_and_stored" if said.other else "said_in_line", facts)


@dataclass
class _Found:
    """How often something was found, and where at first."""

    count: int = 0
    places: list[Place] = field(default_factory=list)


class Findings:
    """What is odd in a file and is taken all the same: counted, the first places kept to be told."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], _Found] = {}

    def add(self, code: str, places: Iterable[Place], column: str = "", *, more: int = 0) -> None:
        """Count what was found at these places, and at more that are not named."""
        for place in places:
            found = self._found.setdefault((code, column), _Found())
            found.count += 1
            if len(found.places) < MANY:
                found.places.append(place)
        if more:
            self._found[code, column].count += more

    def count(self, code: str, column: str = "") -> int:
        """How often that was found."""
        found = self._found.get((code, column))
        return found.count if found else 0

    def drop(self, code: str, column: str = "") -> None:
        """What was found of that is not told."""
        self._found.pop((code, column), None)

    def notices(self) -> list[Notice]:
        """A warning of each kind: how often, and where."""
        return [_warning(code, column, found) for (code, column), found in self._found.items()]


def _warning(code: str, column: str, found: _Found) -> Notice:
    facts = {
        "column": column,
        "count": found.count,
        "lines": [place.line for place in found.places],
        "names": _names(found),
        "where": _where(found),
    }
    return Notice(code, facts)


def _names(found: _Found) -> list[str]:
    return list(dict.fromkeys(place.of for place in found.places if place.of))


def _where(found: _Found) -> Notice:
    """The first lines, the numbers that stand there or what they say, and how many more there are."""
    if any(place.said for place in found.places):
        return _places(found)
    lines = [where(place.line, place.sheet) for place in found.places]
    named = _names(found)
    if more := found.count - len(found.places):
        at = notice("at_lines_and_more", lines=lines, count=more)
    else:
        at = notice("at_lines", lines=lines, count=len(found.places))
    return notice("at_lines_of", where=at, named=named) if named else at


def _places(found: _Found) -> Notice:
    places = [place.notice for place in found.places]
    if more := found.count - len(found.places):
        return notice("at_places_and_more", places=places, count=more)
    return notice("at_places", places=places)


def document(warning: Notice) -> dict[str, Any]:
    """A warning as a program reads it: the code and the facts that stand there."""
    facts = {name: _plain(value) for name, value in warning.facts.items() if name != "where"}
    where = warning.facts.get("where")
    if isinstance(where, Notice) and "places" in where.facts:
        facts["places"] = _plain(where.facts["places"])
    return {"code": warning.code, **{name: value for name, value in facts.items() if value}}


def _plain(fact: Any) -> Any:
    """A fact without the codes of sentences."""
    if isinstance(fact, Notice):
        return {name: _plain(value) for name, value in fact.facts.items()}
    if isinstance(fact, list | tuple):
        return [_plain(each) for each in fact]
    return fact if isinstance(fact, int | str) else str(fact)
