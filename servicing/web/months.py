"""A month of a unit as the reader asks for it: which month end, whose, and what was found of it."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from flask import current_app

from policies import database
from policies.errors import NotMeasurable
from policies.notices import Notice
from policies.persistency import cohorts, periods, standing
from policies.persistency.cohorts import Cohort, Measure
from policies.persistency.standing import Standing
from servicing.month import queries, work
from servicing.month.kept import Kept
from servicing.month.work import Todo
from servicing.reports import questions
from servicing.web import figures, rendering
from servicing.web.current import me, now, today, workspace
from servicing.web.figures import ManagedPart

MONTHS = "servicing months"
"""The application keeps under this name what it has worked out of the units' months."""

OFFERED = 12
"""Months to choose from, the latest first."""


@dataclass(frozen=True)
class Summary:
    """What was found of a unit."""

    standing: Standing | None
    problem: Notice | None
    """Why there is no figure."""
    measure: Measure
    basis: str
    todo: Todo


@dataclass(frozen=True)
class UnitMonth:
    """A unit at the end of a month."""

    part: ManagedPart
    month: Cohort
    since: datetime.datetime
    """As of when it was read."""
    found: Summary

    @property
    def key(self) -> str:
        """The month as an address has it."""
        return cohorts.key(self.month)

    @property
    def ends(self) -> datetime.date:
        """Its last day."""
        return cohorts.last_day(self.month)

    def told(self, value: Decimal) -> str:
        """A premium of the figure with its currency, or a number of policies."""
        standing = self.found.standing
        return rendering.money(value, standing.currency if standing else "")


def asked() -> Cohort:
    """The month of the address, else the last full one; raises `BadChoice`."""
    last = _last()

    def parse(text: str) -> Cohort:
        month = cohorts.parse(text)
        if not last - 10 * periods.YEAR <= month <= last:
            raise ValueError(text)
        return month

    return figures.read("month", parse, last)


def _last() -> Cohort:
    return periods.last_full_month(today()).first


def offered() -> list[str]:
    """The months that can be chosen."""
    return [cohorts.key(_last() - count) for count in range(OFFERED)]


def of(part: ManagedPart) -> UnitMonth:
    """The unit at the end of the month that is asked for; of some minutes ago where that is known.

    Nothing is shown of before an import, a reassignment, a leave, or a task that was handed over.
    """
    month = asked()
    known = kept()
    key = (tuple(each.id for each in part.agents), month, today(), database.once(queries.changes))
    since, found = known.of(key, now(), lambda: _found(part, month))
    return UnitMonth(part, month, since, found)


def kept() -> Kept[Summary]:
    """What this process has worked out lately."""
    return current_app.extensions[MONTHS]  # type: ignore[no-any-return]


def _found(part: ManagedPart, month: Cohort) -> Summary:
    space = workspace()
    ends, is_last = cohorts.last_day(month), month == _last()
    question = questions.question(space.settings, today() if is_last else ends, part.selection)
    target = space.settings.targets.persistency
    asked_for = (question.measure, question.rules, question.selection, question.basis)
    before = cohorts.last_day(month - 1)
    found, problem = None, None
    try:
        found = standing.standing(*asked_for, target, ends, before)
    except NotMeasurable as error:
        problem = error.notice
    todo = work.todo([each.id for each in part.agents], today(), space.composer.grace)
    return Summary(found, problem, question.measure, question.basis, todo)


def unit_name(part: ManagedPart) -> str:
    """The name of the unit that is shown: the one that was chosen, else the reader's own."""
    last = part.way()[-1]
    if last.name or not part.agents:
        return last.name
    return part.agents[0].label("team" if me().team_id else "branch")
