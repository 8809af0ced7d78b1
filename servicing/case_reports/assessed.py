"""The assessment of units: their scorecard and complaints, in points (domain.md §14.6)."""

import datetime
import functools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from policies import assessment, errors
from policies.assessment import Assessment
from policies.case_kind import Kind
from policies.notices import notice
from policies.persistency.periods import Period
from policies.persistency.units import UnitKind
from servicing.case_reports import about, figures
from servicing.case_reports.figures import COMPLAINT, Span
from servicing.reports.scorecard import ScoreCard

FACTORS = ("persistency", "referrals", "add_on", "coverage", "complaints")
"""What the product measures."""


@dataclass(frozen=True)
class FactorLine:
    """What a factor has come to."""

    id: str
    weight: Decimal
    value: float | None
    """A share; of referrals and complaints the number for each agent; None: there was nothing."""
    points: Decimal | None
    count: int
    """How many lines its list has: what it rests on."""


@dataclass(frozen=True)
class UnitAssessed:
    """A unit, or everybody as `total`."""

    key: str
    name: str
    agents: int
    points: Decimal
    """The sum of the lines; 0 where a gate is shut."""
    possible: Decimal
    """The weights of what could be measured."""
    shut: list[str]
    """The gates that are shut, of an agent."""
    lines: list[FactorLine]


@dataclass(frozen=True)
class AssessmentLine:
    """A factor of a unit, or its sum, as one row."""

    key: str
    name: str
    agents: int
    factor: str
    weight: Decimal
    value: float | None
    points: Decimal | None
    shut: str = ""


LARGEST = 10**7
"""The largest denominator of which a number tells one fraction from the next."""

SUM = "sum"
"""The factor that all of them are together."""


def load(name: str, home: Path, kind: Kind) -> Assessment:
    """The company's assessment; `kind` is that of complaints.

    Raises what `assessment.load` raises, also where the file has a factor that nothing measures, or a
    gate that no complaint can shut.
    """
    path = assessment.find(name, home)
    found = assessment.load(path)
    for each in found.factors:
        if each.id not in FACTORS:
            raise errors.BadAssessment(path, each.id, notice("not_measured", known=list(FACTORS)))
    for gate in found.gates:
        if gate.category and kind.category_of(gate.category) is None:
            known = [each.id for each in kind.category if each.facet in kind.findings]
            why = notice("case_unknown_category", name=gate.category, known=known)
            raise errors.BadAssessment(path, gate.id, why)
    return found


@dataclass(frozen=True)
class Asked:
    """Whose assessment it is, and over which time."""

    unit: UnitKind
    period: Period
    as_of: datetime.date
    """What was known on that day."""
    agents: Collection[int]
    """Whose service is assessed."""


def assessed(
    by: Assessment, cards: Iterable[ScoreCard], total: ScoreCard, asked: Asked, kind: Kind
) -> tuple[list[UnitAssessed], UnitAssessed]:
    """Each unit of some cards of a scorecard, and everybody together. Read it inside a `snapshot`.

    Complaints are those about the agents that came in the period and were not refused, passed on or
    withdrawn by the day. A gate is shut for an agent about whom one has ended in the period, settled, as
    what the gate names; no unit loses its points by it.
    """
    complaints = _by_unit(asked, complaints_of(asked, kind))
    shut: defaultdict[str, set[str]] = defaultdict(set)
    for each in proofs(by, asked, kind):
        shut[each.key].add(each.gate)
    rows = [_unit(by, card, complaints[card.key], shut[card.key]) for card in cards]
    return rows, _unit(by, total, complaints.total(), frozenset())


def complaints_of(asked: Asked, kind: Kind) -> Any:
    """The condition of the complaints that count."""
    unsettled = [each.id for each in kind.state if not each.is_open and not each.settled]
    return figures.not_dismissed(COMPLAINT, _span(asked), unsettled) & _about(asked)


class Proof(NamedTuple):
    """A complaint that has shut a gate of an agent."""

    gate: str
    key: str
    """The number of the agent."""
    case: int


def proofs(
    by: Assessment, asked: Asked, kind: Kind, seen: Any = figures.EVERYTHING
) -> Iterator[Proof]:
    """What has shut gates, of agents alone; of those complaints that `seen` lets through."""
    settled = [each.id for each in kind.state if each.settled]
    people = about.people()
    for gate in by.gates if asked.unit == "agent" else ():
        if gate.category:
            cases = figures.proven(COMPLAINT, _span(asked), gate.category, settled)
            for each in figures.about_each(cases & _about(asked) & seen):
                agent = people.agent(each.agent_id, each.login)
                if agent is not None:
                    yield Proof(gate.id, agent.agent_no, each.case)


def lines(found: Iterable[UnitAssessed]) -> Iterator[AssessmentLine]:
    """A row for each factor of each unit, and one for their sum."""
    for unit in found:
        row = functools.partial(AssessmentLine, unit.key, unit.name, unit.agents)
        for each in unit.lines:
            yield row(each.id, each.weight, each.value, each.points)
        yield row(SUM, unit.possible, None, unit.points, " ".join(unit.shut))


def _unit(by: Assessment, card: ScoreCard, complaints: int, shut: Set[str]) -> UnitAssessed:
    done = assessment.assess(by, _measured(card, complaints), shut)
    counts = _counts(card, complaints)
    factors = [
        FactorLine(
            *(of.id, of.weight, None if of.value is None else float(of.value), of.points),
            count=counts[of.id],
        )
        for of in done.lines
    ]
    name, agents = card.name, card.agents
    gates = list(done.shut)
    return UnitAssessed(card.key, name, agents, done.points, done.possible, gates, factors)


def _measured(card: ScoreCard, complaints: int) -> Mapping[str, Fraction | None]:
    now = card.now
    served = now.in_time + now.late
    return {
        "persistency": _exact(now.persistency),
        "referrals": _share(now.referrals, card.agents),
        "add_on": _share(now.bought, now.one_policy),
        "coverage": _share(served, served + now.missed),
        "complaints": _share(complaints, card.agents),
    }


def _counts(card: ScoreCard, complaints: int) -> Mapping[str, int]:
    """How many lines the list of each factor has."""
    now = card.now
    return {
        "persistency": now.counted,
        "referrals": now.referrals,
        "add_on": now.bought,
        "coverage": now.in_time + now.late + now.missed,
        "complaints": complaints,
    }


def _share(count: int, of: int) -> Fraction | None:
    return Fraction(count, of) if of else None


def _exact(share: float | None) -> Fraction | None:
    """A share of premiums: the fraction of which it is the nearest number."""
    return None if share is None else Fraction(share).limit_denominator(LARGEST)


def _by_unit(asked: Asked, cases: Any) -> Counter[str]:
    """How many of some cases there are about the agents of each unit of today."""
    people = about.people()
    found: Counter[str] = Counter()
    for agent_id, login, count in figures.about_whom(cases):
        agent = people.agent(agent_id, login)
        if agent is not None:
            found[agent.key(asked.unit)] += count
    return found


def _about(asked: Asked) -> Any:
    """The condition that a case is about one of the agents, whether by number or by login."""
    return figures.about_people(asked.agents, about.people().logins(asked.agents))


def _span(asked: Asked) -> Span:
    return Span(asked.period.begins, min(asked.period.ends, asked.as_of))
