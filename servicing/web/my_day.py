"""My day: the clients an agent is to call, one open at a time, the results, and the same as a calendar.

Whoever has recorded a result is led to the next client, and may take it back for a while.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)

from policies import database
from servicing.callbacks import opening, owed
from servicing.cases import person
from servicing.core import accounts, errors, visibility
from servicing.desk import deliveries, tasks, undoing, worklist
from servicing.desk.agenda import Item
from servicing.desk.windows import Windows
from servicing.desk.worklist import Line, Recorded, Worklist
from servicing.surveys import last
from servicing.surveys.last import LastAnswer
from servicing.web import deeds, feed, manners, paging, refusal
from servicing.web.access import allow, allow_all
from servicing.web.cases import places
from servicing.web.current import me, my_agent, now, today, workspace
from servicing.web.rendering import say, word

blueprint = Blueprint("my_day", __name__)

LONGEST_NOTE = 2_000

MOST_TASKS = 200
"""Of one client, that one form ends; a task that it names twice is one."""

LINES_A_PAGE = 60

VIEWS = ("today", "soon", "waiting", "done")

LATELY = "recorded"
"""The session keeps under this name what its reader has recorded last, so that it can be taken back."""


@blueprint.get("/day")
@allow("agent")
def day() -> Any:
    """What is due and overdue, what is at stake first; the first client is open."""
    return _page()


@blueprint.get("/day/view/<view>")
@allow("agent")
def view(view: str) -> Any:
    """The next days, what waits for its day, or what was recorded today."""
    return _page(view=view) if view in VIEWS else abort(404)


@blueprint.get("/day/<client_no>")
@allow("agent")
def call(client_no: str) -> Any:
    """The same list with that client open."""
    return _page(client_no)


@blueprint.get("/day/how")
@allow("agent")
def how() -> Any:
    """How to do what an agent does: the manual."""
    does = [each for each in workspace().plan.touchpoints if any(map(each.is_of_agent, each.due))]
    return render_template("day_how.html", touchpoints=does)


def windows() -> Windows:
    """Until when tasks are worth doing."""
    space = workspace()
    return Windows(space.plan, space.calendar, space.settings.servicing.grace)


def _midnight() -> datetime.datetime:
    """The moment at which the day began."""
    return datetime.datetime.combine(today(), datetime.time(), workspace().zone)


def work() -> Worklist:
    """The reader's day, without words that a complaint began with (domain.md §12.11)."""
    table = workspace().usable_commissions
    found = worklist.of_agent(windows(), my_agent(), me().login, today(), _midnight(), table)
    calls = [each.call for each in found.lines() if any(item.note for item in each.call.items)]
    if calls:
        kept = person.kept_from(me(), [each.client_id for each in calls])
        for call in calls:
            call.leave_out(kept.has_words)
    return found


def _page(client_no: str = "", view: str = "today", problem: str = "", note: str = "") -> Any:
    found = work()
    opened = _opened(found, client_no, view)
    if client_no and opened is None:
        visibility.client(me(), client_no, today())  # one that is not hers is not there
        flash(say("nothing_for_client"), "success")
        return redirect(url_for("my_day.day"), 303)
    page = paging.page_of(_shown(found, view), LINES_A_PAGE)
    lately = _lately(found)
    beside = [each.client_no for each in (opened, lately) if each]
    cases = owed.of_day(me(), places.MOST) if view == "today" else owed.Day([], [])
    beside += [each.client_no for each in [*cases.own, *cases.owed] if each.client_no]
    deeds.seen([each.client_no for each in page.lines] + beside, "my_day")
    return render_template(
        "day.html",
        work=found,
        view=view,
        views=VIEWS,
        page=page,
        opened=opened,
        choices=_choices(opened, found) if opened else None,
        answered=_answered(opened) if opened else None,
        lately=lately,
        cases=cases.own,
        callbacks=cases.owed,
        on=today(),
        earns=workspace().usable_commissions is not None,
        problem=problem,
        typed=note,
        may_undo=lambda each: now() - each.at <= undoing.WITHIN,
    )


