"""The scorecard of a unit: what it kept, how it grew and how it served, period by period (DOMAIN §8).

Persistency, referrals and add-ons are those of the twelve months that end with the period, service
coverage is the period's own, overdue tasks are those of today. Everything is counted by agent once
and added up; only clients referred to several agents of a team are counted once for the team.
"""

import datetime
import itertools
import zoneinfo
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from policies import cohorts, database, errors, growth, persistency, units
from policies.cohorts import Cohort
from policies.periods import YEAR, Period
from policies.persistency import Basis, Tally
from policies.selection import first_judgeable
from policies.units import Force, UnitKind
from policies.verdicts import Reach
from servicing import coverage
from servicing.coverage import Service
from servicing.figures import Question
from servicing.settings import Targets

PERIODS = 12
"""Of a trend, the one that is asked for being the last."""


@dataclass(slots=True)
class Points:
    """What is counted of one unit in one period; sums, from which the shares are made."""

    kept: Tally = field(default_factory=Tally)
    referrals: int = 0
    one_policy: int = 0
    bought: int = 0
    served: Counter[Service] = field(default_factory=Counter)


@dataclass(frozen=True)
class Score:
    """One unit in one period."""

    period: str
    persistency: float | None
    """Rolling: of the last twelve cohorts that were complete at the end of the period."""
    counted: int
    referrals: int
    """New clients who were referred by clients of the unit."""
    referrals_target: int
    """So many a year for each of its agents."""
    add_on: float | None
    one_policy: int
    """Clients with exactly one policy at the start of the twelve months."""
    bought: int
    """Those of them who bought another one in them."""
    in_time: int
    late: int
    missed: int
    waiting: int
    coverage: float | None
    """Served, in time or late, of what was served or missed."""
    in_time_share: float | None


@dataclass(frozen=True)
class Card:
    """A unit's scorecard."""

    key: str
    name: str
    agents: int
    """Who serve policies today."""
    overdue: int
    """Open tasks that have stood on the list since before today."""
    now: Score
    trend: list[Score]
    """The twelve periods, the one asked for being the last."""


@dataclass(frozen=True)
class Line(Score):
    """A unit in one period, as one row."""

    key: str = ""
    name: str = ""
    agents: int = 0
    overdue: int | None = None
    """Only in the last period: overdue is what is so today."""


def lines(found: "Scorecard", has_trend: bool) -> Iterator[Line]:
    """A row for each card and for everybody's, or for each of its periods."""
    for card in itertools.chain(found.cards(), [found.total]):
        for score in card.trend if has_trend else [card.now]:
            overdue = card.overdue if score is card.now else None
            yield Line(
                **vars(score), key=card.key, name=card.name, agents=card.agents, overdue=overdue
            )


def head(
    question: Question, by: UnitKind, period: Period, targets: Targets, total: Card
) -> dict[str, Any]:
    """What was asked, and everybody's card, for the JSON document."""
    return {
        "period": str(period),
        "by": by,
        "as_of": question.measure.as_of,
        "month": question.measure.month,
        "definition": question.measure.definition,
        "basis": question.basis,
        "targets": msgspec.structs.asdict(targets),
        "total": total,
    }


class Scorecard:
    """The cards of the units that serve anybody, and everybody's."""

    def __init__(self, counted: "_Counted", basis: Basis, targets: Targets) -> None:
        self._counted, self._basis, self._targets = counted, basis, targets

    @property
    def total(self) -> Card:
        """Everybody's."""
        return self._counted.card(EVERYBODY, self._basis, self._targets)

    def cards(self) -> Iterator[Card]:
        """The units' in the order of their keys."""
        for key in self._counted.keyed():
            yield self._counted.card(key, self._basis, self._targets)


def scorecard(
    question: Question,
    by: UnitKind,
    period: Period,
    targets: Targets,
    first_year: Sequence[str],
    zone: zoneinfo.ZoneInfo,
) -> Scorecard:
    """The scorecard of a period.

    `question` says by which rules persistency is counted, of whom, and as of when. Raises what
    `persistency.audit` raises.
    """
    if period.begins > question.measure.as_of:
        raise errors.NotMeasurable(
            f"{period} has not begun as of {question.measure.as_of}: there is nothing to score"
        )
    if question.basis == "premium" and question.selection.currency is None:
        persistency.refuse_several(persistency.some_currencies())
    selection, force = question.selection, units.force()
    chosen = force.within(branch=selection.branch, team=selection.team, agent_no=selection.agent_no)
    trend = [period.before(count) for count in reversed(range(PERIODS))]
    with database.snapshot():
        counted = _Counted(force, by, set(chosen), trend)
        counted.persistency(question)
        counted.growth(question.measure.as_of)
        counted.service(first_year, zone, targets.in_time_days, question.measure.as_of)
        counted.tasks(question.measure.as_of)
    return Scorecard(counted, question.basis, targets)


EVERYBODY = None
"""The unit that all of them are together; "" is that of the agents who have none."""

Unit = str | None


