"""Client events: the list, one of them with its guests, and the steps of both (domain.md §20).

Every step is the function of the command of the same name, with its rules and its refusals.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from servicing.core import errors, visibility
from servicing.core.event_models import EventParty
from servicing.events import figures, moves, planning, queries
from servicing.events import parties as stepping
from servicing.events.moves import PartyState
from servicing.events.parties import Order
from servicing.events.queries import EventLine, PartyLine, WantedEvents, WantedParties
from servicing.web import deeds, listing, manners, paging, refusal
from servicing.web.access import allow
from servicing.web.current import me, now, today, workspace
from servicing.web.events import asked, lists
from servicing.web.figures import one_reading
from servicing.web.rendering import word

blueprint = Blueprint("events", __name__, url_prefix="/events")

LINES = 60
"""Lines of a page."""

DAYS_BACK = 365
"""Events are listed for a year after their day."""

CHUNK = 1_000
"""Lines of a file that are read at once."""

VIEWS: Mapping[str, tuple[moves.EventState, ...]] = {
    "ahead": moves.AHEAD,
    "over": ("held", "cancelled"),
}

SHOWN: Mapping[str, tuple[PartyState, ...]] = {
    "all": (),
    "coming": moves.WITH_PLACES,
    "waitlisted": ("waitlisted",),
    "invited": ("invited",),
    "gone": ("declined", "cancelled", "no_show"),
}
"""By view the states of its parties; none: all."""


@blueprint.get("")
@allow(*asked.READERS)
@one_reading
def listed() -> Any:
    """The events of the reader's unit: to come, or over."""
    view = request.args.get("view", "")
    view = view if view in VIEWS else "ahead"
    since = today() - datetime.timedelta(days=DAYS_BACK)
    lines = queries.events(replace(asked.wanted(), first=since, states=VIEWS[view]))
    lines = lines if view == "ahead" else lines[::-1]
    if paging.file_asked_for():
        return listing.sent(lists.events(lines, lists.said(f"view_{view}")), what="events")
    page = paging.page_of(lines, LINES)
    return render_template(
        "events.html",
        view=view,
        views=tuple(VIEWS),
        page=page,
        listing=lists.events(page.lines, ""),
        on=today(),
    )


@blueprint.get("/<int:event_id>")
@allow(*asked.READERS)
@one_reading
def one(event_id: int) -> Any:
    """An event: its numbers, its guests as far as the reader may see them, and what can be done."""
    of = asked.event(event_id)
    view = request.args.get("view", "")
    view = view if view in SHOWN else "all"
    wanted = asked.parties(event_id, SHOWN[view])
    if paging.file_asked_for():
        return listing.sent(_listing(of, _every(wanted), view), what="events", event=event_id)
    text = request.args.get("q", "").strip()
    found = asked.found(event_id, text) if text and asked.may_invite(of) else []
    page = paging.page(lambda most, skipped: queries.parties(wanted, most, skipped), LINES)
    shown = [each.client_no or "" for each in page.lines]
    deeds.seen([*shown, *(each.client_no for each, _ in found)], "events", event=event_id)
    (counted,) = queries.counted(WantedEvents(event_id=event_id))
    return render_template(
        "event.html",
        event=of,
        more=planning.event(event_id),
        lists=lists,
        figures=figures.figures(counted),
        view=view,
        views=tuple(SHOWN),
        page=page,
        listing=_listing(of, page.lines, view),
        deeds=asked.event_deeds(of),
        may_invite=asked.may_invite(of),
        has_door=asked.has_door(of),
        deeds_of=asked.party_deeds,
        found=found,
        text=text,
        most=stepping.MOST_PERSONS,
        on=today(),
    )


def _listing(of: EventLine, lines: Any, view: str) -> listing.Listing[PartyLine]:
    about = " · ".join((of.title, str(of.held_on), lists.said(f"shown_{view}")))
    return lists.parties(lines, about, with_agents=me().role != "agent")


def _every(wanted: WantedParties) -> Iterator[PartyLine]:
    """All guests of a view, for a file."""
    skipped = 0
    while some := queries.parties(wanted, CHUNK, skipped):
        yield from some
        skipped += len(some)


# --------------------------------------------------------------------------------- what is done


@blueprint.post("/<int:event_id>")
@allow(*asked.DECIDING)
def step(event_id: int) -> Any:
    """Approve, open, hold or call off an event."""
    asked.event(event_id)
    do, why = request.form.get("do", ""), request.form.get("why", "").strip()
    try:
        match do:
            case "approve":
                planning.approve(event_id, me().login, today(), now())
            case "open":
                planning.open_to_clients(event_id, now())
            case "hold":
                planning.hold(event_id, today(), now())
            case "cancel" if why:
                planning.cancel(event_id, why, today(), now())
                manners.warn_of_words(why)
            case "cancel":
                flash(lists.said("why_is_missing"), "danger")
                return back(event_id)
            case _:
                abort(400)
        flash(lists.said(f"done_{do}"), "success")
    except errors.EventRefused as error:
        flash(refusal.sentence(error), "danger")
    return back(event_id)


@blueprint.post("/<int:event_id>/parties")
@allow(*asked.INVITING)
def party(event_id: int) -> Any:
    """Invite a client, give them places, confirm, decline or take them off the list."""
    asked.event(event_id)
    deed = PARTY_DEEDS.get(request.form.get("do", "")) or abort(400)
    take(event_id, deed)
    return back(event_id)


def take(event_id: int, deed: Callable[[Order], EventParty]) -> None:
    """Do it for the client of the form, who is the reader's, and say where they stand."""
    client = visibility.client(me(), request.form.get("client_no", ""), today())
    order = order_of(event_id, client.client_no)
    try:
        say(deed(order), client.name or client.client_no)
    except errors.EventRefused as error:
        flash(refusal.sentence(error), "danger")


def say(moved: EventParty, name: str) -> None:
    """Where a party stands after what was done."""
    key = "walk_in" if moved.walk_in else f"party_{moved.state}"
    facts = {"who": name, "persons": moved.persons, "count": moved.persons}
    flash(word("events", "stands", state=word("events", key), **facts), "success")


def order_of(event_id: int, client_no: str) -> Order:
    """By the reader, now."""
    return Order(event_id, client_no, me().login, today(), now())


def heads() -> int | None:
    """With how many, as the form says it; None: it says nothing, or no number."""
    return request.form.get("persons", type=int)


PARTY_DEEDS: Mapping[str, Callable[[Order], EventParty]] = {
    "invite": lambda order: stepping.invite(workspace().ground, order),
    "register": lambda order: stepping.register(order, heads() or 1),
    "confirm": stepping.confirm,
    "decline": stepping.decline,
    "withdraw": stepping.withdraw,
}
"""By what a form says."""


def back(event_id: int) -> Any:
    """To the page of the event."""
    return redirect(url_for("events.one", event_id=event_id), 303)
