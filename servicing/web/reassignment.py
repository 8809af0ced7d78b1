"""Clients who need another agent: orphans, and the reassignment of an agent's clients, shown before."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from servicing.core import errors
from servicing.reassignment import orphans, reassigning, succession
from servicing.reassignment.orphans import TELL_WITHIN_DAYS, OrphanLine, What
from servicing.reassignment.reassigning import Order
from servicing.reassignment.succession import Proposal, Request, Rule, Share
from servicing.web import deeds, listing, paging, refusal
from servicing.web.access import allow
from servicing.web.current import me, now, today, workspace
from servicing.web.listing import Column, Listing
from servicing.web.rendering import word

blueprint = Blueprint("reassignment", __name__)

WHAT: tuple[What, ...] = get_args(What)
RULES: tuple[Rule, ...] = get_args(Rule)

LONGEST_WHY = 500
LONGEST_NUMBER = 100
MOST_CLIENTS = 200
"""Named one by one; more of them are a matter for a file and the command."""

PATIENCE_SECONDS = 10.0
"""So long the page waits for what a provider is being handed in the old name."""


# ------------------------------------------------------------------------------------------ orphans


@blueprint.get("/orphans")
@allow("operations", "administrator")
def orphaned() -> Any:
    """Policies whose agent has left, or clients who do not know their new agent yet."""
    what = next((each for each in WHAT if each == request.args.get("what")), WHAT[0])
    found = orphans.report(workspace().plan, today())
    lines = [each for each in found if each.what == what]
    if paging.file_asked_for():
        return listing.sent(_listed(lines, what), what=what)
    page = paging.page_of(lines, paging.PAGE)
    deeds.seen((each.client_no for each in page.lines), "dispatch", what=what)
    return render_template(
        "orphans.html",
        what=what,
        counts={each: sum(line.what == each for line in found) for each in WHAT},
        overdue=sum(line.is_overdue for line in lines),
        page=page,
        listing=_listed(page.lines, what),
        days=TELL_WITHIN_DAYS,
    )


def _listed(lines: Iterable[OrphanLine], what: What) -> Listing[OrphanLine]:
    def heading(name: str) -> str:
        return word("heading", name)

    def agent(line: OrphanLine) -> str:
        return f"{line.agent_no} {line.agent_name}".strip()

    def propose(line: OrphanLine) -> str:
        asked: dict[str, Any] = {"from": line.agent_no}
        return url_for("reassignment.propose", **asked)

    def card(line: OrphanLine) -> str:
        return url_for("cards.card", client_no=line.client_no)

    def haste(line: OrphanLine) -> str:
        return "bad" if line.is_overdue else "wait"

    columns = [Column[OrphanLine](heading("agent_name"), agent)]
    if what == "no_agent":
        columns = [Column[OrphanLine](heading("agent_name"), agent, to=propose)]
    else:
        columns.insert(0, Column(heading("client_no"), lambda line: line.client_no, to=card))
    columns += [
        Column(heading("since"), lambda line: line.since, "day"),
        Column(heading("days"), lambda line: line.days, "number"),
        Column(
            word("cockpit", "law_days_left"),
            lambda line: TELL_WITHIN_DAYS - line.days,
            "number",
            tone=haste,
        ),
    ]
    if what == "no_agent":
        columns.append(Column(heading("clients"), lambda line: line.clients, "number"))
    columns += [
        Column(heading("policies"), lambda line: line.policies, "number"),
        Column(heading("annual_premium"), lambda line: line.by_currency, "money"),
    ]
    return Listing(f"orphans-{what}", columns, lines, about=f"{word('terminal', what)} {today()}")


# ------------------------------------------------------------------------------------- reassignment


@blueprint.get("/reassign")
@allow("operations", "administrator")
def propose() -> Any:
    """Whose clients go to whom: the form, and what it would do."""
    try:
        proposal = _proposed(request.args)
    except errors.ServicingError as error:
        return _page(request.args, problem=refusal.sentence(error)), refusal.status(error)
    if proposal and paging.file_asked_for():
        return listing.sent(_shares(proposal.shares))
    return _page(request.args, proposal)


def _proposed(given: Mapping[str, str]) -> Proposal | None:
    """The reassignment that is asked for, as the book stands; None: nothing is asked for yet."""
    asked = _asked(given)
    return succession.preview(asked, today()) if asked else None


def _asked(given: Mapping[str, str]) -> Request | None:
    giver, taker = (given.get(name, "").strip()[:LONGEST_NUMBER] for name in ("from", "to"))
    if not giver:
        return None
    client_nos = given.get("clients", "").replace(",", " ").replace("，", " ").split()
    rule = None if taker else RULES[0]
    if given.get("clients", "").strip() and not 0 < len(client_nos) <= MOST_CLIENTS:
        abort(400)  # a comma is not everybody, and nobody moves a part of what was named
    return Request(giver, tuple(client_nos), taker or None, rule, country=workspace().country)


def _page(given: Mapping[str, str], proposal: Proposal | None = None, problem: str = "") -> str:
    shares = proposal.shares if proposal else []
    return render_template(
        "reassign.html",
        given=given,
        proposal=proposal,
        listing=_shares(shares),
        policies=sum(each.policies for each in shares),
        clients=sum(each.clients for each in shares),
        problem=problem,
    )


def _shares(shares: Iterable[Share]) -> Listing[Share]:
    def heading(name: str) -> str:
        return word("heading", name)

    columns = [
        Column[Share](heading("agent_name"), lambda share: f"{share.agent_no} {share.agent_name}"),
        Column(heading("unit"), lambda share: share.team),
        Column(heading("clients"), lambda share: share.clients, "number"),
        Column(heading("policies"), lambda share: share.policies, "number"),
        Column(heading("annual_premium"), lambda share: share.by_currency, "money"),
        Column(heading("tasks"), lambda share: share.tasks, "number"),
        Column(heading("messages"), lambda share: share.messages, "number"),
    ]
    return Listing("reassign", columns, shares)


@blueprint.post("/reassign")
@allow("operations", "administrator")
def carry_out() -> Any:
    """Do what was shown, with a reason; where the book has changed meanwhile it is shown once more."""
    form, why = request.form, request.form.get("why", "").strip()[:LONGEST_WHY]
    try:
        proposal = _proposed(form)
        asked = _asked(form)
        if asked is None or proposal is None or not proposal.taken:
            return _page(form, proposal, word("cockpit", "nothing_to_reassign")), 409
        if not why:
            return _page(form, proposal, word("cockpit", "reason_missing")), 400
        if form.get("shown", "") != proposal.mark:
            return _page(form, proposal, word("cockpit", "changed_meanwhile")), 409
        left_on = paging.day_or_none(form.get("left_on"))
        order = Order(asked, why, me().login, today(), now(), left_on)
        done = reassigning.reassign(order, patience=PATIENCE_SECONDS)
    except errors.ServicingError as error:
        return _page(form, problem=refusal.sentence(error)), refusal.status(error)
    count = len(done.proposal.taken)
    flash(word("cockpit", "reassigned", count=count), "success")
    if done.unanswered:
        flash(word("cockpit", "still_on_their_way", count=done.unanswered), "danger")
    return redirect(url_for("reassignment.orphaned"), 303)
