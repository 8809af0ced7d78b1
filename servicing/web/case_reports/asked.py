"""What is asked of a report: which one, of which day, by which units, what a number counts."""

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from flask import abort, request
from flask_login import current_user

from policies.persistency import units
from policies.persistency.units import UnitKind
from servicing.callbacks import opening, queries, rate
from servicing.callbacks.queries import Contract, Issued
from servicing.case_reports import complained, daily, figures, part, tables, weeks
from servicing.case_reports.complained import By
from servicing.case_reports.figures import Span
from servicing.case_reports.part import Part
from servicing.case_reports.queries import held
from servicing.case_reports.tables import Table
from servicing.cases import queries as case_queries
from servicing.checks import queries as check_queries
from servicing.checks import queries as checks
from servicing.checks.queries import CheckLine, Wanted
from servicing.web import counted
from servicing.web import figures as shared
from servicing.web.current import me, today, workspace
from servicing.web.rendering import locale

Name = Literal["weekly", "monthly", "daily", "complained-of", "callbacks"]
NAMES: tuple[Name, ...] = get_args(Name)

KIND = "complaint"
UNITS: Mapping[str, tuple[str, ...]] = {
    "complained-of": complained.UNITS,
    "callbacks": get_args(UnitKind),
}
"""The reports that are told by units, and by which."""

AGAINST: Mapping[str, tuple[str, ...]] = {
    "monthly": ("premium", "policies"),
    "complained-of": ("policies",),
}
"""What a report may be set against, which no book knows."""

MOST_DIGITS = 15

LONGEST = 200
"""Letters of a unit's or a category's name in an address."""


@dataclass(frozen=True)
class Asked:
    """A report of a day, as far as its reader may see it."""

    name: Name
    on: datetime.date
    by: str
    """By which units; empty where nobody has said it and there are none."""
    premium: int | None = None
    """Of a month: what its complaints are set against, in whole units of the currency."""
    policies: int | None = None

    def arguments(self, name: str) -> dict[str, Any]:
        """What was asked for, as a report or a list takes it along: nothing is lost on the way."""
        by = self.by if self.by in units_of(name) or not units_of(name) else ""
        said = {"by": by, "premium": self.premium, "policies": self.policies}
        return {"on": self.on.isoformat()} | {key: value for key, value in said.items() if value}

    @cached_property
    def part(self) -> Part:
        """What the reader may see."""
        return part.of(me(), current_user.desks)

    @property
    def month(self) -> Span:
        """The month of the day, up to it."""
        return weeks.month_of(self.on)

    @property
    def week(self) -> Span:
        """The week of the day, up to it."""
        return weeks.week_of(self.on)

    @property
    def issued(self) -> Issued:
        """The contracts of the month, of the reader's part."""
        space = workspace()
        terms = opening.terms_of(space.ground, space.settings.callbacks, today())
        return Issued(terms, self.month.first, self.month.last, self.part.agents)

    def table(self) -> Table:
        """The report."""
        return _TABLES[self.name](self)


def units_of(name: str) -> tuple[str, ...]:
    """By which units the reader may be told a report: who leads a team has no branch of their own."""
    leads_team = me().team_id is not None
    return tuple(each for each in UNITS.get(name, ()) if not (leads_team and each == "branch"))


def asked(name: str) -> Asked:
    """What the address asks for; 404 for a report that there is not. Raises `BadChoice`."""
    if name not in NAMES:
        abort(404)
    return Asked(
        name,
        shared.day_chosen("on"),
        _by(units_of(name)),
        premium=shared.read("premium", _number, None),
        policies=shared.read("policies", _number, None),
    )


def _by(offered: Sequence[str]) -> str:
    """By which units; of a report without any it is taken along to those that have some."""
    if not offered:
        return shared.chosen("by", complained.UNITS, "")
    is_too_large = request.args.get("by") == "branch" and "branch" not in offered
    return offered[0] if is_too_large else shared.chosen("by", offered, offered[0])


