"""How call-backs stand in a unit's month."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from policies.persistency import cohorts
from policies.persistency.cohorts import Cohort
from servicing.callbacks import opening, rate
from servicing.callbacks.rate import RateLine
from servicing.cases import queries as case_queries
from servicing.web import counted
from servicing.web.case_reports.asked import units_of
from servicing.web.current import today, workspace
from servicing.web.figures import ManagedPart


@dataclass(frozen=True)
class CallbackMonth:
    """The call-backs of the contracts that a unit has issued in a month."""

    total: RateLine
    place: Mapping[str, Any]
    """The arguments that lead to the unit among the reports."""

    def address(self, figure: str) -> str:
        """Where the contracts are that a number counts."""
        return url_for("case_reports.behind", report="callbacks", figure=figure, **self.place)


def of_month(part: ManagedPart, month: Cohort) -> CallbackMonth:
    """How call-backs stand, counted again when anything was done with a case, or in the book."""
    ids = tuple(sorted(each.id for each in part.agents))
    key = ("callbacks", ids, month, today(), case_queries.last_entry())
    return CallbackMonth(counted.kept(key, lambda: _total(ids, month)), _place(part, month))


def _total(agent_ids: Collection[int], month: Cohort) -> RateLine:
    space = workspace()
    terms = opening.terms_of(space.ground, space.settings.callbacks, today())
    first, last = cohorts.first_day(month), cohorts.last_day(month)
    return rate.rate("branch", terms, first, last, agent_ids).total


def _place(part: ManagedPart, month: Cohort) -> dict[str, Any]:
    """The unit as reports are asked for it: by the smallest one that was named."""
    place = {"on": cohorts.last_day(month).isoformat()}
    offered = units_of("callbacks")
    for unit in ("agent", "team", "branch"):
        if unit in part.place and unit in offered and part.agents:
            return place | {"by": unit, "key": part.agents[0].key(unit)}
    return place | {"by": offered[0]}
