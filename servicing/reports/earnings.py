"""What service earns 佣金与奖金: commissions, and a bonus for persistency (domain.md §8.17).

Income is an agent's own matter. Who reads it here was asked for before: the agent, or whoever manages.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from policies import commission, database, models
from policies.commission import FIRST_RENEWAL, Rate, Table
from policies.grace import Grace
from policies.ordering import by_name
from policies.persistency import figure, units
from policies.persistency.extent import extent
from policies.persistency.periods import Period
from policies.persistency.selection import limits_of
from policies.persistency.units import Force, UnitKind
from servicing.core import errors
from servicing.reports import earned
from servicing.reports.earned import Instalment
from servicing.reports.questions import Question

SECOND_YEAR = 2


@dataclass(frozen=True)
class EarningsRow:
    """What the service of a unit has earned."""

    key: str
    name: str
    first_year: Decimal
    """Commission of premiums of the first policy year."""
    renewal: Decimal
    """Commission of premiums of later years."""
    bonus: Decimal
    income: Decimal
    """Renewal commission and bonus: what service after the first year earns."""
    ratio: float | None
    """The income ÷ first-year commission; None where there was none."""
    persistency: float | None
    """Of an agent: the rolling 13-month persistency that decides on the bonus."""
    outstanding: Decimal
    """Renewal commission of premiums of the period that may still be collected."""
    unknown: int
    """Premiums that were paid and for which the table has no rate."""


@dataclass(frozen=True)
class Earnings:
    """The units in the order of their names, and all of them."""

    rows: list[EarningsRow]
    total: EarningsRow
    currency: str


@dataclass
class _Sum:
    """What an agent has earned, in hundredths."""

    first_year: int = 0
    renewal: int = 0
    bonus: int = 0
    outstanding: int = 0
    unknown: int = 0
    second_year: dict[Rate, int] = field(default_factory=dict)
    """The premiums of the second year that were received, by their rate."""

    def add(self, other: "_Sum") -> None:
        """What another has earned."""
        self.first_year += other.first_year
        self.renewal += other.renewal
        self.bonus += other.bonus
        self.outstanding += other.outstanding
        self.unknown += other.unknown


def earnings(
    table: Table, question: Question, by: UnitKind, period: Period, grace: Grace
) -> Earnings:
    """What the premiums that fell due in a period, and were paid by the as-of date, have earned.

    A premium belongs to whoever served the policy on the day it was paid; what is outstanding to the
    agent of today. `question` says of whom, as of when, and by which rules persistency is counted.
    Raises `NotMeasurable` for a period that has not begun and for a book without a premium ledger.
    """
    as_of = question.measure.as_of
    if period.begins > as_of:
        raise errors.NotMeasurable("period_not_begun", period=str(period), as_of=as_of)
    force = units.force()
    with database.snapshot():
        if extent().first_due is None:
            raise errors.NotMeasurable("no_ledger_to_collect")
        limits = limits_of(question.selection, force)
        last = min(period.ends, as_of)
        Grace.clear_away()  # persistency that could not be judged may have left its own
        grace.lay_down()
        sums = _sums(table, earned.instalments(period.begins, last, as_of, grace, limits))
        Grace.clear_away()
        kept = (
            _persistency(question, last) if any(each.second_year for each in sums.values()) else {}
        )
    for agent_id, each in sums.items():
        ratio = kept.get(force[agent_id].agent_no)
        each.bonus = sum(
            commission.bonus(rate, ratio, amount) for rate, amount in each.second_year.items()
        )
    return _told(table, sums, by, force, kept)


def _sums(table: Table, found: Iterable[Instalment]) -> dict[int, _Sum]:
    """By agent, before any bonus."""
    sums: defaultdict[int, _Sum] = defaultdict(_Sum)
    for each in found:
        of, year = sums[each.agent_id], commission.policy_year(each.issued, each.due_on)
        rate = table.rate_of(each.product, each.term, each.currency)
        if rate is None:
            of.unknown += each.is_paid
            continue
        income = commission.commission(rate, year, each.amount)
        if not each.is_paid:
            of.outstanding += income if year >= FIRST_RENEWAL else 0
        elif year < FIRST_RENEWAL:
            of.first_year += income
        else:
            of.renewal += income
            if year == SECOND_YEAR and rate.bonus:
                of.second_year[rate] = of.second_year.get(rate, 0) + each.amount
    return sums


def _persistency(question: Question, on: datetime.date) -> Mapping[str, Fraction]:
    """Of each agent the rolling 13-month persistency of a day, as `servicing persistency` counts it.

    Empty where no cohort can be judged yet.
    """
    asked = question.selection
    selection = replace(asked, by="agent", is_rolling=True, first=None, last=None)
    measure = replace(question.measure, as_of=on)
    try:
        found = figure.audit(measure, question.rules, selection, question.basis)
    except errors.NotMeasurable as error:
        if error.notice.code in NOT_YET:
            return {}
        raise
    return {each.key: share for each in found.rows if (share := _share(each, question.basis))}


NOT_YET = ("no_cohort_complete_yet", "no_cohort_judged", "no_policy_selected", "nothing_issued")
"""Why nobody has a persistency yet."""


def _share(of: figure.FigureRow, basis: figure.Basis) -> Fraction | None:
    """The ratio of a row, exactly."""
    if basis == "count":
        return Fraction(of.persisting, of.counted) if of.counted else None
    whole = Fraction(of.premium_counted)
    return Fraction(of.premium_persisting) / whole if whole else None


def _told(
    table: Table,
    sums: Mapping[int, _Sum],
    by: UnitKind,
    force: Force,
    kept: Mapping[str, Fraction],
) -> Earnings:
    of_units: dict[tuple[str, str], _Sum] = {}
    total = _Sum()
    for agent_id, each in sums.items():
        agent = force[agent_id]
        unit = (agent.key(by), agent.name if by == "agent" else "")
        of_units.setdefault(unit, _Sum()).add(each)
        total.add(each)
    rows = [
        _row(*unit, of_units[unit], kept.get(unit[0]) if by == "agent" else None)
        for unit in sorted(of_units, key=lambda each: by_name(each[0]))
    ]
    return Earnings(rows, _row("total", "", total, None), table.currency)


def _row(key: str, name: str, of: _Sum, persistency: Fraction | None) -> EarningsRow:
    income = of.renewal + of.bonus
    return EarningsRow(
        key=key,
        name=name,
        first_year=models.amount(of.first_year),
        renewal=models.amount(of.renewal),
        bonus=models.amount(of.bonus),
        income=models.amount(income),
        ratio=income / of.first_year if of.first_year else None,
        persistency=None if persistency is None else float(persistency),
        outstanding=models.amount(of.outstanding),
        unknown=of.unknown,
    )
