"""The very policies behind a persistency figure: what each is to it, and why (domain.md §8.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from policies import database, models
from policies.persistency import cohorts, units, verdicts
from policies.persistency.cohorts import Measure
from policies.persistency.selection import By, Selection, reach, span
from policies.persistency.units import Force
from policies.persistency.verdicts import CountingRules, Verdict


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
        columns, line = (
            (_PAID_COLUMNS, _paid_line) if measure.definition == "paid" else (_COLUMNS, _line)
        )
        sql, values = judge.judged(reach(selection, force), *sorted({"id", *columns} - _ALWAYS))
        names = ", ".join(f"listed.{column}" for column in columns)
        listed = f"SELECT {names} FROM ({sql}) AS listed"
        if is_grouped:
            listed += f"{_GROUPED[selection.by]}, listed.id"
        else:
            listed += " ORDER BY listed.id"
        for values_of_row in database.stream(listed, values):
            yield line(dict(zip(columns, values_of_row, strict=True)), force)


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
_ALWAYS = {"verdict", "premium", "weight"}
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
