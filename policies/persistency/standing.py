"""How a unit stands at the end of a month: against its target, and against the month before.

One reading answers for both kinds of cohorts: the complete ones are the figure, the open ones say what
has still to be collected (domain.md §8.8). A change is divided among the agents exactly: their shares
add up to it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from policies import errors, models
from policies.persistency import cohorts, early_warning, figure, queries, units, verdicts
from policies.persistency.cohorts import Cohort, Measure
from policies.persistency.early_warning import needed
from policies.persistency.figure import Basis
from policies.persistency.queries import StandOfAgent
from policies.persistency.rules import CountingRules
from policies.persistency.selection import Selection, first_judgeable, limits_of


@dataclass
class _Sum:
    """Policies, or their premium in hundredths, by the basis."""

    counted: int = 0
    kept: int = 0
    undecided: int = 0

    @property
    def ratio(self) -> float | None:
        return self.kept / self.counted if self.counted else None

    def include(self, each: StandOfAgent, basis: Basis) -> None:
        """Add the policies of an agent in a cohort."""
        if basis == "premium":
            self.counted += each.premium_counted
            self.kept += each.premium_kept
            self.undecided += each.premium_undecided
        else:
            self.counted += each.counted
            self.kept += each.kept
            self.undecided += each.undecided


@dataclass(frozen=True)
class AgentStand:
    """An agent at the end of a month."""

    agent_id: int
    policies: int
    """How many count, at the end of the month."""
    ratio: float | None
    was: float | None
    """At the end of the month before; None where nothing counted."""
    missing: Decimal
    """Premium, or policies, that was lost beyond what the target allows; 0 where it is reached."""
    share: float
    """The agent's share of the change of the whole unit, as a part of 1."""


@dataclass(frozen=True)
class Standing:
    """A unit at the end of a month; amounts are premium, or policies, by the basis."""

    first: str
    last: str
    """The cohorts of the figure."""
    ratio: float | None
    was: float | None
    """At the end of the month before."""
    missing: Decimal
    """Lost beyond what the target allows, in the cohorts of the figure."""
    to_collect: Decimal
    """Still to be kept in the open cohorts, each for its target."""
    undecided: Decimal
    """What is not decided in those cohorts: out of this it can be collected."""
    currency: str = ""
    """Of the premiums; empty where policies are counted, or none has one."""
    agents: list[AgentStand] = field(default_factory=list)
    """The worst first; those of whom nothing counts at the end."""

    @property
    def change(self) -> float | None:
        """From the month before; None where there is nothing to compare."""
        return None if self.ratio is None or self.was is None else self.ratio - self.was


def standing(
    measure: Measure,
    rules: CountingRules,
    selection: Selection,
    basis: Basis,
    target: float,
    ends: date,
    before: date,
    ahead: int = 1,
) -> Standing:
    """The figure of the twelve cohorts that are complete on `ends`, and on `before`.

    `measure` says as of when the open cohorts are read; `ends` is not after it. Raises
    `NotMeasurable` as `figure.audit` does.
    """
    last = measure.on(ends).last_complete
    first = max(last - cohorts.ROLLING + 1, first_judgeable(measure))
    if first > last:
        raise errors.NotMeasurable("no_cohort_judged", as_of=ends)
    opened_last = _last(measure, selection, ahead, last)
    found, met = _stands(measure, rules, selection, basis, first, opened_last)
    if not found:
        raise errors.NotMeasurable("no_policy_selected")
    currency = figure.one_of(met)
    now = _by_agent((each for each in found if each.cohort <= last), basis)
    opened = [each for each in found if each.cohort > measure.last_complete]
    then = _by_agent(_before(measure.on(before), rules, selection, basis, met), basis)
    policies: dict[int, int] = {}
    for each in found:
        if each.cohort <= last:
            policies[each.agent_id] = policies.get(each.agent_id, 0) + each.counted
    whole, was = _total(now), _total(then)
    return Standing(
        first=cohorts.key(first),
        last=cohorts.key(last),
        ratio=whole.ratio,
        was=was.ratio,
        missing=_told(max(0, needed(target, whole.counted) - whole.kept), basis),
        to_collect=_told(_to_collect(opened, basis, target), basis),
        undecided=_told(_total({0: _sum(opened, basis)}).undecided, basis),
        currency=currency,
        agents=_agents(now, then, policies, basis, target),
    )


