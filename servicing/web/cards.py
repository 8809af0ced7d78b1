"""Clients and their 360° cards: looked up, looked at, and written on (domain.md §7.1)."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from policies import database, dates, occasions
from servicing.callbacks import owed
from servicing.card import card as cards
from servicing.card import household, notes, premium_calendar, summary, wording
from servicing.card.card import TrailLine
from servicing.card.notes import Relative
from servicing.core import accounts, card_views, errors, visibility
from servicing.core.accounts import Role
from servicing.desk import saved_filters
from servicing.desk.client_book import MARKS, SORTED_BY
from servicing.explain import why as whys
from servicing.explain.chain import Link
from servicing.explain.sequel import OF_DESK, OF_ITS_TASK, RECORDED
from servicing.explain.why import Why
from servicing.messages import allowing
from servicing.schedule import deaths
from servicing.schedule.deaths import Report
from servicing.tiers import granting
from servicing.web import (
    card_trail,
    client_book,
    evidenced,
    figures,
    lifeline,
    manners,
    nearness,
    paging,
    refusal,
)
from servicing.web.access import allow
from servicing.web.cases import places
from servicing.web.current import me, now, today, workspace
from servicing.web.rendering import locale, say, word

blueprint = Blueprint("cards", __name__, url_prefix="/clients")

LONGEST_TEXT = 4_000
MAY_SAY_OF_A_DEATH: tuple[Role, ...] = ("agent", "manager", "operations")
"""Who writes on a card."""


@blueprint.get("")
@allow(*accounts.ROLES)
@figures.one_reading
def clients() -> Any:
    """The client book of the reader's part, or those of it whom somebody looks for."""
    found = client_book.shown()
    if isinstance(found, Response):
        return found
    return render_template(
        "clients.html",
        book=found,
        marks=MARKS,
        sorts=SORTED_BY,
        statuses=client_book.STATUSES,
        tiers=nearness.tiers(),
        stages=nearness.stage_titles(),
        chosen=client_book.chosen(),
        saved=list(client_book.saved()),
        with_other=client_book.with_other,
        kept=client_book.CHOICES,
    )


@blueprint.post("/filters")
@allow(*accounts.ROLES)
def keep_filter() -> Any:
    """Save the filters of the client book under a name, or forget a saved one."""
    if number := request.form.get("remove", type=int):
        saved_filters.remove(me(), number)
        flash(word("card", "filter_removed"), "success")
        return redirect(url_for("cards.clients"), 303)
    query = client_book.of_ours(request.form.get("query", ""))
    is_saved = saved_filters.save(me(), request.form.get("name", ""), query, now())
    if is_saved:
        flash(word("card", "filter_saved"), "success")
    else:
        flash(word("card", "filter_not_saved"), "danger")
    return redirect(f"{url_for('cards.clients')}?{query}", 303)


@blueprint.get("/<client_no>")
@allow(*accounts.ROLES)
def card(client_no: str) -> Any:
    """The card of a client; that it was looked at is noted."""
    client, space, on = visibility.client(me(), client_no, today()), workspace(), today()
    grace = space.composer.grace
    with database.snapshot():
        reads, zone = _reads_for(), space.zone
        cases = places.of_card(client)
        found = cards.card_of(
            space.plan,
            space.calendar,
            client,
            on,
            grace,
            agent_id=reads,
            zone=zone,
            kept=cases.kept,
            rules=space.clocks,
            staged=space.stages,
        )
        known = household.related(found, me(), on, _reads_for())
    card_views.looked_at(me(), client.id, now(), today())
    asked, is_whole = request.args.get("show", ""), "all" in request.args
    return render_template(
        "card.html",
        card=found,
        on=on,
        summary=summary.of(found, on, grace),
        months=premium_calendar.of(found, on),
        fates=premium_calendar.FATES,
        home=household.of(found, on, known),
        lives={each.policy_no: lifeline.of(each, on) for each in found.policies},
        complaints=[each for each in reversed(found.trail) if _is_complaint(each)],
        cases=cases,
        near=nearness.of_card(found),
        tiers=nearness.tiers() if me().role in ("manager", "operations") else {},
        tier_until=dates.months_after(on, granting.LONGEST_MONTHS),
        open_cases=[each for each in cases.seen if each.is_open][: places.MOST],
        callbacks=owed.of_policies(cases.unseen) if me().role == "agent" else {},
        trail=list(card_trail.shown(found, asked, is_whole, known)),
        shown=asked,
        is_whole=is_whole,
        filters=card_trail.FILTERS,
        known=known,
        kin=notes.KIN,
        evidence=allowing.EVIDENCE,
        may_say=me().role in MAY_SAY_OF_A_DEATH,
        haste=client_book.HASTE,
        source_name=lambda source: wording.source_name(source, locale()),
    )


@blueprint.get("/<client_no>/why")
@allow(*accounts.ROLES)
def why(client_no: str) -> Any:
    """Why something was done or not, or will be; that the client was looked at is noted."""
    policy_no, key = request.args.get("policy", ""), request.args.get("touchpoint", "")
    client = visibility.client_with(me(), client_no, policy_no, today(), _reads_for())
    on = paging.day(request.args["on"]) if request.args.get("on") else None
    space = workspace()
    with database.snapshot():
        found = whys.why(space.walker(), policy_no, key, on, today())
    found = _without_desks(found)
    told = _of_hers(found)
    card_views.looked_at(me(), client.id, now(), today())
    chain = [(each.holds, each.in_zone(space.zone).sentence(locale())) for each in told]
    answer = whys.answer(replace(found, chain=told), locale(), space.zone)
    return render_template("why.html", client=client, found=found, chain=chain, answer=answer)


