"""The effect of a change on the coming days: as they stand, and as they would be.

Both are looked at by `coming`, and laid side by side in a table of this connection alone, touchpoint
by touchpoint; nothing is written to the book.
"""

import datetime
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from policies import database, dates, timeline
from policies.dates import WorkCalendar
from policies.plan import Plan
from servicing.projections import queries, upcoming
from servicing.projections.queries import ChangedLook, Look, Side
from servicing.projections.upcoming import Coming
from servicing.schedule.materialize import Walker

Kind = Literal["more", "fewer", "earlier", "later", "otherwise"]
KINDS: tuple[Kind, ...] = ("more", "fewer", "earlier", "later", "otherwise")

EXAMPLES = 10
"""Of each kind of change, the first so many."""

HORIZON_MONTHS = 24
"""How far beyond the days we look for a touchpoint that has moved out of them."""

Elsewhere = Callable[[Side, str, str, datetime.date], datetime.date | None]
"""When a touchpoint (key, occurrence, anchor) falls due on a side where the days do not have it."""


@dataclass(frozen=True)
class Example:
    """One touchpoint that the change would move."""

    kind: Kind
    touchpoint: str
    client_no: str
    policy_no: str
    before_on: datetime.date | None
    """The day on which it is sent or shown as things stand; None: not at all."""
    after_on: datetime.date | None
    before: str
    """The act of that day: sms, email, task; a desk's task with its desk, as `task:callback`."""
    after: str


@dataclass
class Sum:
    """The messages and tasks of the coming days on one side."""

    messages: int = 0
    sms: int = 0
    email: int = 0
    parts: int = 0
    cost: Decimal | None = None
    tasks: int = 0


@dataclass
class Difference:
    """The effect of a change on the coming days."""

    first: datetime.date
    last: datetime.date
    before: Sum = field(default_factory=Sum)
    after: Sum = field(default_factory=Sum)
    changed: dict[Kind, Counter[str]] = field(default_factory=dict)
    """By kind: how many of each touchpoint."""
    examples: list[Example] = field(default_factory=list)
    too_late: int = 0
    """Of those that are left out (`fewer`): how many because their new day is over by now."""

    def sums(self) -> list[tuple[str, Decimal | int, Decimal | int]]:
        """What is counted on both sides, by name, as it stands and as it would be."""
        both = ((each.name, getattr(self.before, each.name)) for each in fields(Sum))
        sides = ((name, before, getattr(self.after, name)) for name, before in both)
        return [each for each in sides if None not in each]

    def rows(self) -> list[tuple[Kind, str, int]]:
        """What changes: its kind, the touchpoint, and how many of it."""
        return [
            (kind, key, count)
            for kind, counts in self.changed.items()
            for key, count in counts.most_common()
        ]

    @property
    def count(self) -> int:
        """How many touchpoints the change would move."""
        return sum(each.total() for each in self.changed.values())


class Comparison:
    """The two sides as they are looked at."""

    def __init__(self, today: datetime.date, last: datetime.date, price_per_part: float) -> None:
        self._today, self._last, self._price = today, last, price_per_part
        self._sums: dict[Side, Sum] = {"before": Sum(), "after": Sum()}

    def look(self, side: Side, walker: Walker) -> None:
        """Look ahead, and lay down what comes. Call it inside a transaction."""
        total = self._sums[side]
        with database.explained():
            queries.begin_look(side)
            for some in database.chunks(upcoming.coming(walker, self._today, self._last)):
                queries.add_looks(side, [look for each in some if (look := _look(each, total))])
        if self._price:
            total.cost = total.parts * Decimal(str(self._price))

    def difference(self, elsewhere: Elsewhere = lambda *_: None) -> Difference:
        """Lay the sides against each other, and clear both away."""
        difference = Difference(self._today, self._last, self._sums["before"], self._sums["after"])
        difference.changed = {kind: Counter() for kind in KINDS}
        shown: Counter[Kind] = Counter()
        for each in queries.changed_looks():
            kind, was, will = self._judged(each, elsewhere, difference)
            difference.changed[kind][each.key] += 1
            shown[kind] += 1
            if shown[kind] <= EXAMPLES:
                difference.examples.append(_example(kind, each, was, will))
        difference.examples.sort(key=lambda each: KINDS.index(each.kind))
        for side in self._sums:
            queries.end_look(side)
        return difference

    def _judged(
        self,
        each: ChangedLook,
        elsewhere: Elsewhere,
        difference: Difference,
    ) -> tuple[Kind, "_Act | None", "_Act | None"]:
        """The kind of a change, and both sides: one may lie beyond the days that are looked at."""
        was, will = _act(each.before_on, each.before_act), _act(each.after_on, each.after_act)
        if was and will:
            moved: Kind = "earlier" if will.on < was.on else "later"
            return "otherwise" if was.on == will.on else moved, was, will
        side: Side = "after" if was else "before"
        then = elsewhere(side, each.key, each.occurrence, each.anchor_on)
        beyond = _Act(then, "") if then and then > self._last else None
        if will:
            return "earlier" if beyond else "more", beyond, will
        difference.too_late += then is not None and then < self._today
        return "later" if beyond else "fewer", was, beyond


