"""What a number of a report counts: a condition on cases, which makes its list as well (domain.md §12.7).

Whatever is said of a day is as it was known at the end of that day. A number and its list cannot differ:
both are the cases of one figure, within what the reader may see.
"""

import datetime
import functools
import operator
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import peewee

from policies.dates import ONE_DAY
from policies.models import Agent, Client, Policy
from servicing.cases.queries import UPGRADED
from servicing.core.case_models import Case, CaseClock, CaseEntry

EVERYTHING: Any = peewee.SQL("1 = 1")
"""The condition of whoever may see each case."""

CALLBACK, COMPLAINT, ENQUIRY = "callback", "complaint", "enquiry"
CLEAN, WITH_PROBLEM, UNREACHED = "done_clean", "done_problem", "exhausted"
REACHED = (CLEAN, WITH_PROBLEM)
NOT_OWED = "not_owed"

NEAR = 2
"""Days: a clock that runs out within so many, after the day, is near its end."""


class Figure(NamedTuple):
    """A number of a report, and the cases that it counts."""

    name: str
    cases: Any
    """A condition on `Case`."""


class Tested(NamedTuple):
    """A line of the daily list: how many had a fault, of how many."""

    name: str
    faulty: Any
    of: Any
    """None: it is counted, and there is nothing that it is a share of."""


class Span(NamedTuple):
    """Days, the first and the last included."""

    first: datetime.date
    last: datetime.date


# ------------------------------------------------------------------------------- the week, the month


def week(kind: str, span: Span) -> list[Figure]:
    """The account of some days: open + received − ended = open."""
    return [
        Figure("open_at_start", _open_before(kind, span.first)),
        Figure("received", received(kind, span)),
        Figure("closed", (Case.kind == kind) & Case.ended_on.between(span.first, span.last)),
        Figure("open_at_end", _open_before(kind, span.last + ONE_DAY)),
    ]


def enquiries(span: Span) -> list[Figure]:
    """The account of enquiries 咨询 beside that of complaints, and those that became a complaint."""
    account = week(ENQUIRY, span)
    ended = next(each.cases for each in account if each.name == "closed")
    became = Figure("became_complaints", ended & (Case.state == COMPLAINT))
    return [Figure(f"enquiries_{each.name}", each.cases) for each in [*account, became]]


def of_category(kind: str, span: Span, category: str) -> Figure:
    """Those of the received ones that have a category."""
    return Figure(category, received(kind, span) & _has(category))


def unsorted(kind: str, span: Span, categories: Collection[str]) -> Figure:
    """Those of the received ones that have none of some categories."""
    found = received(kind, span)
    for each in categories:
        found &= ~_has(each)
    return Figure("received", found)


def _has(category: str) -> Any:
    padded = peewee.Value(" ").concat(Case.categories).concat(" ")
    return padded.contains(f" {category} ")


def sorted_as(kind: str, span: Span, seen: Any = EVERYTHING) -> dict[frozenset[str], int]:
    """How many of the received ones are sorted as what."""
    query: Any = (
        Case.select(Case.categories, peewee.fn.COUNT(peewee.SQL("1")))
        .where(received(kind, span) & seen)
        .group_by(Case.categories)
    )
    found: Counter[frozenset[str]] = Counter()
    for said, count in query.tuples():
        found[frozenset(said.split())] += count
    return dict(found)


def month(kind: str, span: Span) -> list[Figure]:
    """The cases that came over some days, as they are known on the last of these."""
    came = received(kind, span)
    clocks = CaseClock.select(peewee.SQL("1")).where(CaseClock.case == Case.id)
    runs_on = peewee.fn.EXISTS(clocks.where(CaseClock.due_on > span.last))
    is_over = peewee.fn.EXISTS(clocks.where(CaseClock.due_on <= span.last)) & ~runs_on
    is_late = peewee.fn.EXISTS(clocks.where(_ran_out()))
    up = CaseEntry.select(peewee.SQL("1")).where(
        (CaseEntry.case == Case.id)
        & (CaseEntry.step == UPGRADED)
        & (CaseEntry.done_on <= span.last)
    )
    return [
        Figure("received", came),
        Figure("judged", came & is_over),
        Figure("in_time", came & is_over & ~is_late),
        Figure("repeats", came & Case.repeat_of.is_null(False)),
        Figure("upgraded", came & peewee.fn.EXISTS(up)),
    ]


