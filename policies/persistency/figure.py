"""Persistency: the share of issued business still kept after k months (domain.md §8.2).

A measure asks, the rules of the company say which policies count, a selection says of whom; the answer is
rows with their total, and the list of the very policies behind them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeVar

from policies import errors, models
from policies.notices import joined
from policies.ordering import by_name
from policies.persistency import cohorts, queries, units, verdicts
from policies.persistency.cohorts import Cohort, Definition, Measure
from policies.persistency.extent import extent
from policies.persistency.queries import CohortCount, Count, UnitCount
from policies.persistency.rules import CountingRules, Limits
from policies.persistency.selection import By, Selection, Span, limits_of, span
from policies.persistency.units import Force, UnitKind
from policies.persistency.verdicts import Judge

Basis = Literal["premium", "count"]


@dataclass(slots=True)
class Tally:
    """Policies, and their annualised first-year premium in whole hundredths."""

    issued: int = 0
    counted: int = 0
    persisting: int = 0
    premium_counted: int = 0
    premium_persisting: int = 0

    def include(self, other: "Tally | Count") -> None:
        """Add the policies of a group."""
        self.issued += other.issued
        self.counted += other.counted
        self.persisting += other.persisting
        self.premium_counted += other.premium_counted
        self.premium_persisting += other.premium_persisting

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.issued + other.issued,
            self.counted + other.counted,
            self.persisting + other.persisting,
            self.premium_counted + other.premium_counted,
            self.premium_persisting + other.premium_persisting,
        )

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(
            self.issued - other.issued,
            self.counted - other.counted,
            self.persisting - other.persisting,
            self.premium_counted - other.premium_counted,
            self.premium_persisting - other.premium_persisting,
        )

    @classmethod
    def of(cls, tallies: Iterable["Tally"]) -> "Tally":
        """All of them together."""
        found = cls()
        for each in tallies:
            found.include(each)
        return found

    def ratio(self, basis: Basis) -> float | None:
        """Kept of counted, unrounded; None where nothing is counted."""
        if basis == "premium":
            kept, counted = self.premium_persisting, self.premium_counted
        else:
            kept, counted = self.persisting, self.counted
        return kept / counted if counted else None


@dataclass(frozen=True)
class FigureRow:
    """One line of a figure."""

    key: str
    issued: int
    counted: int
    persisting: int
    premium_counted: Decimal
    premium_persisting: Decimal
    ratio: float | None
    complete: bool


@dataclass(frozen=True)
class Audit:
    """A figure: the question, its rows, and the total of those that are complete."""

    month: int
    definition: Definition
    basis: Basis
    as_of: date
    rows: list[FigureRow]
    total: FigureRow
    """Of a rolling figure by cohort it is the last complete twelve: sums of sums say nothing."""


K = TypeVar("K")


def has_ledger() -> bool:
    """Whether the book has a premium ledger, so that `paid` can be asked for."""
    return extent().first_due is not None


def audit(measure: Measure, rules: CountingRules, selection: Selection, basis: Basis) -> Audit:
    """The figure.

    Raises `NotMeasurable` where nothing can be judged: no policy by then, no ledger, no complete
    cohort, an empty selection, a sum of two currencies; `BranchNotFound`, `TeamNotFound` or
    `AgentNotFound` for a unit that the book does not have.
    """
    force = units.force()
    shown = span(measure, selection)
    with verdicts.judging(measure, rules, shown.since, shown.last) as judge:
        counts = _Counts(judge, limits_of(selection, force), basis)
        if selection.by == "cohort":
            rows, total = _by_cohort(counts, measure, selection, shown, basis)
        else:
            rows, total = _by_unit(counts, selection, force, basis)
        one_of(counts.currencies())
    return Audit(measure.month, measure.definition, basis, measure.as_of, rows, total)


@dataclass(frozen=True)
class UnitLine:
    """A unit on the board."""

    key: str
    total: FigureRow
    """Of the cohorts of the board together."""
    rows: list[FigureRow]
    """Of each of them, in their order; nothing issued is nothing counted."""


@dataclass(frozen=True)
class Board:
    """A figure over time, and the same by unit and cohort, of one reading of the book."""

    trend: Audit
    total: FigureRow
    """Of the last complete cohorts: twelve of a rolling figure, else one."""
    cohorts: list[str]
    """Those that it is of."""
    units: list[UnitLine]
    currency: str
    """Of all its premiums; empty where none are added up, or none has one."""


def board(
    measure: Measure,
    rules: CountingRules,
    selection: Selection,
    basis: Basis,
    by: UnitKind,
    force: Force,
) -> Board:
    """The audit of a selection by cohort, and its last complete cohorts by unit.

    Raises the errors of `audit`.
    """
    shown = span(measure, selection)
    with verdicts.judging(measure, rules, shown.since, shown.last) as judge:
        counts = _Counts(judge, limits_of(selection, force), basis)
        tallies = counts.by_agent_and_cohort()
        currency = one_of(counts.currencies())
    of_all: dict[Cohort, Tally] = {}
    for (_, cohort), tally in tallies.items():
        of_all.setdefault(cohort, Tally()).include(tally)
    answer = _rows_by_cohort(of_all, measure, selection, shown, basis)
    trend = Audit(measure.month, measure.definition, basis, measure.as_of, *answer)
    last = min(measure.last_complete, shown.last)
    first = last - cohorts.ROLLING + 1 if selection.is_rolling else last
    summed = range(max(first, shown.since), last + 1)
    key_of = _key_of(by, force)
    of_units: dict[str, dict[Cohort, Tally]] = {}
    for (agent_id, cohort), tally in tallies.items():
        if cohort in summed:
            of_unit = of_units.setdefault(key_of(agent_id), {})
            of_unit.setdefault(cohort, Tally()).include(tally)
    lines = [_unit_line(key, of_units[key], summed, basis) for key in sorted(of_units, key=by_name)]
    total = Tally.of(of_all[cohort] for cohort in summed if cohort in of_all)
    names = [cohorts.key(each) for each in summed]
    return Board(trend, _row("total", total, basis, True), names, lines, currency)


def _unit_line(key: str, tallies: dict[Cohort, Tally], shown: range, basis: Basis) -> UnitLine:
    total = _row(key, Tally.of(tallies.values()), basis, True)
    rows = [_row(cohorts.key(each), tallies.get(each, Tally()), basis, True) for each in shown]
    return UnitLine(key, total, rows)


def by_agent_and_cohort(
    measure: Measure, rules: CountingRules, limits: Limits, first: Cohort, last: Cohort
) -> Iterator[CohortCount]:
    """The counts of several cohorts, by agent, to be added up at will; empty where there are none."""
    with verdicts.judging(measure, rules, first, last) as judge:
        yield from queries.cohort_counts(judge, limits)


# ----------------------------------------------------------------------------------------- figures


class _Counts:
    """The policies of a selection counted by the database, and the currencies that were met."""

    def __init__(self, judge: Judge, limits: Limits, basis: Basis) -> None:
        self._judge, self._limits = judge, limits
        adds_premiums = basis == "premium" and limits.currency is None
        self._currency = queries.a_currency() if adds_premiums else None
        self._in_others = 0

    def by(self, column: str) -> dict[Any, Tally]:
        """A tally for each value of a column of `Judge.judged`."""
        tallies: dict[Any, Tally] = {}
        for each in queries.unit_counts(self._judge, self._limits, column, self._currency):
            self._add(tallies.setdefault(each.unit, Tally()), each)
        return _some(tallies)

    def by_agent_and_cohort(self) -> dict[tuple[int, Cohort], Tally]:
        """A tally for each agent and cohort."""
        tallies: dict[tuple[int, Cohort], Tally] = {}
        for each in queries.cohort_counts(self._judge, self._limits, self._currency):
            self._add(tallies.setdefault((each.agent_id, each.cohort), Tally()), each)
        return _some(tallies)

    def currencies(self) -> set[str]:
        """Those of what was counted, where premiums are added up.

        Only a book that is not all in one is asked for them.
        """
        if self._in_others:
            return queries.currencies_counted(self._judge, self._limits)
        return {self._limits.currency or self._currency or ""} - {""}

    def _add(self, tally: Tally, count: UnitCount | CohortCount) -> None:
        tally.include(count)
        self._in_others += count.in_others


def _some(tallies: dict[K, Tally]) -> dict[K, Tally]:
    """The tallies; raises `NotMeasurable` where there are none."""
    if not tallies:
        raise errors.NotMeasurable("no_policy_selected")
    return tallies


def currency_of_book() -> str:
    """That of the whole book's premiums; raises `NotMeasurable` where they are not in one."""
    return one_of(queries.some_currencies())


