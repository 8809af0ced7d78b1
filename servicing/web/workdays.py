"""The week and the month of an agent or a unit: tasks by day against what can be done in a day.

Agents move tasks of theirs to another day, and managers those of an agent of their unit.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from policies import dates, models
from policies.persistency.units import ForceAgent
from servicing.core import errors
from servicing.desk import agenda, tasks
from servicing.desk.agenda import Call, Item
from servicing.schedule.load import DayLoad, Load, Span
from servicing.web import deeds, figures, listing, my_day, paging, refusal
from servicing.web.access import allow
from servicing.web.current import me, my_agent, now, today, workspace
from servicing.web.figures import ManagedPart
from servicing.web.listing import Column, Listing
from servicing.web.rendering import task_title, weekday, word

blueprint = Blueprint("workdays", __name__, url_prefix="/day")

SPANS = ("week", "month")
SpanKind = Literal["week", "month"]

FORETOLD = datetime.timedelta(days=31)
"""So far ahead it is counted what the coming walks will bring to an agent."""

LINES_A_PAGE = 100


@blueprint.get("/week")
@allow("agent", "manager")
@figures.one_reading
def week() -> Any:
    """A week, from Monday to Sunday."""
    return _page("week")


@blueprint.get("/month")
@allow("agent", "manager")
@figures.one_reading
def month() -> Any:
    """A month of the calendar."""
    return _page("month")


def _page(kind: SpanKind) -> Any:
    span = _span(kind)
    if me().role == "agent":
        agent = my_agent()
        return _of_agent(kind, span, agent, None)
    part = figures.part()
    if len(part.agents) == 1:
        return _of_agent(kind, span, models.Agent.get_by_id(part.agents[0].id), part)
    return _of_unit(kind, span, part)


def _span(kind: SpanKind) -> Span:
    on = today()
    day = paging.day(request.args.get("from"))
    if kind == "week":
        first = day - datetime.timedelta(days=day.weekday())
        return Span(first, first + datetime.timedelta(days=6), on)
    last = dates.days_in_month(day.year, day.month)
    return Span(day.replace(day=1), day.replace(day=last), on)


def _beside(kind: SpanKind, span: Span) -> dict[str, str]:
    """The addresses of the spans before and after, and of today's."""
    one = datetime.timedelta(days=1)
    args = {name: value for name, value in figures.arguments(ahead=None).items() if name != "from"}
    here = f"workdays.{kind}"
    return {
        "before": url_for(here, **{**args, "from": span.first - one}),
        "after": url_for(here, **{**args, "from": span.last + one}),
        "now": url_for(here, **args),
        "week": url_for("workdays.week", **{**args, "from": max(span.first, span.on)}),
        "month": url_for("workdays.month", **{**args, "from": span.first}),
    }


# ---------------------------------------------------------------------------------------- an agent


@dataclass(frozen=True)
class Placed:
    """Something to do for a client, and the day on which it stands."""

    day: datetime.date
    call: Call
    item: Item
    latest: datetime.date | None


def _of_agent(kind: SpanKind, span: Span, agent: Any, part: ManagedPart | None) -> Any:
    space, rule = workspace(), my_day.windows()
    days = min(span.last, span.on + FORETOLD) - span.on
    found = agenda.agenda(space.plan, space.calendar, agent, span.on, max(days.days, 0))
    items = [
        Placed(max(item.show_on, span.on), call, item, rule.latest(item.window, span.on))
        for call in found.all()
        for item in call.items
        if item.window
    ]
    here = sorted(
        (each for each in items if span.first <= each.day <= span.last),
        key=lambda each: (each.day, each.call.client_no, each.item.task_id or 0),
    )
    load = Load({agent.id: agent.agent_no}, span.on)
    loads = load.by_day(span, space.calendar, space.settings.capacity)
    facts = figures.asked_for(part) if part else {}
    if paging.file_asked_for():
        return listing.sent(_tasks(here, agent, span), **facts)
    page = paging.page_of(here, LINES_A_PAGE)
    deeds.seen(
        (each.call.client_no for each in page.lines), "figures" if part else "my_day", **facts
    )
    foretold = _foretold(found, span)
    listed = _tasks(page.lines, agent, span)
    return _drawn(kind, span, loads, part, page, listed, foretold=foretold, may_move=True)


def _foretold(found: agenda.Agenda, span: Span) -> dict[datetime.date, int]:
    """By day, what the coming walks will bring."""
    counts: dict[datetime.date, int] = {}
    for call in found.all():
        for item in call.items:
            if not item.task_id:
                day = max(item.show_on, span.on)
                counts[day] = counts.get(day, 0) + 1
    return counts


def _tasks(lines: Sequence[Placed], agent: models.Agent, span: Span) -> Listing[Placed]:
    def card(line: Placed) -> str:
        return url_for("cards.card", client_no=line.call.client_no)

    def what(line: Placed) -> str:
        return task_title(line.item.touchpoint, complains=line.call.complains)

    def late(line: Placed) -> str:
        return "bad" if line.item.show_on < span.on else ""

    columns = [
        Column[Placed](word("day", "col_day"), lambda line: line.day, "day"),
        Column(word("day", "col_weekday"), lambda line: weekday(line.day)),
        Column(word("heading", "client_name"), lambda line: line.call.name, to=card),
        Column(word("day", "col_what"), what),
        Column(word("heading", "policy_no"), lambda line: line.item.policy_no),
        Column(word("day", "col_since"), lambda line: line.item.show_on, "day", tone=late),
        Column(word("day", "col_latest"), lambda line: line.latest, "day"),
    ]
    about = word("day", "tasks_of", name=agent.name, first=span.first, last=span.last)
    return Listing("tasks", columns, lines, key=lambda line: line.item.task_id, about=about)


