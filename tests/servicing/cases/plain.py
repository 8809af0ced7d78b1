"""What must be so of cases, said once more, plainly: for histories that people and time write."""

import datetime
from collections.abc import Iterator
from typing import Any

from policies import database, pressing
from servicing.cases import escalation, queries
from servicing.cases.queries import Wanted
from servicing.core.case_models import Case, CaseClock, CaseEntry
from tests.servicing.cases.opened import CHINA, NOW

Day = datetime.date

STAFF: dict[str, tuple[Any, dict[str, str]]] = {
    "chen": ("agent", {"agent_no": "A001"}),
    "sun": ("agent", {"agent_no": "A900"}),
    "he": ("manager", {"team": "一部"}),
    "over": ("manager", {"branch": "上海"}),
    "far": ("manager", {"branch": "北京"}),
    "lihua": ("operations", {}),
    "ops": ("operations", {}),
    "admin": ("administrator", {}),
}
AGENTS = {"A001": "chen", "A900": "sun"}
"""The login of each agent by number."""
REPORTS_TO = {"chen": ("he", "over"), "he": ("over",), "sun": ("far",)}


def is_kept(case: Case, name: str) -> bool:
    """Whether somebody must know nothing of a case, plainly."""
    about = AGENTS[case.about.agent_no] if case.about_id else case.about_login
    login = AGENTS.get(name, name)
    return bool(about) and (login == about or about in REPORTS_TO.get(login, ()))


def night(today: Day) -> None:
    """After it, nothing is near its end or over without somebody's having been told."""
    escalation.escalate(CHINA, today, today, NOW)
    assert not escalation.escalate(CHINA, today, today, NOW), "twice"
    for case in Case.select().where(Case.is_open & Case.due_on.is_null(False)):
        level = pressing.level(CHINA.calendar, today, case.due_on)
        began = pressing.level(CHINA.calendar, began_on(case), case.due_on)
        if pressing.rank(level) > pressing.rank(began):
            told = [each.reason for each in went_up(case) if each.set_on == case.due_on]
            assert max(map(pressing.rank, told), default=0) >= pressing.rank(level)
    over = {each.case for each in listed(Wanted(overdue_on=today))}
    assert over == {
        each.id for each in Case.select() if each.is_open and each.due_on and each.due_on < today
    }


def began_on(case: Case) -> Day:
    """The day from which the clock that is due first has run."""
    clocks = CaseClock.select().where((CaseClock.case == case) & CaseClock.stopped_on.is_null())
    return max(each.started_on for each in clocks if each.due_on == case.due_on)


def went_up(case: Case) -> list[CaseEntry]:
    query = CaseEntry.select().where((CaseEntry.case == case) & (CaseEntry.step == "escalated"))
    return list(query)


def listed(wanted: Wanted) -> list[queries.CaseLine]:
    with database.snapshot():
        return list(queries.cases(wanted))


def days(first: Day, last: Day, step: int) -> Iterator[Day]:
    while first <= last:
        yield first
        first += datetime.timedelta(days=step)
