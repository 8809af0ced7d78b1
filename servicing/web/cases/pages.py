"""Cases as a list, and one of them with all that may be done with it."""

import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from policies.case_moves import Given
from servicing.cases import discretion, queries, shelf, stepping
from servicing.cases.shelf import Asked, View
from servicing.cases.stepping import Order
from servicing.core import accounts, errors
from servicing.core.case_models import Case
from servicing.web import deeds, figures, listing, manners, paging
from servicing.web.access import allow
from servicing.web.cases import lists, names, one, typed_values
from servicing.web.current import me, now, today, workspace
from servicing.web.rendering import word

blueprint = Blueprint("cases", __name__)

LINES = 30
"""Cases of a page of the list."""

REFUSED = (
    errors.CaseRefused,
    errors.CaseMovedMeanwhile,
    errors.CaseKindNotFound,
    errors.BadCaseKind,
    errors.UserNotFound,
)
"""Why a step is not done; the page says it, and what was typed stays."""

LONGEST_TEXT = 4_000
LONGEST_NAME = 200


blueprint.app_template_filter("digest_of")(discretion.digest)


@blueprint.app_context_processor
def _everywhere() -> dict[str, Any]:
    """A page of another kind shows a case in a line, too."""
    return {"case_told": lists.told, "case_name": lists.name}


@blueprint.get("/cases")
@allow(*accounts.ROLES)
@figures.one_reading
def shelved() -> Any:
    """The cases that the reader may see, by what is left of their clocks."""
    own = current_user.desks
    views = _views(own)
    asked = _asked(views)
    if paging.file_asked_for():
        every = shelf.lines(me(), own, asked, today())
        return listing.sent(lists.listing(every, about=_about(asked)), view=asked.view)
    page = paging.page(
        lambda limit, after: shelf.lines(me(), own, asked, today(), limit, after), LINES
    )
    deeds.seen((each.client_no or "" for each in page.lines), "cases", view=asked.view)
    return render_template(
        "cases.html",
        asked=asked,
        views=views,
        page=page,
        listing=lists.listing(page.lines, lists.known_clients(page.lines), _about(asked)),
        kinds=[(each.id, names.kind_title(each.id)) for each in names.kinds()],
        states=_states(asked.kind),
        with_other=_with_other,
    )


def _views(own: frozenset[str]) -> list[View]:
    """The views that can have something for the reader; the first is the one that opens."""
    is_of_desk, role = bool(own), me().role
    if is_of_desk:
        return ["desk", "mine", "overdue", "all"]
    return ["mine"] if role in ("agent", "operations") else ["all", "overdue", "mine"]


def _asked(views: list[View]) -> Asked:
    """What the address asks for. A state may be named with its kind, `problem:open`: then of that kind.

    A state of another kind than the chosen one counts for nothing.
    """
    view = next((each for each in views if each == request.args.get("view")), views[0])
    of_state, _, state = request.args.get("state", "").rpartition(":")
    wanted = request.args.get("kind", "") or of_state
    kind = next((each for each in names.kinds() if each.id == wanted), None)
    if kind and of_state not in ("", kind.id):
        state = ""
    known = {
        each.id: each.is_open for of in ([kind] if kind else names.kinds()) for each in of.state
    }
    state = state if state in known else ""
    is_ended = not known.get(state, True)
    return Asked(view, kind.id if kind else "", state, is_ended, _agents())


def _agents() -> list[int] | None:
    """The agents of the unit that the address names; None: it names none."""
    if me().role == "agent" or not any(request.args.get(each) for each in figures.PLACES):
        return None
    return [each.id for each in figures.part().agents]


class StatesOf(NamedTuple):
    """The states of a kind, to choose one from."""

    kind: str
    title: str
    states: Sequence[tuple[str, str]]
    """Id and title of each."""


def _states(kind: str) -> list[StatesOf]:
    """The states of a kind, or of all, kind by kind."""
    return [
        StatesOf(
            each.id,
            names.kind_title(each.id),
            [(state.id, names.state_title(each.id, state.id)) for state in each.state],
        )
        for each in names.kinds()
        if kind in ("", each.id)
    ]


