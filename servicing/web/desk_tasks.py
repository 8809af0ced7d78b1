"""The tasks of a desk: whoever of it comes first records one, and nobody that of their own clients.

Which these are is decided in `servicing.desk.of_desks` (domain.md §4.19). A manager and an administrator
see them and record none.
"""

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.exceptions import NotFound

from policies import database
from policies.desks import DESKS, Desk
from policies.plan import text
from servicing.callbacks import opening
from servicing.core import accounts, errors, visibility
from servicing.desk import deliveries, tasks, undoing
from servicing.desk.of_desks import queries, work
from servicing.desk.of_desks.queries import DeskTask, Reader
from servicing.desk.windows import Timed
from servicing.surveys import last
from servicing.web import deeds, figures, listing, manners, my_day, paging, refusal
from servicing.web.access import allow
from servicing.web.current import me, now, today, workspace
from servicing.web.listing import Column, Listing
from servicing.web.rendering import locale, states_of, task_title, word

blueprint = Blueprint("desk_tasks", __name__, url_prefix="/desks/tasks")

LINES = 60
"""Tasks of a page of the list."""

CHUNK = 1_000
"""Lines of a file that are read at once."""

VIEWS = ("due", "later", "done")


def theirs() -> list[Desk]:
    """The desks whose tasks the reader sees: all, or those that they are of."""
    is_over = me().role in ("manager", "administrator")
    return [each for each in DESKS if is_over or each in current_user.desks]


@blueprint.get("")
@allow(*accounts.ROLES)
@figures.one_reading
def listed() -> Any:
    """What a desk has to do today, what comes later, or what the reader has recorded today."""
    desks = theirs() or abort(404)
    desk = next((each for each in desks if each == request.args.get("desk")), desks[0])
    views = VIEWS if desk in current_user.desks else VIEWS[:2]
    view = next((each for each in views if each == request.args.get("view")), views[0])
    reader = work.reader(me(), desk) or abort(404)
    if paging.file_asked_for():
        return listing.sent(_listing(_every(desk, view, reader), desk, view))
    page = paging.page(lambda most, skipped: _lines(desk, view, reader, most, skipped), LINES)
    deeds.seen((each.client_no for each in page.lines), "cases", lines=len(page.lines))
    return render_template(
        "desk_tasks.html",
        desk=desk,
        desks=desks,
        view=view,
        views=views,
        page=page,
        listing=_listing(page.lines, desk, view),
        for_nobody=_for_nobody(desk),
        on=today(),
    )


def _lines(
    desk: Desk, view: str, reader: Reader, most: int, skipped: int = 0
) -> Iterable[DeskTask]:
    if view == "done":
        midnight = datetime.datetime.combine(today(), datetime.time(), workspace().zone)
        return queries.ended_by(me().login, midnight, reader)[skipped : skipped + most]
    shown: queries.View = "later" if view == "later" else "due"
    return queries.listed(desk, shown, today(), reader, most, skipped)


def _every(desk: Desk, view: str, reader: Reader) -> Iterator[DeskTask]:
    """All lines of a view, for a file."""
    skipped = 0
    while some := list(_lines(desk, view, reader, CHUNK, skipped)):
        yield from some
        skipped += len(some)


def _for_nobody(desk: Desk) -> int:
    """How many tasks nobody of the desk may record, as whoever can change it is told."""
    if me().role not in ("manager", "administrator"):
        return 0
    return sum(each.tasks for each in queries.for_nobody(today()) if each.desk == desk)


def _listing(lines: Iterable[DeskTask], desk: Desk, view: str) -> Listing[DeskTask]:
    def said(key: str) -> str:
        return word("heading", key)

    columns = [
        Column[DeskTask](
            said("client_name"),
            lambda it: it.client_name or it.client_no,
            to=lambda it: url_for("desk_tasks.one", task_id=it.id),
        ),
        Column(said("client_no"), lambda it: it.client_no),
        Column(
            said("phone"),
            lambda it: it.phone,
            to=lambda it: f"tel:{it.phone}" if it.phone else "",
        ),
        Column(said("title"), lambda it: task_title(it.touchpoint, complains=it.complains)),
        Column(said("policy_no"), lambda it: it.policy_no),
        Column(said("agent_name"), lambda it: it.agent_name or it.agent_no),
    ]
    if view == "done":
        columns += [
            Column(word("desk_task", "became"), lambda it: states_of(it.state)),
            Column(word("desk_task", "recorded_at"), lambda it: it.ended_at, "moment"),
            Column(word("desk_task", "note"), lambda it: it.note),
        ]
    else:
        on = today()
        columns += [
            Column(said("show_on"), lambda it: it.show_on, "day", tone=lambda it: _tone(it, on)),
            Column(word("desk_task", "until"), lambda it: it.closes_on, "day"),
        ]
    about = " · ".join([word("desk", desk), word("desk_task", f"view_{view}"), str(today())])
    return Listing("desk-tasks", columns, lines, key=lambda it: it.id, about=about)


