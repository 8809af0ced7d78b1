"""The teams and branches of the agents that a file names."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from policies import models
from policies.importing.book import queries
from policies.importing.book.queries import Unit


class Teams(dict[tuple[str, str], int | None]):
    """The teams, by id, of the names of a branch and a team; of two empty ones, none."""

    def __init__(self) -> None:
        super().__init__()
        self.new_branches: set[str] = set()
        """Those that were put into the book."""

    def __missing__(self, names: tuple[str, str]) -> int | None:
        found = self[names] = self._team_of(*names).id if any(names) else None
        return found

    def _team_of(self, branch_name: str, name: str) -> models.Team:
        """The team, put into the book with its branch if it is new there."""
        branch = None
        if branch_name:
            branch, is_new = models.Branch.get_or_create(name=branch_name)
            if is_new:
                self.new_branches.add(branch_name)
        team: models.Team
        team, _ = models.Team.get_or_create(branch=branch, name=name)
        return team


def units(
    values: Mapping[str, Sequence[Any]], stated: Collection[str]
) -> Iterable[tuple[str, str]]:
    """Branch and team of each row; a file that states one of them leaves the other alone."""
    if {"branch", "team"} <= set(stated):
        return zip(values["branch"], values["team"], strict=True)
    found = queries.units_of(set(values["agent_no"]))
    known = [found.get(number, Unit()) for number in values["agent_no"]]
    if "team" in stated:
        return zip((each.branch for each in known), values["team"], strict=True)
    return zip(values["branch"], (each.team for each in known), strict=True)
