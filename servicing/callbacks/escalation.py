"""Call-backs whose free look is about to end, or is over (domain.md §15.4)."""

import datetime
from dataclasses import dataclass

from policies import clock
from policies.dates import WorkCalendar
from policies.pressing import Level, level, spans
from servicing.callbacks import queries


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


def pressing(calendar: WorkCalendar, on: datetime.date) -> list[Pressing]:
    """The call-backs that are pressing on a day: what can still be in time first, then what is over.

    Of either, what ends first stands before the others.
    """
    until = spans(calendar, on)[-1].last
    found = ((each, level(calendar, on, each.due_on)) for each in queries.due(on, until))
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
