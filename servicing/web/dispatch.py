"""Dispatch: what is halted, the account of a day, what failed, what waits, and the life of a message."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for

from servicing.breaker import breaker
from servicing.channels import directory
from servicing.core import card_views, errors, states, visibility
from servicing.messages import history, queries, waiting
from servicing.messages.history import Account, Decision
from servicing.messages.queries import Cause, QueueLine
from servicing.operations import metrics
from servicing.operations import queries as operations_queries
from servicing.operations.metrics import ProviderHealth
from servicing.projections import preview
from servicing.web import deeds, fortnight, message_lists, paging, refusal
from servicing.web.access import allow
from servicing.web.current import hooks, me, now, today, workspace
from servicing.web.fortnight import Fortnight
from servicing.web.listing import Column, Listing, sent
from servicing.web.remembered import Remembered
from servicing.web.rendering import name_of, open_halts, title_of, word

blueprint = Blueprint("dispatch", __name__, url_prefix="/dispatch")

WIDTH = 1000
"""Of the bar, in its own units."""

LONGEST_NOTE = 500

LONGEST_QUEUE = 50_000
"""Waiting messages that are counted by touchpoint: more of them only take longer to look at."""

FORTNIGHT = "servicing fortnight"
"""The application keeps its `Fortnight` under this name."""

REMEMBERED = "servicing remembered"
"""The application keeps its `Remembered` under this name."""


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
    return _account()


def _account(problem: str = "", given: Mapping[str, str] | None = None) -> str:
    """The page; what somebody has typed into it and could not be done stands there still."""
    on = paging.day(request.args.get("on"))
    seen = remembered().of(("day", on), lambda: _looked_at(on, now()))
    found = history.added_up(on, seen.causes)
    counted: Fortnight = current_app.extensions[FORTNIGHT]
    return render_template(
        "dispatch.html",
        account=found,
        parts=history.PARTS,
        bar=_bar(found),
        days=counted.until(on, now(), found.by_state),
        chart=fortnight,
        failures=[each for each in seen.causes if each.state in states.FAILED],
        others=[each for each in seen.causes if each.state not in states.FAILED],
        health=seen.health,
        hooks=hooks(),
        waiting=seen.waiting,
        ready=seen.ready,
        is_running=metrics.is_dispatching(seen.health, seen.at),
        moment=seen.at,
        can_be_halted=list(_can_be_halted()),
        problem=problem,
        given=given or {},
    )


@dataclass(frozen=True)
class _Look:
    """What the page has counted, and when."""

    at: datetime.datetime
    causes: list[Cause]
    health: list[ProviderHealth]
    waiting: dict[str, int]
    ready: int


def _looked_at(on: datetime.date, at: datetime.datetime) -> _Look:
    names = directory.routes_of(workspace().settings).names()
    return _Look(
        at,
        history.causes(on, at),
        metrics.providers(names, at),
        operations_queries.waiting(),
        metrics.ready(at),
    )


def remembered() -> Remembered:
    """What these pages have counted a moment ago; whoever decides something there forgets it."""
    found: Remembered = current_app.extensions[REMEMBERED]
    return found


def _can_be_halted() -> Iterator[tuple[str, str]]:
    """The name and the words of whatever sends something."""
    yield from ((f"channel:{each}", word("channel", each)) for each in breaker.CHANNELS)
    for touchpoint in workspace().plan.touchpoints:
        if preview.templates(touchpoint):
            yield f"touchpoint:{touchpoint.id}", title_of(touchpoint.id)


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
    state = message_lists.state_of(request.args, "", states.MOVES)
    wanted = message_lists.wanted(request.args, state, message_lists.day_of(state, request.args))
    told, about = message_lists.told(wanted), message_lists.about(wanted)
    if paging.file_asked_for():
        return sent(message_lists.listing(history.found(wanted), about), **told)
    page = message_lists.page(wanted)
    deeds.seen((each.client_no for each in page.lines), "dispatch", **told)
    return render_template(
        "messages.html",
        page=page,
        listing=message_lists.listing(page.lines, about),
        on=wanted.on,
        state=state,
        wanted=wanted,
        about=about,
        states=states.MOVES,
    )


@blueprint.get("/queue")
@allow("operations", "administrator")
def queue() -> Any:
    """What waits to leave, by touchpoint and channel."""
    found = remembered().of("queue", lambda: queries.queue(LONGEST_QUEUE))
    count = operations_queries.waiting()["queued"]
    page = paging.page_of(found, paging.PAGE)
    listed = _queued(found if paging.file_asked_for() else page.lines)
    if paging.file_asked_for():
        return sent(listed)
    is_more = count > LONGEST_QUEUE
    return render_template(
        "queue.html", page=page, listing=listed, count=count, most=LONGEST_QUEUE, is_more=is_more
    )


def _queued(lines: Iterable[QueueLine]) -> Listing[QueueLine]:
    def messages(line: QueueLine) -> str:
        return url_for(
            "dispatch.listing", state="queued", touchpoint=line.touchpoint, channel=line.channel
        )

    names = {each.name: name_of(each) for each in open_halts()}

    def halted(line: QueueLine) -> str:
        over = (f"touchpoint:{line.touchpoint}", f"channel:{line.channel}")
        return word("operations", "halts") if any(each in names for each in over) else ""

    columns = [
        Column[QueueLine](
            word("heading", "title"), lambda line: title_of(line.touchpoint), to=messages
        ),
        Column(word("operations", "channel"), lambda line: word("channel", line.channel)),
        Column(word("operations", "messages"), lambda line: line.count, "number"),
        Column(word("cockpit", "oldest"), lambda line: line.oldest, "day"),
        Column(word("heading", "state"), halted, tone=lambda _: "bad"),
    ]
    return Listing("queue", columns, lines, about=str(today()))


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
    known = next((each for each in get_args(Decision) if each == decision), None)
    if known is None:
        abort(400)
    note = request.form.get("note", "").strip()[:LONGEST_NOTE]
    told = f"{me().login}: {note}" if note else me().login
    try:
        history.settle(message_id, known, now(), told)
        remembered().forget()
        flash(word("cockpit", f"decided_{known}", count=1), "success")
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
    remembered().forget()
    if count:
        flash(word("operations", "retried", count=count), "success")
    else:
        flash(word("operations", "nothing_retried"), "danger")


@blueprint.post("/halt")
@allow("operations", "administrator")
def halt() -> Any:
    """Stop a touchpoint or a channel, with a reason; pressed twice, it is halted once."""
    what, why = request.form.get("what", ""), request.form.get("why", "").strip()[:LONGEST_NOTE]
    if not why:
        return _account(word("cockpit", "reason_missing"), request.form), 400
    try:
        breaker.halt(what, workspace().plan, why, me().login, now())
    except (errors.BadArgument, errors.HaltedAlready) as error:
        return _account(refusal.sentence(error), request.form), refusal.status(error)
    remembered().forget()
    names = dict(_can_be_halted())
    flash(word("cockpit", "halted", name=names.get(what, what)), "success")
    return redirect(url_for("dispatch.account"), 303)


@blueprint.post("/resume")
@allow("operations", "administrator")
def resume() -> Any:
    """Let go on what is halted, with a reason; pressed twice, it is resumed once."""
    name, why = request.form.get("name", ""), request.form.get("why", "").strip()[:LONGEST_NOTE]
    if not why:
        return _account(word("cockpit", "reason_missing"), request.form), 400
    drops = request.form.get("drop") == "yes"
    try:
        line = next((each for each in open_halts() if each.name == name), None)
        rules, by = workspace().settings.breaker, me().login
        would_say = partial(waiting.would_say, workspace().writer) if drops else None
        breaker.resume(name, why, by, now(), rules=rules, drops_repeated=would_say)
        remembered().forget()
        flash(word("operations", "resumed", name=name_of(line) if line else name), "success")
    except errors.NotHalted:
        flash(word("operations", "resumed_before"), "danger")
    return redirect(url_for("dispatch.account"), 303)
