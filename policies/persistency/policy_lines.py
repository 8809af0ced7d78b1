"""The very policies behind a persistency figure: the verdict on each, and why (domain.md §8.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from policies import models
from policies.persistency import cohorts, queries, units, verdicts
from policies.persistency.cohorts import Measure
from policies.persistency.queries import InForcePolicy, JudgedPolicy, PaidPolicy
from policies.persistency.rules import CountingRules
from policies.persistency.selection import Selection, limits_of, span
from policies.persistency.units import Force


@dataclass(frozen=True)
class PolicyLine:
    """One policy behind a figure: the verdict on it, and why."""

    policy_no: str
    cohort: str
    issue_date: date
    agent_no: str
    """Whose figure it is."""
    team: str
    branch: str
    product: str
    payment_mode: str
    status: str
    ended_on: date | None
    annual_premium: Decimal
    counted: bool
    persisting: bool
    reason: str
    """A `Verdict`, in lower case."""
    due_on: date
    """`paid`: the due date of the instalment that decides; `in-force`: k months after issue."""
    grace_until: date | None
    paid_on: date | None
    complete: bool
    """Whether its cohort is; until then it may still be lost, or kept."""
    premium_counted: Decimal
    premium_persisting: Decimal
    surplus: Decimal
    """`paid`: what was received above the premium of a year; it makes no figure better."""
    currency: str
    """Of its amounts; empty where the book names none."""


def policies(
    measure: Measure, rules: CountingRules, selection: Selection, *, is_grouped: bool = False
) -> Iterator[PolicyLine]:
    """Every policy that stands behind the rows of the same figure.

    In the order of the book or, grouped, those of one row one after the other. Raises the errors of
    `figure.audit`, but an empty selection is an empty list here, and any currencies go together.
    """
    force = units.force()
    shown = span(measure, selection)
    told = ("is_open", "decides_on", "first_due")
    with verdicts.judging(measure, rules, shown.since, shown.last, *told) as judge:
        limits, grouped_by = limits_of(selection, force), selection.by if is_grouped else None
        if measure.definition == "paid":
            for paid in queries.judged_policies(judge, PaidPolicy, limits, grouped_by):
                yield _line(paid, _instalment(paid), force)
        else:
            for each in queries.judged_policies(judge, InForcePolicy, limits, grouped_by):
                yield _line(each, _Instalment(each.decides_on), force)


class _Instalment(NamedTuple):
    """The instalment that decides, or the day that does."""

    due_on: date
    grace_until: date | None = None
    paid_on: date | None = None
    surplus: int = 0


def _instalment(policy: PaidPolicy) -> _Instalment:
    """The first instalment that was not received, else the first."""
    until = policy.open_until or (None if policy.due else policy.first_until)
    due_on = policy.open_due or policy.due_on or policy.first_due
    return _Instalment(due_on, until, policy.paid_on, policy.surplus)


def _line(row: JudgedPolicy, deciding: _Instalment, force: Force) -> PolicyLine:
    agent, verdict = force[row.agent_id], row.verdict
    premium, weight = models.amount(row.premium), models.amount(row.weight)
    return PolicyLine(
        policy_no=row.policy_no,
        cohort=cohorts.key(row.cohort),
        issue_date=row.issue_date,
        agent_no=agent.agent_no,
        team=agent.team,
        branch=agent.branch,
        product=row.product,
        payment_mode=row.payment_mode,
        status=row.status,
        ended_on=row.ended_on,
        annual_premium=premium,
        counted=verdict.is_counted,
        persisting=verdict.is_kept,
        reason=verdict.name.lower(),
        due_on=deciding.due_on,
        grace_until=deciding.grace_until,
        paid_on=deciding.paid_on,
        complete=not row.is_open,
        premium_counted=premium if verdict.is_counted else Decimal("0.00"),
        premium_persisting=weight if verdict.is_kept else Decimal("0.00"),
        surplus=models.amount(deciding.surplus),
        currency=row.currency,
    )
