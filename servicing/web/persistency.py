"""Persistency: the figure, its trend, its units, and the policies behind it (domain.md §8.2)."""

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

from flask import Blueprint, Response, url_for

from policies.persistency import cohorts, early_warning, policy_lines
from policies.persistency import figure as persistency_figure
from policies.persistency.cohorts import Cohort, Definition
from policies.persistency.early_warning import Deciding
from policies.persistency.figure import Basis, UnitLine
from policies.persistency.policy_lines import PolicyLine
from policies.persistency.selection import By, Selection
from servicing.core import visibility
from servicing.reports import questions
from servicing.reports.questions import Question
from servicing.web import charts, deeds, figure_pages, figures, listing, paging
from servicing.web.access import allow
from servicing.web.current import me, today, workspace
from servicing.web.figures import ManagedPart
from servicing.web.listing import Column, Listing
from servicing.web.rendering import locale, word

blueprint = Blueprint("persistency", __name__, url_prefix="/persistency")

TREND = 24
"""Cohorts of a trend."""
UNITS_A_PAGE = 40
POLICIES_A_PAGE = 100

HASTE = 15
"""Fewer days of grace than these are marked."""

Fate = Literal["lost", "kept", "open", "not_counted"]
FATES: tuple[Fate, ...] = get_args(Fate)
"""The filters of the list of policies."""

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


def _figure(part: ManagedPart, question: Question) -> dict[str, Any]:
    measure, target = question.measure, workspace().settings.targets.persistency
    last = measure.last_complete
    shown = replace(question.selection, first=last - TREND + 1, last=last)
    asked = (measure, question.rules, shown, question.basis)
    board = persistency_figure.board(*asked, part.by, part.force)
    known = [(row.key, row.ratio) for row in board.trend.rows if row.ratio is not None]
    return {
        "board": board,
        "target": target,
        "chart": charts.chart(known, target),
        "page": paging.page_of(_worst_first(board.units), UNITS_A_PAGE),
        "heat": lambda ratio: charts.heat(ratio, target),
    }


def _worst_first(units: list[UnitLine]) -> list[UnitLine]:
    """The units with the lowest figure first; units without a figure at the end."""
    return sorted(units, key=lambda each: (each.total.ratio is None, each.total.ratio, each.key))


@blueprint.get("/policies")
@allow("manager", "administrator")
@figures.one_reading
def policies() -> Any:
    """Every policy behind the figure: counted or not, kept or lost, and why."""
    return _page("persistency_policies.html", _policies)


def _policies(part: ManagedPart, question: Question) -> dict[str, Any]:
    selection = _listed(question)
    fate = figures.chosen("fate", FATES, "")
    lines = policy_lines.policies(question.measure, question.rules, selection, is_grouped=True)
    with contextlib.closing(_only(lines, fate)) as listed:
        page = paging.page_of(listed, POLICIES_A_PAGE)
    held = visibility.holders(me(), [line.policy_no for line in page.lines], today())
    deeds.seen(held.values(), "figures", **figures.asked_for(part))
    return {
        "page": page,
        "cards": held,
        "fate": fate,
        "fates": FATES,
        "fate_of": fate_of,
        "first": cohorts.key(selection.first or 0),
        "last": cohorts.key(selection.last or 0),
    }


def _only(lines: Iterator[PolicyLine], fate: str) -> Any:
    for line in lines:
        if not fate or fate_of(line) == fate:
            yield line


def fate_of(line: PolicyLine) -> Fate:
    """The fate of a policy in the figure, in a word."""
    if not line.counted:
        return "not_counted"
    if not line.persisting:
        return "lost"
    return "open" if line.reason in UNDECIDED else "kept"


UNDECIDED = frozenset(("in_grace", "not_due", "in_arrears"))


@blueprint.get("/collect")
@allow("manager", "administrator")
@figures.one_reading
def collect() -> Any:
    """The premiums still to collect for the open cohorts, by unit."""
    return _page("persistency_collect.html", _collect)


def _collect(part: ManagedPart, question: Question) -> dict[str, Any]:
    target = workspace().settings.targets.persistency
    selection = replace(question.selection, by=part.by, is_rolling=False)
    asked = (question.measure, question.rules, selection, question.basis, target)
    early = early_warning.early_warning(*asked, _ahead())
    return {"early": early, "page": paging.page_of(early.rows, POLICIES_A_PAGE)}


@blueprint.get("/deciding")
@allow("manager", "administrator")
@figures.one_reading
def deciding() -> Any:
    """The policies that decide the open cohorts: the largest premium first."""
    return _page("persistency_deciding.html", _deciding)


def _deciding(part: ManagedPart, question: Question) -> dict[str, Any] | Response:
    asked = (question.measure, question.rules, replace(question.selection, is_rolling=False))
    with contextlib.closing(early_warning.deciding(*asked, _ahead())) as found:
        if paging.file_asked_for():
            lines = list(found)
            known = visibility.known(me(), [each.client_no for each in lines], today())
            return listing.sent(_decided(lines, known, question), **figures.asked_for(part))
        page = paging.page_of(found, POLICIES_A_PAGE)
    deeds.seen((each.client_no for each in page.lines), "figures", **figures.asked_for(part))
    known = visibility.known(me(), [each.client_no for each in page.lines], today())
    return {"page": page, "listing": _decided(page.lines, known, question)}


def _decided(
    lines: Iterable[Deciding], known: Collection[str], question: Question
) -> Listing[Deciding]:
    """The list of the policies that decide; `known`: the clients whom the reader may see."""

    def heading(name: str) -> str:
        return word("heading", name)

    def name(line: Deciding) -> str:
        is_known = line.client_no in known
        return line.client_name if is_known else word("manager", "of_another_unit")

    def card(line: Deciding) -> str:
        is_known = line.client_no in known
        return url_for("cards.card", client_no=line.client_no) if is_known else ""

    def haste(line: Deciding) -> str:
        return "bad" if line.days_left is not None and line.days_left < HASTE else ""

    columns = [
        Column[Deciding](heading("policy_no"), lambda line: line.policy_no),
        Column(heading("client_name"), name, to=card),
        Column(heading("agent_name"), lambda line: f"{line.agent_no} {line.agent_name}"),
        Column(
            heading("verdict"), lambda line: word("verdict", line.reason), tone=lambda _: "wait"
        ),
        Column(heading("annual_premium"), lambda line: line.premium, "money"),
    ]
    if question.measure.definition == "paid":
        columns += [
            Column(heading("outstanding"), lambda line: line.outstanding, "money"),
            Column(heading("paid_to"), lambda line: line.due_on, "day"),
            Column(heading("grace_until"), lambda line: line.grace_until, "day"),
            Column(heading("days_left"), lambda line: line.days_left, "number", tone=haste),
        ]
    columns.append(Column(heading("cohort"), lambda line: line.cohort))
    return Listing("deciding", columns, lines, about=_told(question))


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


def _told(question: Question) -> str:
    """The question in a sentence."""
    return word(
        "manager",
        "told",
        month=question.measure.month,
        definition=word("terminal", question.measure.definition),
        basis=word("terminal", f"by_{question.basis}"),
        as_of=question.measure.as_of,
    )
