"""A reassignment as a file says it: a policy or a client a line, and the agent who takes over."""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from policies import database
from policies.importing.cells.texts import Identifier, parse_identifier
from policies.importing.files import files
from policies.importing.files.tables import FileRow, Reading, only_once
from policies.importing.findings import BadCell, Reject
from policies.models import Agent
from policies.notices import Notice, notice
from servicing.core import errors
from servicing.reassignment import queries
from servicing.reassignment.queries import ServedPolicy

Column = Literal["policy_no", "client_no"]
"""By which of them the lines of a file name what is reassigned."""


_NUMBER = parse_identifier(64)


@dataclass(frozen=True, slots=True)
class _SuccessionLine:
    """One line of a file: a policy or a client, and an agent."""

    row: FileRow
    number: str
    agent_no: str

    def refused(self, column: str, value: str, reason: Notice) -> Reject:
        row = self.row
        return Reject(row.line, column, value, reason, row.cells, sheet=row.sheet)


_HEADERS = frozenset(["policy_no", "client_no", "agent_no"])


def of_file(
    path: Path, giver: Agent | None, on: datetime.date, country: str = ""
) -> dict[ServedPolicy, int]:
    """Which policies a file gives to whom; raises `BadLines` where any line is invalid.

    `country`: of the workspace, in whose encoding the file may be.
    """
    with files.opened(path, Reading(country=country, known=_HEADERS)) as table:
        header = [name.lower() for name in table.header]
        only_once(path, header, _HEADERS.__contains__)
        column: Column = "policy_no" if "policy_no" in header else "client_no"
        if missing := [name for name in (column, "agent_no") if name not in header]:
            raise errors.MissingColumns(path, missing, table.header, table.header_seems)
        reading = _Reading(column, giver)
        places = (header.index(column), header.index("agent_no"))
        for some in database.chunks(table.rows):
            reading.take(reading.lines(some, *places), on)
    if reading.rejects:
        refused = sorted(reading.rejects, key=lambda reject: reject.line)
        raise errors.BadLines(path, [notice for each in refused for notice in each.notices])
    return reading.taker_of


def _cell(row: FileRow, place: int) -> str:
    return row.cells[place].strip() if place < len(row.cells) else ""


class _Reading:
    """The lines of a file that were read so far: what they reassign, and which are invalid."""

    def __init__(self, column: Column, giver: Agent | None) -> None:
        self._column, self._giver = column, giver
        self._agent_no_of: dict[int, str] = {}
        """By policy the agent that an earlier line names."""
        self.taker_of: dict[ServedPolicy, int] = {}
        self.rejects: list[Reject] = []

    def lines(self, rows: Sequence[FileRow], place: int, agent: int) -> list[_SuccessionLine]:
        """What rows say; one with a number that a spreadsheet has spoilt is refused."""
        columns = self._numbers(self._column, rows, place), self._numbers("agent_no", rows, agent)
        return [
            _SuccessionLine(row, number, agent_no)
            for row, number, agent_no in zip(rows, *columns, strict=True)
            if number is not None and agent_no is not None
        ]

    def _numbers(self, column: str, rows: Sequence[FileRow], place: int) -> Sequence[str | None]:
        """The numbers of a column; None where one is invalid, which refuses its line."""
        cells = [_cell(row, place) for row in rows]
        parse = _NUMBER.among(cells)
        return [self._number(parse, column, *each) for each in zip(rows, cells, strict=True)]

    def _number(self, parse: Identifier, column: str, row: FileRow, cell: str) -> str | None:
        try:
            return parse(cell)
        except BadCell as error:
            self.rejects.append(Reject(row.line, column, cell, error.notice, row.cells))
            return None

    def take(self, lines: Sequence[_SuccessionLine], on: datetime.date) -> None:
        """Read the next lines."""
        agents = _agents({each.agent_no for each in lines})
        policies_of = self._policies(lines, on)
        for line in lines:
            policies = policies_of.get(line.number, [])
            reject = self._mistake(line, policies, agents.get(line.agent_no))
            if reject:
                self.rejects.append(reject)
            else:
                self._reassign(line, policies, agents[line.agent_no])

    def _policies(
        self, lines: Sequence[_SuccessionLine], on: datetime.date
    ) -> Mapping[str, list[ServedPolicy]]:
        """By the number that a line names: its policies."""
        numbers = list(dict.fromkeys(each.number for each in lines))
        policies_of: dict[str, list[ServedPolicy]] = defaultdict(list)
        for each in queries.held_by_number(self._column, numbers, on):
            number = each.policy_no if self._column == "policy_no" else each.client_no
            policies_of[number].append(each)
        return policies_of

    def _reassign(self, line: _SuccessionLine, policies: Sequence[ServedPolicy], to: Agent) -> None:
        for each in policies:
            if self._giver is None or each.agent_id in (self._giver.id, to.id):
                self._agent_no_of[each.id] = line.agent_no
                self.taker_of[each] = to.id

    def _mistake(
        self, line: _SuccessionLine, policies: Sequence[ServedPolicy], to: Agent | None
    ) -> Reject | None:
        """Why a line is invalid; None: it is valid."""
        if not policies:
            is_policy = self._column == "policy_no"
            why = notice("no_such_policy") if is_policy else notice("no_such_client")
            return line.refused(self._column, line.number, why)
        if to is None:
            return line.refused("agent_no", line.agent_no, notice("no_such_agent"))
        if to.left_on is not None:
            why = notice("agent_has_left_on", left_on=to.left_on)
            return line.refused("agent_no", line.agent_no, why)
        if self._giver and not any(each.agent_id in (self._giver.id, to.id) for each in policies):
            why = notice("not_served_by", agent_no=self._giver.agent_no)
            return line.refused(self._column, line.number, why)
        if any(self._agent_no_of.get(each.id, line.agent_no) != line.agent_no for each in policies):
            return line.refused(self._column, line.number, notice("given_to_another"))
        return None


def _agents(numbers: set[str]) -> dict[str, Agent]:
    return {
        each.agent_no: each
        for some in database.chunks(numbers)
        for each in Agent.select().where(Agent.agent_no.in_(some))
    }
