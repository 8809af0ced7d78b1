"""What became of each policy: counted or not, kept or lost, and why, as the database decides it.

One source for the figures, the list behind them and the early warning, on SQLite and PostgreSQL
alike: the facts of a policy, then one CASE that turns them into a verdict. Everything that is
calendar comes from `cohorts`, as a small table joined on the day of issue. Rules: DOMAIN §8.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from typing import Literal

from policies import database, dates
from policies.cohorts import Cohort, IssueDay, Measure


class Verdict(IntEnum):
    """What a policy is to a figure; the names are the reasons that people read."""

    SINGLE_PREMIUM = 1
    TERM_OVER = 2
    """Its premiums were all paid before: none falls due at that month."""
    FREE_LOOK = 3
    TRANSFERRED_OUT = 4
    CLAIM = 5
    SUSPENDED = 6

    IN_FORCE = 11
    PAID = 12
    NOTHING_DUE = 13
    """Counted although no premium is due (its exclusion is switched off), and not ended."""

    IN_GRACE = 21
    """Not paid, and its own grace has not ended."""
    NOT_DUE = 22
    IN_ARREARS = 23
    """In grace or suspended by its status, where no ledger tells more."""

    ENDED = 31
    PAID_LATE = 32
    UNPAID = 33
    NO_INSTALMENT = 34
    """The premium ledger does not know of an instalment that was due."""

    @property
    def is_counted(self) -> bool:
        """Whether it stands in the denominator."""
        return self >= 10

    @property
    def is_undecided(self) -> bool:
        """Whether it may still be lost or kept: only in an open cohort, and kept so far."""
        return 20 < self < 30

    @property
    def is_kept(self) -> bool:
        """Whether it stands in the numerator."""
        return 10 < self < 30


Exclusion = Literal[
    "single_premium", "term_over", "free_look", "transferred_out", "claim", "suspended"
]
EXCLUDED: frozenset[Exclusion] = frozenset(
    ["single_premium", "term_over", "free_look", "transferred_out", "claim"]
)
"""What is not counted by default; suspension is counted as lost unless switched (DOMAIN §8)."""

Whose = Literal["serving", "writing"]
"""Whose figure a policy is: of the agent who served it on the judging date, or of the first one."""


@dataclass(frozen=True)
class Rules:
    """What a company decides for itself (DOMAIN §8)."""

    excluded: frozenset[Exclusion] = EXCLUDED
    whose: Whose = "serving"
    grace_days: int = 60
    product_grace: Mapping[str, int] = field(default_factory=dict)
    """Days of grace of the products that have another one than the book's."""


@dataclass(frozen=True)
class Reach:
    """Which policies are looked at: all, or those of agents or of one product."""

    agent_ids: Sequence[int] | None = None
    product: str | None = None
    currency: str | None = None


# ---------------------------------------------------------------------------------- small tables

DAYS = "issue_day"
DUES = "due_day"
PRODUCTS = "product_grace"

_TABLES = {
    DAYS: "issue_date DATE PRIMARY KEY, cohort INTEGER, is_open INTEGER, judged_on DATE,"
    " bound_on DATE, decides_on DATE, first_due DATE, last_due DATE,"
    " semiannual INTEGER, quarterly INTEGER, monthly INTEGER",
    DUES: "due_date DATE, days INTEGER, until DATE, PRIMARY KEY (due_date, days)",
    PRODUCTS: "product TEXT PRIMARY KEY, days INTEGER",
}

Sql = tuple[str, list[object]]
"""A statement, and the values of its marks in order."""


@contextmanager
def judging(measure: Measure, rules: Rules, first: Cohort, last: Cohort) -> Iterator["Judge"]:
    """One snapshot of the book, with the calendar of the cohorts beside it for as long as it lasts."""
    with database.snapshot():
        _drop()  # a list that nobody read to its end may have left its own
        for name, columns in _TABLES.items():
            database.execute(database.small_table(name, columns))
        begins, newest = _first_and_last_cohort()
        days = list(measure.days(first, min(last, newest)))
        _fill(DAYS, ((day.issue_date, day.cohort, int(day.is_open), *day[3:]) for day in days))
        if measure.definition == "paid":
            _fill(DUES, _due_days(days, {rules.grace_days, *rules.product_grace.values()}))
            _fill(PRODUCTS, rules.product_grace.items())
        for name in _TABLES:
            database.execute(f"ANALYZE {name}")
        reads_all = (last - first + 1) * FEW > newest - begins + 1
        yield Judge(measure, rules, reads_all)
        _drop()  # after an error the whole transaction is taken back


def _drop() -> None:
    for name in _TABLES:
        database.execute(f"DROP TABLE IF EXISTS {name}")


def _fill(table: str, rows: Iterable[Sequence[object]]) -> None:
    told = [[str(each) if isinstance(each, date) else each for each in row] for row in rows]
    if told:
        marks = ", ".join("?" * len(told[0]))
        database.execute_many(f"INSERT INTO {table} VALUES ({marks})", told)