def one_of(currencies: set[str]) -> str:
    """The currency in which premiums are added up; empty where none has one.

    Raises `NotMeasurable` where there are several: they are never added up.
    """
    if len(currencies) > 1:
        raise errors.NotMeasurable(
            "several_currencies", currencies=joined("and", sorted(currencies))
        )
    return next(iter(currencies), "")


def _by_cohort(
    counts: _Counts, measure: Measure, selection: Selection, span: Span, basis: Basis
) -> tuple[list[FigureRow], FigureRow]:
    return _rows_by_cohort(counts.by("cohort"), measure, selection, span, basis)


def _rows_by_cohort(
    tallies: dict[Cohort, Tally], measure: Measure, selection: Selection, span: Span, basis: Basis
) -> tuple[list[FigureRow], FigureRow]:
    shown = [cohort for cohort in sorted(tallies) if cohort >= span.first]
    if selection.is_rolling:
        tallies, shown = _rolled(tallies, span), list(range(span.first, span.last + 1))
    shown = [cohort for cohort in shown if tallies[cohort].issued]
    rows = [
        _row(cohorts.key(cohort), tallies[cohort], basis, measure.is_complete(cohort))
        for cohort in shown
    ]
    complete = [cohort for cohort in shown if measure.is_complete(cohort)]
    if selection.is_rolling:
        complete = complete[-1:]
    total = Tally.of(tallies[cohort] for cohort in complete)
    return rows, _row("total", total, basis, True)


