"""The assessment: service in points by weights and gates, and what each number of it rests on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort

from servicing.case_reports.assessed import UnitAssessed
from servicing.core import visibility
from servicing.reports.behind import SERVED
from servicing.reports.scorecard import ScoreCard
from servicing.web import deeds, figure_lists, figure_pages, figures, listing, paging, scored
from servicing.web.access import allow
from servicing.web.assessment import asked, lists
from servicing.web.assessment.asked import Asked
from servicing.web.case_reports import lists as case_lists
from servicing.web.current import me, today
from servicing.web.figures import ManagedPart
from servicing.web.listing import Listing

blueprint = Blueprint("assessment", __name__, url_prefix="/assessment")

CARDS_A_PAGE = 24
LINES = 100
"""Of a page of a list."""

Found = Mapping[str, Any] | Response


@dataclass(frozen=True)
class Gate:
    """A gate that is shut, and the complaints that have shut it, as far as the reader may see them."""

    title: str
    cases: list[int]


@dataclass(frozen=True)
class ShownFactor:
    """A line of a card."""

    title: str
    value: str
    rests_on: str
    """What was counted, in words."""
    address: str
    """Where that leads; empty: nowhere."""
    points: str
    weight: str
    is_full: bool
    """Whether it has earned its whole weight."""


@blueprint.get("")
@allow("agent", "manager", "administrator")
@figures.one_reading
def board() -> Any:
    """The card of each unit of the reader's part, or of the reader."""
    form = {"offered": scored.offered(), "is_of_reader": me().role == "agent"}
    return figure_pages.answer("assessment.html", _board, form)


def _board(part: ManagedPart) -> Found:
    of = asked.of(part)
    if paging.file_asked_for():
        rows, _ = of.assessed(list(of.cards()))
        return listing.sent(lists.units(rows, of), what="assessment", **figures.asked_for(part))
    page: paging.Page[ScoreCard] = paging.page_of(of.cards(), CARDS_A_PAGE)
    rows, total = of.assessed(page.lines)
    is_one = of.is_own or "agent" in part.place
    return {
        "asked": of,
        "period": of.period,
        "whole": rows[0] if is_one and rows else total,
        "units": [] if is_one else rows,
        "page": page,
        "listing": lists.units(rows, of),
        "lines_of": lambda unit: _lines(of, unit),
        "gates_of": lambda unit: _gates(of, unit),
    }


def _gates(of: Asked, unit: UnitAssessed) -> list[Gate]:
    return [Gate(lists.title(of.by, each), of.proofs(unit, each)) for each in unit.shut]


def _lines(of: Asked, unit: UnitAssessed) -> Iterator[ShownFactor]:
    for line, card in zip(unit.lines, of.by.factors, strict=True):
        yield ShownFactor(
            title=lists.title(of.by, line.id),
            value=lists.value(line, unit.agents),
            rests_on=lists.said(f"rests_on_{line.id}", count=line.count),
            address=lists.behind(of, line, unit.key),
            points="—" if line.points is None else f"{line.points}",
            weight=f"{card.weight:f}",
            is_full=line.points == line.weight,
        )


# ------------------------------------------------------------------------------ what a number rests on


@blueprint.get("/<factor>")
@allow("agent", "manager", "administrator")
@figures.one_reading
def behind(factor: str) -> Any:
    """The policies, clients, touchpoints or complaints that a number counts."""
    if factor not in LISTS or (factor == "complaints" and me().role == "agent"):
        abort(404)

    def found(part: ManagedPart) -> Found:
        of = asked.of(part)
        name = lists.title(of.by, factor) if factor in {each.id for each in of.by.factors} else ""
        told = {"asked": of, "period": of.period, "factor": factor, "title": name or abort(404)}
        listed = LISTS[factor](of, _about(of, name))
        return listed if isinstance(listed, Response) else {**told, **listed}

    return figure_pages.answer("assessment_list.html", found, {})


def _about(of: Asked, title: str) -> str:
    """Of what a list is, in a sentence."""
    unit = next(reversed([each.name for each in of.part.way()]), "")
    return " · ".join(filter(None, (title, unit, f"{of.period}")))


def _persistency(of: Asked, about: str) -> Found:
    question = scored.question(of.part.selection)
    with closing(asked.persistency(of)) as lines:  # type: ignore[type-var]
        if paging.file_asked_for():
            return _sent(figure_lists.policies(lines, {}, of.part, question), of)
        page = paging.page_of(lines, LINES)
    held = visibility.holders(me(), [line.policy_no for line in page.lines], today())
    _seen(held.values(), of)
    return {"page": page, "listing": figure_lists.policies(page.lines, held, of.part, question)}


Describe = Callable[[Iterable[lists.Shown], str], Listing[lists.Shown]]


def _listed(
    find: Callable[[Asked], Iterator[Any]], describe: Describe
) -> Callable[[Asked, str], Found]:
    """A list whose lines name clients."""

    def made(of: Asked, about: str) -> Found:
        with closing(find(of)) as lines:  # type: ignore[type-var]
            if paging.file_asked_for():
                return _sent(describe(lists.shown(lines), about), of)
            page = paging.page_of(lines, LINES)
        named = list(lists.shown(page.lines))
        _seen(lists.named(named), of)
        return {"page": page, "listing": describe(named, about)}

    return made


def _coverage(of: Asked, about: str) -> Found:
    state = asked.how()
    found = _listed(lambda each: asked.coverage(each, state), lists.served)(of, about)
    return found if isinstance(found, Response) else {**found, "states": SERVED, "state": state}


def _complaints(of: Asked, about: str) -> Found:
    if paging.file_asked_for():
        every = case_lists.shown(asked.complaints(of))
        return _sent(case_lists.cases(every, about), of)
    page = paging.page(lambda limit, offset: asked.complaints(of, limit, offset), LINES)
    named = list(case_lists.shown(page.lines))
    _seen(case_lists.clients(named), of)
    kept_back = asked.kept_back(of)
    return {"page": page, "listing": case_lists.cases(named, about), "kept_back": kept_back}


LISTS: Mapping[str, Callable[[Asked, str], Found]] = {
    "persistency": _persistency,
    "referrals": _listed(asked.referrals, lists.referrals),
    "add_on": _listed(asked.add_ons, lists.add_ons),
    "coverage": _coverage,
    "complaints": _complaints,
}
"""By factor."""


def _sent(listed: Listing[Any], of: Asked) -> Response:
    return listing.sent(listed, what="assessment", **figures.asked_for(of.part))


def _seen(client_nos: Iterable[str], of: Asked) -> None:
    deeds.seen(client_nos, "figures", what="assessment", **figures.asked_for(of.part))
