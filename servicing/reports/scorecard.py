"""The scorecard of a unit: what it kept, how it grew and served, period by period (domain.md §8.14).

Persistency, referrals and add-ons are those of the twelve months that end with the period, service
coverage is the period's own, overdue tasks are those of today. Everything is counted by agent once
and added up; only clients referred to several agents of a team are counted once for the team.
"""

import datetime
import itertools
import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import msgspec

from policies import database, growth, records
from policies.ordering import by_name
from policies.persistency import cohorts, figure, units
from policies.persistency.cohorts import Measure
from policies.persistency.figure import Basis, Tally
from policies.persistency.periods import YEAR, Period
from policies.persistency.queries import CohortCount
from policies.persistency.rules import Limits
from policies.persistency.selection import agents_of, first_judgeable
from policies.persistency.units import Force, UnitKind
from servicing.core import errors
from servicing.core.settings import Targets
from servicing.reports import coverage, queries
from servicing.reports.questions import Question

PERIODS = 12
"""Of a trend, the one that is asked for being the last."""


@dataclass(slots=True)
class Points:
    """The counts of one unit in one period; sums, from which the shares are made."""

    kept: Tally = field(default_factory=Tally)
    referrals: int = 0
    one_policy: int = 0
    bought: int = 0
    in_time: int = 0
    late: int = 0
    missed: int = 0
    waiting: int = 0

    def serve(self, served: "queries.ServiceCount | Points") -> None:
        """Add touchpoints, by how they were served."""
        self.in_time += served.in_time
        self.late += served.late
        self.missed += served.missed
        self.waiting += served.waiting

    def include(self, other: "Points") -> None:
        """Add what another unit did; its referrals may be this one's already."""
        self.kept.include(other.kept)
        self.one_policy += other.one_policy
        self.bought += other.bought
        self.serve(other)


@dataclass  # a frozen one takes three times as long to make, and there are twelve an agent
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
class ScoreCard:
    """A unit's scorecard."""

    key: str
    name: str
    agents: int
    """Who serve policies on the as-of date."""
    overdue: int
    """Open tasks that have stood on the list since before today."""
    now: Score
    trend: list[Score]
    """The twelve periods, the one asked for being the last."""


@dataclass
class ScorecardLine(Score):
    """A unit in one period, as one row."""

    key: str = ""
    name: str = ""
    agents: int = 0
    overdue: int | None = None
    """Only in the last period: overdue is what is so today."""


def lines(found: "Scorecard", has_trend: bool) -> Iterator[ScorecardLine]:
    """A row for each card and for everybody's, or for each of its periods."""
    for card in itertools.chain(found.cards(), [found.total]):
        for score in card.trend if has_trend else [card.now]:
            overdue = card.overdue if score is card.now else None
            yield ScorecardLine(
                **records.named(score),
                key=card.key,
                name=card.name,
                agents=card.agents,
                overdue=overdue,
            )


def head(
    question: Question, by: UnitKind, period: Period, targets: Targets, total: ScoreCard
) -> dict[str, Any]:
    """The question, and everybody's card, for the JSON document."""
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
    def total(self) -> ScoreCard:
        """Everybody's."""
        return self._counted.card(EVERYBODY, self._basis, self._targets)

    def of(self, key: str) -> ScoreCard:
        """That of one unit; of one without any figure its counts are 0."""
        return self._counted.card(key, self._basis, self._targets)

    def cards(self) -> Iterator[ScoreCard]:
        """The units' in the order of their keys."""
        for key in self._counted.keyed():
            yield self._counted.card(key, self._basis, self._targets)


def window(measure: Measure, period: Period) -> range:
    """The cohorts of a period's persistency: the last twelve that were complete at its end."""
    last = measure.on(min(period.ends, measure.as_of)).last_complete
    return range(last - cohorts.ROLLING + 1, last + 1)


def twelve_months(period: Period, as_of: datetime.date) -> growth.Span:
    """The days of a period's referrals and add-ons: the twelve months that end with it."""
    return (period.year_begins, min(period.ends, as_of))


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
        as_of = question.measure.as_of
        raise errors.NotMeasurable("period_not_begun", period=str(period), as_of=as_of)
    if question.basis == "premium" and question.selection.currency is None:
        figure.currency_of_book()
    selection, force = question.selection, units.force()
    chosen = agents_of(selection, force)
    trend = [period.before(count) for count in reversed(range(PERIODS))]
    with database.snapshot():
        counted = _Counted(force, by, set(chosen), trend)
        counted.agents(question.measure.as_of)
        counted.persistency(question)
        counted.growth(question.measure.as_of)
        counted.service(first_year, zone, targets.in_time_days, question.measure.as_of)
        counted.tasks(question.measure.as_of)
        counted.everybody()
    return Scorecard(counted, question.basis, targets)


EVERYBODY = None
"""The unit that all of them are together; "" is that of the agents who have none."""

Unit = str | None


