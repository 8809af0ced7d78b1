"""What a calendar app reads of a person: tasks on the days of the list, cases on the day they are due."""

import datetime

from flask import g
from icalendar import Calendar, Event

from policies.models import Agent
from servicing.cases import mine
from servicing.cases.mine import MyCase
from servicing.core.account_models import User
from servicing.desk import agenda
from servicing.desk.agenda import Item
from servicing.web import deeds
from servicing.web.cases import names
from servicing.web.current import now, today, workspace
from servicing.web.rendering import say, task_title

FEED_DAYS = 30
"""How far it looks ahead for tasks; a case stands there whenever it is due."""


def of(user: User) -> bytes:
    """The calendar of a person, in the language of the account; who sees it is told of."""
    space = workspace()
    g.locale = user.locale or space.settings.servicing.locale  # a calendar app asks in no language
    calendar = Calendar()
    calendar.add("prodid", "-//servicing//agenda//")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", say("day"))
    calendar.add("x-wr-timezone", str(space.zone))
    calls = _calls(user.agent) if user.agent else []
    cases = mine.due(user)
    named = [each.client_no for each in calls] + [each.client_no for each in cases]
    deeds.seen(named, "calendar", reader=user)
    for call in calls:
        for item in call.due + call.soon:
            summary = f"{call.name} · {task_title(item.touchpoint, complains=call.complains)}"
            calendar.add_component(_event(_uid(item, call.client_no), summary, item.show_on))
    for case in cases:
        calendar.add_component(_event(f"case-{case.case}@servicing", _of_case(case), case.due_on))
    return bytes(calendar.to_ical())


def _calls(agent: Agent) -> list[agenda.Call]:
    space = workspace()
    return list(agenda.agenda(space.plan, space.calendar, agent, today(), FEED_DAYS).calls())


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


def _of_case(case: MyCase) -> str:
    """Whose case of which kind; a kind whose file has gone keeps its id."""
    kind = names.kind_title(case.kind)
    return f"{case.client_name} · {kind}" if case.client_name else f"{kind} {case.case}"


def _event(uid: str, summary: str, on: datetime.date) -> Event:
    """A whole day; what is overdue stands on today."""
    day = max(on, today())
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", now())
    event.add("dtstart", day)
    event.add("dtend", day + datetime.timedelta(days=1))
    event.add("summary", summary)
    event.add("transp", "TRANSPARENT")
    return event
