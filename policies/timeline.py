"""A policy's touchpoints between two dates, and those due on a day: one rule, read both ways.

Forwards: from a client and its policies to their touchpoints (the card, "why").
Backwards: from a day to the few anchor dates that are due on it (the walk). Each is the other's
test: for every plan, book and day they must name the same touchpoints.

Words: the *nominal* day is anchor + offset. A message is due on its nominal day; a mere
task moves to the next working day, and where a message and a task go together the touchpoint is
due on the nominal day and its task on the working day (domain.md §4.2).
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from policies import counting, dates, inforce, occasions
from policies.dates import WorkCalendar
from policies.occasions import Born
from policies.plan import Anchor, Plan, Step, Touchpoint
from policies.status import LOST

SHIFT_MARGIN_MONTHS = 2
"""How far before a span to look for touchpoints whose working day lies inside it."""


@dataclass(frozen=True, slots=True)
class Instalment:
    """One instalment of the premium ledger."""

    due_date: date
    paid_on: date | None = None
    amount: int = field(kw_only=True)
    """In hundredths; one of 0 asks for nothing."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that was done and is counted from: a case was closed, a task was done."""

    of: str
    """What: one of a touchpoint's `happenings`."""
    on: date


@dataclass(frozen=True, slots=True)
class PolicyDates:
    """The dates and the status of a policy."""

    id: int
    policy_no: str
    issue_date: date
    served_from: date
    status: str = "in_force"
    ended_on: date | None = None
    delivered_on: date | None = None
    suspended_on: date | None = None
    premiums: tuple[Instalment, ...] = ()
    handed_on: tuple[date, ...] = ()
    """The days on which another agent took it over."""
    left_out_times: int = 0
    happened: tuple[Happened, ...] = ()
    """What was done for it, and is counted from."""


@dataclass(frozen=True, slots=True)
class ClientDates:
    """The dates of a client and of the client's policies."""

    birthday: date | None
    policies: tuple[PolicyDates, ...]
    happened: tuple[Happened, ...] = ()
    """What was done for the client, whichever policy it was for, and is counted from."""
    family: tuple[Born, ...] = ()
    """The birthdays in the family, oldest first, as far as the plan counts from them."""


@dataclass(frozen=True, slots=True)
class Due:
    """One touchpoint falling due: which, counted from where, when."""

    touchpoint: Touchpoint = field(compare=False, repr=False)
    step: Step = field(compare=False, repr=False)
    key: str
    occurrence: str
    anchor_on: date
    due_on: date
    """The day it is recorded: the message's day, or the working day of a mere task."""
    task_on: date | None
    """The working day on which the agent sees it; None without a task."""
    closes_on: date | None = field(default=None, compare=False)
    """The last day on which the task is worth doing; None without a task."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A touchpoint that one policy carries, for itself or for its client."""

    policy_no: str
    due: Due


def carrier(policies: Iterable[PolicyDates], day: date) -> PolicyDates | None:
    """The policy that carries the client's touchpoints: the earliest one owed service that day."""
    found = (policy for policy in policies if inforce.is_owed(policy, day))
    return min(found, key=lambda policy: (policy.issue_date, policy.id), default=None)


def candidates(
    touchpoint: Touchpoint, policies: Iterable[PolicyDates], anchor: date
) -> list[PolicyDates]:
    """Those of a client's policies that may carry a touchpoint of the client.

    New agents introduce themselves for the policies they took over, or somebody else would sign.
    """
    is_any = touchpoint.anchor != "handover"
    return [policy for policy in policies if is_any or anchor in policy.handed_on]


_COMES_AGAIN = frozenset[Anchor](["premium_due", "handover", "suspended"])
"""Anchors of which a policy has several: the name of an occurrence says from which it is counted."""