def _shown(found: Worklist, view: str) -> Sequence[Line | Recorded]:
    """The lines of a view."""
    views = {"today": found.today, "soon": found.soon, "waiting": found.waiting}
    return found.recorded if view == "done" else views[view]


def _opened(found: Worklist, client_no: str, view: str) -> Line | None:
    """The client who is open: the one that the address names, else the first of the day."""
    if client_no:
        return found.line(client_no)
    return next(iter(found.today), None) if view == "today" else None


def _answered(opened: Line) -> LastAnswer | None:
    """What the client answered last, as far as the reader is told."""
    return last.for_agent(opened.client_no, my_agent().agent_no, workspace().zone)


# ----------------------------------------------------------------------------- what can be recorded


@dataclass(frozen=True)
class Chip:
    """A day to which all that is due of a client can be postponed by one tap."""

    key: str
    """tomorrow, next_workday, in_a_week or latest."""
    day: datetime.date


@dataclass(frozen=True)
class Choices:
    """What an agent can say of an open client."""

    chips: Sequence[Chip]
    earliest: datetime.date
    latest: datetime.date | None
    """The last day to which all that is due may be postponed; None: there is none."""
    next: str
    """The client who is open afterwards; empty: nobody."""


def _choices(opened: Line, found: Worklist) -> Choices:
    on, rule = today(), windows()
    latest = _latest(rule, opened.call.due or opened.call.waiting)
    tomorrow = rule.next_workday(on)
    is_tomorrow = tomorrow == on + datetime.timedelta(days=1)
    days = {
        tomorrow: "tomorrow" if is_tomorrow else "next_workday",
        rule.calendar.on_or_after(on + datetime.timedelta(days=7)): "in_a_week",
    }
    chips = [Chip(key, day) for day, key in days.items() if latest and day <= latest]
    if latest and chips and latest not in days and len(chips) < len(days):
        chips.append(Chip("latest", latest))
    return Choices(chips, tomorrow, latest, found.after(opened.call.client_no))


def _latest(rule: Windows, items: Iterable[Item]) -> datetime.date | None:
    known = [rule.latest(each.window, today()) for each in items if each.window]
    days = [each for each in known if each is not None]
    return min(days) if days and len(days) == len(known) else None


# ---------------------------------------------------------------------------------------- recording


@blueprint.post("/day")
@allow("agent")
def record() -> Any:
    """Record the result of some tasks of one client; pressed twice, it is done once."""
    some, client_no = numbers(), request.form.get("client", "")
    if not some:
        flash(say("no_task_chosen"), "danger")
        where = url_for("my_day.call", client_no=client_no) if client_no else url_for("my_day.day")
        return redirect(where, 303)
    act, _, how = request.form.get("do", "").partition(" ")
    note = request.form.get("note", "").strip()[:LONGEST_NOTE]
    try:
        with database.writing():
            shown_on = [_record(number, act, how, note) for number in some]
    except errors.BadArgument as error:
        return _again(client_no, refusal.sentence(error), note)
    if request.form.get("delivered_on"):
        opening.after_delivery(workspace().ground, some, today(), now())
    manners.warn_of_words(note)
    days = sorted(filter(None, shown_on))
    session[LATELY] = {
        "tasks": some,
        "act": act,
        "at": now().isoformat(),
        "day": str(days[-1]) if days else "",
        "asked": str(_asked(how)) if days else "",
    }
    return redirect(_onward(request.form.get("next", ""), client_no), 303)


def numbers() -> list[int]:
    """The tasks that the form names, all of them of the reader's part of the force."""
    some = list(dict.fromkeys(request.form.getlist("task", type=int)))
    if len(some) > MOST_TASKS:
        abort(400)
    if some and not tasks.are_of(some, visibility.agent_ids(me()) or ()):
        abort(404)
    return some


def _again(client_no: str, problem: str, note: str) -> Any:
    """The page of the call with what is wrong, and what was typed; without a client, what is wrong."""
    is_known = client_no and visibility.known(me(), [client_no], today())
    if is_known and work().line(client_no):  # or there is nothing to do for them any more
        return _page(client_no, problem=problem, note=note), 400
    return render_template("problem.html", what=problem), 400


