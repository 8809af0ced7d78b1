"""Call-backs whose free look is about to end, or is over (domain.md §15.4)."""

import datetime
from dataclasses import dataclass
from typing import Literal

from policies import clock
from policies.dates import WorkCalendar
from servicing.callbacks import queries

Level = Literal["days", "last_days", "working_day", "over"]

DAYS, LAST_DAYS, WORKING_DAYS = 5, 2, 1
"""With so many days left, or working days, somebody has to see to it."""


@dataclass(frozen=True)
class Pressing:
    """A call-back that somebody has to see to."""

    case: int
    policy_no: str
    client_no: str
    agent_no: str
    state: str
    calls: int
    due_on: datetime.date
    days_left: int
    """After the day that is asked about; negative: it is over."""
    working_days_left: int
    level: Level


def level(calendar: WorkCalendar, on: datetime.date, due: datetime.date) -> Level | None:
    """How pressing a free look is on a day that ends on `due`; None: there is time."""
    if on > due:
        return "over"
    if len(clock.working_days_left(calendar, on, due)) <= WORKING_DAYS:
        return "working_day"
    days = (due - on).days
    if days <= LAST_DAYS:
        return "last_days"
    return "days" if days <= DAYS else None


def pressing(calendar: WorkCalendar, on: datetime.date) -> list[Pressing]:
    """The open call-backs that are pressing on a day, what ends first before the others."""
    found = ((each, level(calendar, on, each.due_on)) for each in queries.due())
    return [
        Pressing(
            case=each.case,
            policy_no=each.policy_no,
            client_no=each.client_no,
            agent_no=each.agent_no,
            state=each.state,
            calls=each.calls,
            due_on=each.due_on,
            days_left=(each.due_on - on).days,
            working_days_left=len(clock.working_days_left(calendar, on, each.due_on)),
            level=pressed,
        )
        for each, pressed in found
        if pressed is not None
    ]
