"""A handover as a file says it: a policy or a client a line, and the agent who takes over."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from policies import database, dialect
from policies.importing import files
from policies.importing.columns import Reject
from policies.models import Agent
from policies.notices import Notice, notice
from servicing.core import errors
from servicing.reassignment.served import HeldPolicy, held


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a file: of which policy or client, to which agent."""

    row: files.FileRow
    column: str
    """policy_no or client_no."""
    number: str
    agent_no: str

    def refused(self, column: str, value: str, reason: Notice) -> Reject:
        return Reject(self.row.line, column, value, reason, self.row.cells)


def of_file(path: Path, giver: Agent | None, on: datetime.date) -> dict[HeldPolicy, int]:
    """Which policies a file gives to whom; raises `BadLines` where any line cannot be meant."""
    found: dict[HeldPolicy, int] = {}
    said: dict[int, str] = {}
    refused: list[Reject] = []
    with files.opened(path) as table:
        lines = _lines(path, table)
        for some in database.chunks(lines):
            agents = _agents({each.agent_no for each in some})
            theirs = _named(some, on)
            for line in some:
                reject = _mistake(line, giver, theirs.get(line.number, []), agents, said)
                if reject:
                    refused.append(reject)
                    continue
                to = agents[line.agent_no]
                for each in theirs[line.number]:
                    if giver is None or each.agent_id in (giver.id, to.id):
                        said[each.id] = line.agent_no
                        found[each] = to.id
    if refused:
        raise errors.BadLines(path, [each.notice for each in refused])
    return found


def _lines(path: Path, table: files.Table) -> Iterable[_Line]:
    header = [name.strip() for name in table.header]
    column = "policy_no" if "policy_no" in header else "client_no"
    if missing := [name for name in (column, "agent_no") if name not in header]:
        raise errors.MissingColumns(path, missing, table.header)
    number, agent = header.index(column), header.index("agent_no")
    for row in table.rows:
        yield _Line(row, column, _cell(row, number), _cell(row, agent))


def _cell(row: files.FileRow, place: int) -> str:
    return row.cells[place].strip() if place < len(row.cells) else ""


def _agents(numbers: set[str]) -> dict[str, Agent]:
    return {
        each.agent_no: each
        for some in database.chunks(numbers)
        for each in Agent.select().where(Agent.agent_no.in_(some))
    }


def _named(lines: Sequence[_Line], on: datetime.date) -> dict[str, list[HeldPolicy]]:
    """By the number that a line names: its policies."""
    numbers = list(dict.fromkeys(each.number for each in lines))
    is_policy = lines[0].column == "policy_no"
    column = "p.policy_no" if is_policy else "c.client_no"
    found: dict[str, list[HeldPolicy]] = {}
    for each in held(f"{column} IN ({dialect.marks(numbers)})", numbers, on):
        found.setdefault(each.policy_no if is_policy else each.client_no, []).append(each)
    return found


def _mistake(
    line: _Line,
    giver: Agent | None,
    theirs: list[HeldPolicy],
    agents: dict[str, Agent],
    said: dict[int, str],
) -> Reject | None:
    """Why a line cannot be meant; None: it can."""
    to = agents.get(line.agent_no)
    is_policy = line.column == "policy_no"
    if not theirs:
        known = notice("no_such_policy") if is_policy else notice("no_such_client")
        return line.refused(line.column, line.number, known)
    if to is None:
        return line.refused("agent_no", line.agent_no, notice("no_such_agent"))
    if to.left_on is not None:
        why = notice("agent_has_left_on", left_on=to.left_on)
        return line.refused("agent_no", line.agent_no, why)
    if giver and not any(each.agent_id in (giver.id, to.id) for each in theirs):
        why = notice("not_served_by", agent_no=giver.agent_no)
        return line.refused(line.column, line.number, why)
    if any(said.get(each.id, line.agent_no) != line.agent_no for each in theirs):
        return line.refused(line.column, line.number, notice("given_to_another"))
    return None
