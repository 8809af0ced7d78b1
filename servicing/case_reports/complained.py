"""Who is complained of: complaints by the unit or product that they are about (domain.md §12.8)."""

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, get_args

from policies.ordering import by_name
from policies.persistency import units
from servicing.case_reports import about, figures, queries, weeks
from servicing.case_reports.about import People
from servicing.case_reports.figures import EVERYTHING, Span
from servicing.case_reports.part import EVERYBODY, Part
from servicing.case_reports.queries import Held
from servicing.reports import quality
from servicing.reports.quality import Verdict

By = Literal["branch", "team", "agent", "product"]
UNITS: tuple[By, ...] = get_args(By)


@dataclass(frozen=True)
class UnitLine:
    """What is complained of in a unit, against the policies that it has."""

    key: str
    """Empty: about nobody of the force, or no product."""
    name: str
    complaints: int
    policies: int
    """In force on the day."""
    per_wan: float | None
    """Complaints for each 10,000 policies; None: there are none."""
    expected: float | None
    """Complaints ÷ policies of all units; None: there are no policies."""
    limit: float | None
    """The share above which a unit is abnormal; None: it is not judged."""
    verdict: Verdict


@dataclass(frozen=True)
class ComplainedOf:
    """The complaints that came in the month of a day, up to and with the day."""

    since: datetime.date
    until: datetime.date
    by: By
    rows: list[UnitLine]
    """In the order of their names; what is about nobody comes last."""
    total: UnitLine


def complained_of(
    kind: str,
    on: datetime.date,
    by: By,
    policies: int | None = None,
    part: Part = EVERYBODY,
    held_by: Sequence[Held] | None = None,
    of_all: Sequence[Held] | None = None,
) -> ComplainedOf:
    """The month of a day, by the units of today of those whom the complaints are about.

    `policies`: how many the total is set against, where it is not those of the book. `held_by`: the
    policies of the part (`queries.held`), `of_all`: those of everybody, where they are known already;
    what is usual is so of all units. Ask inside a `snapshot`.
    """
    span = weeks.month_of(on)
    people = about.people()
    complaints = _complaints(kind, span, by, part.seen, people)
    held = _held(queries.held(on, part.agents) if held_by is None else held_by, by)
    keys = sorted(complaints.keys() | held.keys(), key=lambda key: (key == "", by_name(key)))
    whole, of_whole = complaints, held
    if part is not EVERYBODY:
        whole = _complaints(kind, span, by, EVERYTHING, people)
        of_whole = _held(queries.held(on, None) if of_all is None else of_all, by)
    named = sum(count for key, count in whole.items() if key)
    of_units = sum(count for key, count in of_whole.items() if key)
    usual = quality.usual_share([quality.Day(named, of_units)])
    names = people.names if by == "agent" else {}
    rows = [
        _line(key, names.get(key, ""), complaints[key], held[key], usual)
        for key in keys
        if complaints[key] or held[key]
    ]
    everything = sum(complaints.values()), policies or sum(held.values())
    total = _line("total", "", everything[0], everything[1], None)
    return ComplainedOf(span.first, span.last, by, rows, total)


def listed(kind: str, on: datetime.date, by: By, key: str) -> Any:
    """The condition of the cases that a unit's number counts."""
    span = weeks.month_of(on)
    if by == "product":
        return figures.of_product(kind, span, key).cases
    people = about.people()
    found = figures.complained_about(kind, span)
    theirs = [(agent_id, login) for agent_id, login, _ in found]
    of_unit = [each for each in theirs if people.key(by, *each) == key]
    return figures.complained_of(kind, span, of_unit).cases


def _complaints(kind: str, span: Span, by: By, seen: Any, people: People) -> Counter[str]:
    """How many there are, by the key of the unit."""
    found: Counter[str] = Counter()
    if by == "product":
        return figures.products(kind, span, seen)
    for agent_id, login, count in figures.complained_about(kind, span, seen):
        found[people.key(by, agent_id, login)] += count
    return found


def _held(held_by: Iterable[Held], by: By) -> Counter[str]:
    """How many policies there are, by the key of the unit."""
    force = units.force()
    found: Counter[str] = Counter()
    for each in held_by:
        found[each.product if by == "product" else force[each.agent_id].key(by)] += each.count
    return found


def _line(key: str, name: str, complaints: int, policies: int, usual: Fraction | None) -> UnitLine:
    judged = quality.judge_day(quality.Day(complaints, policies), usual if key else None)
    return UnitLine(
        key=key,
        name=name,
        complaints=complaints,
        policies=policies,
        per_wan=complaints * weeks.WAN / policies if policies else None,
        expected=_number(judged.usual),
        limit=_number(judged.limit),
        verdict=judged.verdict,
    )


def _number(exact: Fraction | Decimal | None) -> float | None:
    return None if exact is None else float(exact)