def _due_days(days: Sequence[IssueDay], graces: set[int]) -> Iterator[tuple[date, int, date]]:
    """Every day on which a deciding instalment may fall due, and where its grace then ends."""
    if not days:
        return
    first = min(day.first_due for day in days)
    last = max(max(day.first_due, day.last_due) for day in days)
    for due in dates.days_between(first, last):
        for grace in graces:
            yield due, grace, due + timedelta(grace)


def _first_and_last_cohort() -> tuple[Cohort, Cohort]:
    """Of the whole book, which is not empty."""
    ends = database.execute("SELECT MIN(issue_date), MAX(issue_date) FROM policy").fetchone()
    begins, newest = (dates.month_index(database.needed_day(each)) for each in ends)
    return begins, newest


FEW = 16
"""To look the days up, one by one, is quicker than to read all for less than one part in so many."""


# -------------------------------------------------------------------------------------- statement


@dataclass(frozen=True)
class Judge:
    """Says of every policy of the calendar's days what it is to the figure."""

    measure: Measure
    rules: Rules
    reads_all: bool = False

    def judged(self, reach: Reach, *, is_detailed: bool = False) -> Sql:
        """A SELECT with a row for every policy that is looked at.

        Its columns: id, cohort, agent_id (whose figure it is), product, currency, verdict (a number
        of `Verdict`), premium (a year's, in hundredths: what it counts in a denominator) and weight
        (what it counts in a numerator, in hundredths); detailed, the facts and dates behind them.
        """
        facts, values = self._facts(reach, is_detailed)
        verdict, weight = _in_force(self.measure, self.rules), "annual_premium"
        if self.measure.definition == "paid":
            verdict = _paid(self.measure, self.rules)
            # an instalment counts as what it is; in other modes than annual, the year's premium
            weight = (
                "CASE WHEN payment_mode = 'annual' AND due > 0 THEN amount ELSE annual_premium END"
            )
        return (
            f"SELECT facts.*, {verdict} AS verdict, annual_premium AS premium, {weight} AS weight"
            f" FROM ({facts}) AS facts"
        ), values

    def _facts(self, reach: Reach, is_detailed: bool) -> Sql:
        """What the verdict is made of: a policy, its days, and for `paid` its instalments."""
        where, values = _where(self.rules, reach)
        columns = (
            "p.id, p.product, p.currency, p.status, p.ended_on, p.payment_mode, p.annual_premium,"
            " p.premium_term_years, d.cohort, d.is_open, d.bound_on, d.first_due,"
            f" {_agent(self.rules)} AS agent_id"
        )
        if is_detailed:
            columns += ", p.policy_no, p.client_id, d.issue_date, d.decides_on"
        issued = database.unindexed("p.issue_date") if self.reads_all else "p.issue_date"
        source = f"FROM policy p JOIN {DAYS} d ON d.issue_date = {issued}"
        if self.measure.definition == "in-force":
            return f"SELECT {columns} {source}{where}", values
        days = f"COALESCE(g.days, {self.rules.grace_days})"
        return (
            f"SELECT {columns}, {_instalments(self.measure, is_detailed)} {source}"
            f" LEFT JOIN {PRODUCTS} g ON g.product = p.product"
            f" JOIN {DUES} f ON f.due_date = d.first_due AND f.days = {days}"
            " LEFT JOIN premium i"
            " ON i.policy_id = p.id AND i.due_date BETWEEN d.first_due AND d.last_due"
            f" LEFT JOIN {DUES} u ON u.due_date = i.due_date AND u.days = f.days"
            f"{where} GROUP BY p.id, d.issue_date, f.due_date, f.days"
        ), values


def _instalments(measure: Measure, is_detailed: bool) -> str:
    """The instalments of the year that decides, summed up; each has its own end of grace."""
    as_of = _literal(measure)
    received = f"i.paid_on <= u.until AND i.paid_on <= {as_of}"
    late = f"i.paid_on > u.until AND i.paid_on <= {as_of}"
    awaited = f"(i.paid_on IS NULL OR i.paid_on > {as_of}) AND u.until >= {as_of}"
    expected = (
        "CASE p.payment_mode WHEN 'monthly' THEN d.monthly WHEN 'quarterly' THEN d.quarterly"
        " WHEN 'semiannual' THEN d.semiannual ELSE 1 END"
    )
    told = {
        "due": "COUNT(i.id)",
        "expected": expected,
        "amount": "COALESCE(SUM(i.amount), 0)",
        "received": f"COUNT(CASE WHEN {received} THEN 1 END)",
        "late": f"COUNT(CASE WHEN {late} THEN 1 END)",
        "awaited": f"COUNT(CASE WHEN {awaited} THEN 1 END)",
        "open_due": f"MIN(CASE WHEN {received} THEN NULL ELSE i.due_date END)",
        "first_until": "f.until",
    }
    if is_detailed:
        told |= {
            "outstanding": f"COALESCE(SUM(CASE WHEN {awaited} THEN i.amount END), 0)",
            "open_until": f"MIN(CASE WHEN {received} THEN NULL ELSE u.until END)",
            "due_on": "MIN(i.due_date)",
            "paid_on": f"MAX(CASE WHEN i.paid_on <= {as_of} THEN i.paid_on END)",
        }
    return ", ".join(f"{expression} AS {name}" for name, expression in told.items())


