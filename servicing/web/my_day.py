"""My day: the clients an agent is to call, the results, and the same list as a calendar."""

import datetime
from typing import Any

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from icalendar import Calendar, Event

from policies import database
from policies.models import Agent
from policies.plan import Touchpoint
from servicing.core import accounts, errors, visibility
from servicing.core.account_models import User
from servicing.desk import agenda, tasks
from servicing.desk.agenda import Agenda, Item
from servicing.web import deeds, paging
from servicing.web.access import allow, allow_all
from servicing.web.current import me, my_agent, now, today, workspace
from servicing.web.rendering import say, title_of

blueprint = Blueprint("my_day", __name__)

FEED_DAYS = 30
"""How far a subscribed calendar looks ahead."""

LONGEST_NOTE = 2_000

MOST_TASKS = 200
"""Of one client, that one form ends; a task that it names twice is one."""


@blueprint.get("/day")
@allow("agent")
def day() -> Any:
    """Overdue, today, and the next seven days, by client."""
    found = _agenda()
    deeds.seen((each.client_no for each in found.calls()), "my_day")
    return render_template("day.html", agenda=found, on=today(), manual=_manual())


@blueprint.get("/day/<client_no>")
@allow("agent")
def call(client_no: str) -> Any:
    """What there is to do for one client, how to do it, and the choices of what became of it."""
    visibility.client(me(), client_no, today())  # one that is not hers is not there
    found, on = _agenda().call(client_no), today()
    if found is None:
        flash(say("nothing_for_client"), "success")
        return redirect(url_for("my_day.day"), 303)
    deeds.seen([client_no], "my_day")
    days = {"on": on, "earliest": on + datetime.timedelta(days=1)}
    answers = {"outcomes": tasks.OUTCOMES, "whys": tasks.WHYS}
    return render_template("call.html", call=found, manual=_manual(), **days, **answers)


def _agenda() -> Agenda:
    space = workspace()
    return agenda.agenda(space.plan, space.calendar, my_agent(), today())


def _manual() -> dict[str, Touchpoint]:
    return {each.id: each for each in workspace().plan.touchpoints}


@blueprint.post("/day")
@allow("agent")
def record() -> Any:
    """Record the result of some tasks of one client; pressed twice, it is done once."""
    numbers = list(dict.fromkeys(request.form.getlist("task", type=int)))
    if len(numbers) > MOST_TASKS:
        abort(400)
    if not numbers:
        flash(say("no_task_chosen"), "danger")
        client_no = request.form.get("client")
        where = url_for("my_day.call", client_no=client_no) if client_no else url_for("my_day.day")
        return redirect(where, 303)
    if not tasks.are_of(numbers, me().agent_id):
        abort(404)
    act, _, how = request.form.get("do", "").partition(" ")
    note = request.form.get("note", "").strip()[:LONGEST_NOTE]
    with database.writing():
        for number in numbers:
            _record(number, act, how, note)
    flash(say(f"recorded_{act}", count=len(numbers)), "success")
    return redirect(url_for("my_day.day"), 303)


def _record(number: int, act: str, how: str, note: str) -> None:
    """One task; one that has ended as it is to end stays as it is."""
    try:
        match act, how:
            case "done", "spoke" | "met" | "wrote":
                tasks.done(number, now(), note, how)
            case "skip", "declined" | "unreachable" | "settled":
                tasks.skip(number, now(), note, how)
            case "postpone", _:
                tasks.postpone(number, _later(how), today(), now(), note)
            case _:
                abort(400)
    except errors.TaskNotOpen as error:
        if error.state != {"skip": "skipped"}.get(act, act):
            raise


def _later(days: str) -> datetime.date:
    """So many days from today, or the day that was chosen."""
    if days.isdecimal() and len(days) < 4:
        return today() + datetime.timedelta(days=int(days))
    return paging.day_or_none(request.form.get("to")) or abort(400)


@blueprint.get("/calendar/<secret>.ics")
@allow_all
def calendar(secret: str) -> Response:
    """The list of whoever the secret is of; anything else is not there."""
    user = accounts.of_feed(secret, today())
    if user is None or user.agent is None:
        abort(404)
    return Response(_feed(user, user.agent), content_type="text/calendar; charset=utf-8")


def _feed(user: User, agent: Agent) -> bytes:
    space, on = workspace(), today()
    g.locale = user.locale or space.settings.servicing.locale  # a calendar app asks in no language
    feed = Calendar()
    feed.add("prodid", "-//servicing//agenda//")
    feed.add("version", "2.0")
    feed.add("x-wr-calname", say("day"))
    feed.add("x-wr-timezone", str(space.zone))
    calls = list(agenda.agenda(space.plan, space.calendar, agent, on, FEED_DAYS).calls())
    deeds.seen((each.client_no for each in calls), "calendar", by=user)
    for call in calls:
        for item in call.due + call.soon:
            uid = _uid(item, call.client_no)
            feed.add_component(_event(item, uid, call.name, max(item.show_on, on)))
    return bytes(feed.to_ical())


def _uid(item: Item, client_no: str) -> str:
    """What a calendar knows a touchpoint by: the same before its day, on it, later, with another agent.

    What the client is owed once is not of a policy. For what is of no touchpoint, such as a reply, there
    may be several on a day, and it is never planned: its task tells it apart.
    """
    touchpoint = workspace().plan.touchpoint(item.touchpoint)
    if touchpoint is None:
        return f"{item.touchpoint}-{client_no}-{item.task_id or item.due_on}@servicing"
    of = item.policy_no if touchpoint.scope == "policy" else client_no
    return f"{item.touchpoint}-{of}-{item.due_on}@servicing"


def _event(item: Item, uid: str, name: str, on: datetime.date) -> Event:
    """A whole day; what is overdue stands on today."""
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", now())
    event.add("dtstart", on)
    event.add("dtend", on + datetime.timedelta(days=1))
    event.add("summary", f"{name} · {title_of(item.touchpoint)}")
    event.add("transp", "TRANSPARENT")
    return event
