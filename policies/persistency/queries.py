"""The questions of persistency to the book, once a `Judge` has a verdict on each policy."""

from collections.abc import Iterator
from datetime import date
from typing import TypeVar

from policies import database, dialect, inforce, records
from policies.grace import Grace
from policies.persistency import verdicts
from policies.persistency.cohorts import Cohort
from policies.persistency.rules import Limits
from policies.persistency.selection import By
from policies.persistency.verdicts import Judge, Sql, Verdict
from policies.records import Record
from policies.status import REINSTATED

# ------------------------------------------------------------------------------------------ figures


class Count(Record, frozen=True):
    """How many policies of one group there are, and their premium in whole hundredths."""

    issued: int
    counted: int
    persisting: int
    premium_counted: int
    premium_persisting: int
    in_others: int
    """In another currency than the one that was named, if one was; counted or not."""


class UnitCount(Count, frozen=True):
    """The policies of one agent, cohort or product."""

    unit: int | str
    """The agent's id, the cohort, or the product."""


class CohortCount(Count, frozen=True):
    """The policies of one agent in one cohort."""

    agent_id: int
    cohort: Cohort


def unit_counts(judge: Judge, limits: Limits, column: str, currency: str | None) -> list[UnitCount]:
    """How many policies of each value of a column count, and how many are kept?"""
    sql, values = _counts(judge, limits, [column], currency)
    return records.listed(UnitCount, sql, values)


def cohort_counts(
    judge: Judge, limits: Limits, currency: str | None = None
) -> Iterator[CohortCount]:
    """How many policies of each agent and cohort count, and how many are kept?"""
    sql, values = _counts(judge, limits, ["agent_id", "cohort"], currency)
    return records.read(CohortCount, sql, values)


def _counts(judge: Judge, limits: Limits, by: list[str], currency: str | None) -> Sql:
    """The sums; beside them, unless `currency` is None, how many are in another one."""
    told = [] if currency is None else [verdicts.IN_OTHERS]
    source, values = judge.source(limits, *by, *told)
    sums = (
        "COUNT(*)",
        _count_where(verdicts.COUNTED),
        _count_where(verdicts.KEPT),
        _sum_where(verdicts.COUNTED, "premium"),
        _sum_where(verdicts.KEPT, judge.weight),
        f"COUNT({verdicts.IN_OTHERS})" if told else "0",
    )
    names = ", ".join(by)
    sql = f"SELECT {', '.join(sums)}, {names} FROM {source} AS judged GROUP BY {names}"
    return sql, values if currency is None else [currency, *values]


def _count_where(condition: str) -> str:
    """How many policies of a statement there are for which the condition holds."""
    return f"COUNT(CASE WHEN {condition} THEN 1 END)"


def _sum_where(condition: str, column: str) -> str:
    """The sum of a column over those policies of a statement for which the condition holds."""
    return dialect.whole(f"SUM(CASE WHEN {condition} THEN {column} ELSE 0 END)")


def currencies_counted(judge: Judge, limits: Limits) -> set[str]:
    """In which currencies are the policies that count?"""
    source, values = judge.source(limits, "currency")
    sql = f"SELECT DISTINCT currency FROM {source} AS judged WHERE {verdicts.COUNTED}"
    return {currency for (currency,) in database.execute(sql, values)} - {""}


LOOKED_AT = 100
"""Of a book whose policies all have a currency, the first one would do."""


def a_currency() -> str:
    """In which currency is some policy of the book? Empty: the first ones have none."""
    first = f"SELECT currency FROM policy p WHERE {inforce.a_policy('p')} LIMIT {LOOKED_AT}"
    return str(database.value(f"SELECT COALESCE(MAX(currency), '') FROM ({first}) AS looked_at"))


def some_currencies() -> set[str]:
    """In which currencies are the policies of the book? None, the one, or two of them."""
    counts = inforce.a_policy("p")
    any_one = f"SELECT currency FROM policy p WHERE currency <> '' AND {counts} LIMIT 1"
    another = f"SELECT currency FROM policy p WHERE currency NOT IN (?, '') AND {counts} LIMIT 1"
    currencies = {currency for (currency,) in database.execute(any_one)}
    others = [row for first in currencies for row in database.execute(another, [first])]
    return currencies.union(currency for (currency,) in others)


# --------------------------------------------------------------------------------- the policies


class JudgedPolicy(Record, frozen=True):
    """A policy, and the verdict on it; amounts in hundredths."""

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
    currency: str
    verdict: Verdict
    weight: int


class InForcePolicy(JudgedPolicy, frozen=True):
    """A policy that is asked whether it is in force."""

    decides_on: date


class PaidPolicy(JudgedPolicy, frozen=True):
    """A policy that is asked whether it is paid: the instalments of the year that decides."""

    first_due: date
    due: int
    due_on: date | None
    open_due: date | None
    open_until: date | None
    first_until: date
    paid_on: date | None
    surplus: int
    """What was received in time above the premium of a year."""