def _last(measure: Measure, selection: Selection, ahead: int, complete: Cohort) -> Cohort:
    """The last cohort that is read: an open one, if there is any."""
    try:
        return max(complete, early_warning.open_cohorts(measure, selection, ahead)[1])
    except errors.NotMeasurable:
        return complete


def _stands(
    measure: Measure,
    rules: CountingRules,
    selection: Selection,
    basis: Basis,
    first: Cohort,
    last: Cohort,
) -> tuple[list[StandOfAgent], set[str]]:
    """How each agent stands in these cohorts; and the currencies of what is added up."""
    limits = limits_of(selection, units.force())
    with verdicts.judging(measure, rules, first, last) as judge:
        found = queries.stands(judge, limits)
        met = queries.currencies_counted(judge, limits) if basis == "premium" else set()
    return found, met


def _before(
    measure: Measure, rules: CountingRules, selection: Selection, basis: Basis, met: set[str]
) -> list[StandOfAgent]:
    """The twelve cohorts that were complete then.

    Nothing where none was, or where their premiums are not in the currency of the others: what is in
    two is neither added up nor compared.
    """
    try:
        last = measure.last_complete
        first = max(last - cohorts.ROLLING + 1, first_judgeable(measure))
    except errors.NotMeasurable:
        return []
    if first > last:
        return []
    found, then = _stands(measure, rules, selection, basis, first, last)
    return found if len(met | then) < 2 else []


def _sum(stands: Iterable[StandOfAgent], basis: Basis) -> _Sum:
    found = _Sum()
    for each in stands:
        found.include(each, basis)
    return found


def _by_agent(stands: Iterable[StandOfAgent], basis: Basis) -> dict[int, _Sum]:
    found: dict[int, _Sum] = {}
    for each in stands:
        found.setdefault(each.agent_id, _Sum()).include(each, basis)
    return found


def _total(sums: Mapping[int, _Sum]) -> _Sum:
    return _Sum(
        counted=sum(each.counted for each in sums.values()),
        kept=sum(each.kept for each in sums.values()),
        undecided=sum(each.undecided for each in sums.values()),
    )


def _to_collect(opened: Iterable[StandOfAgent], basis: Basis, target: float) -> int:
    """Each open cohort has its own target to reach."""
    by_cohort: dict[Cohort, _Sum] = {}
    for each in opened:
        by_cohort.setdefault(each.cohort, _Sum()).include(each, basis)
    return sum(max(0, needed(target, each.counted) - each.kept) for each in by_cohort.values())


def _agents(
    now: Mapping[int, _Sum],
    then: Mapping[int, _Sum],
    policies: Mapping[int, int],
    basis: Basis,
    target: float,
) -> list[AgentStand]:
    """Every agent of either month: what is lost beyond the target first."""
    whole, was = _total(now), _total(then)
    found = []
    for agent_id in now.keys() | then.keys():
        here, there = now.get(agent_id, _Sum()), then.get(agent_id, _Sum())
        missing = max(0, needed(target, here.counted) - here.kept)
        found.append(
            AgentStand(
                agent_id=agent_id,
                policies=policies.get(agent_id, 0),
                ratio=here.ratio,
                was=there.ratio,
                missing=_told(missing, basis),
                share=_share(here, there, whole, was),
            )
        )
    return sorted(found, key=lambda each: (-each.missing, each.ratio is None, each.agent_id))


def _share(here: _Sum, there: _Sum, whole: _Sum, was: _Sum) -> float:
    """How far the agent has moved the whole: measured by where the whole was, shares add up."""
    if not whole.counted or was.ratio is None:
        return 0.0
    level = was.ratio
    now = (here.kept - level * here.counted) / whole.counted
    return now - (there.kept - level * there.counted) / was.counted


def _told(value: int, basis: Basis) -> Decimal:
    return models.amount(value) if basis == "premium" else Decimal(value)
