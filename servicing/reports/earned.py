"""The premiums that earn somebody something: one statement, asked of a period and some agents."""

import datetime
from collections.abc import Collection, Iterator

from policies import database, dialect, inforce, records
from policies.grace import Grace
from policies.persistency.rules import Limits
from policies.records import Record

FEW = 50
"""Of so many agents the ledger is read by their policies; of more, by the days of the period."""


def is_in_book(product: str) -> bool:
    """Whether some policy is of a product; a person waits for it who checks a file."""
    sql = "SELECT EXISTS (SELECT 1 FROM policy WHERE product = ?)"
    return bool(database.value(sql, [product]))


class Instalment(Record, frozen=True):
    """A premium that was paid, or may still be collected."""

    agent_id: int
    """Who served the policy on the day it was paid; of what is open, who serves it today."""
    product: str
    term: int | None
    currency: str
    issued: datetime.date
    due_on: datetime.date
    amount: int
    """Hundredths."""
    is_paid: bool


def instalments(
    first: datetime.date, last: datetime.date, as_of: datetime.date, grace: Grace, limits: Limits
) -> Iterator[Instalment]:
    """The premiums due in a span, paid by a day or still to be collected on it.

    One of a policy that was returned in the free look earns nothing. The products of `grace` are laid
    down.
    """
    unpaid, until = inforce.unpaid("i", as_of), grace.ends("i.due_date")
    agent = (
        f"CASE WHEN NOT {unpaid} AND p.id IN (SELECT policy_id FROM past_agent) THEN COALESCE(("
        "SELECT b.agent_id FROM past_agent b WHERE b.policy_id = p.id AND b.until > i.paid_on"
        " ORDER BY b.until, b.id LIMIT 1), p.agent_id) ELSE p.agent_id END"
    )
    conditions = [
        inforce.a_policy("p"),
        "p.status <> 'free_look_cancelled'",
        f"i.due_date BETWEEN '{first}' AND '{last}' AND i.amount > 0",
        f"(NOT {unpaid} OR (NOT {inforce.owes_no_premium('p')}"
        f" AND {inforce.not_ended('p', as_of)} AND {until} >= '{as_of}'))",
    ]
    values: list[object] = []
    if limits.currency is not None:
        conditions.append("p.currency = ?")
        values.append(limits.currency)
    source = "premium i JOIN policy p ON p.id = i.policy_id"
    if limits.agent_ids is not None:
        conditions.append(f"{agent} IN ({dialect.marks(limits.agent_ids)})")
        values += limits.agent_ids
        if len(limits.agent_ids) <= FEW:
            source, theirs = _of(limits.agent_ids)
            values = [*theirs, *values]
    sql = (
        f"SELECT {agent}, p.product, p.premium_term_years, p.currency, p.issue_date, i.due_date,"
        f" i.amount, CASE WHEN {unpaid} THEN FALSE ELSE TRUE END"
        f" FROM {source}{grace.join} WHERE {' AND '.join(conditions)}"
    )
    return records.read(Instalment, sql, values)


def _of(agent_ids: Collection[int]) -> tuple[str, list[object]]:
    """The premiums of the policies that some agents serve, or have served."""
    some = dialect.marks(agent_ids)
    held = (
        f"(SELECT id FROM policy WHERE agent_id IN ({some})"
        f" UNION SELECT policy_id FROM past_agent WHERE agent_id IN ({some}))"
    )
    source = f"{held} AS held JOIN policy p ON p.id = held.id JOIN premium i ON i.policy_id = p.id"
    return source, [*agent_ids, *agent_ids]