P = TypeVar("P", bound=JudgedPolicy)

_UNASKED = {"verdict", "premium", "weight"}
"""The columns that a judge adds to every policy."""

_IN_TEAMS = " JOIN agent a ON a.id = listed.agent_id LEFT JOIN team t ON t.id = a.team_id ORDER BY"
_GROUPED: dict[By, str] = {
    "cohort": " ORDER BY listed.cohort",
    "product": " ORDER BY listed.product",
    "agent": " ORDER BY listed.agent_id",
    # agents without a team stand together, in whatever branch
    "team": f"{_IN_TEAMS} CASE WHEN t.name <> '' THEN t.id ELSE 0 END",
    "branch": f"{_IN_TEAMS} COALESCE(t.branch_id, 0)",
}


def judged_policies(
    judge: Judge, kind: type[P], limits: Limits, grouped_by: By | None
) -> Iterator[P]:
    """Which is the verdict on each policy? In the order of the book, or those of a group together."""
    columns = records.columns(kind)
    judged, values = judge.judged(limits, *sorted({"id", *columns} - _UNASKED))
    names = ", ".join(f"listed.{column}" for column in columns)
    order = f"{_GROUPED[grouped_by]}," if grouped_by else " ORDER BY"
    sql = f"SELECT {names} FROM ({judged}) AS listed{order} listed.id"
    return records.read(kind, sql, values)


# ------------------------------------------------------------------------------- the early warning


class StandOfAgent(Record, frozen=True):
    """The policies of one agent in one open cohort; premium in hundredths."""

    cohort: Cohort
    agent_id: int
    counted: int
    kept: int
    undecided: int
    premium_counted: int
    premium_kept: int
    premium_undecided: int


def stands(judge: Judge, limits: Limits) -> list[StandOfAgent]:
    """How does each open cohort of each agent stand?"""
    source, values = judge.source(limits, "agent_id", "cohort")
    counted, kept, undecided = verdicts.COUNTED, verdicts.KEPT_FOR_GOOD, verdicts.UNDECIDED
    sums = (
        _count_where(counted),
        _count_where(kept),
        _count_where(undecided),
        _sum_where(counted, "premium"),
        _sum_where(kept, judge.weight),
        _sum_where(undecided, judge.weight),
    )
    sql = (
        f"SELECT cohort, agent_id, {', '.join(sums)}"
        f" FROM {source} AS judged GROUP BY cohort, agent_id"
    )
    return records.listed(StandOfAgent, sql, values)


class UndecidedPolicy(Record, frozen=True):
    """A policy that may still be kept or lost; amounts in hundredths."""

    policy_no: str
    client_no: str
    client_name: str
    agent_id: int
    cohort: Cohort
    verdict: Verdict
    weight: int
    currency: str
    outstanding: int | None
    due_on: date | None
    grace_until: date | None


_OF_ALL = ["policy_no", "client_id", "agent_id", "cohort", "currency"]
_OF_PAID = ["annual_premium", "payment_mode", "due", "outstanding"]
_DATES_OF_PAID = ["open_due", "open_until", "first_due", "first_until"]

# Where the ledger does not know the next instalment yet, it is a part of the year's premium.
_DUES = """
    CASE WHEN due > 0 AND open_due IS NOT NULL THEN outstanding
        ELSE annual_premium / CASE payment_mode
            WHEN 'semiannual' THEN 2 WHEN 'quarterly' THEN 4 WHEN 'monthly' THEN 12 ELSE 1 END END,
    CASE WHEN due > 0 THEN open_due ELSE first_due END,
    CASE WHEN due > 0 THEN open_until ELSE first_until END AS until
"""


def undecided(judge: Judge, limits: Limits) -> Iterator[UndecidedPolicy]:
    """Which policies decide the open cohorts? The largest premium first, then the least grace."""
    is_paid = judge.measure.definition == "paid"
    columns = _OF_ALL + _OF_PAID + _DATES_OF_PAID if is_paid else _OF_ALL
    judged, values = judge.judged(limits, *columns)
    dues = _DUES if is_paid else "NULL, NULL, NULL"
    sql = (
        f"SELECT policy_no, c.client_no, c.name, agent_id, cohort, verdict, weight, currency, {dues}"
        f" FROM ({judged}) AS judged JOIN client c ON c.id = judged.client_id"
        f" WHERE {verdicts.UNDECIDED}"
        f" ORDER BY weight DESC, {'until, ' if is_paid else ''}policy_no"
    )
    return records.read(UndecidedPolicy, sql, values)


# ------------------------------------------------------------------- premiums of the second year


class Collected(Record, frozen=True):
    """The instalments of one agent in one currency; amounts in hundredths."""

    agent_id: int
    currency: str
    instalments: int
    paid: int
    due: int
    received: int
    lost: int


