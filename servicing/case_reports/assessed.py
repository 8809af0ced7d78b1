"""The assessment of units: their scorecard and complaints, in points (domain.md §14.6)."""

import datetime
import functools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args

from policies import assessment, errors
from policies.assessment import Assessment
from policies.case_kind import Kind
from policies.notices import notice
from policies.persistency.periods import Period
from policies.persistency.units import ForceAgent, UnitKind
from servicing.case_reports import about, figures
from servicing.case_reports.figures import COMPLAINT, Span
from servicing.reports.scorecard import ScoreCard

Factor = Literal["persistency", "referrals", "add_on", "coverage", "complaints"]
FACTORS: tuple[Factor, ...] = get_args(Factor)
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

    @property
    def span(self) -> Span:
        """The days of the period, as far as they are known."""
        return Span(self.period.begins, min(self.period.ends, self.as_of))


def assessed(
    by: Assessment,
    cards: Iterable[ScoreCard],
    total: ScoreCard,
    unit: UnitKind,
    complaints: Iterable["Complaint"],
) -> tuple[list[UnitAssessed], UnitAssessed]:
    """Each unit of some cards of a scorecard, and everybody together.

    A gate is shut for an agent by a complaint that is proven to be what it names; no unit loses its
    points by it.
    """
    counted: Counter[str] = Counter()
    shut: defaultdict[str, set[str]] = defaultdict(set)
    for each in complaints:
        counted[each.about.key(unit)] += each.counts
        if unit == "agent":
            shut[each.about.agent_no].update(each.shuts)
    rows = [_unit(by, card, counted[card.key], shut[card.key]) for card in cards]
    return rows, _unit(by, total, counted.total(), frozenset())


@dataclass(frozen=True)
class Complaint:
    """A complaint about an agent that a card rests on."""

    case: int
    about: ForceAgent
    counts: bool
    """It came in the period, and was not refused, passed on or withdrawn by the day."""
    shuts: tuple[str, ...]
    """The gates, by id, of which it was proven in the period: it has ended so, with a decision."""
    is_seen: bool
    """Whether the reader may see it."""


def complaints(
    by: Assessment, asked: Asked, kind: Kind, seen: Any = figures.EVERYTHING
) -> list[Complaint]:
    """Those about the agents that count or shut a gate; `seen`: which of them the reader may see."""
    settled = [each.id for each in kind.state if each.settled]
    gates = [each for each in by.gates if each.category]
    proven = [figures.proven(COMPLAINT, asked.span, each.category, settled) for each in gates]
    counts = _not_dismissed(asked, kind)
    people = about.people()
    found = []
    for case, holds in figures.about_each(_about(asked), [counts, *proven], seen):
        agent = people.agent(case.agent_id, case.login)
        if agent is not None:
            shuts = tuple(
                each.id for each, is_shut in zip(gates, holds[1:], strict=True) if is_shut
            )
            found.append(Complaint(case.case, agent, holds[0], shuts, case.is_seen))
    return found


def complaints_of(asked: Asked, kind: Kind) -> Any:
    """The condition of those that count."""
    return _not_dismissed(asked, kind) & _about(asked)


def _not_dismissed(asked: Asked, kind: Kind) -> Any:
    unsettled = [each.id for each in kind.state if not each.is_open and not each.settled]
    return figures.not_dismissed(COMPLAINT, asked.span, unsettled)


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
            id=of.id,
            weight=of.weight,
            value=None if of.value is None else float(of.value),
            points=of.points,
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


def _about(asked: Asked) -> Any:
    """The condition that a case is about one of the agents, whether by number or by login."""
    return figures.about_people(asked.agents, about.people().logins(asked.agents))