class _Act(NamedTuple):
    """The day on which a touchpoint is sent or shown, and by which act."""

    on: datetime.date
    what: str


def _act(on: datetime.date | None, what: str | None) -> _Act | None:
    return _Act(on, what or "") if on else None


def _example(kind: Kind, each: ChangedLook, was: _Act | None, will: _Act | None) -> Example:
    return Example(
        kind=kind,
        touchpoint=each.key,
        client_no=each.client_no,
        policy_no=each.policy_no,
        before_on=was.on if was else None,
        after_on=will.on if will else None,
        before=was.what if was else "",
        after=will.what if will else "",
    )


def _look(each: Coming, total: Sum) -> Look | None:
    """The message or task of a touchpoint, counted; None where there is neither."""
    due, message, task = each.decision.due, each.decision.message, each.task
    sent = message if message and message.state == "queued" else None
    shown = task if task and task.state == "open" else None
    if sent is None and shown is None:
        return None
    if sent:
        total.messages += 1
        total.sms += sent.channel == "sms"
        total.email += sent.channel == "email"
    total.parts += each.decision.parts
    total.tasks += shown is not None
    on = sent.planned_on if sent else None
    on = on or (shown.show_on if shown else each.decision.on)
    of_task = [f"task:{shown.desk}" if shown.desk else "task"] if shown else []
    act = "+".join([*([sent.channel] if sent else []), *of_task])
    exactly = f"{each.decision.parts} {each.decision.words} {shown and shown.show_on}"
    scope = due.touchpoint.scope
    return Look(
        scope=scope,
        subject=each.client_id if scope == "client" else each.policy_id,
        key=due.key,
        occurrence=each.occurrence,
        anchor_on=each.anchor_on,
        policy_id=each.policy_id,
        done_on=on,
        act=act,
        exactly=exactly,
    )


def of_walkers(
    before: Walker,
    after: Walker,
    today: datetime.date,
    last: datetime.date,
    price_per_part: float = 0,
) -> Difference:
    """The effect of another plan, or of other words, on the days from `today` to `last`."""
    comparison = Comparison(today, last, price_per_part)
    plans: dict[Side, Plan] = {"before": before.plan, "after": after.plan}
    with database.snapshot():
        comparison.look("before", before)
        comparison.look("after", after)
        return comparison.difference(_elsewhere(plans, before.calendar, today, last))


def _elsewhere(
    plans: dict[Side, Plan], calendar: WorkCalendar, today: datetime.date, last: datetime.date
) -> Elsewhere:
    """By the plan of a side: once owed, since ever; again and again, in the months around."""
    begin = dates.months_after(today, -HORIZON_MONTHS)
    end = dates.months_after(last, HORIZON_MONTHS)

    @lru_cache(maxsize=1 << 16)
    def then(side: Side, key: str, occurrence: str, anchor: datetime.date) -> datetime.date | None:
        touchpoint = plans[side].touchpoint(key)
        if touchpoint is None:
            return None
        recurs = any(step.every_months for step in touchpoint.due)
        start = begin if recurs else datetime.date.min
        return timeline.day_of(touchpoint, calendar, anchor, occurrence, start, end)

    return then
