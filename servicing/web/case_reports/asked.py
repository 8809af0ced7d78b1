"""What is asked of a report: which one, of which day, by which units, what a number counts."""

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from flask import abort, request

from policies.persistency import units
from policies.persistency.units import UnitKind
from servicing.callbacks import opening, queries, rate
from servicing.callbacks.queries import Contract, Issued
from servicing.case_reports import complained, daily, figures, tables
from servicing.case_reports.complained import By
from servicing.case_reports.figures import Span
from servicing.case_reports.queries import held
from servicing.case_reports.tables import Table
from servicing.cases import queries as case_queries
from servicing.cases import recusal
from servicing.cases.reports import Month, Week
from servicing.core import visibility
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

AGAINST: Mapping[str, tuple[str, ...]] = {"monthly": ("premium", "policies")}
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
    """By which units; empty where there are none."""
    premium: int | None = None
    """Of a month: what its complaints are set against, in whole units of the currency."""
    policies: int | None = None

    @cached_property
    def seen(self) -> Any:
        """The condition of the cases that the reader may see."""
        return recusal.seen(me())

    @cached_property
    def agents(self) -> Collection[int] | None:
        """The agents of the reader's part of the force; None: everybody."""
        return visibility.agent_ids(me())

    @property
    def month(self) -> Span:
        """The month of the day, up to it."""
        return complained.month_of(self.on)

    @property
    def week(self) -> Span:
        """The week of the day, up to it."""
        return Span(self.on - datetime.timedelta(days=self.on.weekday()), self.on)

    @property
    def issued(self) -> Issued:
        """The contracts of the month, of the reader's part."""
        space = workspace()
        terms = opening.terms_of(space.ground, space.settings.callbacks, today())
        return Issued(terms, self.month.first, self.month.last, self.agents)

    def table(self) -> Table:
        """The report."""
        return _TABLES[self.name](self)


def asked(name: str) -> Asked:
    """What the address asks for; 404 for a report that there is not. Raises `BadChoice`."""
    if name not in NAMES:
        abort(404)
    offered = UNITS.get(name, ())
    by = shared.chosen("by", offered, offered[0]) if offered else ""
    against = {each: shared.read(each, _number, None) for each in AGAINST.get(name, ())}
    return Asked(name, shared.day_chosen("on"), by, **against)


def _number(text: str) -> int | None:
    """A number above nothing, of people's size; raises `ValueError`."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and int(text)):
        raise ValueError(text)
    return int(text)


# ---------------------------------------------------------------------------------------- the tables


def _weekly(of: Asked) -> Table:
    first, last = of.week
    week = figures.week(KIND, of.week)
    categories = figures.categories(KIND, of.week, of.seen)
    numbers = dict(zip([each.name for each in week], _counts(of, week), strict=True))
    found = Week(first, last, **numbers, by_category=categories)
    return tables.weekly(found, workspace().ground.kind(KIND), locale())


def _monthly(of: Asked) -> Table:
    month = figures.month(KIND, of.month)
    numbers = dict(zip([each.name for each in month], _counts(of, month), strict=True))
    return tables.monthly(Month.of(numbers, of.premium, of.policies), of.month, locale())


def _counts(of: Asked, those: Collection[figures.Figure]) -> list[int]:
    return figures.counts([each.cases for each in those], of.seen)


def _daily(of: Asked) -> Table:
    key = ("usual", of.on, me().id, case_queries.last_entry())
    # operations see the problems of their desks alone: of all checks these would be no share
    agents = () if me().role == "operations" else of.agents
    usual = counted.kept(key, lambda: daily.usual(of.on, of.seen, agents))
    return tables.daily(daily.daily(of.on, of.seen, agents, usual), locale())


def _complained(of: Asked) -> Table:
    by: By = of.by  # type: ignore[assignment]
    theirs = counted.kept(("held", of.on, of.agents), lambda: held(of.on, of.agents))
    of_all = counted.kept(("held", of.on, None), lambda: held(of.on, None))
    found = complained.complained_of(KIND, of.on, by, None, of.seen, theirs, of_all)
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
            if figure == "received" and (category := key()):
                return figures.of_category(KIND, of.week, category).cases
            found: dict[str, Any] = {each.name: each.cases for each in figures.week(KIND, of.week)}
        case "monthly":
            found = {each.name: each.cases for each in figures.month(KIND, of.month)}
        case "daily":
            found = _of_day(of)
        case "complained-of":
            found = {"complaints": _complaints(of)}
        case "callbacks":
            found = {}
    return found[figure] if figure in found else abort(404)


def _of_day(of: Asked) -> dict[str, Any]:
    """A fault by the name of its line, what it is a share of by the same with `-of`."""
    lines = [*figures.day(Span(of.on, of.on)), *figures.standing(of.on)]
    faulty = {each.name: each.faulty for each in lines}
    return faulty | {f"{each.name}-of": each.of for each in lines if each.of is not None}


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
    return [each.id for each in units.force().limited(of.agents) if each.key(by) == unit]