def occurrence(
    touchpoint: Touchpoint, step: Step, anchor: date, months: int, nominal: date, of: str = ""
) -> str:
    """The name by which this touchpoint is one and the same however often it comes up.

    Deliberately blind to the offset where a touchpoint happens once: a plan edited from 4 to 5
    months does not owe it a second time. `of`: what has happened on the anchor date.
    """
    if touchpoint.anchor in occasions.EVERY_YEAR:
        return occasions.occurrence(of, nominal - timedelta(days=step.days or 0), step.days or 0)
    if of or touchpoint.anchor in _COMES_AGAIN:
        counted = f"{step.days:+d}d" if step.days is not None else f"{months:+d}m"
        return f"{of}@{anchor}{counted}" if of else f"{anchor}{counted}"
    if step.every_months and touchpoint.scope == "client":
        return period(nominal, step.every_months)
    if len(touchpoint.due) == 1 and not step.every_months:
        return "once"
    return f"{months}m" if step.days is None else f"{step.days}d"


@lru_cache(maxsize=1 << 12)
def period(day: date, months: int) -> str:
    """The stretch of `months` months of the calendar in which `day` lies: 2026-05, 2026-Q2, 2026-H1."""
    number = dates.month_index(day) // months
    names = {
        1: f"{day:%Y-%m}",
        3: f"{day:%Y}-Q{(day.month + 2) // 3}",
        6: f"{day:%Y}-H{(day.month + 5) // 6}",
        12: f"{day:%Y}",
    }
    return names.get(months, f"{number}x{months}m")


# ---------------------------------------------------------------- backwards: a day's anchor dates


def falling_due(
    plan: Plan, calendar: WorkCalendar, day: date, since: Mapping[str, date] | None = None
) -> Iterator[Due]:
    """Everything that can fall due on `day`, each with the one anchor date it is counted from.

    `since`: by kind of anchor the oldest date that is of interest. A plan for life counts from the
    dates of a hundred years, and few books are so old.
    """
    for touchpoint in plan.touchpoints:
        oldest = since[touchpoint.anchor] if since else date.min
        for step in touchpoint.due:
            nominals = [day] if touchpoint.has_message(step) else calendar.answers_for(day)
            for nominal in nominals:
                if touchpoint.anchor in occasions.EVERY_YEAR:
                    for of, anchor in _coming_on(touchpoint, step, nominal, oldest):
                        yield _due(touchpoint, step, calendar, anchor, 0, nominal, of)
                    continue
                for months, anchor in _counted_back(step, nominal, oldest):
                    for of in touchpoint.happenings:
                        yield _due(touchpoint, step, calendar, anchor, months, nominal, of)


def _coming_on(
    touchpoint: Touchpoint, step: Step, nominal: date, oldest: date
) -> Iterator[tuple[str, date]]:
    """What comes every year and has a step on a day, each with the date that it is counted from."""
    day = nominal - timedelta(days=step.days or 0)
    if touchpoint.anchor == occasions.FESTIVAL:
        if occasions.is_festival(touchpoint.festival, day):
            yield touchpoint.festival, day
        return
    for is_lunar in (False, True):
        for born in occasions.births(day, is_lunar):
            if born >= oldest:
                yield Born(born, is_lunar).calendar, born


def _counted_back(step: Step, nominal: date, oldest: date) -> Iterator[tuple[int, date]]:
    """The anchor dates of a nominal day, each with the months between; 0 where days are counted."""
    if step.days is not None:
        anchor = nominal - timedelta(days=step.days)
        if anchor >= oldest:
            yield 0, anchor
    furthest = dates.month_index(nominal) - dates.month_index(oldest)
    for months in step.month_counts():
        if months > furthest:
            return
        for anchor in dates.anchors_before(nominal, months):
            if anchor >= oldest:
                yield months, anchor


def _due(
    touchpoint: Touchpoint,
    step: Step,
    calendar: WorkCalendar,
    anchor: date,
    months: int,
    nominal: date,
    of: str,
) -> Due:
    task_on = calendar.on_or_after(nominal) if touchpoint.has_task(step) else None
    return Due(
        touchpoint=touchpoint,
        step=step,
        key=touchpoint.id,
        occurrence=occurrence(touchpoint, step, anchor, months, nominal, of),
        anchor_on=anchor,
        due_on=nominal if touchpoint.has_message(step) else task_on or nominal,
        task_on=task_on,
        closes_on=_closes_on(touchpoint, calendar, task_on),
    )


