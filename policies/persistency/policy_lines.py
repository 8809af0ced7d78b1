"""The very policies behind a persistency figure: what each is to it, and why (domain.md §8.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from policies import models, records
from policies.persistency import cohorts, units, verdicts
from policies.persistency.cohorts import Cohort, Measure
from policies.persistency.selection import By, Selection, reach, span
from policies.persistency.units import Force
from policies.persistency.verdicts import CountingRules, Verdict
from policies.records import Record


@dataclass(frozen=True)
class PolicyLine:
    """One policy behind a figure: what it is to it, and why."""

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


def policies(
    measure: Measure, rules: CountingRules, selection: Selection, *, is_grouped: bool = False
) -> Iterator[PolicyLine]:
    """Every policy that stands behind the rows of the same figure.

    In the order of the book or, grouped, those of one row one after the other. Raises what `audit`
    raises, but an empty selection is an empty list here, and amounts of any currency are told.
    """
    force = units.force()
    shown = span(measure, selection)
    with verdicts.judging(measure, rules, shown.since, shown.last) as judge:
        kind: type[_Row] = _PaidRow if measure.definition == "paid" else _InForceRow
        columns = records.columns(kind)
        sql, values = judge.judged(reach(selection, force), *sorted({"id", *columns} - _ALWAYS))
        names = ", ".join(f"listed.{column}" for column in columns)
        order = _GROUPED[selection.by] + "," if is_grouped else " ORDER BY"
        listed = f"SELECT {names} FROM ({sql}) AS listed{order} listed.id"
        for row in records.read(kind, listed, values):
            yield _line(row, force)


_IN_TEAMS = " JOIN agent a ON a.id = listed.agent_id LEFT JOIN team t ON t.id = a.team_id ORDER BY"
_GROUPED: dict[By, str] = {
    "cohort": " ORDER BY listed.cohort",
    "product": " ORDER BY listed.product",
    "agent": " ORDER BY listed.agent_id",
    # whoever has no team stands with the others who have none, in whatever branch
    "team": f"{_IN_TEAMS} CASE WHEN t.name <> '' THEN t.id ELSE 0 END",
    "branch": f"{_IN_TEAMS} COALESCE(t.branch_id, 0)",
}

_ALWAYS = {"verdict", "premium", "weight"}
"""What a judge says of every policy, unasked."""


class _Row(Record, frozen=True):
    """A policy and what it is to the figure, as the statement has it; amounts in hundredths."""

    policy_no: str
    cohort: Cohort
    issue_date: date
    agent_id: int
    product: str
    payment_mode: str
    status: str
    ended_on: date | None
    is_open: bool
    premium: int
    verdict: Verdict
    weight: int

    @property
    def deciding(self) -> "_Instalment":
        """The instalment or the day that decides."""
        raise NotImplementedError


class _Instalment(NamedTuple):
    """What decides: when it is due, until when it may be paid, when it was paid."""

    due_on: date
    grace_until: date | None = None
    paid_on: date | None = None


class _InForceRow(_Row, frozen=True):
    """A policy that is asked whether it is in force."""

    decides_on: date

    @property
    def deciding(self) -> _Instalment:
        """The day that decides; no instalment does."""
        return _Instalment(self.decides_on)


class _PaidRow(_Row, frozen=True):
    """A policy that is asked whether it is paid: the instalments of the year that decides."""

    first_due: date
    due: int
    due_on: date | None
    open_due: date | None
    open_until: date | None
    first_until: date
    paid_on: date | None

    @property
    def deciding(self) -> _Instalment:
        """The first instalment that was not received, else the first."""
        until = self.open_until or (None if self.due else self.first_until)
        return _Instalment(self.open_due or self.due_on or self.first_due, until, self.paid_on)


def _line(row: _Row, force: Force) -> PolicyLine:
    agent, verdict, deciding = force[row.agent_id], row.verdict, row.deciding
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
    )
