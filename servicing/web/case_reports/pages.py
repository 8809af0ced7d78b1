"""Reports on cases as pages: five tables of a day, and the list behind each of their numbers."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, Response, abort, render_template, url_for

from servicing.case_reports import figures as counted
from servicing.web import deeds, figures, listing, paging, refusal
from servicing.web.access import allow
from servicing.web.case_reports import asked, lists
from servicing.web.case_reports.asked import Asked
from servicing.web.current import today
from servicing.web.figures import BadChoice
from servicing.web.listing import Listing

blueprint = Blueprint("case_reports", __name__)

LINES = 50
"""Of a page of a list."""

MOST = 1 << 40
"""Lines of a file: all."""


@blueprint.get("/cases/reports")
@allow("manager", "operations", "administrator")
@figures.one_reading
def week() -> Any:
    """The week: the first of the reports."""
    return _report("weekly")


@blueprint.get("/cases/reports/<report>")
@allow("manager", "operations", "administrator")
@figures.one_reading
def report(report: str) -> Any:
    """One of the reports, as far as its reader may see cases."""
    return _report(report)


def _report(name: str) -> Any:
    found: Listing[Any] | None = None
    problem, status, of = "", 200, None
    try:
        of = asked.asked(name)
        found = lists.report(of)
    except BadChoice as error:
        problem, status = refusal.sentence(error), refusal.status(error)
    if found and paging.file_asked_for():
        return listing.sent(found, what="case_reports")
    page = render_template(
        "case_report.html",
        name=name,
        reports=_reports(of),
        offered=asked.units_of(name),
        against=asked.AGAINST.get(name, ()),
        taken_along=_taken_along(of),
        asked=of,
        on=of.on if of else today(),
        listing=found,
        problem=problem,
    )
    return page, status


def _reports(of: Asked | None) -> list[tuple[str, str]]:
    """The reports, each with its address: all that was asked for goes along."""
    return [
        (each, url_for("case_reports.report", report=each, **(of.arguments(each) if of else {})))
        for each in asked.NAMES
    ]


def _taken_along(of: Asked | None) -> dict[str, Any]:
    """What this report does not ask for and another one does: its form keeps it."""
    if of is None:
        return {}
    of_form = {"on", *asked.AGAINST.get(of.name, ()), *(["by"] if asked.units_of(of.name) else [])}
    return {name: value for name, value in of.arguments(of.name).items() if name not in of_form}


@blueprint.get("/cases/reports/<report>/<figure>")
@allow("manager", "operations", "administrator")
@figures.one_reading
def behind(report: str, figure: str) -> Any:
    """The cases, or the contracts, that a number counts."""
    try:
        of = asked.asked(report)
    except BadChoice:
        abort(400)
    about = lists.about(of, figure)
    if of.name == "callbacks":
        return _listed(of, _contracts(of, figure), lambda lines: lists.contracts(lines, about))
    if of.name == "daily" and figure in asked.CHECKS:
        return _listed(of, _checks(of, figure), lambda lines: lists.checks(lines, about))
    return _listed(of, _cases(of, figure), lambda lines: lists.cases(lines, about))


Read = Callable[[int, int], Iterable[Any]]


def _contracts(of: Asked, figure: str) -> Read:
    return lambda limit, offset: asked.contracts_of(of, figure, limit, offset)


def _checks(of: Asked, figure: str) -> Read:
    return lambda limit, offset: asked.checks_of(of, figure, limit, offset)


def _cases(of: Asked, figure: str) -> Read:
    condition = asked.cases_of(of, figure)
    return lambda limit, offset: counted.rows(condition, of.part.seen, limit, offset)


def _listed(
    of: Asked, read: Read, described: Callable[[Iterable[Any]], Listing[Any]]
) -> Response | str:
    if paging.file_asked_for():
        return listing.sent(described(lists.shown(read(MOST, 0))), what="case_reports")
    page = paging.page(read, LINES)
    lines = list(lists.shown(page.lines))
    deeds.seen(lists.clients(lines), "figures", what="case_reports")
    return render_template(
        "case_report_list.html",
        asked=of,
        reports=_reports(of),
        page=page,
        listing=described(lines),
        back=url_for("case_reports.report", report=of.name, **of.arguments(of.name)),
    )