def complained_of(kind: str, span: Span, about: Collection[tuple[int | None, str]]) -> Figure:
    """The cases that came over some days and are about some agents, or people by login, or nobody."""
    agents = [agent_id for agent_id, _ in about if agent_id is not None]
    logins = [login for agent_id, login in about if agent_id is None]
    return Figure("complaints", received(kind, span) & about_people(agents, logins))


def about_people(agents: Collection[int], logins: Collection[str]) -> Any:
    """Those that are about some agents, or people by login."""
    by_login = Case.about.is_null() & Case.about_login.in_(sorted(logins))
    return Case.about.in_(sorted(agents)) | by_login


def complained_about(
    kind: str, span: Span, seen: Any = EVERYTHING
) -> list[tuple[int | None, str, int]]:
    """How many of the cases that came over some days are about whom: an agent, or a login, or nobody."""
    return about_whom(received(kind, span) & seen)


def about_whom(cases: Any) -> list[tuple[int | None, str, int]]:
    """How many of some cases are about whom: an agent, or a login, or nobody."""
    query: Any = (
        Case.select(Case.about, Case.about_login, peewee.fn.COUNT(peewee.SQL("1")))
        .where(cases)
        .group_by(Case.about, Case.about_login)
    )
    return list(query.tuples())


class About(NamedTuple):
    """Whom a case is about, and whether a reader may see it."""

    case: int
    agent_id: int | None
    login: str
    is_seen: bool


def about_each(
    of: Any, any_of: Sequence[Any], seen: Any = EVERYTHING
) -> Iterator[tuple[About, list[bool]]]:
    """Whom each of some cases is about that meets one of the conditions, and which of them it meets."""
    told = [each.alias(f"holds_{number}") for number, each in enumerate(any_of)]
    columns = [Case.id, Case.about, Case.about_login, peewee.Case(None, [(seen, 1)], 0), *told]
    met = functools.reduce(operator.or_, any_of)
    query: Any = Case.select(*columns).where(of & met).order_by(Case.id)
    for case, agent_id, login, is_seen, *holds in query.tuples():
        yield About(case, agent_id, login, bool(is_seen)), list(map(bool, holds))


def not_dismissed(kind: str, span: Span, unsettled: Collection[str]) -> Any:
    """Those that came over some days and had not ended by the last in a state that settles nothing."""
    ended = Case.state.in_(sorted(unsettled)) & (Case.ended_on <= span.last)
    return received(kind, span) & ~ended


def proven(kind: str, span: Span, category: str, settled: Collection[str]) -> Any:
    """Those that ended over some days, settled, as what a category says."""
    ended = (Case.kind == kind) & Case.ended_on.between(span.first, span.last)
    return ended & Case.state.in_(sorted(settled)) & _has(category)


def of_product(kind: str, span: Span, product: str) -> Figure:
    """Those that are about a policy of a product; empty: about no policy."""
    theirs = Policy.select(peewee.SQL("1")).where(
        (Policy.id == Case.policy) & (Policy.product == product)
    )
    whose = peewee.fn.EXISTS(theirs) if product else Case.policy.is_null()
    return Figure("complaints", received(kind, span) & whose)


def products(kind: str, span: Span, seen: Any = EVERYTHING) -> Counter[str]:
    """How many of the cases that came over some days are about a policy of which product."""
    query: Any = (
        Case.select(Policy.product, peewee.fn.COUNT(peewee.SQL("1")))
        .join(Policy, peewee.JOIN.LEFT_OUTER, on=Case.policy == Policy.id)
        .where(received(kind, span) & seen)
        .group_by(Policy.product)
    )
    found: Counter[str] = Counter()
    for product, count in query.tuples():
        found[product or ""] += count
    return found


def received(kind: str, span: Span) -> Any:
    """Those that came over some days."""
    return (Case.kind == kind) & Case.received_on.between(span.first, span.last)


def _open_before(kind: str, day: datetime.date) -> Any:
    """Those open at the beginning of a day; each half is found by an index of its own."""
    came = (Case.kind == kind) & (Case.received_on < day)
    still = Case.select(Case.id).where(came & Case.is_open)
    since = Case.select(Case.id).where(came & (Case.ended_on >= day))
    return _either(still, since)


def _either(one: Any, other: Any) -> Any:
    """The cases of two questions; a case that both have counts once."""
    return Case.id.in_(one | other)


# ------------------------------------------------------------------------------------------- the day


