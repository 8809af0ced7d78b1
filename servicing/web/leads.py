"""Referrals: whom to ask, the friends who were named, and what came of it (domain.md §19).

An agent sees those of clients whom they serve, a manager those of the unit; nobody else sees a friend.
"""

import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from policies import database, lead
from policies.lead import ANSWERS, CONSENTS, LOSSES
from servicing.core import errors, visibility
from servicing.core.accounts import Role
from servicing.leads import asking, figures, giving, queries, showing, stepping
from servicing.leads.asking import Asked
from servicing.leads.giving import Named
from servicing.leads.stepping import Order
from servicing.web import deeds, paging, refusal
from servicing.web.access import allow
from servicing.web.current import me, now, today, workspace
from servicing.web.rendering import word

blueprint = Blueprint("leads", __name__, url_prefix="/leads")

WHO: tuple[Role, ...] = ("agent", "manager")
MOST_LINES = 100


@blueprint.get("")
@allow(*WHO)
def listed() -> Any:
    """Whom to ask today, the open leads, and the funnel of a year until today."""
    space, on = workspace(), today()
    first = paging.day_or_none(request.args.get("from")) or on.replace(month=1, day=1)
    last = paging.day_or_none(request.args.get("to")) or on
    part = visibility.agent_ids(me())
    try:
        with database.snapshot():
            funnels = figures.funnels(first, last, part)
            open_ones = showing.open_ones(part, on, MOST_LINES)
            agent_id = me().agent_id
            to_ask = showing.to_ask(agent_id, space.asking, on, now()) if agent_id else []
    except errors.BadArgument as error:
        flash(refusal.sentence(error), "danger")
        return redirect(url_for("leads.listed"), 303)
    seen = [each.line.client_no for each in open_ones] + [each.client_no for each in to_ask]
    deeds.seen(seen, "leads", lines=len(open_ones))
    return render_template(
        "leads.html",
        funnels=funnels,
        leads=open_ones,
        to_ask=to_ask,
        first=first,
        last=last,
        on=on,
        asks=me().role == "agent",
    )


@blueprint.get("/<int:lead_id>")
@allow(*WHO)
def one(lead_id: int) -> Any:
    """A lead, and the steps that may be taken now."""
    return _page(lead_id)


def _page(lead_id: int, problem: str = "", status: int = 200) -> Any:
    stepping.of_number(lead_id, me().login, today())
    line = queries.line_of(lead_id) or abort(404)
    deeds.seen([line.client_no], "leads", lines=1)
    (shown,) = showing.shown([line], today())
    page = render_template(
        "lead.html",
        lead=shown,
        steps=[each.id for each in lead.steps_from(line.state)],
        hows=CONSENTS,
        losses=LOSSES,
        problem=problem,
        on=today(),
    )
    return page, status


@blueprint.post("/<int:lead_id>")
@allow(*WHO)
def step(lead_id: int) -> Any:
    """Take a step of a lead."""
    order = Order(
        lead_id,
        request.form.get("do", ""),
        _day("on"),
        me().login,
        request.form.get("how", ""),
        request.form.get("reason", ""),
        request.form.get("client", "").strip(),
        paging.day_or_none(request.form.get("birthday")),
    )
    spans = giving.spans(workspace().settings.leads)
    try:
        if order.friend_no:  # one that is not the reader's to see is nobody's number
            visibility.client(me(), order.friend_no, today())
        moved = stepping.step(order, spans, today(), now())
    except (errors.LeadRefused, errors.ClientNotFound) as error:
        return _page(lead_id, refusal.sentence(error), refusal.status(error))
    facts = {"lead": moved.id, "until": moved.until}
    flash(word("lead", f"is_{moved.state}", **facts), "success")
    if moved.is_open:
        return redirect(url_for("leads.one", lead_id=lead_id), 303)
    return redirect(url_for("leads.listed"), 303)


def _day(name: str) -> datetime.date:
    return paging.day_or_none(request.form.get(name)) or today()


@blueprint.get("/of/<client_no>")
@allow(*WHO)
def of_client(client_no: str) -> Any:
    """Whether a client may be asked today, what stands against it, and whom they have named."""
    client = visibility.client(me(), client_no, today())
    standing = showing.of_client(client, workspace().asking, today())
    deeds.seen([client_no], "leads", lines=len(standing.leads))
    return render_template("lead_client.html", client=client, standing=standing, on=today())


@blueprint.post("/of/<client_no>/ask")
@allow(*WHO)
def ask(client_no: str) -> Any:
    """Record that a client was asked, and the answer."""
    visibility.client(me(), client_no, today())
    answer = request.form.get("answer", "")
    if answer not in ANSWERS:
        abort(400)
    try:
        asked = Asked(client_no, answer, _day("on"), me().login)
        asking.record(asked, workspace().asking, today(), now())
        flash(word("lead_page", f"was_asked_{answer}"), "success")
    except errors.LeadRefused as error:
        flash(refusal.sentence(error), "danger")
    return _back(client_no)


@blueprint.post("/of/<client_no>/names")
@allow(*WHO)
def give(client_no: str) -> Any:
    """Keep a friend whom a client has named."""
    visibility.client(me(), client_no, today())
    given = {name: request.form.get(name, "") for name in ("name", "reach")}
    is_address = "@" in given["reach"]
    named = Named(
        client_no,
        given["name"],
        "" if is_address else given["reach"],
        given["reach"] if is_address else "",
        _day("on"),
        me().login,
    )
    space = workspace()
    try:
        made = giving.give(named, space.settings.leads, space.country, today(), now())
        flash(word("lead", "given", lead=made.id, until=made.until), "success")
    except errors.LeadRefused as error:
        flash(refusal.sentence(error), "danger")
    return _back(client_no)


def _back(client_no: str) -> Any:
    return redirect(url_for("leads.of_client", client_no=client_no), 303)
