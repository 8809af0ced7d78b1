"""Persistency in time to do something about it: the open cohorts, and the policies that decide them.

Each open cohort has three figures (domain.md §8.8): as it stands, nothing undecided being lost yet; as
it will be if nothing more is paid; and by how much has still to be collected to reach the target.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from policies import dates, errors, models
from policies.ordering import by_name
from policies.persistency import cohorts, figure, queries, units, verdicts
from policies.persistency.cohorts import Cohort, Measure
from policies.persistency.figure import Basis
from policies.persistency.queries import StandOfAgent, UndecidedPolicy
from policies.persistency.rules import CountingRules
from policies.persistency.selection import By, Selection, first_judgeable, limits_of
from policies.persistency.units import Force


@dataclass
class Stand:
    """Policies and premium (hundredths) of an open cohort: kept, undecided and lost."""

    counted: int = 0
    kept: int = 0
    undecided: int = 0
    premium_counted: int = 0
    premium_kept: int = 0
    premium_undecided: int = 0

    def include(self, other: StandOfAgent) -> None:
        """Add the policies of an agent."""
        self.counted += other.counted
        self.kept += other.kept
        self.undecided += other.undecided
        self.premium_counted += other.premium_counted
        self.premium_kept += other.premium_kept
        self.premium_undecided += other.premium_undecided


@dataclass(frozen=True)
class Outlook:
    """One line of the early warning: a unit (or everybody) in one open cohort."""

    cohort: str
    key: str
    judged_on: date
    counted: int
    kept: int
    undecided: int
    lost: int
    premium_counted: Decimal
    premium_kept: Decimal
    premium_undecided: Decimal
    ratio: float | None
    """As it stands: nothing that is undecided is lost yet."""
    ratio_if_nothing: float | None
    """If nothing more is paid."""
    to_collect: Decimal
    """Premium that has still to be kept for the target; 0 where it is reached already."""
    to_keep: int
    """The same as policies."""
    within_reach: bool
    """Whether the undecided policies suffice for the target, on the basis that was asked for."""


@dataclass(frozen=True)
class Deciding:
    """A policy that may still be kept or lost."""

    policy_no: str
    client_no: str
    client_name: str
    agent_no: str
    agent_name: str
    cohort: str
    judged_on: date
    reason: str
    """in_grace, not_due, or in_arrears where no ledger says more."""
    premium: Decimal
    """The amount that counts."""
    outstanding: Decimal | None
    """The unpaid part of the premium due by the judging date; None without a ledger."""
    due_on: date | None
    grace_until: date | None
    days_left: int | None
    """Of its grace, after the as-of date: 0 is its last day."""
    currency: str
    """Of its amounts; empty where the book names none."""


@dataclass(frozen=True)
class EarlyWarning:
    """The early warning: the question, and a line for each unit and open cohort."""

    month: int
    definition: str
    basis: Basis
    as_of: date
    target: float
    rows: list[Outlook]
    currency: str
    """Of all its premiums; empty where none are added up, or none has one."""


def early_warning(
    measure: Measure,
    rules: CountingRules,
    selection: Selection,
    basis: Basis,
    target: float,
    ahead: int = 1,
) -> EarlyWarning:
    """The open cohorts by the units of `selection.by`; by cohort, a line each.

    `paid`: those whose deciding premium falls due by the end of the month `ahead` months from the
    as-of date. Raises the errors of `figure.audit`.
    """
    currency = selection.currency or ""
    if basis == "premium" and not currency:
        currency = figure.currency_of_book()
    force = units.force()
    limits = limits_of(selection, force)
    with verdicts.judging(measure, rules, *open_cohorts(measure, selection, ahead)) as judge:
        stands: dict[tuple[Cohort, str], Stand] = {}
        for each in queries.stands(judge, limits):
            key = (each.cohort, _key(selection.by, force, each.agent_id))
            stands.setdefault(key, Stand()).include(each)
    if not stands:
        raise errors.NotMeasurable("no_policy_selected")
    rows = [
        _outlook(cohort, key, stands[cohort, key], measure, basis, target)
        for cohort, key in sorted(stands, key=lambda each: (each[0], by_name(each[1])))
    ]
    asked = (measure.month, measure.definition, basis, measure.as_of, target)
    return EarlyWarning(*asked, rows, currency)


def deciding(
    measure: Measure, rules: CountingRules, selection: Selection, ahead: int = 1
) -> Generator[Deciding, None, None]:
    """The policies that decide the open cohorts: the largest premium first, then the least grace."""
    force = units.force()
    limits = limits_of(selection, force)
    with verdicts.judging(measure, rules, *open_cohorts(measure, selection, ahead)) as judge:
        for each in queries.undecided(judge, limits):
            yield _deciding(each, measure, force)


def open_cohorts(measure: Measure, selection: Selection, ahead: int) -> tuple[Cohort, Cohort]:
    """The first and last of the open cohorts that are looked at; raises `NotMeasurable` without any."""
    begun, first = first_judgeable(measure), measure.last_complete + 1
    last = dates.month_index(measure.as_of)
    if measure.definition == "paid":
        last = min(last, last + ahead - (measure.month - 1))
    first = max(begun, first, selection.first or 0)
    last = last if selection.last is None else min(last, selection.last)
    if first > last:
        raise errors.NotMeasurable("no_cohort_open", month=measure.month, as_of=measure.as_of)
    return first, last


def _key(by: By, force: Force, agent_id: int) -> str:
    return force[agent_id].key(by) if by in ("branch", "team", "agent") else ""


def _outlook(
    cohort: Cohort, key: str, stand: Stand, measure: Measure, basis: Basis, target: float
) -> Outlook:
    to_collect = max(0, needed(target, stand.premium_counted) - stand.premium_kept)
    to_keep = max(0, needed(target, stand.counted) - stand.kept)
    if basis == "premium":
        counted, kept, undecided = (
            stand.premium_counted,
            stand.premium_kept,
            stand.premium_undecided,
        )
        is_within = undecided >= to_collect
    else:
        counted, kept, undecided = stand.counted, stand.kept, stand.undecided
        is_within = undecided >= to_keep
    return Outlook(
        cohort=cohorts.key(cohort),
        key=key,
        judged_on=measure.judged_on(cohort),
        counted=stand.counted,
        kept=stand.kept,
        undecided=stand.undecided,
        lost=stand.counted - stand.kept - stand.undecided,
        premium_counted=models.amount(stand.premium_counted),
        premium_kept=models.amount(stand.premium_kept),
        premium_undecided=models.amount(stand.premium_undecided),
        ratio=(kept + undecided) / counted if counted else None,
        ratio_if_nothing=kept / counted if counted else None,
        to_collect=models.amount(to_collect),
        to_keep=to_keep,
        within_reach=is_within,
    )


def needed(target: float, counted: int) -> int:
    """How much of what is counted has to be kept; the target as it is written, not as a float."""
    return math.ceil(Decimal(str(target)) * counted)


def _deciding(policy: UndecidedPolicy, measure: Measure, force: Force) -> Deciding:
    agent, until = force[policy.agent_id], policy.grace_until
    outstanding = policy.outstanding
    return Deciding(
        policy_no=policy.policy_no,
        client_no=policy.client_no,
        client_name=policy.client_name,
        agent_no=agent.agent_no,
        agent_name=agent.name,
        cohort=cohorts.key(policy.cohort),
        judged_on=measure.judged_on(policy.cohort),
        reason=policy.verdict.name.lower(),
        premium=models.amount(policy.weight),
        outstanding=None if outstanding is None else models.amount(outstanding),
        due_on=policy.due_on,
        grace_until=until,
        days_left=(until - measure.as_of).days if until else None,
        currency=policy.currency,
    )
