"""A manager's month on one page: the figure, what changed, what is to be done, and by whom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response

from policies.ordering import by_name
from servicing.month import asking, queries
from servicing.web import deeds, figure_pages, figures, listing, month_lists, months, paging
from servicing.web.access import allow
from servicing.web.case_reports import beside
from servicing.web.cases import places
from servicing.web.current import now, today, workspace
from servicing.web.figures import ManagedPart
from servicing.web.listing import Listing
from servicing.web.months import UnitMonth
from servicing.web.rendering import noticed, word

blueprint = Blueprint("month", __name__)

FIRST = 8
"""Policies in their grace that the page itself shows: the most urgent."""
NAMED = 5
"""Agents whom the page itself names."""
LINES = 50
"""Of a page of a list."""

WITHIN = ("7", "15", "30")
"""Days of grace left: the filters of the policies in their grace."""
STANDS = ("below", "above")
STATES = ("open", "done")
KINDS = ("complaint", "callback")
"""Of the open cases that the page counts."""


@blueprint.get("/month")
@allow("manager")
@figures.one_reading
def month() -> Any:
    """The unit's month: one thing leads to the other, and everything to what it rests on."""
    return figure_pages.answer("month.html", _month, {"months": months.offered()})


def _month(part: ManagedPart) -> dict[str, Any]:
    unit = months.of(part)
    todo = unit.found.todo
    first = month_lists.grace_lines(todo.in_grace[:FIRST])
    deeds.seen((each.of.client_no for each in first), "figures", **figures.asked_for(part))
    lines = month_lists.agents_of(unit)
    known = {each.id: each for each in part.agents}
    return {
        "unit": unit,
        "name": months.unit_name(part),
        "standing": unit.found.standing,
        "why_not": noticed(unit.found.problem) if unit.found.problem else "",
        "target": workspace().settings.targets.persistency,
        "todo": todo,
        "first": first,
        "soon": month_lists.SOON,
        "within": [(each, len(todo.within(int(each)))) for each in WITHIN],
        "below": [each for each in lines if month_lists.is_below(each)],
        "above": [each for each in lines if month_lists.is_above(each)],
        "movers": month_lists.movers(lines)[:NAMED],
        "late": [
            (known[each].label("agent"), month_lists.place_of(known[each]), count)
            for each, count in todo.late()
        ][:NAMED],
        "points": month_lists.points,
        "cases": places.of_unit([each.id for each in part.agents] if part.place else None, KINDS),
        "callbacks": beside.of_month(part, unit.month),
        "teams": _teams(part),
        "named_at_most": NAMED,
    }


def _teams(part: ManagedPart) -> list[tuple[str, dict[str, str]]]:
    """The teams that one can go into, each with the arguments that lead there."""
    found = {each.team: {"branch": each.branch, "team": each.team} for each in part.agents}
    return [(team, found[team]) for team in sorted(found, key=by_name) if team]


# ------------------------------------------------------------------------------------------ lists


@dataclass(frozen=True)
class _Filter:
    """A choice of lines: the argument of an address, its value, and its name."""

    argument: str
    value: str
    told: str

    @property
    def address(self) -> str:
        """This page with it."""
        return figures.here(**{self.argument: self.value})


@dataclass(frozen=True)
class _Asked:
    """A list of a unit's month: its items in order, and how they become lines of a table."""

    name: str
    items: Sequence[Any]
    lines: Callable[[Sequence[Any]], Sequence[Any]]
    listed: Callable[[Sequence[Any], str], Listing[Any]]
    clients: Callable[[Any], str] | None = None
    filters: Sequence[_Filter] = ()
    chosen: str = ""
    ticks: bool = False


def _list(find: Callable[[UnitMonth], _Asked]) -> Any:
    def found(part: ManagedPart) -> dict[str, Any] | Response:
        unit = months.of(part)
        asked = find(unit)
        about = month_lists.told_of(months.unit_name(part), unit.key, today())
        if paging.file_asked_for():
            lines = asked.lines(asked.items)
            return listing.sent(asked.listed(lines, about), **figures.asked_for(part))
        page = paging.page_of(asked.items, LINES)
        lines = asked.lines(page.lines)
        if asked.clients:
            deeds.seen(map(asked.clients, lines), "figures", **figures.asked_for(part))
        return {
            "unit": unit,
            "asked": asked,
            "name": months.unit_name(part),
            "page": page,
            "listing": asked.listed(lines, about),
        }

    return figure_pages.answer("month_list.html", found, {})


def _filters(argument: str, values: Sequence[str]) -> list[_Filter]:
    told = [_Filter(argument, each, word("month", f"{argument}_{each}")) for each in values]
    return [_Filter(argument, "", word("month", f"{argument}_all")), *told]


