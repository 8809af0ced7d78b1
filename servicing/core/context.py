"""What a message or a task rests on: one touchpoint with its policy, client and agent of today.

The walk, dispatch and "why" all decide by these facts, read by this one query.
"""

import datetime
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from policies import database
from policies.timeline import PAUSED

day = lru_cache(maxsize=1 << 14)(datetime.date.fromisoformat)
"""A stored date; a day's touchpoints share a few hundred of them."""


class Facts(NamedTuple):
    """One touchpoint and everything its message may say or depend on."""

    touchpoint_id: int
    key: str
    occurrence: str
    anchor_on: datetime.date
    due_on: datetime.date
    policy_id: int
    policy_no: str
    product: str
    issue_date: datetime.date
    currency: str
    status: str
    ended_on: datetime.date | None
    holder_id: int
    """The policy's client of today; another one once the policy was handed on."""
    client_id: int
    """The client the touchpoint was recorded for."""
    client_no: str
    client_name: str
    gender: str
    language: str
    timezone: str
    phone: str
    email: str
    channel: str
    consent: bool | None
    agent_id: int
    agent_name: str
    agent_phone: str
    sms_barred: str | None
    """Why nothing may go to the phone number: opted_out or wrong; None: it may."""
    email_barred: str | None
    """The same of the email address."""
    marketing_barred: str | None
    """opted_out: the client has ended all marketing, whatever the book says."""
    premium: int | None
    """Hundredths; of the instalment that the touchpoint is counted from, if there is one."""
    paid_on: datetime.date | None


COLUMNS = """
    t.id, t.key, t.occurrence, CAST(t.anchor_on AS TEXT), CAST(t.due_on AS TEXT),
    p.id, p.policy_no, p.product, CAST(p.issue_date AS TEXT), p.currency, p.status,
    CAST(p.ended_on AS TEXT), p.client_id,
    c.id, c.client_no, c.name, c.gender, c.language, c.timezone, c.phone, c.email, c.channel,
    c.marketing_consent,
    a.id, a.name, a.phone,
    bs.why, be.why, bm.why,
    i.amount, CAST(i.paid_on AS TEXT)
"""
SOURCE = """
    touchpoint t
    JOIN policy p ON p.id = t.policy_id
    JOIN client c ON c.id = t.client_id
    JOIN agent a ON a.id = p.agent_id
    LEFT JOIN barred bs ON bs.kind = 'sms' AND bs.subject = c.phone
    LEFT JOIN barred be ON be.kind = 'email' AND be.subject = c.email
    LEFT JOIN barred bm ON bm.kind = 'marketing' AND bm.subject = c.client_no
    LEFT JOIN premium i ON i.policy_id = t.policy_id AND i.due_date = t.anchor_on
"""


def found_after(mark: int, limit: int) -> list[Facts]:
    """The next touchpoints, by id, that were recorded after the one with id `mark`.

    Where the batch ends is asked first: of rows so new PostgreSQL has no statistics, and told to join
    and then to stop after some, it may join all that follow, batch after batch.
    """
    batch = "SELECT id FROM touchpoint WHERE id > ? ORDER BY id LIMIT ?"
    last = database.execute(f"SELECT MAX(id) FROM ({batch}) AS batch", (mark, limit)).fetchone()[0]
    if last is None:
        return []
    sql = f"SELECT {COLUMNS} FROM {SOURCE} WHERE t.id > ? AND t.id <= ? ORDER BY t.id"
    return [_facts(row) for row in database.execute(sql, (mark, last))]


def of_touchpoints(ids: list[int]) -> Iterator[Facts]:
    """The facts of touchpoints by id, in no particular order."""
    for some in database.chunks(ids):
        marks = ", ".join("?" * len(some))
        for row in database.execute(
            f"SELECT {COLUMNS} FROM {SOURCE} WHERE t.id IN ({marks})", some
        ):
            yield _facts(row)


def supposed(policy_id: int, key: str, anchor_on: datetime.date, due_on: datetime.date) -> Facts:
    """The facts of a touchpoint that nobody has recorded, as if the policy had it; its id is 0.

    Raises LookupError where there is no such policy.
    """
    days = f"{literal(anchor_on)}, {literal(due_on)}"
    sql = f"""
        WITH touchpoint (id, key, occurrence, anchor_on, due_on, policy_id, client_id) AS
            (SELECT 0, CAST(? AS TEXT), '', {days}, id, client_id FROM policy WHERE id = ?)
        SELECT {COLUMNS} FROM {SOURCE}
    """
    row = database.execute(sql, (key, policy_id)).fetchone()
    if row is None:
        raise LookupError(policy_id)
    return _facts(row)


def supposed_for_all(
    key: str,
    on: datetime.date,
    issued_since: datetime.date = datetime.date.min,
    *,
    is_premium: bool = False,
) -> Iterator[Facts]:
    """The facts of every policy that is owed service on a day, as if the touchpoint were due then.

    `issued_since`: of policies that were issued on that day or later. Where
    it is counted from a premium, that is the next one to be paid, and policies without one are passed
    over. Read it inside a `database.snapshot`.
    """
    anchor = literal(on)
    if is_premium:
        unpaid = f"d.policy_id = p.id AND (d.paid_on IS NULL OR d.paid_on > '{on}')"
        anchor = f"(SELECT MIN(d.due_date) FROM premium d WHERE {unpaid})"
    owed = f"{owed_sql('p', on)} AND p.issue_date >= '{issued_since}'"
    sql = f"""
        WITH touchpoint (id, key, occurrence, anchor_on, due_on, policy_id, client_id) AS
            (SELECT 0, CAST(? AS TEXT), '', {anchor}, {literal(on)}, p.id, p.client_id
             FROM policy p WHERE {owed})
        SELECT {COLUMNS} FROM {SOURCE} WHERE t.anchor_on IS NOT NULL ORDER BY p.id
    """
    return map(_facts, database.stream(sql, (key,)))


def literal(day: datetime.date) -> str:
    """A date as it stands in a statement."""
    return f"'{day}'" if database.is_sqlite() else f"DATE '{day}'"


def _facts(row: Any) -> Facts:
    """The row with its five dates as dates; written out, since a day has hundreds of thousands."""
    (*head, anchor, due, policy_id, number, product, issued, currency, status, ended) = row[:12]
    paid = row[30]
    return Facts._make(
        (
            *(
                *head,
                day(anchor),
                day(due),
                policy_id,
                number,
                product,
                day(issued),
                currency,
                status,
            ),
            *(ended and day(ended), *row[12:30], paid and day(paid)),
        )
    )


def owed_sql(alias: str, on: datetime.date, paused: frozenset[str] = PAUSED) -> str:
    """`timeline.is_owed` for the policies of a statement: the two are each other's property test."""
    statuses = ", ".join(f"'{status}'" for status in sorted(paused))
    return (
        f"{alias}.issue_date <= '{on}' AND {alias}.served_from <= '{on}'"
        f" AND ({alias}.ended_on IS NULL OR {alias}.ended_on > '{on}')"
        f" AND {alias}.status NOT IN ({statuses})"
    )