class Uncollected(Record, frozen=True):
    """An instalment that may still be paid."""

    policy_no: str
    client_no: str
    client_name: str
    agent_id: int
    due_on: date
    amount: int
    currency: str
    grace_until: date
    product: str
    term: int | None
    issued: date


def collected(days: str, as_of: date, grace: Grace, limits: Limits) -> list[Collected]:
    """Of the instalments that fall due on those days: how much is paid, and how much is lost?

    `days`: a table that says of each day of issue from when to when.
    """
    source, values = _instalments(days, as_of, grace, limits)
    paid, lost = "is_paid = 1", "is_lost = 1"
    sums = (
        "COUNT(*)",
        _count_where(paid),
        dialect.whole("SUM(amount)"),
        _sum_where(paid, "amount"),
        _sum_where(lost, "amount"),
    )
    groups = "agent_id, currency"
    sql = f"SELECT {groups}, {', '.join(sums)} FROM ({source}) AS i GROUP BY {groups}"
    return records.listed(Collected, f"{sql} ORDER BY {groups}", values)


def uncollected(days: str, as_of: date, grace: Grace, limits: Limits) -> Iterator[Uncollected]:
    """Which of these instalments may still be paid? What ends first, then the largest."""
    source, values = _instalments(days, as_of, grace, limits)
    sql = (
        "SELECT policy_no, c.client_no, c.name, agent_id, due_date, amount, currency, until,"
        " product, premium_term_years, issue_date"
        f" FROM ({source}) AS i JOIN client c ON c.id = i.client_id"
        " WHERE is_paid = 0 AND is_lost = 0 ORDER BY until, amount DESC, policy_no, due_date"
    )
    return records.read(Uncollected, sql, values)


def _instalments(days: str, as_of: date, grace: Grace, limits: Limits) -> Sql:
    """What was asked for: of policies that had not ended by then, and that owe premiums."""
    unpaid, until = inforce.unpaid("i", as_of), grace.ends("i.due_date")
    has_ended = f"p.ended_on <= '{as_of}'"
    conditions = [
        inforce.a_policy("p"),
        "i.amount > 0",
        f"NOT ({inforce.owes_no_premium('p')} AND {unpaid})",
        f"(p.ended_on IS NULL OR p.ended_on > i.due_date OR p.ended_on > '{as_of}')",
    ]
    values: list[object] = []
    for column, value in (("product", limits.product), ("currency", limits.currency)):
        if value is not None:
            conditions.append(f"p.{column} = ?")
            values.append(value)
    if limits.agent_ids is not None:
        conditions.append(f"p.agent_id IN ({dialect.marks(limits.agent_ids)})")
        values += limits.agent_ids
    sql = (
        "SELECT p.policy_no, p.client_id, p.agent_id, p.currency, i.due_date, i.amount,"
        " p.product, p.premium_term_years, p.issue_date,"
        f" {until} AS until, CASE WHEN {unpaid} THEN 0 ELSE 1 END AS is_paid,"
        f" CASE WHEN {unpaid} AND ({has_ended} OR {until} < '{as_of}') THEN 1 ELSE 0 END AS is_lost"
        f" FROM {days} d CROSS JOIN policy p{grace.join}"
        " JOIN premium i ON i.policy_id = p.id AND i.due_date BETWEEN d.first_due AND d.last_due"
        f" WHERE p.issue_date = d.issue_date AND {' AND '.join(conditions)}"
    )
    return sql, values


# ------------------------------------------------------------------------------------ suspensions


def suspended(first: date, last: date) -> int:
    """How many suspensions began in a span, those that have ended since among them?"""
    span = [first.isoformat(), last.isoformat()]
    sql = """
        SELECT COUNT(*) FROM (
            SELECT p.id, p.suspended_on FROM policy p WHERE p.suspended_on BETWEEN ? AND ?
            UNION
            SELECT s.policy_id, s.suspended_on FROM past_suspension s
            WHERE s.suspended_on BETWEEN ? AND ?
        ) AS began
    """
    return int(database.value(sql, [*span, *span]))


def reinstated(first: date, last: date, as_of: date) -> int:
    """How many of these had ended in a reinstatement by a day, and have not gone on since?"""
    sql = f"""
        SELECT COUNT(*) FROM (
            SELECT DISTINCT s.policy_id, s.suspended_on FROM past_suspension s
            JOIN policy p ON p.id = s.policy_id
            WHERE s.suspended_on BETWEEN ? AND ? AND s.until <= ?
                AND s.became IN ({dialect.quoted(REINSTATED)})
                AND (p.suspended_on IS NULL OR p.suspended_on <> s.suspended_on)
        ) AS back
    """
    return int(database.value(sql, [first.isoformat(), last.isoformat(), as_of.isoformat()]))