def _closes_on(touchpoint: Touchpoint, calendar: WorkCalendar, task_on: date | None) -> date | None:
    """The last day of a task: so many days later, or so many working days, its first one counted."""
    if task_on is None or not touchpoint.task_working_days:
        return task_on and task_on + timedelta(days=touchpoint.task_window_days)
    last = task_on
    for _ in range(touchpoint.task_working_days - 1):
        last = calendar.on_or_after(last + dates.ONE_DAY)
    return last


# ---------------------------------------------------------------- forwards: a client's timeline


def client_timeline(
    plan: Plan, calendar: WorkCalendar, client: ClientDates, start: date, end: date
) -> list[Owed]:
    """The touchpoints of [start, end] owed to a client and its policies, in order of date.

    One policy carries a touchpoint of the client, and once a period, whichever carried it.
    """
    found = [
        owed
        for touchpoint in plan.touchpoints
        for owed in _touchpoint_timeline(touchpoint, calendar, client, start, end)
    ]
    return sorted(found, key=lambda owed: (owed.due.due_on, owed.due.key, owed.policy_no))


def _touchpoint_timeline(
    touchpoint: Touchpoint, calendar: WorkCalendar, client: ClientDates, start: date, end: date
) -> Iterator[Owed]:
    if touchpoint.scope == "policy":
        for policy in client.policies:
            for due in _forwards(touchpoint, calendar, client, policy, start, end):
                if inforce.is_owed_for(touchpoint, policy, due.due_on):
                    yield Owed(policy.policy_no, due)
        return
    yield from _once_a_period(touchpoint, calendar, client, start, end)


def _once_a_period(
    touchpoint: Touchpoint, calendar: WorkCalendar, client: ClientDates, start: date, end: date
) -> Iterator[Owed]:
    """The client's touchpoints: the first of each period counts, so the look begins before it."""
    lookback = max(step.every_months or 0 for step in touchpoint.due) + SHIFT_MARGIN_MONTHS
    is_ever = _happens_once(touchpoint) and touchpoint.anchor not in occasions.EVERY_YEAR
    since = date.min if is_ever else dates.months_after(start, -lookback)
    found = [
        Owed(policy.policy_no, due)
        for policy in client.policies
        for due in _forwards(touchpoint, calendar, client, policy, since, end)
        if carrier(candidates(touchpoint, client.policies, due.anchor_on), due.due_on) is policy
    ]
    seen: set[str] = set()
    for owed in sorted(found, key=lambda owed: owed.due.due_on):
        if owed.due.occurrence not in seen:
            seen.add(owed.due.occurrence)
            if owed.due.due_on >= start:
                yield owed


def _happens_once(touchpoint: Touchpoint) -> bool:
    return any(step.every_months is None for step in touchpoint.due)


def _forwards(
    touchpoint: Touchpoint,
    calendar: WorkCalendar,
    client: ClientDates,
    policy: PolicyDates,
    start: date,
    end: date,
) -> Iterator[Due]:
    for due, premium in named(touchpoint, calendar, client, policy, start, end):
        if premium is None or is_to_pay(policy, premium, due.due_on):
            yield due


def is_to_pay(policy: PolicyDates, premium: Instalment, on: date) -> bool:
    """Whether somebody is to be asked, on a day, for an instalment of the policy."""
    return inforce.is_to_pay(policy.status, premium.amount, premium.paid_on, on)


def named(
    touchpoint: Touchpoint,
    calendar: WorkCalendar,
    client: ClientDates,
    policy: PolicyDates,
    start: date,
    end: date,
) -> Iterator[tuple[Due, Instalment | None]]:
    """The touchpoints of a policy in [start, end], owed or not, each with the premium it asks for."""
    for anchor in anchors(touchpoint, client, policy, (start, end)):
        for step in touchpoint.due:
            for due in _counted_forward(touchpoint, step, calendar, anchor, start, end):
                if start <= due.due_on <= end:
                    yield due, anchor.premium


