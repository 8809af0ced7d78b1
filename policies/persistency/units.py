"""The units of an agency force that have figures: agents, their teams, their branches."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

import msgspec

from policies import database, errors, records
from policies.records import Record

UnitKind = Literal["branch", "team", "agent"]

BETWEEN = " · "
"""Stands between the names of a branch and of its team."""


def team_name(branch: str, team: str) -> str:
    """A team as it is written everywhere: with its branch, since another one may have such a team."""
    return BETWEEN.join(filter(None, (branch, team)))


class ForceAgent(Record, frozen=True):
    """An agent, with the team and branch in the force."""

    id: int
    agent_no: str
    name: str
    team: str
    """The team's name, its branch's before it (`team_name`); empty: none."""
    branch: str

    def key(self, kind: UnitKind) -> str:
        """The key of a figure of that kind of unit."""
        return self.agent_no if kind == "agent" else self.team if kind == "team" else self.branch

    def label(self, kind: UnitKind) -> str:
        """The same for people: an agent by name, too."""
        return f"{self.agent_no} {self.name}".strip() if kind == "agent" else self.key(kind)


class Force:
    """All agents of the book as they stand today."""

    def __init__(self, agents: Sequence[ForceAgent]) -> None:
        self._agents = {agent.id: agent for agent in agents}

    def __getitem__(self, agent_id: int) -> ForceAgent:
        return self._agents[agent_id]

    def __iter__(self) -> Iterator[ForceAgent]:
        return iter(self._agents.values())

    def limited(self, agent_ids: Collection[int] | None) -> "Force":
        """Those of them alone; None: all of them."""
        return self if agent_ids is None else Force([self[each] for each in sorted(agent_ids)])

    def within(
        self, *, branch: str | None = None, team: str | None = None, agent_no: str | None = None
    ) -> list[int]:
        """The ids of the agents of that branch, team and number.

        Raises `BranchNotFound`, `TeamNotFound` or `AgentNotFound` for the first that is nobody's.
        """
        found = list(self)
        if branch is not None:
            found = [each for each in found if each.branch == branch]
            if not found:
                raise errors.BranchNotFound(branch)
        if team is not None:
            found = [each for each in found if team in _names(each.team)]
            if not found:
                raise errors.TeamNotFound(team)
        if agent_no is not None:
            found = [each for each in found if each.agent_no == agent_no]
            if not found:
                raise errors.AgentNotFound(agent_no)
        return [each.id for each in found]


def _names(team: str) -> tuple[str, str, str]:
    """What a team may be asked for by: as it is written, without its branch, as it was written once."""
    return (team, team.split(BETWEEN)[-1], team.replace(BETWEEN, " / "))


def force() -> Force:
    """Everybody in the book: some thousands even of a large one; looked up once in a snapshot."""
    return database.once(_looked_up)


def _looked_up() -> Force:
    agents = records.listed(
        ForceAgent,
        "SELECT a.id, a.agent_no, a.name, COALESCE(t.name, ''), COALESCE(b.name, '')"
        " FROM agent a LEFT JOIN team t ON t.id = a.team_id"
        " LEFT JOIN branch b ON b.id = t.branch_id ORDER BY a.agent_no",
    )
    return Force([_with_branch(each) for each in agents])


def _with_branch(agent: ForceAgent) -> ForceAgent:
    """The agent, the team called by its branch, too: several branches may have a team so named."""
    if agent.team:
        return msgspec.structs.replace(agent, team=team_name(agent.branch, agent.team))
    return agent