class _Counted:
    """What is counted, by unit and period, as it comes in."""

    def __init__(
        self, force: Force, by: UnitKind, chosen: set[int], trend: Sequence[Period]
    ) -> None:
        self._force, self._by, self._chosen, self._trend = force, by, chosen, trend
        self._agents = Counter(
            key for each in _serving() & chosen for key in (self._key(each), EVERYBODY)
        )
        is_of_agents = by == "agent"
        self._names = {each.agent_no: each.name for each in force} if is_of_agents else {}
        self._points: dict[Unit, list[Points]] = {}
        self._overdue: Counter[Unit] = Counter()

    def persistency(self, question: Question) -> None:
        """The cohorts of all windows at once; each period adds up its own twelve."""
        windows = [self._window(question, period) for period in self._trend]
        first = max(windows[0][0], first_judgeable(question.measure))
        reach = Reach(currency=question.selection.currency)
        cohort_tallies = persistency.by_agent_and_cohort(
            question.measure, question.rules, reach, first, windows[-1][-1]
        )
        periods_of = {
            cohort: [index for index, window in enumerate(windows) if cohort in window]
            for cohort in range(windows[0][0], windows[-1][-1] + 1)
        }
        kept: dict[tuple[Unit, Cohort], Tally] = {}
        for agent_id, cohort, tally in cohort_tallies:
            if agent_id in self._chosen:
                for unit in (self._key(agent_id), EVERYBODY):
                    kept.setdefault((unit, cohort), Tally()).include(tally)
        for (unit, cohort), tally in kept.items():
            points = self._all(unit)
            for index in periods_of[cohort]:
                points[index].kept.include(tally)

    def _window(self, question: Question, period: Period) -> range:
        ends = min(period.ends, question.measure.as_of)
        last = question.measure.on(ends).last_complete
        return range(last - cohorts.ROLLING + 1, last + 1)

    def growth(self, as_of: datetime.date) -> None:
        """Referrals and further policies in the twelve months that end with each period."""
        first, last = self._trend[0].year_begins, min(self._trend[-1].ends, as_of)
        for referral in growth.referrals(first, last):
            keys: set[Unit] = {self._key(each) for each in referral.agent_ids & self._chosen}
            for points in [self._all(key) for key in (keys | {EVERYBODY} if keys else keys)]:
                for index, period in enumerate(self._trend):
                    if period.last - YEAR < referral.first_policy_in <= period.last:
                        points[index].referrals += 1
        spans = [(period.year_begins, min(period.ends, as_of)) for period in self._trend]
        for index, found in enumerate(growth.add_ons(spans)):
            for agent_id, clients in found.clients.items():
                if agent_id in self._chosen:
                    for points in self._of(agent_id):
                        points[index].one_policy += clients
                        points[index].bought += found.bought[agent_id]

    def service(
        self,
        keys: Sequence[str],
        zone: zoneinfo.ZoneInfo,
        in_time_days: int,
        as_of: datetime.date,
    ) -> None:
        """First-year touchpoints that fell due in each period."""
        first, last = self._trend[0].begins, min(self._trend[-1].ends, as_of)
        found = coverage.coverage(keys, first, last, zone, in_time_days)
        index_of = {
            month: index
            for index, period in enumerate(self._trend)
            for month in range(period.first, period.last + 1)
        }
        for (agent_id, month), services in found.items():
            if agent_id in self._chosen:
                for points in self._of(agent_id):
                    points[index_of[month]].served += services

    def tasks(self, on: datetime.date) -> None:
        """Overdue tasks."""
        for agent_id, count in coverage.overdue(on).items():
            if agent_id in self._chosen:
                self._overdue[self._key(agent_id)] += count
                self._overdue[EVERYBODY] += count

    def keyed(self) -> list[str]:
        """The units that serve anybody, or have any figure."""
        return sorted(key for key in {*self._points, *self._agents} if key is not EVERYBODY)

    def card(self, key: Unit, basis: Basis, targets: Targets) -> Card:
        """The card of a unit."""
        agents = self._agents[key]
        points = self._points.get(key) or [Points() for _ in self._trend]
        scores = [
            _score(period, each, agents * targets.referrals, basis)
            for period, each in zip(self._trend, points, strict=True)
        ]
        shown, name = ("total", "") if key is EVERYBODY else (key, self._names.get(key, ""))
        return Card(shown, name, agents, self._overdue[key], scores[-1], scores)

    def _key(self, agent_id: int) -> str:
        return self._force[agent_id].key(self._by)

    def _all(self, key: Unit) -> list[Points]:
        if key not in self._points:
            self._points[key] = [Points() for _ in self._trend]
        return self._points[key]

    def _of(self, agent_id: int) -> tuple[list[Points], list[Points]]:
        """The points of the agent's unit, and everybody's."""
        return self._all(self._key(agent_id)), self._all(EVERYBODY)


def _score(period: Period, points: Points, referrals_target: int, basis: Basis) -> Score:
    served = points.served
    done = served[Service.IN_TIME] + served[Service.LATE]
    decided = done + served[Service.MISSED]
    return Score(
        period=str(period),
        persistency=points.kept.ratio(basis),
        counted=points.kept.counted,
        referrals=points.referrals,
        referrals_target=referrals_target,
        add_on=_share(points.bought, points.one_policy),
        one_policy=points.one_policy,
        bought=points.bought,
        in_time=served[Service.IN_TIME],
        late=served[Service.LATE],
        missed=served[Service.MISSED],
        waiting=served[Service.WAITING],
        coverage=_share(done, decided),
        in_time_share=_share(served[Service.IN_TIME], decided),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _serving() -> set[int]:
    """The agents who serve a policy that has not ended."""
    sql = "SELECT DISTINCT agent_id FROM policy WHERE ended_on IS NULL"
    return {agent_id for (agent_id,) in database.execute(sql)}
