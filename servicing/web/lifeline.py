"""A policy's life as a line: where on it what was done, was missed, and is to come."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from policies import dates
from servicing.desk.card import PolicyCard
from servicing.desk.policy_timeline import AHEAD_MONTHS, TimelineLine

Fate = Literal["done", "open", "missed", "left", "planned"]

WIDTH, MARGIN = 500, 12
"""Of the drawing, in its own units: wide enough for a desk, few enough for a phone."""

MOST_YEARS = 7
"""That are named below the line."""

_FATES: dict[str, Fate] = {
    **dict.fromkeys(("done", "delivered", "accepted"), "done"),
    **dict.fromkeys(("open", "queued", "sending", "unknown"), "open"),
    **dict.fromkeys(("missed", "failed", "undelivered"), "missed"),
    "planned": "planned",
}


@dataclass(frozen=True)
class Mark:
    """One touchpoint on the line."""

    x: int
    fate: Fate
    is_task: bool
    line: TimelineLine


@dataclass(frozen=True)
class Lifeline:
    """The drawing: where its years begin, where today is, where it ends, and its marks."""

    years: list[tuple[int, int]]
    today: int
    ended: int | None
    marks: list[Mark]
    counts: dict[Fate, int]


def of(policy: PolicyCard, on: datetime.date) -> Lifeline:
    """A policy's life from its issue to where its card ends looking ahead, or to its end."""
    until = max([dates.months_after(on, AHEAD_MONTHS), *(each.due_on for each in policy.timeline)])
    scale = _Scale(policy.issue_date, until)
    marks = [
        Mark(scale.x(each.due_on), fate_of(each.state), _is_task(each), each)
        for each in policy.timeline
    ]
    counts: dict[Fate, int] = {}
    for mark in marks:
        counts[mark.fate] = counts.get(mark.fate, 0) + 1
    ended = scale.x(policy.ended_on) if policy.ended_on else None
    return Lifeline(list(scale.years()), scale.x(on), ended, marks, counts)


def fate_of(state: str) -> Fate:
    """The fate of a touchpoint: its task's, where it has one, for the task is assessed."""
    return _FATES.get(state.split(" + ")[-1], "left")


def _is_task(line: TimelineLine) -> bool:
    return line.task_on is not None


@dataclass(frozen=True)
class _Scale:
    first: datetime.date
    last: datetime.date

    def x(self, day: datetime.date) -> int:
        span = max((self.last - self.first).days, 1)
        share = min(max((day - self.first).days / span, 0), 1)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN))

    def years(self) -> Iterator[tuple[int, int]]:
        """The policy's anniversaries, by number; few enough to be read."""
        count = (self.last - self.first).days // 365
        step = max(1, -(-count // MOST_YEARS))
        for year in range(0, count + 1, step):
            yield self.x(dates.months_after(self.first, 12 * year)), year
