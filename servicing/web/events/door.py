"""At the door of a client event: who has come is ticked, on a phone; and the list on paper."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for

from servicing.core import errors
from servicing.events import moves, queries
from servicing.events import parties as stepping
from servicing.events.moves import PartyState
from servicing.web import deeds, paging, refusal
from servicing.web.access import allow
from servicing.web.current import today
from servicing.web.events import asked, lists
from servicing.web.events.pages import blueprint, heads, order_of, say, take
from servicing.web.figures import one_reading
from servicing.web.rendering import word

LINES = 100
"""Guests of a page."""

EXPECTED: tuple[PartyState, ...] = moves.WITH_PLACES + ("no_show",)
"""Whoever was ticked by mistake is expected still."""

ON_PAPER = 500
"""Of a page to be printed."""


@blueprint.get("/<int:event_id>/door")
@allow(*asked.INVITING)
@one_reading
def door(event_id: int) -> Any:
    """Who is expected, a large button a guest; a search for whoever comes without a place."""
    of = asked.event(event_id)
    text = request.args.get("q", "").strip()
    found = asked.found(event_id, text) if text else []
    expected = asked.parties(event_id, EXPECTED)
    page = paging.page(
        lambda most, skipped: [] if text else queries.parties(expected, most, skipped), LINES
    )
    shown = [each.client_no or "" for each in page.lines]
    deeds.seen([*shown, *(each.client_no for each, _ in found)], "events", event=event_id)
    return render_template(
        "event_door.html",
        event=of,
        lists=lists,
        has_door=asked.has_door(of),
        found=found,
        text=text,
        page=page,
        most=stepping.MOST_PERSONS,
        on=today(),
    )


@blueprint.post("/<int:event_id>/door")
@allow(*asked.INVITING)
def tick(event_id: int) -> Any:
    """Tick a client who has come, take a tick back, or count a guest who is no client."""
    asked.event(event_id)
    match request.form.get("do", ""):
        case "attend":
            take(event_id, lambda order: stepping.attend(order, heads()))
        case "absent":
            take(event_id, stepping.miss)
        case "guest":
            try:
                made = stepping.walk_in(order_of(event_id, ""), heads() or 1)
                say(made, word("events", "nobody"))
            except errors.EventRefused as error:
                flash(refusal.sentence(error), "danger")
        case _:
            abort(400)
    return redirect(url_for("events.door", event_id=event_id), 303)


@blueprint.get("/<int:event_id>/paper")
@allow(*asked.READERS)
@one_reading
def paper(event_id: int) -> Any:
    """Who is expected, as a list to be signed at the door: it prints on A4."""
    of = asked.event(event_id)
    expected = asked.parties(event_id, EXPECTED)
    page = paging.page(lambda most, skipped: queries.parties(expected, most, skipped), ON_PAPER)
    deeds.seen((each.client_no or "" for each in page.lines), "events", event=event_id)
    return render_template(
        "event_paper.html", event=of, lists=lists, page=page, first=(page.number - 1) * ON_PAPER
    )