def _without_desks(found: Why) -> Why:
    """The chain as an agent may see it, who is told nothing of what a desk has to do for a client.

    Raises `PolicyNotFound` for what is nothing else.
    """
    if me().role != "agent" or not any(each.code == OF_DESK for each in found.chain):
        return found
    if not found.message:
        raise errors.PolicyNotFound(found.policy_no)
    chain = [each for each in found.chain if each.code not in OF_ITS_TASK]
    return replace(found, task="", task_reason="", chain=chain)


def _is_complaint(line: TrailLine) -> bool:
    """One of which the words are kept."""
    return line.kind == "complaint.written" and bool(line.facts.get("text"))


def _reads_for() -> int | None:
    """The agent whose share of a client is shown; None: all of it is."""
    return visibility.reads_for(me(), workspace().settings.web.shared_clients)


def _of_hers(found: Why) -> list[Link]:
    """The chain as its reader may see it: to an agent, the policy of another agent has no number.

    Raises `PolicyNotFound` for what was done for one.
    """
    agent_id = _reads_for()
    others = {each.facts["policy_no"] for each in found.chain if "policy_no" in each.facts}
    others.discard(found.policy_no)
    if agent_id is None or not others:
        return found.chain
    others -= visibility.served_by(agent_id, others)
    if any(each.code in RECORDED and each.facts["policy_no"] in others for each in found.chain):
        raise errors.PolicyNotFound(found.policy_no)
    unnumbered = {"policy_no": say("of_another_agent")}
    return [
        replace(each, facts={**each.facts, **unnumbered})
        if each.facts.get("policy_no") in others
        else each
        for each in found.chain
    ]


@blueprint.post("/<client_no>/remarks")
@allow("agent", "manager", "operations")
def remark(client_no: str) -> Any:
    """Write a note or a complaint on the card."""
    client = visibility.client(me(), client_no, today())
    kind, text = request.form.get("kind", ""), request.form.get("text", "").strip()
    if kind in notes.REMARKS and text:
        is_new = notes.remark(client, kind, text[:LONGEST_TEXT], me().login, now())
        flash(say("written") if is_new else word("card", "written_already"), "success")
        manners.warn_of_words(text)
    else:
        flash(say("nothing_written"), "danger")
    return _back(client_no)


@blueprint.post("/<client_no>/consent")
@allow("agent", "manager", "operations")
def consent(client_no: str) -> Any:
    """The client allows marketing, or allows it no more; after a refusal it needs evidence."""
    client = visibility.client(me(), client_no, today())
    is_given, said = request.form.get("consent") == "given", evidenced.word()
    try:
        notes.consent(client, is_given, said.by, said.now, said.evidence)
        flash(say("written"), "success")
    except errors.Unproven as error:
        flash(refusal.sentence(error), "danger")
    return _back(client_no)


@blueprint.post("/<client_no>/family")
@allow("agent", "manager")
def family(client_no: str) -> Any:
    """Somebody who belongs to the client."""
    client = visibility.client(me(), client_no, today())
    given, name = request.form.get("kin", ""), request.form.get("name", "").strip()
    kin = next((each for each in notes.KIN if each == given), None)
    if kin and name:
        note = request.form.get("note", "").strip()[:LONGEST_TEXT]
        number = request.form.get("kin_client_no", "").strip()
        if number:
            visibility.client(
                me(), number, today()
            )  # a number that is nobody's, or not the reader's to see
        birthday = paging.day_or_none(request.form.get("birthday"))
        died = paging.day_or_none(request.form.get("died"))
        is_lunar = request.form.get("calendar") == occasions.LUNAR
        relative = Relative(kin, name[:200], birthday, note, number, is_lunar, died)
        try:
            kept = notes.add_relative(client, relative, me().login, now(), today())
            deaths.joined(workspace().walker(), client, _report())
            flash(word("card", f"relative_{kept}", name=relative.name), "success")
        except errors.BadArgument as error:
            flash(refusal.sentence(error), "danger")
    else:
        flash(say("nothing_written"), "danger")
    return _back(client_no)


@blueprint.post("/<client_no>/death")
@allow(*MAY_SAY_OF_A_DEATH)
def death(client_no: str) -> Any:
    """The client has died, or is alive."""
    client, walker = visibility.client(me(), client_no, today()), workspace().walker()
    on = paging.day_or_none(request.form.get("on"))
    if request.form.get("do") == "alive":
        is_news = deaths.alive(walker, client, _report())
        flash(say("written" if is_news else "nobody_said_so"), "success" if is_news else "warning")
    elif on is None:
        flash(say("no_day_of_death"), "danger")
    else:
        deaths.deceased(walker, client, on, _report())
        flash(say("written"), "success")
    return _back(client_no)


def _report() -> Report:
    return Report(me().login, today(), now())


def _back(client_no: str) -> Any:
    return redirect(url_for("cards.card", client_no=client_no), 303)