def day_of(
    touchpoint: Touchpoint,
    calendar: WorkCalendar,
    anchor: date,
    occurrence_wanted: str,
    start: date,
    end: date,
) -> date | None:
    """The day on which one occurrence falls due, counted from `anchor`; None: not in [start, end]."""
    counted_from = [CountedFrom(anchor, of=each) for each in touchpoint.happenings]
    for step, each in itertools.product(touchpoint.due, counted_from):
        for due in _counted_forward(touchpoint, step, calendar, each, start, end):
            if due.occurrence == occurrence_wanted and start <= due.due_on <= end:
                return due.due_on
    return None


class CountedFrom(NamedTuple):
    """A date that a touchpoint is counted from."""

    on: date
    premium: Instalment | None = None
    """The one that is due on it; None: it is another kind of date."""
    of: str = ""
    """What has happened on it; empty: it is a date of the book."""


def anchors(
    touchpoint: Touchpoint,
    client: ClientDates,
    policy: PolicyDates,
    within: tuple[date, date] = (date.min, date.max),
) -> list[CountedFrom]:
    """The dates the touchpoint is counted from, each once.

    `within`: of festivals only those that can have something due between these days.
    """
    if touchpoint.anchor == occasions.FESTIVAL:
        name = touchpoint.festival
        days = occasions.festival_between(name, *_around(touchpoint, *within))
        return [CountedFrom(day, of=name) for day in days]
    if touchpoint.anchor == occasions.FAMILY:
        return [CountedFrom(each.on, of=each.calendar) for each in client.family]
    if touchpoint.anchor == "premium_due":
        return [CountedFrom(premium.due_date, premium) for premium in policy.premiums]
    if touchpoint.anchor == "handover":
        return [CountedFrom(day) for day in policy.handed_on]
    if touchpoint.anchor in counting.KEYS:
        whose = client if touchpoint.scope == "client" else policy
        meant = {each for each in whose.happened if each.of in touchpoint.happenings}
        found = sorted((each.on, each.of) for each in meant)
        return [CountedFrom(on, of=of) for on, of in found]
    day = {
        "issue": policy.issue_date,
        "delivered": policy.delivered_on,
        "suspended": policy.suspended_on,
        "ended": policy.ended_on if policy.status in LOST else None,
        "birthday": client.birthday,
    }[touchpoint.anchor]
    return [CountedFrom(day)] if day else []


def _around(touchpoint: Touchpoint, start: date, end: date) -> tuple[date, date]:
    """The days between which something has to come, so that a step of it is due in [start, end]."""
    offsets = [step.days or 0 for step in touchpoint.due]
    first = timedelta(days=max(offsets) + 31 * SHIFT_MARGIN_MONTHS)
    last = timedelta(days=-min(offsets))
    return _moved(start, -first), _moved(end, last)


def _moved(day: date, by: timedelta) -> date:
    """A day so much later or earlier, or the end of all days on that side."""
    known = min(max(day.toordinal() + by.days, 1), date.max.toordinal())
    return date.fromordinal(known)


def _counted_forward(
    touchpoint: Touchpoint,
    step: Step,
    calendar: WorkCalendar,
    counted_from: CountedFrom,
    start: date,
    end: date,
) -> Iterator[Due]:
    anchor, _, of = counted_from
    if touchpoint.anchor == occasions.FAMILY:
        born = Born(anchor, of == occasions.LUNAR)
        for day in occasions.birthdays(born, *_around(touchpoint, start, end)):
            nominal = day + timedelta(days=step.days or 0)
            yield _due(touchpoint, step, calendar, anchor, 0, nominal, of)
        return
    if step.days is not None:
        nominal = anchor + timedelta(days=step.days)
        yield _due(touchpoint, step, calendar, anchor, 0, nominal, of)
    counts = step.month_counts()
    since = dates.month_index(start) - SHIFT_MARGIN_MONTHS - dates.month_index(anchor)
    skipped = max(0, -(-(since - counts.start) // counts.step)) if counts else 0
    for months in counts[skipped:]:
        nominal = dates.months_after(anchor, months)
        if nominal > end:
            return
        yield _due(touchpoint, step, calendar, anchor, months, nominal, of)
