"""Plans, books and days that nobody would think of, for tests in which two readings must agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from policies import dates, occasions, plan
from policies.dates import WorkCalendar
from policies.importing.cells import cells
from policies.occasions import Born
from policies.plan import Plan, Step, Touchpoint
from policies.status import ENDED, LOST, SUSPENDED
from policies.timeline import ClientDates, Happened, Instalment, PolicyDates


def examples(share: int) -> int:
    """So many examples of a usual run's hundred; a drill takes more, `thorough` many."""
    return settings.default.max_examples * share // 100


each_rolled_back = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
"""The book is emptied between examples by taking each one back."""


CALENDARS = st.sampled_from(["CN", "CN", "CN", "US"]).map(dates.work_calendar)

SPECIAL_DAYS = [
    *(date(2026, 2, day) for day in (14, 15, 24, 25, 28)),  # around Spring Festival
    *(date(2024, 2, 29), date(2028, 2, 29), date(2025, 2, 28), date(2025, 3, 1), date(2024, 3, 1)),
    *(date(2026, 4, 30), date(2026, 3, 31), date(2025, 8, 31), date(2025, 12, 31)),
    *(date(2026, 1, 1), date(2026, 1, 4), date(2026, 10, 8), date(2026, 7, 1)),
]
DAYS = st.sampled_from(SPECIAL_DAYS) | st.dates(date(2023, 1, 1), date(2028, 12, 31))

OFFSETS = st.sampled_from([0, 1, 2, 3, 6, 7, 11, 12, 13, 24])
STATUSES = st.sampled_from(
    ["in_force"] * 9 + ["suspended", *sorted(LOST)] * 3 + sorted(cells.STATUSES)
)


# --- Plans --------------------------------------------------------------------------------------


@st.composite
def steps(draw: st.DrawFn, anchor: str) -> Step:
    owner = draw(st.sampled_from([None, None, "message", "task", "both"]))
    if anchor == "premium_due":
        if draw(st.booleans()):
            return Step(days=draw(st.sampled_from([-30, -7, -1, 0, 15, 45])), owner=owner)
        return Step(months=draw(st.sampled_from([-2, -1, 0, 1])), owner=owner)
    if anchor in occasions.EVERY_YEAR:
        return Step(days=draw(st.sampled_from([-7, -3, -1, 0, 1, 5])), owner=owner)
    if anchor in ("handover", "case_closed", "task_done"):
        if draw(st.booleans()):
            first = 1 if anchor == "handover" else 0
            return Step(days=draw(st.sampled_from([first, 1, 2, 7, 30])), owner=owner)
        return Step(months=draw(st.sampled_from([1, 2, 12])), owner=owner)
    if anchor == "birthday":
        return Step(months=draw(st.sampled_from([0, 6, 12])), every_months=12, owner=owner)
    months, every = draw(OFFSETS), draw(st.sampled_from([None, 1, 1, 2, 3, 5, 6, 12]))
    if every:
        until = draw(st.sampled_from([plan.MAX_MONTHS, *range(months, months + 24)]))
        return Step(months=months, every_months=every, until_months=until, owner=owner)
    if draw(st.integers(0, 2)) == 0:
        return Step(days=draw(st.integers(0, 40)), owner=owner)
    return Step(months=months, owner=owner)