class _Counted:
    """The counts by unit and period, as they come in."""

    def __init__(
        self, force: Force, by: UnitKind, chosen: set[int], trend: Sequence[Period]
    ) -> None:
        self._trend = trend
        self._periods = [str(each) for each in trend]
        self._keys = {each.id: each.key(by) for each in force if each.id in chosen}
        self._agents: Counter[Unit] = Counter()
        is_of_agents = by == "agent"
        self._names = {each.agent_no: each.name for each in force} if is_of_agents else {}
        self._points: dict[Unit, list[Points]] = {}
        self._overdue: Counter[Unit] = Counter()

    def agents(self, as_of: datetime.date) -> None:
        """Who serve policies."""
        serving = queries.serving_agents(as_of) & self._keys.keys()
        self._agents = Counter(key for each in serving for key in (self._keys[each], EVERYBODY))

    def persistency(self, question: Question) -> None:
        """The cohorts of all windows at once; each period adds up its own twelve."""
        windows = [window(question.measure, period) for period in self._trend]
        first = max(windows[0].start, first_judgeable(question.measure))
        last = windows[-1].stop - 1
        limits = Limits(currency=question.selection.currency)
        kept: defaultdict[Unit, _Running] = defaultdict(lambda: _Running(windows))
        for count in figure.by_agent_and_cohort(
            question.measure, question.rules, limits, first, last
        ):
            if count.agent_id in self._keys:
                kept[self._keys[count.agent_id]].include(count)
        for unit, running in kept.items():
            for points, tally in zip(self._all(unit), running.tallies(), strict=True):
                points.kept = tally

    def growth(self, as_of: datetime.date) -> None:
        """Referrals and further policies in the twelve months that end with each period."""
        first, last = self._trend[0].year_begins, min(self._trend[-1].ends, as_of)
        years = [range(each.last - YEAR + 1, each.last + 1) for each in self._trend]
        for referral in growth.referrals(first, last):
            chosen = referral.agent_ids & self._keys.keys()
            keys: set[Unit] = {self._keys[each] for each in chosen}
            for points in [self._all(key) for key in (keys | {EVERYBODY} if keys else keys)]:
                for point, year in zip(points, years, strict=True):
                    point.referrals += referral.first_policy_in in year
        spans = [twelve_months(period, as_of) for period in self._trend]
        for agent_id, add_ons in growth.add_ons(spans).items():
            if agent_id in self._keys:
                points = self._all(self._keys[agent_id])
                each_period = zip(points, add_ons.clients, add_ons.bought, strict=True)
                for point, clients, bought in each_period:
                    point.one_policy += clients
                    point.bought += bought

    def service(
        self,
        keys: Sequence[str],
        zone: zoneinfo.ZoneInfo,
        in_time_days: int,
        as_of: datetime.date,
    ) -> None:
        """First-year touchpoints that fell due in each period."""
        first, last = self._trend[0].begins, min(self._trend[-1].ends, as_of)
        index_of = {
            month: index
            for index, period in enumerate(self._trend)
            for month in range(period.first, period.last + 1)
        }
        served = coverage.coverage(keys, first, last, zone, in_time_days)
        for each in served:
            if each.agent_id in self._keys:
                self._all(self._keys[each.agent_id])[index_of[each.month]].serve(each)

    def tasks(self, on: datetime.date) -> None:
        """Overdue tasks."""
        for agent_id, count in queries.overdue(on).items():
            if agent_id in self._keys:
                self._overdue[self._keys[agent_id]] += count
                self._overdue[EVERYBODY] += count

    def everybody(self) -> None:
        """The sums of what was counted by unit."""
        total = self._all(EVERYBODY)
        for unit, points in self._points.items():
            if unit is not EVERYBODY:
                for all_of_them, each in zip(total, points, strict=True):
                    all_of_them.include(each)

    def keyed(self) -> list[str]:
        """The units that serve anybody, or have any figure."""
        known = (str(key) for key in {*self._points, *self._agents} if key is not EVERYBODY)
        return sorted(known, key=by_name)

    def card(self, key: Unit, basis: Basis, targets: Targets) -> ScoreCard:
        """The card of a unit."""
        agents = self._agents[key]
        points = self._points.get(key) or [Points() for _ in self._trend]
        scores = [
            _score(period, each, agents * targets.referrals, basis)
            for period, each in zip(self._periods, points, strict=True)
        ]
        shown, name = ("total", "") if key is EVERYBODY else (key, self._names.get(key, ""))
        return ScoreCard(shown, name, agents, self._overdue[key], scores[-1], scores)

    def _all(self, key: Unit) -> list[Points]:
        if key not in self._points:
            self._points[key] = [Points() for _ in self._trend]
        return self._points[key]


class _Running:
    """The counts of one unit by cohort, to be added up over windows of cohorts.

    Column by column, as the difference of two running sums: there may be a count a policy.
    """

    def __init__(self, windows: Sequence[range]) -> None:
        self._windows, self._first = windows, windows[0].start
        self._columns = [[0] * (windows[-1].stop - self._first) for _ in fields(Tally)]

    def include(self, count: CohortCount) -> None:
        """Add a count."""
        issued, counted, persisting, premium_counted, premium_persisting = self._columns
        index = count.cohort - self._first
        issued[index] += count.issued
        counted[index] += count.counted
        persisting[index] += count.persisting
        premium_counted[index] += count.premium_counted
        premium_persisting[index] += count.premium_persisting

    def tallies(self) -> Iterator[Tally]:
        """Of each window."""
        summed = [list(itertools.accumulate(column, initial=0)) for column in self._columns]
        for window in self._windows:
            start, stop = window.start - self._first, window.stop - self._first
            yield Tally(*[column[stop] - column[start] for column in summed])


def _score(period: str, points: Points, referrals_target: int, basis: Basis) -> Score:
    done = points.in_time + points.late
    decided = done + points.missed
    return Score(
        period=period,
        persistency=points.kept.ratio(basis),
        counted=points.kept.counted,
        referrals=points.referrals,
        referrals_target=referrals_target,
        add_on=_share(points.bought, points.one_policy),
        one_policy=points.one_policy,
        bought=points.bought,
        in_time=points.in_time,
        late=points.late,
        missed=points.missed,
        waiting=points.waiting,
        coverage=_share(done, decided),
        in_time_share=_share(points.in_time, decided),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
