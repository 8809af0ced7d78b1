"""Dispatch: the account of a day, what failed and is tried again, what a person settles, opt-outs."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from servicing.breaker import breaker
from servicing.channels import directory
from servicing.core import card_views, errors, states, visibility
from servicing.core.reasons import Reason
from servicing.messages import allowing, history, queries, suppressions, waiting
from servicing.messages.history import Account
from servicing.messages.suppressions import Kind
from servicing.operations import metrics
from servicing.operations import queries as operations_queries
from servicing.web import deeds, evidenced, paging, refusal
from servicing.web.access import allow
from servicing.web.current import hooks, me, now, today, workspace
from servicing.web.rendering import name_of, open_halts, word

blueprint = Blueprint("dispatch", __name__, url_prefix="/dispatch")

WIDTH = 1000
"""Of the bar, in its own units."""

LONGEST_NOTE = 500


@dataclass(frozen=True)
class Stretch:
    """One part of the account as a stretch of the bar."""

    part: str
    x: float
    width: float
    count: int


@blueprint.get("")
@allow("operations", "administrator")
def account() -> Any:
    """The account of a day's messages with the reasons, and the state of the providers."""
    on, moment = paging.day(request.args.get("on")), now()
    causes = history.causes(on, moment)
    found = history.added_up(on, causes)
    names = directory.routes_of(workspace().settings).names()
    health = metrics.providers(names, moment)
    return render_template(
        "dispatch.html",
        account=found,
        parts=history.PARTS,
        bar=_bar(found),
        failures=[each for each in causes if each.state in states.FAILED],
        others=[each for each in causes if each.state not in states.FAILED],
        health=health,
        hooks=hooks(),
        waiting=operations_queries.waiting(),
        ready=metrics.ready(moment),
        is_running=metrics.is_dispatching(health, moment),
        is_still="still" in request.args,
    )


def _bar(found: Account) -> list[Stretch]:
    """The parts that there are, side by side; together they are as long as what was due."""
    stretches, x = [], 0.0
    for part in history.PARTS:
        count = getattr(found, part)
        if count:
            width = WIDTH * count / found.due
            stretches.append(Stretch(part, round(x, 2), round(width, 2), count))
            x += width
    return stretches


@blueprint.get("/messages")
@allow("operations", "administrator")
def listing() -> Any:
    """The messages of a day; those that wait are found on every day where none is named."""
    state, reason = request.args.get("state", ""), request.args.get("reason", "")
    if state and state not in states.MOVES:
        abort(404)
    is_any_day = state in states.WAITING and not request.args.get("on")
    on = None if is_any_day else paging.day(request.args.get("on"))
    page = paging.page(
        lambda limit, offset: history.listed(on, state or None, None, reason or None, limit, offset)
    )
    asked: dict[str, Any] = {
        "on": on,
        "state": state,
        "reason": reason if reason in set(Reason) else "",
    }
    deeds.seen((each.client_no for each in page.lines), "dispatch", **asked)
    return render_template(
        "messages.html", page=page, on=on, state=state, reason=reason, states=states.MOVES
    )


@blueprint.get("/messages/<int:message_id>")
@allow("operations", "administrator")
def message(message_id: int) -> Any:
    """One message's life; it names a client and a phone number, so it counts as a look at the card."""
    life = history.life(message_id, workspace().writer)
    card_views.looked_at(me(), visibility.client(me(), life.client_no, today()).id, now(), today())
    is_in_time = life.send_until is not None and life.send_until > now()
    return render_template(
        "message.html",
        life=life,
        may_retry=life.state in states.FAILED and is_in_time,
        may_settle=life.state == "unknown",
    )