@st.composite
def touchpoints(draw: st.DrawFn, key: str, *anchors: str, **counted: Any) -> Touchpoint:
    """`counted`: the keys that say what is counted from."""
    anchor = draw(st.sampled_from(anchors))
    scope = plan.SCOPES.get(anchor) or draw(  # type: ignore[call-overload]
        st.sampled_from(["policy", "client"])
    )
    touchpoint = Touchpoint(
        id=key,
        title={"en": key},
        anchor=anchor,  # type: ignore[arg-type]
        due=tuple(draw(st.lists(steps(anchor), min_size=1, max_size=2))),
        kind="basic",
        scope=scope,  # type: ignore[arg-type]
        owner=draw(st.sampled_from(["message", "task", "both"])),
        template="month_1",
        **counted,
    )
    if list(plan.mistakes(touchpoint)):  # its steps overlap
        touchpoint = msgspec.structs.replace(touchpoint, due=touchpoint.due[:1])
    assert not list(plan.mistakes(touchpoint))
    return touchpoint


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan that `plan.load` would take."""
    found = [draw(touchpoints("first", "issue", "delivered", "birthday"))]
    if draw(st.booleans()):
        found.append(draw(touchpoints("second", "issue")))
    if draw(st.booleans()):
        found.append(draw(touchpoints("renewal", "premium_due")))
    if draw(st.booleans()):
        found.append(draw(touchpoints("introduction", "handover")))
    if draw(st.booleans()):
        found.append(draw(touchpoints("rescue", "suspended")))
    if draw(st.booleans()):
        found.append(draw(touchpoints("lost", "ended")))
    if draw(st.booleans()):
        outcome = draw(st.sampled_from([(), ("closed",), ("closed", "withdrawn")]))
        found.append(draw(touchpoints("thanks", "case_closed", case="complaint", outcome=outcome)))
    if draw(st.booleans()):
        festival = draw(
            st.sampled_from(["spring_festival", "new_year", "lantern", "new_years_eve"])
        )
        found.append(draw(touchpoints("festival", "festival", festival=festival)))
    if draw(st.booleans()):
        found.append(draw(touchpoints("family", "relation_birthday")))
    if any(found[0].has_task(step) for step in found[0].due) and draw(st.booleans()):
        asked = draw(touchpoints("asked", "task_done", task=found[0].id))
        scope = "client" if found[0].scope == "client" else asked.scope
        found.append(msgspec.structs.replace(asked, scope=scope))
    return Plan(
        name="imagined",
        title={},
        touchpoints=tuple(found),
        digest="0" * 12,
    )


# --- Books --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """The days that are walked: all policies join inside it, so nothing was owed before."""

    first: date
    last: date

    def days(self) -> Iterator[date]:
        return dates.days_between(self.first, self.last)


@st.composite
def spans(draw: st.DrawFn, longest: int) -> Span:
    last = draw(DAYS)
    return Span(last - timedelta(days=draw(st.integers(0, longest))), last)


@st.composite
def days_of(draw: st.DrawFn, span: Span) -> date:
    return span.last - timedelta(days=draw(st.integers(0, (span.last - span.first).days)))


@st.composite
def anchors(draw: st.DrawFn, span: Span, of: Plan, anchor: str = "issue") -> date:
    """A date from which something of the plan may well fall due in the span."""
    near = draw(days_of(span))
    found = [step for each in of.touchpoints for step in each.due if each.anchor == anchor]
    step = draw(st.sampled_from(found or [Step(months=12)]))
    if step.days is not None:
        day = near - timedelta(days=step.days)
    else:
        day = dates.months_after(near, -draw(st.sampled_from(step.month_counts()[:40])))
    if draw(st.integers(0, 3)) == 0:
        day = day.replace(day=dates.days_in_month(day.year, day.month))
    return day - timedelta(days=draw(st.sampled_from([0, 0, 0, 1, 2, 3, 30])))


@st.composite
def ledgers(draw: st.DrawFn, span: Span, of: Plan) -> tuple[Instalment, ...]:
    due_dates = draw(st.lists(anchors(span, of, "premium_due"), max_size=2, unique=True))
    amounts = st.sampled_from([0, 1, 120_000, 120_000])
    return tuple(
        Instalment(due, draw(st.none() | days_of(span)), amount=draw(amounts)) for due in due_dates
    )


@st.composite
def policies(
    draw: st.DrawFn,
    span: Span,
    of: Plan,
    number: int,
    days: st.SearchStrategy[date],
    reassignments: st.SearchStrategy[date],
) -> PolicyDates:
    status = draw(STATUSES)
    issued = draw(days)
    ends = st.just(span.last + timedelta(days=9)) | days_of(span)
    if status in LOST:
        ends |= anchors(span, of, "ended")
    ended = draw(ends if status in ENDED else st.none() | st.none() | ends)
    is_suspended = status == SUSPENDED
    return PolicyDates(
        id=number,
        policy_no=f"P{number:03}",
        issue_date=issued,
        served_from=draw(st.just(span.first) | st.just(span.first) | days_of(span)),
        status=status,
        ended_on=max(ended, issued) if ended else None,
        delivered_on=draw(st.none() | anchors(span, of, "delivered")),
        suspended_on=draw(st.none() | anchors(span, of, "suspended")) if is_suspended else None,
        premiums=draw(ledgers(span, of)),
        handed_on=tuple(sorted(draw(st.sets(reassignments, max_size=2)))),
        left_out_times=draw(st.sampled_from([0, 0, 0, 0, 1, 2])),
        happened=tuple(
            Happened("task:first", day)
            for day in draw(st.sets(anchors(span, of, "task_done"), max_size=2))
        ),
    )


@st.composite
def closed(draw: st.DrawFn, span: Span, of: Plan) -> list[Happened]:
    """Cases that were closed, each as one of its kind and as one with its end."""
    days = anchors(span, of, "case_closed")
    found = set()
    for kind in draw(st.lists(st.sampled_from(["complaint", "complaint", "enquiry"]), max_size=3)):
        day, end = draw(days), draw(st.sampled_from(["closed", "withdrawn", "refused"]))
        found |= {Happened(f"case:{kind}", day), Happened(f"case:{kind}:{end}", day)}
    return sorted(found, key=lambda each: (each.on, each.of))


@st.composite
def families(draw: st.DrawFn, span: Span, of: Plan) -> tuple[Born, ...]:
    """Birthdays that may well come in the span, by one calendar or the other."""
    found = set()
    for is_lunar in draw(st.lists(st.booleans(), max_size=3)):
        day = draw(anchors(span, of, "relation_birthday"))
        births = occasions.births(day, is_lunar)
        near = st.sampled_from(births) if births else st.nothing()
        leap = st.sampled_from([date(2024, 2, 29), date(2023, 4, 20), date(2020, 5, 23)])
        found.add(Born(draw(near | leap), is_lunar))
    return tuple(sorted(found))


@st.composite
def clients(draw: st.DrawFn, span: Span, of: Plan, number: int) -> ClientDates:
    leap = st.sampled_from([date(1984, 2, 29), date(1984, 2, 28), date(1990, 3, 1)])
    near = anchors(span, of, "birthday").map(lambda day: dates.months_after(day, -12 * 30))
    count = draw(st.sampled_from([1, 2, 3, 5]))
    days = anchors(span, of)
    if draw(st.booleans()):  # policies bought on one day, as couples and parents do
        days = st.sampled_from([draw(days), draw(days)])
    # two days, so that policies are often handed over together
    reassignments = st.sampled_from([draw(anchors(span, of, "handover")) for _ in range(2)])
    theirs = [
        draw(policies(span, of, number * 10 + each, days, reassignments)) for each in range(count)
    ]
    happened = draw(closed(span, of))
    for each in theirs:
        happened += each.happened
    return ClientDates(
        birthday=draw(st.none() | leap | near),
        policies=tuple(theirs),
        happened=tuple(dict.fromkeys(happened)),
        family=draw(families(span, of)),
    )


@st.composite
def books(draw: st.DrawFn, span: Span, of: Plan) -> list[ClientDates]:
    """Some clients with their policies and ledgers, all of whom join inside the span."""
    return [draw(clients(span, of, number)) for number in range(1, 1 + draw(st.integers(1, 3)))]


@dataclass(frozen=True)
class World:
    """A plan, a country, a book and the days to be walked."""

    plan: Plan
    calendar: WorkCalendar
    book: list[ClientDates]
    span: Span


@st.composite
def worlds(draw: st.DrawFn, longest: int) -> World:
    span, of = draw(spans(longest)), draw(plans())
    return World(of, draw(CALENDARS), draw(books(span, of)), span)