def day(span: Span) -> list[Tested]:
    """What may be abnormal of some days: cases with a fault, of all that was done then."""
    ended = (Case.kind == CALLBACK) & Case.ended_on.between(span.first, span.last)
    reached = ended & Case.state.in_(REACHED)
    tried = ended & Case.state.in_((CLEAN, WITH_PROBLEM, UNREACHED))
    late, due = (each & (Case.state != NOT_OWED) for each in _late(CALLBACK, span))
    came = received(COMPLAINT, span)
    return [
        Tested("callback_problem", reached & (Case.state == WITH_PROBLEM), reached),
        Tested("callback_unreached", tried & (Case.state == UNREACHED), tried),
        Tested("callback_late", late | due & (Case.state == UNREACHED), due),
        Tested("complaint_late", *_late(COMPLAINT, span)),
        Tested("complaint_repeat", came & Case.repeat_of.is_null(False), came),
    ]


def standing(on: datetime.date) -> list[Tested]:
    """What nobody may forget at the end of a day: cases whose time is over, and those near their end."""
    over = Case.due_on < on
    near = Case.due_on.between(on, on + NEAR * ONE_DAY)
    stopped = CaseClock.stopped_on > on
    was_over = stopped & (CaseClock.due_on < on)
    was_near = stopped & CaseClock.due_on.between(on, on + NEAR * ONE_DAY)
    return [
        Tested("overdue", _ran(over, was_over, on), None),
        Tested("near_due", _ran(near, was_near, on), None),
    ]


def _ran(still: Any, then: Any, on: datetime.date) -> Any:
    """Cases of which a clock ran at the end of a day: it runs still, or was stopped since."""
    now = Case.select(Case.id).where(Case.is_open & still & (Case.received_on <= on))
    came = CaseClock.started_on <= on
    return _either(now, CaseClock.select(CaseClock.case).where(then & came))


def _late(kind: str, span: Span) -> tuple[Any, Any]:
    """Cases of which a clock ran out, of all whose clock was to end over some days."""
    ends = CaseClock.due_on.between(span.first, span.last)
    due, late = (
        Case.id.in_(CaseClock.select(CaseClock.case).where(each))
        for each in (ends, ends & _ran_out())
    )
    of_kind = Case.kind == kind
    return of_kind & late, of_kind & due


def _ran_out() -> Any:
    """A clock did not stand still when it was due."""
    return CaseClock.stopped_on.is_null() | (CaseClock.stopped_on > CaseClock.due_on)


# ------------------------------------------------------------------------------- numbers, and lists


def counts(figures: Sequence[Any], seen: Any = EVERYTHING) -> list[int]:
    """How many cases each condition has, of those that `seen` lets through: one statement for all."""
    if not figures:
        return []
    columns = [Case.select(peewee.fn.COUNT(peewee.SQL("1"))).where(each & seen) for each in figures]
    query: Any = peewee.Select(columns=columns).bind(Case._meta.database)
    (row,) = query.tuples()
    return list(row)


class CaseRow(NamedTuple):
    """A case in the list behind a number."""

    case: int
    kind: str
    client_no: str | None
    client_name: str | None
    policy_no: str | None
    agent_no: str | None
    agent_name: str | None
    about_login: str
    categories: str
    state: str
    received_on: datetime.date
    due_on: datetime.date | None
    ended_on: datetime.date | None
    desk: str
    owner: str


_COLUMNS: dict[str, Any] = {
    "case": Case.id,
    "client_no": Client.client_no,
    "client_name": Client.name,
    "policy_no": Policy.policy_no,
    "agent_no": Agent.agent_no,
    "agent_name": Agent.name,
}
"""Those that are not called as in the case itself."""


def _column(name: str) -> Any:
    return _COLUMNS[name] if name in _COLUMNS else getattr(Case, name)


def rows(
    of: Any, seen: Any = EVERYTHING, limit: int | None = None, offset: int = 0
) -> list[CaseRow]:
    """The cases of a condition that `seen` lets through, in the order of their receipt."""
    columns = [_column(name).alias(name) for name in CaseRow._fields]
    query: Any = (
        Case.select(*columns)
        .join(Client, peewee.JOIN.LEFT_OUTER, on=Case.client == Client.id)
        .switch(Case)
        .join(Policy, peewee.JOIN.LEFT_OUTER, on=Case.policy == Policy.id)
        .switch(Case)
        .join(Agent, peewee.JOIN.LEFT_OUTER, on=Case.about == Agent.id)
        .where(of & seen)
        .order_by(Case.received_on, Case.id)
        .limit(limit)
        .offset(offset)
    )
    return [CaseRow(**each) for each in query.dicts()]