@blueprint.get("/month/grace")
@allow("manager")
@figures.one_reading
def grace() -> Any:
    """The policies in their grace, to be ticked and handed over."""

    def find(unit: UnitMonth) -> _Asked:
        within = figures.chosen("within", WITHIN, "")
        todo = unit.found.todo
        return _Asked(
            name="grace",
            items=todo.within(int(within)) if within else todo.in_grace,
            lines=month_lists.grace_lines,
            listed=month_lists.in_grace,
            clients=lambda each: each.of.client_no,
            filters=_filters("within", WITHIN),
            chosen=within,
            ticks=True,
        )

    return _list(find)


@blueprint.get("/month/agents")
@allow("manager")
@figures.one_reading
def agents() -> Any:
    """The agents against their target."""

    def find(unit: UnitMonth) -> _Asked:
        stand = figures.chosen("stand", STANDS, "")
        wanted = {"below": month_lists.is_below, "above": month_lists.is_above}.get(stand, bool)
        return _Asked(
            name="agents",
            items=[each for each in month_lists.agents_of(unit) if wanted(each)],
            lines=list,
            listed=lambda lines, about: month_lists.agents(unit, lines, about),
            filters=_filters("stand", STANDS),
            chosen=stand,
        )

    return _list(find)


@blueprint.get("/month/changed")
@allow("manager")
@figures.one_reading
def changed() -> Any:
    """By whom the figure has changed since the month before: who moved it most stands first."""

    def find(unit: UnitMonth) -> _Asked:
        return _Asked(
            name="changed",
            items=month_lists.movers(month_lists.agents_of(unit)),
            lines=list,
            listed=lambda lines, about: month_lists.agents(unit, lines, about),
        )

    return _list(find)


@blueprint.get("/month/overdue")
@allow("manager")
@figures.one_reading
def overdue() -> Any:
    """The open tasks of before today."""

    def find(unit: UnitMonth) -> _Asked:
        return _Asked(
            name="overdue",
            items=unit.found.todo.overdue,
            lines=month_lists.task_lines,
            listed=month_lists.overdue,
            clients=lambda each: each.client_no,
        )

    return _list(find)


@blueprint.get("/month/fresh")
@allow("manager")
@figures.one_reading
def fresh() -> Any:
    """The open calls about policies that can still be given back."""

    def find(unit: UnitMonth) -> _Asked:
        return _Asked(
            name="fresh",
            items=unit.found.todo.fresh,
            lines=month_lists.task_lines,
            listed=month_lists.fresh,
            clients=lambda each: each.client_no,
        )

    return _list(find)


@blueprint.get("/month/orphans")
@allow("manager")
@figures.one_reading
def orphans() -> Any:
    """The policies whose agent has left."""

    def find(unit: UnitMonth) -> _Asked:
        return _Asked(
            name="orphans",
            items=unit.found.todo.orphans,
            lines=month_lists.orphan_lines,
            listed=month_lists.orphans,
            clients=lambda each: each.of.client_no,
            ticks=True,
        )

    return _list(find)


@blueprint.get("/month/handed")
@allow("manager")
@figures.one_reading
def handed() -> Any:
    """What was handed over in the last quarter of a year: who acted, and what became of it."""

    def find(unit: UnitMonth) -> _Asked:
        state = figures.chosen("state", STATES, "")
        ids = [each.id for each in unit.part.agents]
        found = queries.handed(ids, now() - asking.LOOK_BACK, state, MOST_HANDED)
        return _Asked(
            name="handed",
            items=found,
            lines=list,
            listed=month_lists.handed,
            clients=lambda each: each.client_no,
            filters=_filters("state", STATES),
            chosen=state,
        )

    return _list(find)


MOST_HANDED = 5_000
"""Tasks of a quarter that a list shows."""


# -------------------------------------------------------------------------------------- the paper


@blueprint.get("/month.pdf")
@allow("manager")
@figures.one_reading
def paper() -> Response:
    """The month on one page of A4, for the morning meeting."""
    from servicing.reports import briefing  # with the writer of PDF: not for every page
    from servicing.web import month_paper

    part = figures.part()
    unit = months.of(part)
    told = month_paper.told_of(unit)

    def write(path: Path) -> None:
        briefing.write(path, told)

    chosen = next(reversed(part.place.values()), "")
    answer = figures.sent(figures.file_name("month", unit.key, chosen, kind="pdf"), write)
    deeds.taken_out(month_paper.named(unit), what="month", **figures.asked_for(part))
    return answer
