"""A policy's life: the months around today mark by mark, the years before them folded."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from policies import dates
from servicing.card.card import PolicyCard
from servicing.card.policy_timeline import TimelineLine

Fate = Literal["done", "open", "missed", "left", "planned"]

MONTHS, BEFORE = 12, 3
"""So many months are told mark by mark, so many of them before the one we are in."""

_FATES: dict[str, Fate] = {
    **dict.fromkeys(("done", "delivered", "accepted"), "done"),
    **dict.fromkeys(("open", "queued", "sending", "unknown"), "open"),
    **dict.fromkeys(("missed", "failed", "undelivered"), "missed"),
    "planned": "planned",
}


@dataclass(frozen=True)
class Mark:
    """One touchpoint of the life."""

    fate: Fate
    is_task: bool
    line: TimelineLine


@dataclass
class Month:
    """A month with its marks."""

    first: datetime.date
    is_now: bool
    marks: list[Mark] = field(default_factory=list)


@dataclass
class Year:
    """A year that is over, or begins before the months that are told mark by mark."""

    year: int
    lines: list[TimelineLine] = field(default_factory=list)
    counts: dict[Fate, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Lifeline:
    """What is drawn of a life, and how much of each fate there is in all of it."""

    months: Sequence[Month]
    """Those that have marks, and the one we are in."""
    years: Sequence[Year]
    """The latest first."""
    counts: dict[Fate, int]


def of(policy: PolicyCard, on: datetime.date) -> Lifeline:
    """A policy's life from its issue to where its card ends looking ahead, or to its end."""
    now = on.replace(day=1)
    first = dates.months_after(now, -BEFORE)
    behind = dates.months_after(first, MONTHS)
    months: dict[datetime.date, Month] = {now: Month(now, True)}
    years: dict[int, Year] = {}
    counts: dict[Fate, int] = {}
    for each in policy.timeline:
        fate = fate_of(each.state)
        counts[fate] = counts.get(fate, 0) + 1
        if first <= each.due_on < behind:
            month = each.due_on.replace(day=1)
            marks = months.setdefault(month, Month(month, False)).marks
            marks.append(Mark(fate, each.task_on is not None, each))
        elif each.due_on < first:
            year = years.setdefault(each.due_on.year, Year(each.due_on.year))
            year.lines.append(each)
            year.counts[fate] = year.counts.get(fate, 0) + 1
    told = sorted(months.values(), key=lambda each: each.first)
    return Lifeline(told, [years[each] for each in sorted(years, reverse=True)], counts)


def fate_of(state: str) -> Fate:
    """The fate of a touchpoint: its task's, where it has one, for the task is assessed."""
    return _FATES.get(state.split(" + ")[-1], "left")