def _state_title(asked: Asked) -> str:
    """The state that is asked for, in words: that of the first kind that has it."""
    found = (states for each in _states(asked.kind) for states in each.states)
    return next((title for state, title in found if state == asked.state), "")


def _about(asked: Asked) -> str:
    """The filter in words."""
    told = [
        word("case_view", asked.view),
        names.kind_title(asked.kind) if asked.kind else "",
        _state_title(asked),
        str(today()),
    ]
    return " · ".join(each for each in told if each)


def _with_other(**changed: str) -> str:
    """The address of this list with some arguments in place of others."""
    names_of = ["view", "kind", "state"] + list(figures.PLACES)
    asked: dict[str, Any] = {name: request.args.get(name, "") for name in names_of} | changed
    return url_for("cases.shelved", **{name: it[:100] for name, it in asked.items() if it})


# ------------------------------------------------------------------------------------- one of them


@blueprint.get("/cases/<int:case_id>")
@allow(*accounts.ROLES)
@figures.one_reading
def case(case_id: int) -> Any:
    """A case: where it stands, what may be done now, what is missing to close it."""
    return _page(shelf.of_number(me(), case_id))


def _page(found: Case, problem: str = "", typed: MultiDict[str, str] | None = None) -> Any:
    is_restricted = "restricted" in request.args
    told = one.told(found, is_restricted=is_restricted, typed=typed or MultiDict())
    whom = [found.client.client_no] if found.client else []
    deeds.seen(whom, "cases", case=found.id, restricted=bool(told.restricted))
    return render_template("case.html", told=told, problem=problem, on=today())


@blueprint.post("/cases/<int:case_id>/steps")
@allow(*accounts.ROLES)
def step(case_id: int) -> Any:
    """Do a step with a case, by the same rules as the command; what is refused stays as it was typed."""
    found = shelf.of_number(me(), case_id)
    kind = names.kind_of(found.kind)
    try:
        done = stepping.step(workspace().ground, _order(case_id), today(), now())
    except REFUSED as error:
        if isinstance(error, errors.CaseMovedMeanwhile) and _is_done_already(case_id):
            return redirect(_onward(found), 303)  # the button was pressed twice
        status = 409 if isinstance(error, errors.CaseMovedMeanwhile) else 400
        again = shelf.of_number(me(), case_id)
        return _page(again, names.sentence(error, kind), request.form), status
    state = names.state_title(done.kind, done.state)
    flash(names.said("step_done", case=done.id, state=state), "success")
    manners.warn_of_words(_order(case_id).given.text)
    if kind is not None and (made := stepping.opened_by_last(kind, done)):
        title = names.kind_title(made.kind)
        flash(names.said("step_opened", case=made.id, kind=title), "success")
    return redirect(_onward(done), 303)


def _is_done_already(case_id: int) -> bool:
    """Whether the last that was done with a case is what the form wants, by the same person."""
    asked, last = _order(case_id), queries.whole_entries(case_id)[-1]
    given = asked.given
    mine = (asked.step, asked.by, given.text, given.reason, given.date, given.person.casefold())
    was = (last.step, last.done_by, last.text, last.reason, last.set_on, last.person.casefold())
    return mine == was and given.categories == tuple(last.categories.split())


def _onward(done: Case) -> str:
    """The case, unless it is with somebody else now and the reader sees it no more."""
    try:
        shelf.of_number(me(), done.id)
    except errors.CaseNotFound:
        return url_for("cases.shelved")
    return url_for("cases.case", case_id=done.id)


def _order(case_id: int) -> Order:
    form = request.form
    given = Given(
        text=form.get("text", "").strip()[:LONGEST_TEXT],
        reason=form.get("reason", "")[:LONGEST_NAME],
        date=_day("date"),
        person=form.get("person", "").strip()[:LONGEST_NAME],
        categories=tuple(each[:LONGEST_NAME] for each in form.getlist("category") if each),
    )
    step_id = form.get("step", "")[:LONGEST_NAME]
    moves = form.get("moves", type=int)
    return Order(case_id, step_id, me().login, _day("on") or today(), given, moves)


def _day(name: str) -> datetime.date | None:
    """A day of the form, which may leave it empty; raises `CaseRefused` for what is none."""
    return typed_values.day(name) if request.form.get(name) else None
