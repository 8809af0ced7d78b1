"""A ground for cases of mainland China, and cases that are opened and moved along it."""

import datetime
from pathlib import Path
from typing import Any

from policies import clock, dates
from policies.case_moves import Given
from servicing.cases import opening, stepping
from servicing.cases.ground import Ground
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.core.case_models import Case
from tests import cast

NOW = cast.at("2026-06-01")
TODAY = NOW.date()

BY = "root"
"""Somebody at the machine itself."""


def ground(country: str = "CN", subdivision: str = "", home: Path = Path("/nowhere")) -> Ground:
    calendar = dates.work_calendar(country, subdivision)
    return Ground(home, country, clock.of(country, home), calendar)


CHINA = ground()


def complaint(received: cast.Day = "2026-03-02", *, on: Ground = CHINA, **facts: Any) -> Case:
    said = {"client_no": "C001", "text": "nobody answers", "by": BY} | facts
    request = Request("complaint", cast.day(received), **said)
    return opening.open_case(on, request, TODAY, NOW)


SAID = Given("as it was said", date=datetime.date(2026, 9, 1))


def done(case: Case | int, *steps: str, on: cast.Day = "2026-03-09", by: str = BY) -> Case:
    """Take steps one after the other, with all that they need."""
    number = case if isinstance(case, int) else case.id
    for each in steps:
        given = SAID._replace(reason="no_harm" if each == "refuse" else "")
        order = Order(number, each, by, cast.day(on), given)
        stepping.step(CHINA, order, TODAY, NOW)
    return stepping.of_number(number)


TO_DECIDED = ("accept", "investigate", "offer", "decide")
TO_CLOSED = (*TO_DECIDED, "inform", "follow_up", "close")
