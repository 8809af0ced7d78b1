"""The stages of clients as a funnel, with the clients behind each number; a tier is granted (§18)."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from servicing.core import errors, visibility
from servicing.tiers import granting, stages
from servicing.tiers.granting import Grant
from servicing.tiers.stages import Funnel, StagedClient
from servicing.web import counted, deeds, figures, listing, nearness, paging, refusal
from servicing.web.access import allow
from servicing.web.current import me, now, today, workspace
from servicing.web.figures import ManagedPart
from servicing.web.listing import Column, Listing
from servicing.web.rendering import word

blueprint = Blueprint("tiers", __name__)

CLIENTS_A_PAGE = 50
MOST_CLIENTS = 3_000
"""Clients that a list behind a number has; of a larger unit one chooses a smaller one first."""


@blueprint.get("/stages")
@allow("agent", "manager", "administrator")
@figures.one_reading
def funnel() -> Any:
    """How many clients of each unit of the reader's part are in each stage."""
    part, space, on = figures.part(), workspace(), today()
    ids = frozenset(each.id for each in part.agents)
    whose = None if me().role == "administrator" and not part.place else ids
    key = ("stages", part.by, whose, on, str(space.stages))
    found = counted.kept(
        key, lambda: stages.count(space.stages, whose, lambda it: part.force[it].key(part.by), on)
    )
    rows = [*found.rows, found.total] if len(found.rows) != 1 else [found.total]
    listed = _funnels(rows, part)
    if paging.file_asked_for():
        return listing.sent(listed, **figures.asked_for(part))
    return render_template("stages.html", listing=listed, part=part, total=found.total)


def _funnels(rows: list[Funnel], part: ManagedPart) -> Listing[Funnel]:
    def name(of: Funnel) -> str:
        return part.name_of(of.key) if of.key else word("stages", "total")

    def address(of: Funnel, endpoint: str, **more: Any) -> str:
        place: dict[str, Any] = {**part.place, **(part.place_of(of.key) if of.key else {})}
        return url_for(endpoint, **place, **more)

    def down(of: Funnel) -> str:
        is_unit = bool(of.key) and part.by != "agent"
        return address(of, "tiers.funnel") if is_unit else ""

    def column(stage: str, title: str) -> Column[Funnel]:
        def behind(of: Funnel) -> str:
            return address(of, "tiers.behind", stage=stage) if of.at[stage] else ""

        return Column(title, lambda of: of.at[stage], "number", to=behind)

    columns = [
        Column[Funnel](word("stages", "unit"), name, to=down),
        Column(word("stages", "clients"), lambda of: of.clients, "number"),
        *(column(*each) for each in nearness.stage_titles().items()),
    ]
    return Listing("stages", columns, rows)


@blueprint.get("/stages/<stage>")
@allow("agent", "manager", "administrator")
@figures.one_reading
def behind(stage: str) -> Any:
    """The clients of a unit who are in a stage. Raises `BadChoice` for one that there is not."""
    part, space = figures.part(), workspace()
    titles = nearness.stage_titles()
    if stage not in titles:
        raise figures.BadChoice("stage")
    ids = [each.id for each in part.agents]
    found = stages.clients(space.stages, stage, ids, today(), MOST_CLIENTS + 1)
    lines = found[:MOST_CLIENTS]
    if paging.file_asked_for():
        return listing.sent(_clients(lines, titles[stage]), stage=stage, **figures.asked_for(part))
    page = paging.page_of(lines, CLIENTS_A_PAGE)
    deeds.seen((each.client_no for each in page.lines), "figures")
    return render_template(
        "stage_clients.html",
        listing=_clients(list(page.lines), titles[stage]),
        page=page,
        title=titles[stage],
        part=part,
        is_cut=len(found) > MOST_CLIENTS,
    )


def _clients(lines: list[StagedClient], title: str) -> Listing[StagedClient]:
    def card(line: StagedClient) -> str:
        return url_for("cards.card", client_no=line.client_no)

    columns = [
        Column[StagedClient](word("stages", "name"), lambda it: it.name or it.client_no, to=card),
        Column(word("stages", "client_no"), lambda it: it.client_no),
        Column(word("stages", "policies"), lambda it: it.policies, "number"),
    ]
    return Listing("stage", columns, lines, key=lambda it: it.client_no, about=title)


@blueprint.post("/clients/<client_no>/tier")
@allow("manager", "operations")
def grant(client_no: str) -> Any:
    """Grant a client of the reader's part a tier for a time, or take that back."""
    client, space = visibility.client(me(), client_no, today()), workspace()
    try:
        if request.form.get("do") == "lift":
            granting.lift(client, me().login, space.tiering(), today(), now())
        else:
            granting.grant(client, _grant(), space.tiering(), today(), now())
        flash(word("stages", "tier_written"), "success")
    except errors.BadArgument as error:
        flash(refusal.sentence(error), "danger")
    return redirect(url_for("cards.card", client_no=client_no), 303)


def _grant() -> Grant:
    """What the form says; without a day it ends today."""
    until = paging.day_or_none(request.form.get("until")) or today()
    reason = request.form.get("reason", "")[: granting.LONGEST_REASON + 1]
    return Grant(request.form.get("tier", ""), until, reason, me().login)
