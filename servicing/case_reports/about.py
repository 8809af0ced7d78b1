"""In whose unit a complaint counts: that of whom it is about, once (domain.md §12.8).

An agent counts in the team and the branch of today, the manager of a team in both as well, the manager
of a branch in the branch. Whoever is neither belongs to no unit.
"""

from collections.abc import Collection, Mapping, Sequence

from policies import database
from policies.persistency import units
from policies.persistency.units import Force, ForceAgent, UnitKind, team_name
from servicing.case_reports import queries
from servicing.case_reports.queries import Leads


class People:
    """Whom complaints may be about."""

    def __init__(self, force: Force, leads: Sequence[Leads]) -> None:
        self._force = force
        self._leads = {each.login: each for each in leads}

    @property
    def names(self) -> Mapping[str, str]:
        """By agent number or login; whoever is called as their login needs no name."""
        of_agents = {each.agent_no: each.name for each in self._force}
        others = self._leads.values()
        return {each.login: each.name for each in others if each.name != each.login} | of_agents

    def agent(self, agent_id: int | None, login: str) -> ForceAgent | None:
        """The agent whom a case is about, by number or by login; None: it is nobody who is one."""
        if agent_id is None and login in self._leads:
            agent_id = self._leads[login].agent_id
        return None if agent_id is None else self._force[agent_id]

    def logins(self, agents: Collection[int]) -> list[str]:
        """Of some agents."""
        return [login for login, each in self._leads.items() if each.agent_id in agents]

    def key(self, by: UnitKind, agent_id: int | None, login: str) -> str:
        """The unit of whom a case is about; empty: of nobody's."""
        if agent_id is not None:
            return self._force[agent_id].key(by)
        leads = self._leads.get(login)
        if leads is None:
            return ""
        if leads.agent_id is not None:
            return self._force[leads.agent_id].key(by)
        of: Mapping[UnitKind, str] = {
            "agent": leads.login,
            "team": team_name(leads.branch, leads.team),
            "branch": leads.branch,
        }
        return of[by]


def people() -> People:
    """Everybody of the force, looked up once in a snapshot."""
    return database.once(_looked_up)


def _looked_up() -> People:
    return People(units.force(), queries.leads())