def _tone(task: DeskTask, on: datetime.date) -> str:
    return "bad" if task.show_on < on else ""


# ------------------------------------------------------------------------------------ one of them


@blueprint.get("/<int:task_id>")
@allow(*accounts.ROLES)
@figures.one_reading
def one(task_id: int) -> Any:
    """A task: whom it is about, how it is done, and what can be recorded."""
    return _page(_known(task_id))


def _known(task_id: int) -> DeskTask:
    """The task of that number; one that is kept from the reader is not there."""
    return work.seen(me(), task_id) or abort(404)


def _page(task: DeskTask, problem: str = "", note: str = "") -> str:
    deeds.seen([task.client_no], "cases")
    windows, on = my_day.windows(), today()
    timed = Timed(task.closes_on, task.touchpoint, task.anchor_on, task.product)
    touchpoint = workspace().plan.touchpoint(task.touchpoint)
    how = {
        name: text(getattr(touchpoint, name), locale()) if touchpoint else ""
        for name in ("purpose", "action", "tool", "script")
    }
    return render_template(
        "desk_task.html",
        task=task,
        how=how,
        answered=last.of_client(task.client_no, workspace().zone),
        may_record=task.state == "open" and task.desk in current_user.desks,
        may_undo=_may_undo(task),
        is_known=bool(visibility.known(me(), [task.client_no], on)),
        latest=windows.latest(timed, on),
        earliest=windows.next_workday(on),
        problem=problem,
        typed=note,
        on=on,
    )


def _may_undo(task: DeskTask) -> bool:
    is_own = task.done_by_login == me().login and task.desk in current_user.desks
    return is_own and task.ended_at is not None and now() - task.ended_at <= undoing.WITHIN


@blueprint.post("/<int:task_id>")
@allow(*accounts.ROLES)
def record(task_id: int) -> Any:
    """Record what became of a task; pressed twice, it is done once."""
    task = _of_own_desk(task_id)
    act, _, how = request.form.get("do", "").partition(" ")
    note = request.form.get("note", "").strip()[: my_day.LONGEST_NOTE]
    try:
        with database.writing():
            shown_on = _record(task_id, act, how, note)
    except errors.TaskNotOpen as error:
        again = _known(task_id)
        if again.done_by_login != me().login:
            return _page(again, refusal.sentence(error), note), 409
        shown_on = None
    except errors.BadArgument as error:
        return _page(task, refusal.sentence(error), note), 400
    if act == "done" and request.form.get("delivered_on"):
        opening.after_delivery(workspace().ground, [task_id], today(), now())
    told = word("desk_task", f"told_{act}", name=task.client_name or task.client_no, day=shown_on)
    flash(told, "success")
    manners.warn_of_words(note)
    return redirect(url_for("desk_tasks.listed", desk=task.desk), 303)


def _of_own_desk(task_id: int) -> DeskTask:
    task = _known(task_id)
    if task.desk not in current_user.desks:
        raise NotFound
    return task


def _record(task_id: int, act: str, how: str, note: str) -> datetime.date | None:
    """Record it, and answer with the day to which it was postponed."""
    by, on = me().login, today()
    match act, how:
        case "done", "spoke" | "met" | "wrote":
            was_on, delivered_on = my_day.day_of("was_on"), my_day.day_of("delivered_on")
            tasks.done(task_id, now(), note, how, tasks.day_of_doing(was_on, on), by, on=on)
            if delivered_on:
                deliveries.record(task_id, delivered_on, on, by, now())
        case "skip", "declined" | "unreachable" | "settled":
            tasks.skip(task_id, now(), note, how, by=by)
        case "postpone", _:
            to = paging.day_or_none(request.form.get("to")) or abort(400)
            return tasks.postpone(task_id, to, on, now(), note, windows=my_day.windows(), by=by)
        case _:
            abort(400)
    return None


@blueprint.post("/<int:task_id>/undo")
@allow(*accounts.ROLES)
def undo(task_id: int) -> Any:
    """Take back what the reader has recorded of a task."""
    task = _of_own_desk(task_id)
    try:
        undoing.undo(task_id, now(), by=me().login)
        flash(word("day", "taken_back", count=1), "success")
    except errors.CannotUndo as error:
        flash(refusal.sentence(error), "danger")
    return redirect(url_for("desk_tasks.one", task_id=task.id), 303)
