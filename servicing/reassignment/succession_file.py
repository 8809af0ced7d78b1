"""A reassignment as a file says it: a policy or a client a line, and the agent who takes over."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from policies import database
from policies.importing import files
from policies.importing.findings import Reject
from policies.importing.tables import FileRow
from policies.models import Agent
from policies.notices import Notice, notice
from servicing.core import errors
from servicing.reassignment import queries
from servicing.reassignment.queries import ServedPolicy

Column = Literal["policy_no", "client_no"]
"""By which of them the lines of a file name what is reassigned."""


@dataclass(frozen=True, slots=True)
class _SuccessionLine:
    """One line of a file: a policy or a client, and an agent."""

    row: FileRow
    number: str
    agent_no: str

    def refused(self, column: str, value: str, reason: Notice) -> Reject:
        row = self.row
        return Reject(row.line, column, value, reason, row.cells, sheet=row.sheet)


def of_file(path: Path, giver: Agent | None, on: datetime.date) -> dict[ServedPolicy, int]:
    """Which policies a file gives to whom; raises `BadLines` where any line is invalid."""
    with files.opened(path) as table:
        header = [name.strip() for name in table.header]
        column: Column = "policy_no" if "policy_no" in header else "client_no"
        if missing := [name for name in (column, "agent_no") if name not in header]:
            raise errors.MissingColumns(path, missing, table.header)
        reading = _Reading(column, giver)
        lines = _lines(table.rows, header.index(column), header.index("agent_no"))
        for some in database.chunks(lines):
            reading.take(some, on)
    if reading.rejects:
        raise errors.BadLines(path, [notice for each in reading.rejects for notice in each.notices])
    return reading.taker_of


def _lines(rows: Iterable[FileRow], number: int, agent: int) -> Iterable[_SuccessionLine]:
    for row in rows:
        yield _SuccessionLine(row, _cell(row, number), _cell(row, agent))


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