def _rolled(tallies: dict[Cohort, Tally], span: Span) -> dict[Cohort, Tally]:
    """For each cohort that is shown: it and the eleven before it."""
    return {
        cohort: Tally.of(
            tallies[each]
            for each in range(cohort - cohorts.ROLLING + 1, cohort + 1)
            if each in tallies
        )
        for cohort in range(span.first, span.last + 1)
    }


def _by_unit(
    counts: _Counts, selection: Selection, force: Force, basis: Basis
) -> tuple[list[FigureRow], FigureRow]:
    """A row a unit; only complete cohorts are read at all."""
    tallies: dict[str, Tally] = {}
    key = _key_of(selection.by, force)
    for value, tally in counts.by("product" if selection.by == "product" else "agent_id").items():
        name = key(value)
        tallies.setdefault(name, Tally()).include(tally)
    rows = [_row(name, tallies[name], basis, True) for name in sorted(tallies, key=by_name)]
    return rows, _row("total", Tally.of(tallies.values()), basis, True)


def _key_of(by: By, force: Force) -> Callable[[Any], str]:
    if by in ("branch", "team", "agent"):
        return lambda agent_id: force[agent_id].key(by)
    return str


def _row(key: str, tally: Tally, basis: Basis, is_complete: bool) -> FigureRow:
    return FigureRow(
        key=key,
        issued=tally.issued,
        counted=tally.counted,
        persisting=tally.persisting,
        premium_counted=models.amount(tally.premium_counted),
        premium_persisting=models.amount(tally.premium_persisting),
        ratio=tally.ratio(basis),
        complete=is_complete,
    )