def _number(text: str) -> int | None:
    """A number above nothing, of people's size; raises `ValueError`."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and int(text)):
        raise ValueError(text)
    return int(text)


# ---------------------------------------------------------------------------------------- the tables


def _weekly(of: Asked) -> Table:
    kind = workspace().ground.kind(KIND)
    return tables.weekly(weeks.week(kind, of.on, of.part), kind, locale())


def _monthly(of: Asked) -> Table:
    found = weeks.month(KIND, of.on, of.premium, of.policies, of.part)
    return tables.monthly(found, of.month, locale())


def _daily(of: Asked) -> Table:
    part = (of.part.agents, of.part.checked, me().id)
    key = ("usual", of.on, part, case_queries.last_entry(), check_queries.last_result())
    usual = counted.kept(key, lambda: daily.usual(of.on, of.part))
    return tables.daily(daily.daily(of.on, of.part, usual), locale())


def _complained(of: Asked) -> Table:
    by: By = of.by  # type: ignore[assignment]
    agents = of.part.agents
    theirs = counted.kept(("held", of.on, agents), lambda: held(of.on, agents))
    of_all = counted.kept(("held", of.on, None), lambda: held(of.on, None))
    found = complained.complained_of(KIND, of.on, by, of.policies, of.part, theirs, of_all)
    return tables.complained_of(found, locale())


def _callbacks(of: Asked) -> Table:
    by: UnitKind = of.by  # type: ignore[assignment]
    terms, first, last, agents = of.issued
    found = rate.rate(by, terms, first, last, agents)
    return tables.callbacks(found, of.month, today(), locale())


_TABLES: Mapping[Name, Callable[[Asked], Table]] = {
    "weekly": _weekly,
    "monthly": _monthly,
    "daily": _daily,
    "complained-of": _complained,
    "callbacks": _callbacks,
}


# ------------------------------------------------------------------------- what one number counts


def key() -> str | None:
    """The unit or the category that the address names; None: all of them."""
    said = request.args.get("key")
    return None if said is None else said[:LONGEST]


def cases_of(of: Asked, figure: str) -> Any:
    """The condition of the cases that a number counts; 404 for a number that there is not."""
    match of.name:
        case "weekly":
            found = _of_week(of)
        case "monthly":
            found = {each.name: each.cases for each in figures.month(KIND, of.month)}
        case "daily":
            found = _of_day(of)
        case "complained-of":
            found = {"complaints": _complaints(of)}
        case "callbacks":
            found = {}
    return found[figure] if figure in found else abort(404)


def _of_week(of: Asked) -> dict[str, Any]:
    """The numbers of the week; those received of a category, or of none of a facet."""
    account = [*figures.week(KIND, of.week), *figures.enquiries(of.week)]
    found = {each.name: each.cases for each in account}
    if category := key():
        found["received"] = figures.of_category(KIND, of.week, category).cases
    if facet := request.args.get("unsorted"):
        kind = workspace().ground.kind(KIND)
        those = [each.id for each in kind.category if each.facet == facet] or abort(404)
        found["received"] = figures.unsorted(KIND, of.week, those).cases
    return found


def _of_day(of: Asked) -> dict[str, Any]:
    """A fault by the name of its line, what it is a share of by the same with `-of`."""
    lines = [*figures.day(Span(of.on, of.on)), *figures.standing(of.on)]
    faulty = {each.name: each.faulty for each in lines}
    return faulty | {f"{each.name}-of": each.of for each in lines if each.of is not None}


CHECKS: Mapping[str, bool] = {daily.RED_LINE: True, f"{daily.RED_LINE}-of": False}
"""The numbers of a day that count spot checks, and whether those with a failed red line alone."""


def checks_of(of: Asked, figure: str, limit: int, offset: int) -> Iterator[CheckLine]:
    """The spot checks that a number counts."""
    wanted = Wanted(
        checked_from=of.on,
        checked_to=of.on,
        is_done=True,
        is_red=CHECKS[figure],
        agents=of.part.checked,
    )
    return checks.checks(wanted, limit, offset)


def _complaints(of: Asked) -> Any:
    unit, by = key(), of.by
    if unit is None:
        return figures.received(KIND, of.month)
    return complained.listed(KIND, of.on, by, unit)  # type: ignore[arg-type]


def contracts_of(of: Asked, figure: str, limit: int, offset: int) -> list[Contract]:
    """The contracts that a number counts; 404 for a number that there is not."""
    if of.name != "callbacks" or figure not in rate.COUNTED:
        abort(404)
    issued, unit = of.issued, key()
    if unit is not None:
        issued = issued._replace(agents=_of_unit(of, unit))
    return queries.contracts(issued, rate.COUNTED[figure], figure == "problems", limit, offset)


def _of_unit(of: Asked, unit: str) -> list[int]:
    """The agents of a unit in the reader's part."""
    by: UnitKind = of.by  # type: ignore[assignment]
    return [each.id for each in units.force().limited(of.part.agents) if each.key(by) == unit]