def _agent(rules: Rules) -> str:
    """Whose figure a policy is: the agent's of the judging date, or the first one's."""
    on_the_day = "" if rules.whose == "writing" else " AND a.until > d.judged_on"
    return (
        "CASE WHEN p.id IN (SELECT policy_id FROM past_agent) THEN COALESCE((SELECT a.agent_id"
        f" FROM past_agent a WHERE a.policy_id = p.id{on_the_day} ORDER BY a.until, a.id LIMIT 1),"
        " p.agent_id) ELSE p.agent_id END"
    )


def _where(rules: Rules, reach: Reach) -> Sql:
    told = ["p.status <> 'applied'"]  # not issued yet
    values: list[object] = []
    for column, value in (("product", reach.product), ("currency", reach.currency)):
        if value is not None:
            told.append(f"p.{column} = ?")
            values.append(value)
    if reach.agent_ids is not None:
        told.append(f"{_agent(rules)} IN ({', '.join('?' * len(reach.agent_ids)) or 'NULL'})")
        values += reach.agent_ids
    return f" WHERE {' AND '.join(told)}", values


# --------------------------------------------------------------------------------------- verdicts

Cases = list[tuple[str, Verdict]]
"""Conditions in the order in which they are asked, each with what it means."""


def _in_force(measure: Measure, rules: Rules) -> str:
    return _case(
        [
            *_exclusions(measure, rules),
            ("ended_on <= bound_on", Verdict.ENDED),
            ("is_open = 1 AND status IN ('grace', 'suspended')", Verdict.IN_ARREARS),
        ],
        Verdict.IN_FORCE,
    )


def _paid(measure: Measure, rules: Rules) -> str:
    as_of, term_over = _literal(measure), f"premium_term_years * 12 <= {measure.month - 1}"
    nothing_due = f"due = 0 AND (payment_mode = 'single' OR {term_over})"
    cases = _exclusions(measure, rules)
    if "term_over" in rules.excluded:
        cases.append((term_over, Verdict.TERM_OVER))
    cases += [
        ("received = due AND due >= expected", Verdict.PAID),
        ("ended_on <= bound_on", Verdict.ENDED),
        (nothing_due, Verdict.NOTHING_DUE),
    ]
    if "suspended" in rules.excluded:
        cases.append(("status = 'suspended'", Verdict.SUSPENDED))
    cases += [
        (f"is_open = 1 AND due = 0 AND first_due > {as_of}", Verdict.NOT_DUE),
        (f"is_open = 1 AND due = 0 AND first_until >= {as_of}", Verdict.IN_GRACE),
        ("due = 0", Verdict.NO_INSTALMENT),
        ("is_open = 1 AND received = due", Verdict.NOT_DUE),
        ("received = due", Verdict.NO_INSTALMENT),
        (
            f"is_open = 1 AND received + awaited = due AND open_due > {as_of}",
            Verdict.NOT_DUE,
        ),
        ("is_open = 1 AND received + awaited = due", Verdict.IN_GRACE),
        ("received + late = due", Verdict.PAID_LATE),
    ]
    return _case(cases, Verdict.UNPAID)


def _exclusions(measure: Measure, rules: Rules) -> Cases:
    """What both definitions leave out; what ended after the as-of date has not ended yet."""
    by_then = f"ended_on <= {_literal(measure)}"
    known: dict[Exclusion, tuple[str, Verdict]] = {
        "single_premium": ("payment_mode = 'single'", Verdict.SINGLE_PREMIUM),
        "free_look": (f"status = 'free_look_cancelled' AND {by_then}", Verdict.FREE_LOOK),
        "transferred_out": (f"status = 'transferred_out' AND {by_then}", Verdict.TRANSFERRED_OUT),
        "claim": ("status = 'claim' AND ended_on <= bound_on", Verdict.CLAIM),
    }
    return [case for name, case in known.items() if name in rules.excluded]


def _case(cases: Cases, otherwise: Verdict) -> str:
    whens = " ".join(f"WHEN {condition} THEN {verdict.value}" for condition, verdict in cases)
    return f"CASE {whens} ELSE {otherwise.value} END"


def _literal(measure: Measure) -> str:
    return f"'{measure.as_of.isoformat()}'"
