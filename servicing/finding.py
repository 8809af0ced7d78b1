"""The timeline read backwards, by the database: which policies have something due on a day.

The plan turns the day into a short list of anchor dates (`timeline.falling_due`); one
`INSERT … SELECT … ON CONFLICT DO NOTHING` for each way of finding a policy by an anchor date records
everything due. Two partial unique indexes make a second touchpoint of the same occurrence impossible.
"""

import datetime
from collections.abc import Iterator
from typing import Any

from policies import database, timeline
from policies.timeline import Due
from servicing import facts

DUE_ROWS = 5_000
"""Anchor dates per statement; three values each stay below every database's limit."""


def statements(
    dues: list[Due],
    day: datetime.date,
    found_on: datetime.date,
    since_policy: int = 0,
    *,
    is_replanned: bool = False,
) -> Iterator[tuple[str, list[Any]]]:
    """The statements that record a day, one for each way of finding a policy by an anchor date.

    `since_policy`: only policies with a higher id. `is_replanned`: the day was walked before by
    another plan, whose occurrences may have other names.
    """
    groups: dict[tuple[str, str], list[Due]] = {}
    for due in dues:
        groups.setdefault((due.touchpoint.anchor, due.touchpoint.scope), []).append(due)
    for (anchor, scope), group in groups.items():
        owed = facts.owed_sql("p", day, timeline.paused_for(group[0].touchpoint))
        conditions = [_ANCHORED[anchor].format(day=day), owed]
        if scope == "client":
            conditions.append(_carries(day))
        if since_policy:
            conditions.append(f"p.id > {since_policy}")
        if is_replanned:
            conditions.append(_not_there(scope, day))
        for some in database.chunks(group, DUE_ROWS):
            yield _insert_due(some, _TABLES[anchor], scope, " AND ".join(conditions), day, found_on)


_TABLES = {
    "issue": "policy p",
    "delivered": "policy p",
    "birthday": "client c CROSS JOIN policy p",
    "premium_due": "premium i CROSS JOIN policy p",
}
_ANCHORED = {
    "issue": "p.issue_date = due.anchor_on",
    "delivered": "p.delivered_on = due.anchor_on",
    "birthday": "c.birthday = due.anchor_on AND p.client_id = c.id",
    "premium_due": (
        "i.due_date = due.anchor_on AND (i.paid_on IS NULL OR i.paid_on > '{day}') AND p.id = i.policy_id"
    ),
}


def _carries(day: datetime.date) -> str:
    """`timeline.carrier`: no policy of the client that is owed service was issued before."""
    return (
        "NOT EXISTS (SELECT 1 FROM policy q WHERE q.client_id = p.client_id"
        " AND (q.issue_date < p.issue_date OR (q.issue_date = p.issue_date AND q.id < p.id))"
        f" AND {facts.owed_sql('q', day)})"
    )


def _not_there(scope: str, day: datetime.date) -> str:
    """Nothing of this touchpoint was recorded for that day under another name."""
    subject = "x.policy_id = p.id" if scope == "policy" else "x.client_id = p.client_id"
    return (
        f"NOT EXISTS (SELECT 1 FROM touchpoint x WHERE {subject} AND x.scope = '{scope}'"
        f" AND x.key = due.key AND x.anchor_on = due.anchor_on AND x.due_on = '{day}')"
    )


def _insert_due(
    dues: list[Due],
    tables: str,
    scope: str,
    conditions: str,
    day: datetime.date,
    found_on: datetime.date,
) -> tuple[str, list[Any]]:
    """CROSS JOIN keeps SQLite from turning the loop round: few dates first, then their policies.

    The order is the plan's, then the book's: of two messages on one day, the same one is first on
    every database.
    """
    marks = ", ".join(f"(?, ?, ?, {rank})" for rank in range(len(dues)))
    sql = (
        f"WITH due (key, occurrence, anchor_on, rank) AS (VALUES {marks})"
        " INSERT INTO touchpoint"
        " (key, scope, occurrence, policy_id, client_id, anchor_on, due_on, found_on)"
        f" SELECT due.key, '{scope}', due.occurrence, p.id, p.client_id, due.anchor_on,"
        f" {facts.literal(day)}, {facts.literal(found_on)}"
        f" FROM due CROSS JOIN {tables} WHERE {conditions}"
        " ORDER BY due.rank, p.id ON CONFLICT DO NOTHING"
    )
    return sql, [value for due in dues for value in (due.key, due.occurrence, due.anchor_on)]
