"""Persistency: the figure, its trend, its units, and the policies behind it (domain.md §8.2)."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from flask import Blueprint, Response

from policies.ordering import by_name
from policies.persistency import cohorts, early_warning, policy_lines
from policies.persistency import figure as persistency_figure
from policies.persistency.cohorts import Cohort, Definition
from policies.persistency.early_warning import Deciding, EarlyWarning
from policies.persistency.figure import Basis, FigureRow, UnitLine
from policies.persistency.policy_lines import PolicyLine
from policies.persistency.selection import By, Selection
from servicing.core import visibility
from servicing.reports import questions
from servicing.reports.questions import Question
from servicing.web import (
    charts,
    counted,
    deeds,
    figure_lists,
    figure_pages,
    figures,
    listing,
    paging,
)
from servicing.web.access import allow
from servicing.web.current import me, today, workspace
from servicing.web.figure_lists import FATES, fate_of
from servicing.web.figures import ManagedPart
from servicing.web.rendering import locale

blueprint = Blueprint("persistency", __name__, url_prefix="/persistency")

TREND = 24
"""Cohorts of a trend."""
UNITS_A_PAGE = 40
POLICIES_A_PAGE = 100

MONTHS = [str(month) for month in cohorts.MONTHS]
DEFINITIONS, BASES = get_args(Definition), get_args(Basis)
OVER = ("12", "1")
"""How many cohorts a figure is of."""
AHEAD = ("0", "1", "2", "3", "6")
KINDS = ("xlsx", "csv")
ROWS = get_args(By)


@blueprint.get("")
@allow("manager", "administrator")
@figures.one_reading
def figure() -> Any:
    """The figure against its target, over time, and by unit and cohort."""
    return _page("persistency.html", _figure)


def _figure(part: ManagedPart, question: Question) -> dict[str, Any] | Response:
    measure, target = question.measure, workspace().settings.targets.persistency
    last = measure.last_complete
    shown = replace(question.selection, first=last - TREND + 1, last=last)
    asked = (measure, question.rules, shown, question.basis, part.by, part.force)
    key = ("board", shown, part.by, figure_pages.as_asked(question))
    board = counted.kept(key, lambda: persistency_figure.board(*asked))
    worst = _worst_first(board.units)
    if paging.file_asked_for():
        listed = figure_lists.units(worst, part, question, board.currency)
        return listing.sent(listed, **figures.asked_for(part))
    page = paging.page_of(worst, UNITS_A_PAGE)
    return {
        "board": board,
        "target": target,
        "chart": charts.chart(_by_month(board.trend.rows, last), target),
        "page": page,
        "listing": figure_lists.units(page.lines, part, question, board.currency),
        "heat": lambda ratio: charts.heat(ratio, target),
    }


def _by_month(rows: list[FigureRow], last: Cohort) -> list[tuple[str, float | None]]:
    """The trend, month by month from the first that has a figure: one without is a gap, not left out."""
    ratios = {row.key: row.ratio for row in rows if row.ratio is not None}
    months = [cohorts.key(each) for each in range(last - TREND + 1, last + 1)]
    known = itertools.dropwhile(lambda month: month not in ratios, months)
    return [(month, ratios.get(month)) for month in known]


def _worst_first(units: list[UnitLine]) -> list[UnitLine]:
    """The units with the lowest figure first; units without a figure at the end."""
    return sorted(
        units, key=lambda each: (each.total.ratio is None, each.total.ratio, by_name(each.key))
    )


@blueprint.get("/policies")
@allow("manager", "administrator")
@figures.one_reading
def policies() -> Any:
    """Every policy behind the figure: counted or not, kept or lost, and why."""
    return _page("persistency_policies.html", _policies)


def _policies(part: ManagedPart, question: Question) -> dict[str, Any] | Response:
    selection = _listed(question)
    fate = figures.chosen("fate", FATES, "")
    lines = policy_lines.policies(question.measure, question.rules, selection, is_grouped=True)
    with contextlib.closing(_only(lines, fate)) as listed:
        if paging.file_asked_for():  # with that very filter
            listed_so = figure_lists.policies(listed, {}, part, question)
            return listing.sent(listed_so, **figures.asked_for(part))
        page = paging.page_of(listed, POLICIES_A_PAGE)
    held = visibility.holders(me(), [line.policy_no for line in page.lines], today())
    deeds.seen(held.values(), "figures", **figures.asked_for(part))
    return {
        "page": page,
        "listing": figure_lists.policies(page.lines, held, part, question),
        "fate": fate,
        "fates": FATES,
        "first": cohorts.key(selection.first or 0),
        "last": cohorts.key(selection.last or 0),
    }


def _only(lines: Iterator[PolicyLine], fate: str) -> Any:
    for line in lines:
        if not fate or fate_of(line) == fate:
            yield line


@blueprint.get("/collect")
@allow("manager", "administrator")
@figures.one_reading
def collect() -> Any:
    """The premiums still to collect for the open cohorts, by unit."""
    return _page("persistency_collect.html", _collect)


def _collect(part: ManagedPart, question: Question) -> dict[str, Any] | Response:
    early = _early(replace(question.selection, by=part.by, is_rolling=False), question)
    if paging.file_asked_for():
        listed = figure_lists.collecting(early.rows, part, question, early.currency)
        return listing.sent(listed, **figures.asked_for(part))
    page = paging.page_of(early.rows, POLICIES_A_PAGE)
    listed = figure_lists.collecting(page.lines, part, question, early.currency)
    return {"early": early, "page": page, "listing": listed}


def _early(selection: Selection, question: Question) -> EarlyWarning:
    target, ahead = workspace().settings.targets.persistency, _ahead()
    asked = (question.measure, question.rules, selection, question.basis, target, ahead)
    key = ("collect", selection, target, ahead, figure_pages.as_asked(question))
    return counted.kept(key, lambda: early_warning.early_warning(*asked))


@blueprint.get("/deciding")
@allow("manager", "administrator")
@figures.one_reading
def deciding() -> Any:
    """The policies that decide the open cohorts: the largest premium first."""
    return _page("persistency_deciding.html", _deciding)


def _deciding(part: ManagedPart, question: Question) -> dict[str, Any] | Response:
    asked = (question.measure, question.rules, replace(question.selection, is_rolling=False))
    ahead = _ahead()

    def some(first: int, last: int | None) -> list[Deciding]:
        with contextlib.closing(early_warning.deciding(*asked, ahead)) as found:
            return list(itertools.islice(found, first, last))

    def read(limit: int, offset: int) -> list[Deciding]:
        key = ("deciding", asked[2], ahead, limit, offset, figure_pages.as_asked(question))
        return counted.kept(key, lambda: some(offset, offset + limit))

    if paging.file_asked_for():
        lines = some(0, None)
        known = visibility.known(me(), [each.client_no for each in lines], today())
        return listing.sent(
            figure_lists.deciding(lines, known, question), **figures.asked_for(part)
        )
    page = paging.page(read, POLICIES_A_PAGE)
    deeds.seen((each.client_no for each in page.lines), "figures", **figures.asked_for(part))
    known = visibility.known(me(), [each.client_no for each in page.lines], today())
    return {"page": page, "listing": figure_lists.deciding(page.lines, known, question)}


def _ahead() -> int:
    return int(figures.chosen("ahead", AHEAD, "1"))


@blueprint.get("/export")
@allow("manager", "administrator")
@figures.one_reading
def export() -> Any:
    """The figure as a file, a workbook with all its policies, or these as CSV."""
    return _page("persistency.html", _export)


def _export(part: ManagedPart, question: Question) -> Response:
    from servicing.reports import exports  # with the writer of workbooks: not for every page

    kind = figures.chosen("kind", KINDS, "xlsx")
    what = figures.chosen("what", ("figure", "policies"), "policies")
    by: Any = figures.chosen("by", ROWS, "cohort")
    selection = replace(_listed(question), by=by)
    asked = (question.measure, question.rules, selection)
    counted = figures.Counted()

    def write(path: Path) -> None:
        audit = persistency_figure.audit(*asked, question.basis)
        lines = policy_lines.policies(*asked, is_grouped=True) if what == "policies" else None
        exports.write(path, audit, selection, counted.of(lines) if lines else None, locale())

    unit = next(reversed(part.place.values()), "")
    name = (what, question.measure.month, question.measure.as_of, unit)
    answer = figures.sent(figures.file_name("persistency", *name, kind=kind), write)
    deeds.taken_out(counted.rows, what=what, **figures.asked_for(part))
    return answer


# ------------------------------------------------------------------------------------- the question


def _page(template: str, find: Callable[[ManagedPart, Question], Any]) -> Any:
    """A page of what is found, or of the sentence that says why there is nothing."""
    form: dict[str, Any] = {
        "months": MONTHS,
        "definitions": DEFINITIONS,
        "bases": BASES,
        "overs": OVER,
        "aheads": AHEAD,
        "basis": workspace().settings.persistency.basis,
    }

    def found(part: ManagedPart) -> Any:
        form["question"] = question = _question(part)
        return find(part, question)

    return figure_pages.answer(template, found, form)


def _question(part: ManagedPart) -> Question:
    """The question of the request, the company's own rules filled in."""
    definition: Any = figures.chosen("definition", DEFINITIONS, "") or None
    basis: Any = figures.chosen("basis", BASES, "") or None
    over = figures.chosen("over", OVER, "12")
    currency = figures.read("currency", _currency, None)
    selection = replace(part.selection, is_rolling=over == "12", currency=currency)
    return questions.question(
        workspace().settings,
        figures.day_chosen("as_of"),
        selection,
        month=int(figures.chosen("month", MONTHS, "13")),
        definition=definition,
        basis=basis,
    )


def _currency(text: str) -> str | None:
    if not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise ValueError(text)
    return text.upper()


def _listed(question: Question) -> Selection:
    """The cohorts that the request names, else those that the figure is of."""
    last: Cohort = figures.read("to", cohorts.parse, question.measure.last_complete)
    count = cohorts.ROLLING if question.selection.is_rolling else 1
    first = figures.read("from", cohorts.parse, last - count + 1)
    return replace(question.selection, first=first, last=last, is_rolling=False)
