"""What became of each policy: counted or not, kept or lost, and why, as the database decides it.

One source for the figures, the list behind them and the early warning, on SQLite and PostgreSQL
alike: the facts of a policy, then one CASE that turns them into a verdict. Everything that is
calendar comes from `cohorts`, as a small table joined on the day of issue. Rules: DOMAIN §8.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from policies import database
from policies.cohorts import Cohort, Measure


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
    """The premium ledger knows of no instalment that was due."""

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
GRACE = "product_grace"

_TABLES = (
    f"CREATE TEMPORARY TABLE {DAYS} (issue_date DATE PRIMARY KEY, cohort INTEGER, is_open INTEGER,"
    " judged_on DATE, bound_on DATE, decides_on DATE, first_due DATE, last_due DATE)",
    f"CREATE TEMPORARY TABLE {GRACE} (product TEXT PRIMARY KEY, days INTEGER)",
)


@contextmanager
def calendar(measure: Measure, rules: Rules, first: Cohort, last: Cohort) -> Iterator[None]:
    """One snapshot of the book, with the calendar of the cohorts beside it for as long as it lasts."""
    with database.snapshot():
        for table in _TABLES:
            database.execute(table)
        days = (
            (day.issue_date.isoformat(), day.cohort, int(day.is_open), *map(str, day[3:]))
            for day in measure.days(first, last)
        )
        database.execute_many(f"INSERT INTO {DAYS} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", days)
        database.execute_many(f"INSERT INTO {GRACE} VALUES (?, ?)", rules.product_grace.items())
        database.execute(f"ANALYZE {DAYS}")
        yield
        for name in (DAYS, GRACE):  # after an error the whole transaction is taken back
            database.execute(f"DROP TABLE {name}")


# -------------------------------------------------------------------------------------- statement

Sql = tuple[str, list[object]]
"""A statement, and the values of its marks in order."""


def judged(measure: Measure, rules: Rules, reach: Reach) -> Sql:
    """A SELECT with a row for every policy that is looked at, issued on a day of the calendar.

    Its columns are the facts of the policy, and: agent_id (whose figure it is), verdict (a number of
    `Verdict`), premium (a year's, in hundredths; what it counts in a denominator) and weight (what
    it counts in a numerator, in hundredths).
    """
    facts, values = _facts(measure, rules, reach)
    if measure.definition == "in-force":
        verdict, weight = _in_force(measure, rules), "annual_premium"
    else:
        # an instalment counts as what it is; in other modes than annual, the year's premium does
        verdict = _paid(measure, rules)
        weight = "CASE WHEN payment_mode = 'annual' AND due > 0 THEN amount ELSE annual_premium END"
    return (
        f"SELECT facts.*, {verdict} AS verdict, annual_premium AS premium, {weight} AS weight"
        f" FROM ({facts}) AS facts"
    ), values


def _facts(measure: Measure, rules: Rules, reach: Reach) -> Sql:
    """What the verdict is made of: a policy, its days, and for `paid` its instalments."""
    where, values = _where(rules, reach)
    columns = (
        "p.id, p.policy_no, p.client_id, p.product, p.status, p.ended_on, p.payment_mode,"
        " p.annual_premium, p.premium_term_years, p.currency, d.issue_date, d.cohort, d.is_open,"
        f" d.judged_on, d.bound_on, d.decides_on, d.first_due, {_agent(rules)} AS agent_id"
    )
    source = f"FROM policy p JOIN {DAYS} d ON d.issue_date = p.issue_date"
    if measure.definition == "in-force":
        return f"SELECT {columns} {source}{where}", values
    with_grace = f" LEFT JOIN {GRACE} g ON g.product = p.product" if rules.product_grace else ""
    return (
        f"SELECT {columns}, {_instalments(measure, rules)} {source}{with_grace}"
        " LEFT JOIN premium i ON i.policy_id = p.id AND i.due_date BETWEEN d.first_due AND d.last_due"
        f"{where} GROUP BY p.id, d.issue_date{', g.product' if with_grace else ''}"
    ), values


def _instalments(measure: Measure, rules: Rules) -> str:
    """The instalments of the year that decides, summed up; each has its own end of grace."""
    as_of = _literal(measure)
    grace = f"COALESCE(g.days, {rules.grace_days})" if rules.product_grace else rules.grace_days
    until = database.days_after("i.due_date", grace)
    received = f"i.paid_on <= {until} AND i.paid_on <= {as_of}"
    late = f"i.paid_on > {until} AND i.paid_on <= {as_of}"
    awaited = f"(i.paid_on IS NULL OR i.paid_on > {as_of}) AND {until} >= {as_of}"
    return (
        "COUNT(i.id) AS due, COALESCE(SUM(i.amount), 0) AS amount,"
        f" COUNT(CASE WHEN {received} THEN 1 END) AS received,"
        f" COUNT(CASE WHEN {late} THEN 1 END) AS late,"
        f" COUNT(CASE WHEN {awaited} THEN 1 END) AS awaited,"
        f" COALESCE(SUM(CASE WHEN {awaited} THEN i.amount END), 0) AS outstanding,"
        f" MIN(CASE WHEN {received} THEN NULL ELSE i.due_date END) AS open_due,"
        f" MIN(CASE WHEN {received} THEN NULL ELSE {until} END) AS open_until,"
        f" {database.days_after('d.first_due', grace)} AS first_until,"
        " MIN(i.due_date) AS due_on,"
        f" MAX(CASE WHEN i.paid_on <= {as_of} THEN i.paid_on END) AS paid_on"
    )


def _agent(rules: Rules) -> str:
    """Whose figure a policy is: the agent's of the judging date, or the first one's."""
    on_the_day = "" if rules.whose == "writing" else " AND a.until > d.judged_on"
    return (
        "CASE WHEN p.id IN (SELECT policy_id FROM past_agent) THEN COALESCE((SELECT a.agent_id"
        f" FROM past_agent a WHERE a.policy_id = p.id{on_the_day} ORDER BY a.until, a.id LIMIT 1),"
        " p.agent_id) ELSE p.agent_id END"
    )


def _where(rules: Rules, reach: Reach) -> Sql:
    told: list[str] = []
    values: list[object] = []
    for column, value in (("product", reach.product), ("currency", reach.currency)):
        if value is not None:
            told.append(f"p.{column} = ?")
            values.append(value)
    if reach.agent_ids is not None:
        told.append(f"{_agent(rules)} IN ({', '.join('?' * len(reach.agent_ids)) or 'NULL'})")
        values += reach.agent_ids
    return (f" WHERE {' AND '.join(told)}" if told else ""), values


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
        ("due > 0 AND received = due", Verdict.PAID),
        ("ended_on <= bound_on", Verdict.ENDED),
        (nothing_due, Verdict.NOTHING_DUE),
    ]
    if "suspended" in rules.excluded:
        cases.append(("status = 'suspended'", Verdict.SUSPENDED))
    cases += [
        (f"is_open = 1 AND due = 0 AND first_due > {as_of}", Verdict.NOT_DUE),
        (f"is_open = 1 AND due = 0 AND first_until >= {as_of}", Verdict.IN_GRACE),
        ("due = 0", Verdict.NO_INSTALMENT),
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