# ------------------------------------------------------------------------------------------ a unit


@dataclass(frozen=True)
class AgentLoad:
    """The span of an agent."""

    agent: ForceAgent
    overdue: int
    days: list[DayLoad]

    @property
    def tasks(self) -> int:
        """Those of all its days."""
        return sum(each.tasks for each in self.days)

    @property
    def capacity(self) -> int:
        """Of all its days."""
        return sum(each.capacity for each in self.days)


def _of_unit(kind: SpanKind, span: Span, part: ManagedPart) -> Any:
    space = workspace()
    load = Load({each.id: each.agent_no for each in part.agents}, span.on)
    capacity = space.settings.capacity
    loads = load.by_day(span, space.calendar, capacity)

    def told(some: Iterable[ForceAgent]) -> list[AgentLoad]:
        return [
            AgentLoad(
                each,
                load.overdue(each.id),
                load.by_day(span, space.calendar, capacity, [each.id]),
            )
            for each in some
        ]

    ranked = sorted(part.agents, key=lambda each: (-load.within(each.id, span), each.agent_no))
    if paging.file_asked_for():
        return listing.sent(_agents(told(ranked), kind, part, span), **figures.asked_for(part))
    page = paging.page_of(ranked, LINES_A_PAGE)
    deeds.seen((), "figures", **figures.asked_for(part))
    return _drawn(kind, span, loads, part, page, _agents(told(page.lines), kind, part, span))


def _agents(
    lines: Sequence[AgentLoad], kind: SpanKind, part: ManagedPart, span: Span
) -> Listing[AgentLoad]:
    def place(line: AgentLoad) -> str:
        known: dict[str, Any] = {"branch": line.agent.branch, "team": line.agent.team}
        known |= {"agent": line.agent.agent_no, "from": request.args.get("from")}
        return url_for(f"workdays.{kind}", **{name: each for name, each in known.items() if each})

    columns = [
        Column[AgentLoad](
            word("heading", "agent_name"), lambda line: line.agent.label("agent"), to=place
        ),
        Column(word("day", "col_tasks"), lambda line: line.tasks, "number"),
        Column(
            word("day", "col_capacity"),
            lambda line: line.capacity,
            "number",
            tone=lambda line: "bad" if line.tasks > line.capacity else "",
        ),
        Column(
            word("day", "col_overdue"),
            lambda line: line.overdue,
            "number",
            tone=lambda line: "bad" if line.overdue else "",
        ),
    ]
    if kind == "week":
        columns += [_of_day(number, day) for number, day in enumerate(span.days())]
    unit = next(reversed(part.place.values()), "")
    about = word("day", "load_of", unit=unit, first=span.first, last=span.last)
    return Listing("load", columns, lines, key=lambda line: line.agent.agent_no, about=about)


def _of_day(number: int, day: datetime.date) -> Column[AgentLoad]:
    def tasks_of(line: AgentLoad) -> int:
        return line.days[number].tasks

    def tone(line: AgentLoad) -> str:
        return "bad" if line.days[number].is_over else ""

    return Column(f"{day:%m-%d} {weekday(day)}", tasks_of, "number", tone=tone)


def _drawn(
    kind: SpanKind,
    span: Span,
    loads: list[DayLoad],
    part: ManagedPart | None,
    page: Any,
    listed: Listing[Any],
    **more: Any,
) -> str:
    facts = {"foretold": {}, "may_move": False, **more}
    return render_template(
        "workdays.html",
        kind=kind,
        span=span,
        loads=loads,
        part=part,
        page=page,
        listing=listed,
        beside=_beside(kind, span),
        moved=figures.moved,
        earliest=my_day.windows().next_workday(span.on),
        **facts,
    )


# ------------------------------------------------------------------------------------------ moving


@blueprint.post("/move")
@allow("agent", "manager")
def move() -> Any:
    """Show some tasks on another day: each inside its own window, and on a working day."""
    numbers = my_day.numbers()
    to = paging.day_or_none(request.form.get("to"))
    kind = "month" if request.form.get("span") == "month" else "week"
    here: dict[str, Any] = {name: request.form.get(name) or None for name in figures.PLACES}
    here["from"] = paging.day_or_none(request.form.get("from"))
    back = url_for(f"workdays.{kind}", **here)
    if not numbers or to is None:
        flash(word("day", "choose_tasks_and_day"), "danger")
        return redirect(back, 303)
    days, refused = [], []
    by = me().login if me().role == "manager" else ""
    for number in numbers:
        try:
            day = tasks.postpone(number, to, today(), now(), windows=my_day.windows(), by=by)
            days.append(day)
        except (errors.BadArgument, errors.TaskNotOpen) as error:
            refused.append(refusal.sentence(error))
    if days:
        told = {"count": len(days), "day": days[-1], "weekday": weekday(days[-1])}
        flash(word("day", "moved", **told), "success")
    if refused:
        flash(word("day", "not_moved", count=len(refused), why=refused[0]), "danger")
    return redirect(back, 303) if days or refused else abort(400)
