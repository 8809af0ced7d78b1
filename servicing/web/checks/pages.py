"""Spot checks: who was drawn, one check with its questions, and what was found.

The quality desk sees all and records; administrators see all, managers what was found of their unit's
service. A result is recorded by the same function as `servicing checks result`.
"""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from policies import database
from policies.notices import notice
from policies.question_set import ANSWERS
from servicing.checks import checking, choosing, queries, result_form
from servicing.checks.checking import Check
from servicing.checks.queries import CheckLine, Wanted
from servicing.core import errors, visibility
from servicing.core.output import percent
from servicing.web import deeds, listing, manners, paging, refusal
from servicing.web.access import allow, allow_desk
from servicing.web.cases import names
from servicing.web.current import me, now, today, workspace
from servicing.web.listing import Column, Listing
from servicing.web.rendering import in_all_languages, noticed, word

blueprint = Blueprint("checks", __name__, url_prefix="/checks")

VIEWS = ("open", "done", "red")
LONGEST_NOTE = 2_000
MOST_DRAWS = 24
"""The last ones, to choose from."""


def is_of_the_desk() -> bool:
    """Whether the reader records results."""
    return "quality" in current_user.desks


@blueprint.get("")
@allow("manager", "administrator")
@allow_desk("quality")
def drawn() -> Any:
    """The clients who were drawn: those still to be checked, what was found, or failed red lines."""
    view = request.args.get("view", VIEWS[0])
    if view not in VIEWS:
        abort(400)
    wanted = choosing.known(_wanted(view))
    with database.snapshot():
        if paging.file_asked_for():
            return listing.sent(_listing(view, queries.checks(wanted)))
        page = paging.page(lambda most, skipped: queries.checks(wanted, most, skipped))
        draws = queries.last_draws(MOST_DRAWS)
    deeds.seen((each.client_no for each in page.lines), "checks", lines=len(page.lines))
    return render_template(
        "checks.html",
        view=view,
        views=VIEWS,
        page=page,
        listing=_listing(view, page.lines),
        draws=draws,
        chosen=wanted,
        taken_along=_taken_along(),
    )


KEPT = ("agent", "from", "to", "draw")
"""What an address asks for beside the view, in whatever view."""


def _taken_along() -> dict[str, str]:
    """What was asked for, as another view or draw takes it along."""
    return {each: request.args[each] for each in KEPT if request.args.get(each)}


def _wanted(view: str) -> Wanted:
    """What the address asks for, of the reader's part."""
    return Wanted(
        draw_id=request.args.get("draw", type=int) or None,
        first=paging.day_or_none(request.args.get("from")),
        last=paging.day_or_none(request.args.get("to")),
        agent_no=request.args.get("agent") or None,
        is_open=view == "open",
        is_red=view == "red",
        is_done=view == "done",
        agents=_agents(),
        but_of=me().agent_id,
    )


def _agents() -> frozenset[int] | None:
    """Of whose service the reader may see checks; None: of everybody's."""
    return None if is_of_the_desk() else visibility.agent_ids(me())


def _listing(view: str, lines: Iterable[CheckLine]) -> Listing[CheckLine]:
    columns = [
        Column[CheckLine](
            word("heading", "client_name"),
            lambda line: line.client_name,
            to=lambda line: url_for("checks.check", check_id=line.check),
        ),
        Column(word("heading", "client_no"), lambda line: line.client_no),
        Column(word("heading", "policy_no"), lambda line: line.policy_no),
        Column(word("heading", "agent_name"), lambda line: line.agent_name or line.agent_no),
        Column(word("check_page", "stratum"), lambda line: line.stratum),
        Column(word("heading", "drawn_on"), lambda line: line.drawn_on, "day"),
    ]
    if view != "open":
        columns += [
            Column(
                word("heading", "result"),
                lambda line: line.ratio,
                "percent",
                tone=lambda line: "bad" if line.red_lines else "",
            ),
            Column(word("heading", "red_lines"), lambda line: line.red_lines, "number"),
            Column(word("heading", "checked"), lambda line: line.checked_on, "day"),
            Column(word("heading", "by"), lambda line: line.checker),
        ]
    return Listing("checks", columns, lines)


# --------------------------------------------------------------------------------------- one check


@blueprint.get("/<int:check_id>")
@allow("manager", "administrator")
@allow_desk("quality")
def check(check_id: int) -> Any:
    """A check: whom to ask, what, and what was found."""
    return _page(_known(check_id))


def _known(check_id: int) -> Check:
    """The check of that number; one of the reader's own service, or of another unit, is not there."""
    found, theirs = checking.check(check_id), _agents()
    is_theirs = theirs is None or found.check.agent_id in theirs
    if not is_theirs or found.check.agent_id == me().agent_id:
        abort(404)
    return found


def _page(found: Check, problem: str = "") -> str:
    of, client = found.check, found.check.client
    deeds.seen([client.client_no], "checks")
    may_record = is_of_the_desk() and found.result is None
    return render_template(
        "check.html",
        check=of,
        client=client,
        is_known=bool(visibility.known(me(), [client.client_no], today())),
        items=found.items,
        texts={each.id: in_all_languages(each.ask) for each in found.items},
        answers=found.answers,
        choices=ANSWERS,
        result=found.result,
        checker=names.people([found.result.checker])[found.result.checker] if found.result else "",
        may_record=may_record and not _has_served(of.id),
        has_served=may_record and _has_served(of.id),
        typed=request.form,
        problem=problem,
    )


def _has_served(check_id: int) -> bool:
    """Whether the reader has served the client: whoever has does not check."""
    return me().login.casefold() in {each.casefold() for each in queries.doers(check_id)}


@blueprint.post("/<int:check_id>/result")
@allow("administrator")
@allow_desk("quality")
def record(check_id: int) -> Any:
    """Record what was found: once, and by somebody of the desk who has not served the client."""
    found = _known(check_id)
    note = request.form.get("note", "")[:LONGEST_NOTE]
    if not is_of_the_desk():
        return _page(found, word("check_page", "not_of_the_desk")), 400
    said = {each.id: request.form.get(f"item:{each.id}", "") for each in found.items}
    try:
        result = result_form.read(found.items, said, note)
        house = checking.House(workspace().ground, workspace().locale)
        judged, problem = checking.record(house, found, result, me().login, today(), now())
    except errors.ServicingError as error:
        return _page(checking.check(check_id), refusal.sentence(error)), refusal.status(error)
    ratio = None if judged.ratio is None else float(judged.ratio)
    facts = {"check": check_id, "earned": judged.earned, "possible": judged.possible}
    flash(word("checks", "recorded", **facts, ratio=percent(ratio)), "success")
    if judged.red_lines:
        told = {"check": check_id, "items": list(judged.red_lines), "case": problem}
        flash(noticed(notice("red_line_failed", **told)), "danger")
    manners.warn_of_words(result.note)
    return redirect(url_for("checks.check", check_id=check_id), 303)