def _onward(next_no: str, client_no: str) -> str:
    """The address of the next client, or of the day where there is none."""
    known = visibility.known(me(), [each for each in (next_no, client_no) if each], today())
    if next_no in known:
        return url_for("my_day.call", client_no=next_no, _anchor="open")
    return url_for("my_day.day")


def _record(number: int, act: str, how: str, note: str) -> datetime.date | None:
    """One task, and the day to which it was postponed; one that has ended so already stays so."""
    try:
        match act, how:
            case "done", "spoke" | "met" | "wrote":
                day = tasks.day_of_doing(day_of("was_on"), today())
                tasks.done(number, now(), note, how, day, on=today())
                _deliver(number)
            case "skip", "declined" | "unreachable" | "settled":
                tasks.skip(number, now(), note, how)
            case "postpone", _:
                to, on = _asked(how), today()
                return tasks.postpone(number, to, on, now(), note, windows=windows())
            case _:
                abort(400)
    except errors.TaskNotOpen as error:
        if error.state != {"skip": "skipped"}.get(act, act):
            raise
    return None


def _deliver(number: int) -> None:
    """The day on which the contract of this task was handed over, where the form has it."""
    day = day_of("delivered_on")
    if day is not None and str(number) in request.form.getlist("delivery"):
        deliveries.record(number, day, today(), me().login, now())


def day_of(name: str) -> datetime.date | None:
    """A day of the form, which may leave it empty; what is no day is refused."""
    text = request.form.get(name)
    return (paging.day_or_none(text) or abort(400)) if text else None


def _asked(days: str) -> datetime.date:
    """So many days from today, or the day that was chosen."""
    if days.isdecimal() and len(days) < 4:
        return today() + datetime.timedelta(days=int(days))
    text = request.form.get("to") if days == "to" else days
    return paging.day_or_none(text) or abort(400)


# -------------------------------------------------------------------------------------- taking back


@dataclass(frozen=True)
class Lately:
    """What was recorded last, as the page tells it."""

    told: str
    name: str
    """Of whom."""
    client_no: str
    tasks: Sequence[int]


def _lately(found: Worklist) -> Lately | None:
    """What the reader has recorded a moment ago; None: nothing, or nothing that can be taken back."""
    kept = session.get(LATELY)
    if not kept:
        return None
    at = datetime.datetime.fromisoformat(kept["at"])
    if now() - at > undoing.WITHIN:
        return None
    about = next((each for each in found.recorded if each.task_id in kept["tasks"]), None)
    if about is None:
        return None
    return Lately(_told(kept), about.client_name, about.client_no, kept["tasks"])


def _told(kept: dict[str, Any]) -> str:
    act, count, day = kept["act"], len(kept["tasks"]), kept["day"]
    if act != "postpone" or not day:
        return say(f"recorded_{act}", count=count)
    weekday = say(f"weekday_{datetime.date.fromisoformat(day).weekday()}")
    key = "postponed_to" if kept["asked"] == day else "postponed_past_day_off"
    return word("day", key, count=count, day=day, weekday=weekday, asked=kept["asked"])


@blueprint.post("/day/undo")
@allow("agent")
def undo() -> Any:
    """Take back what was recorded last of some tasks; pressed twice, it is taken back once."""
    some, client_no = numbers(), request.form.get("client", "")
    agent_no = my_agent().agent_no
    try:
        with database.writing():
            for number in some:
                undoing.undo(number, now(), agent_no)
        flash(word("day", "taken_back", count=len(some)), "success")
    except errors.CannotUndo as error:
        flash(refusal.sentence(error), "danger")
    session.pop(LATELY, None)
    return redirect(_onward(client_no, ""), 303)


@blueprint.get("/calendar/<secret>.ics")
@allow_all
def calendar(secret: str) -> Response:
    """The tasks and cases of whoever the secret is of; anything else is not there."""
    user = accounts.of_feed(secret, today(), now())
    if user is None:
        abort(404)
    return Response(feed.of(user), content_type="text/calendar; charset=utf-8")
