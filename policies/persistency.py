"""Persistency: the share of issued business still kept after k months (DOMAIN §8).

A measure asks, the rules of the company say what counts, a selection says of whom; the answer is
rows with their total, and the list of the very policies behind them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from policies import cohorts, database, dates, errors, models, units, verdicts
from policies.cohorts import Cohort, Definition, Measure
from policies.units import Force
from policies.verdicts import Judge, Reach, Rules, Verdict

Basis = Literal["premium", "count"]
By = Literal["cohort", "branch", "team", "agent", "product"]


@dataclass(frozen=True)
class Selection:
    """Whose policies, of which cohorts, and told by what."""

    by: By = "cohort"
    first: Cohort | None = None
    last: Cohort | None = None
    """Both included; None: as far as the book goes."""
    is_rolling: bool = False
    """Twelve cohorts together: those up to each cohort, or up to the last complete one."""
    branch: str | None = None
    team: str | None = None
    agent_no: str | None = None
    product: str | None = None
    currency: str | None = None


@dataclass(slots=True)
class Tally:
    """Policies, and their annualised first-year premium in whole hundredths."""

    issued: int = 0
    counted: int = 0
    persisting: int = 0
    premium_counted: int = 0
    premium_persisting: int = 0

    def take(self, verdict: Verdict, policies: int, premium: int, weight: int) -> None:
        """Add policies of one verdict."""
        self.issued += policies
        if verdict.is_counted:
            self.counted += policies
            self.premium_counted += premium
        if verdict.is_kept:
            self.persisting += policies
            self.premium_persisting += weight

    def include(self, other: "Tally") -> None:
        """Add what another one has counted."""
        self.issued += other.issued
        self.counted += other.counted
        self.persisting += other.persisting
        self.premium_counted += other.premium_counted
        self.premium_persisting += other.premium_persisting

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
class Row:
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
    """A figure: what was asked, its rows, and the total of those that are complete."""

    month: int
    definition: Definition
    basis: Basis
    as_of: date
    rows: list[Row]
    total: Row
    """Of a rolling figure by cohort it is the last complete twelve: sums of sums say nothing."""


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


def has_ledger() -> bool:
    """Whether the book has a premium ledger, so that `paid` can be asked for."""
    return database.execute("SELECT 1 FROM premium LIMIT 1").fetchone() is not None


def audit(measure: Measure, rules: Rules, selection: Selection, basis: Basis) -> Audit:
    """The figure.

    Raises `NotMeasurable` where nothing can be judged: no policy by then, no ledger, no complete
    cohort, an empty selection, a sum of two currencies; `UnitNotFound` or `AgentNotFound` for a unit
    that the book does not have.
    """
    force = units.force()
    shown = span(measure, selection)
    with verdicts.judging(measure, rules, shown.since, shown.last) as judge:
        counts = _Counts(judge, reach(selection, force))
        if selection.by == "cohort":
            rows, total = _by_cohort(counts, measure, selection, shown, basis)
        else:
            rows, total = _by_unit(counts, selection, force, basis)
    if basis == "premium":
        refuse_several(counts.currencies)
    return Audit(measure.month, measure.definition, basis, measure.as_of, rows, total)


def policies(
    measure: Measure, rules: Rules, selection: Selection, *, is_grouped: bool = False
) -> Iterator[PolicyLine]:
    """Every policy that stands behind the rows of the same figure.

    In the order of the book or, grouped, those of one row one after the other. Raises what `audit`
    raises, but an empty selection is an empty list here, and amounts of any currency are told.
    """
    force = units.force()
    shown = span(measure, selection)
    with verdicts.judging(measure, rules, shown.since, shown.last) as judge:
        sql, values = judge.judged(reach(selection, force), is_detailed=True)
        columns, line = (
            (_PAID_COLUMNS, _paid_line) if measure.definition == "paid" else (_COLUMNS, _line)
        )
        names = ", ".join(f"listed.{column}" for column in columns)
        listed = f"SELECT {names} FROM ({sql}) AS listed"
        if is_grouped:
            listed += f"{_GROUPED[selection.by]}, listed.id"
        else:
            listed += " ORDER BY listed.id"
        for values_of_row in database.stream(listed, values):
            yield line(dict(zip(columns, values_of_row, strict=True)), force)


def by_agent_and_cohort(
    measure: Measure, rules: Rules, first: Cohort, last: Cohort
) -> Iterator[tuple[int, Cohort, Tally]]:
    """The figures of several cohorts, by agent, to be added up at will; empty where there are none."""
    with verdicts.judging(measure, rules, first, last) as judge:
        judged, values = judge.judged(Reach())
        sql = (
            "SELECT agent_id, cohort, verdict, COUNT(*), SUM(premium), SUM(weight)"
            f" FROM ({judged}) AS judged GROUP BY agent_id, cohort, verdict"
        )
        for agent_id, cohort, verdict, count, premium, weight in database.stream(sql, values):
            tally = Tally()
            tally.take(Verdict(verdict), count, int(premium), int(weight))
            yield agent_id, cohort, tally


# ----------------------------------------------------------------------------------- what is asked


class Span(NamedTuple):
    """Cohorts: the first and last that are shown, and the first that is read."""

    first: Cohort
    last: Cohort
    since: Cohort


def span(measure: Measure, selection: Selection) -> Span:
    """The cohorts of a selection, as far as the book, its ledger and the as-of date go.

    Raises `NotMeasurable` where there are none.
    """
    if measure.month not in cohorts.MONTHS:
        offered = ", ".join(map(str, cohorts.MONTHS))
        raise errors.NotMeasurable(
            f"persistency is not measured at month {measure.month}: choose from {offered}"
        )
    first = max(first_judgeable(measure), selection.first or 0)
    last = dates.month_index(measure.as_of)
    if selection.by != "cohort":
        last = measure.last_complete
    if selection.last is not None:
        last = min(last, selection.last)
    if selection.is_rolling and selection.by != "cohort":
        first = max(first, last - cohorts.ROLLING + 1)
    if first > last:
        raise errors.NotMeasurable(_nothing_between(measure, selection, first))
    since = first
    if selection.is_rolling and selection.by == "cohort":
        since = max(first - cohorts.ROLLING + 1, _first_in_ledger(measure))
    return Span(first, last, since)


def first_judgeable(measure: Measure) -> Cohort:
    """The oldest cohort that book and ledger reach back to; raises `NotMeasurable` without any."""
    return max(first_cohort(measure), _first_in_ledger(measure))


def first_cohort(measure: Measure) -> Cohort:
    """The oldest cohort of the book; raises `NotMeasurable` where there is none by then."""
    issued = database.day(database.execute("SELECT MIN(issue_date) FROM policy").fetchone()[0])
    if issued is None:
        raise errors.NotMeasurable("there is no policy in this book: import one first")
    if issued > measure.as_of:
        raise errors.NotMeasurable(
            f"the first policy of this book was issued on {issued}: "
            f"as of {measure.as_of} there is nothing to judge"
        )
    return dates.month_index(issued)


def _first_in_ledger(measure: Measure) -> Cohort:
    """The first cohort whose instalments the premium ledger reaches back to."""
    if measure.definition == "in-force":
        return 0
    begins = database.day(database.execute("SELECT MIN(due_date) FROM premium").fetchone()[0])
    if begins is None:
        raise errors.NotMeasurable(
            "`paid` is judged by the premium ledger, and this book has none: import one with "
            "`book import --premiums`, or ask for --definition in-force"
        )
    return dates.month_index(begins) - (measure.month - 1)


def _nothing_between(measure: Measure, selection: Selection, first: Cohort) -> str:
    asked = (selection.first, selection.last)
    if None not in asked and asked[0] > asked[1]:  # type: ignore[operator]
        names = " to ".join(cohorts.key(each) for each in asked if each is not None)
        return f"there are no cohorts from {names}: the first comes after the last"
    if selection.by != "cohort" and not measure.is_complete(first):
        return (
            f"no cohort is complete as of {measure.as_of}: the first, {cohorts.key(first)}, is "
            f"judged on {measure.judged_on(first)}; --by cohort shows it open"
        )
    return f"no cohort of this selection can be judged as of {measure.as_of}"


def reach(selection: Selection, force: Force) -> Reach:
    """Which policies a selection means; raises `UnitNotFound` or `AgentNotFound`."""
    is_of_all = (selection.branch, selection.team, selection.agent_no) == (None, None, None)
    agent_ids = (
        None
        if is_of_all
        else force.within(branch=selection.branch, team=selection.team, agent_no=selection.agent_no)
    )
    return Reach(agent_ids, selection.product, selection.currency)


# ----------------------------------------------------------------------------------------- figures


class _Counts:
    """The policies of a selection counted by the database, and the currencies that were met."""

    def __init__(self, judge: Judge, reach: Reach) -> None:
        self.currencies: set[str] = set()
        self._judged, self._values = judge.judged(reach)
        self._several = len(some_currencies()) > 1

    def by(self, column: str) -> dict[Any, Tally]:
        """A tally for each value of a column of `Judge.judged`."""
        by = [column, "verdict", *(["currency"] if self._several else [])]
        sql = (
            f"SELECT COUNT(*), SUM(premium), SUM(weight), {', '.join(by)}"
            f" FROM ({self._judged}) AS judged GROUP BY {', '.join(by)}"
        )
        found: dict[Any, Tally] = {}
        for count, premium, weight, value, verdict, *currency in database.execute(
            sql, self._values
        ):
            found.setdefault(value, Tally()).take(
                Verdict(verdict), count, int(premium), int(weight)
            )
            if Verdict(verdict).is_counted:
                self.currencies.update(each for each in currency if each)
        if not found:
            raise errors.NotMeasurable("no policy is in this selection")
        return found


def some_currencies() -> set[str]:
    """None, the one, or two of those in which the book is written."""
    sql = "SELECT MIN(currency), MAX(currency) FROM policy WHERE currency <> ''"
    return {each for each in database.execute(sql).fetchone() if each}


def refuse_several(currencies: set[str]) -> None:
    """Raises `NotMeasurable` where premiums would be added up that are not in one currency."""
    if len(currencies) > 1:
        raise errors.NotMeasurable(
            f"the premiums are in {' and '.join(sorted(currencies))}, which do not add up: "
            "choose one with --currency, or ask for --basis count"
        )


def _by_cohort(
    counts: _Counts, measure: Measure, selection: Selection, span: Span, basis: Basis
) -> tuple[list[Row], Row]:
    tallies = counts.by("cohort")
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
) -> tuple[list[Row], Row]:
    """A row a unit; only complete cohorts are read at all."""
    tallies: dict[str, Tally] = {}
    key = _key_of(selection.by, force)
    for value, tally in counts.by("product" if selection.by == "product" else "agent_id").items():
        name = key(value)
        tallies.setdefault(name, Tally()).include(tally)
    rows = [_row(name, tallies[name], basis, True) for name in sorted(tallies)]
    return rows, _row("total", Tally.of(tallies.values()), basis, True)


def _key_of(by: By, force: Force) -> Callable[[Any], str]:
    if by in ("branch", "team", "agent"):
        return lambda agent_id: force[agent_id].key(by)
    return str


def _row(key: str, tally: Tally, basis: Basis, is_complete: bool) -> Row:
    return Row(
        key=key,
        issued=tally.issued,
        counted=tally.counted,
        persisting=tally.persisting,
        premium_counted=models.amount(tally.premium_counted),
        premium_persisting=models.amount(tally.premium_persisting),
        ratio=tally.ratio(basis),
        complete=is_complete,
    )


# ---------------------------------------------------------------------------------------- the list

_IN_TEAMS = " JOIN agent a ON a.id = listed.agent_id LEFT JOIN team t ON t.id = a.team_id ORDER BY"
_GROUPED: dict[By, str] = {
    "cohort": " ORDER BY listed.cohort",
    "product": " ORDER BY listed.product",
    "agent": " ORDER BY listed.agent_id",
    # whoever has no team stands with the others who have none, in whatever branch
    "team": f"{_IN_TEAMS} CASE WHEN t.name <> '' THEN t.id ELSE 0 END",
    "branch": f"{_IN_TEAMS} COALESCE(t.branch_id, 0)",
}

_COLUMNS = (
    *("policy_no", "cohort", "issue_date", "agent_id", "product", "payment_mode", "status"),
    *("ended_on", "is_open", "premium", "verdict", "weight", "decides_on"),
)
_PAID_COLUMNS = (
    *_COLUMNS[:-1],
    *("first_due", "due", "due_on", "open_due", "open_until", "first_until", "paid_on"),
)


def _line(row: dict[str, Any], force: Force) -> PolicyLine:
    return _told(row, force, database.needed_day(row["decides_on"]), None, None)


def _paid_line(row: dict[str, Any], force: Force) -> PolicyLine:
    """With the instalment that decides: the first that was not received, else the first."""
    due_on = row["open_due"] or row["due_on"] or row["first_due"]
    until = row["open_until"] or (None if row["due"] else row["first_until"])
    return _told(
        row, force, database.needed_day(due_on), database.day(until), database.day(row["paid_on"])
    )


def _told(
    row: dict[str, Any], force: Force, due_on: date, grace_until: date | None, paid_on: date | None
) -> PolicyLine:
    verdict, agent = Verdict(row["verdict"]), force[row["agent_id"]]
    premium, weight = models.amount(row["premium"]), models.amount(int(row["weight"]))
    return PolicyLine(
        policy_no=row["policy_no"],
        cohort=cohorts.key(row["cohort"]),
        issue_date=database.needed_day(row["issue_date"]),
        agent_no=agent.agent_no,
        team=agent.team,
        branch=agent.branch,
        product=row["product"],
        payment_mode=row["payment_mode"],
        status=row["status"],
        ended_on=database.day(row["ended_on"]),
        annual_premium=premium,
        counted=verdict.is_counted,
        persisting=verdict.is_kept,
        reason=verdict.name.lower(),
        due_on=due_on,
        grace_until=grace_until,
        paid_on=paid_on,
        complete=not row["is_open"],
        premium_counted=premium if verdict.is_counted else Decimal("0.00"),
        premium_persisting=weight if verdict.is_kept else Decimal("0.00"),
    )