@blueprint.post("/messages/<int:message_id>/settle")
@allow("operations", "administrator")
def settle(message_id: int) -> Any:
    """A person knows whether it was sent; pressed twice, it is settled once."""
    decision = request.form.get("decision", "")
    if decision not in ("sent", "resend"):
        abort(400)
    note = request.form.get("note", "").strip()[:LONGEST_NOTE]
    told = f"{me().login}: {note}" if note else me().login
    try:
        history.settle(message_id, "sent" if decision == "sent" else "resend", now(), told)
        flash(word("operations", f"settled_{decision}"), "success")
    except errors.MessageNotUnknown:
        flash(word("operations", "settled_before"), "danger")
    return redirect(url_for("dispatch.message", message_id=message_id), 303)


@blueprint.post("/messages/<int:message_id>/retry")
@allow("operations", "administrator")
def retry(message_id: int) -> Any:
    """Try one failed message again; pressed twice, it is queued once."""
    _told(len(history.retry([message_id], now(), me().login)))
    return redirect(url_for("dispatch.message", message_id=message_id), 303)


@blueprint.post("/retry")
@allow("operations", "administrator")
def retry_all() -> Any:
    """Try all messages of a day again that failed for one reason."""
    on = paging.day(request.form.get("on"))
    state, reason = request.form.get("state", ""), request.form.get("reason", "")
    if state not in states.FAILED:
        abort(400)
    _told(len(history.retry(queries.failed(on, state, reason), now(), me().login)))
    return redirect(url_for("dispatch.account", on=on), 303)


def _told(count: int) -> None:
    if count:
        flash(word("operations", "retried", count=count), "success")
    else:
        flash(word("operations", "nothing_retried"), "danger")


@blueprint.post("/resume")
@allow("operations", "administrator")
def resume() -> Any:
    """Let go on what is halted, with a reason; pressed twice, it is resumed once."""
    name, why = request.form.get("name", ""), request.form.get("why", "").strip()[:LONGEST_NOTE]
    if not why:
        abort(400)
    drops = request.form.get("drop") == "yes"
    try:
        line = next((each for each in open_halts() if each.name == name), None)
        rules, by = workspace().settings.breaker, me().login
        would_say = partial(waiting.would_say, workspace().writer) if drops else None
        breaker.resume(name, why, by, now(), rules=rules, drops_repeated=would_say)
        flash(word("operations", "resumed", name=name_of(line) if line else name), "success")
    except errors.NotHalted:
        flash(word("operations", "resumed_before"), "danger")
    return redirect(url_for("dispatch.account"), 303)


@blueprint.get("/barred")
@allow("operations", "administrator")
def opted_out() -> Any:
    """The list of suppressions."""
    text = request.args.get("q", "").strip()[:200]
    subjects = suppressions.subjects(text, workspace().country) if text else None
    page = paging.page(lambda limit, offset: suppressions.listed(subjects, limit, offset))
    deeds.seen((), "dispatch", lines=len(page.lines))
    return render_template("suppressions.html", page=page, q=text, evidence=allowing.EVIDENCE)


@blueprint.post("/barred")
@allow("operations", "administrator")
def suppress() -> Any:
    """Stop writing to an address or client, or write again."""
    given, note = request.form.get("whom", "").strip(), request.form.get("note", "").strip()
    source = f"{me().login}: {note[:LONGEST_NOTE]}" if note else me().login
    try:
        kind, subject = suppressions.whom(given, workspace().country)
    except errors.ClientNotFound:
        flash(word("operations", "nobody_meant"), "danger")
        return redirect(url_for("dispatch.opted_out"), 303)
    if request.form.get("do") == "lift":
        _lift(kind, subject, source)
    else:
        is_new = suppressions.suppress(kind, subject, "opted_out", source, now())
        told = "suppressed" if suppressions.concerned(kind, subject) else "suppressed_nobody"
        flash(word("operations", told if is_new else "was_suppressed"), "success")
    return redirect(url_for("dispatch.opted_out"), 303)


def _lift(kind: Kind, subject: str, source: str) -> None:
    """Write again, if that is what the client wants."""
    try:
        is_new = allowing.allow(kind, subject, evidenced.word(source))
        flash(word("operations", "lifted" if is_new else "was_lifted"), "success")
    except errors.Unproven as error:
        flash(refusal.sentence(error), "danger")
