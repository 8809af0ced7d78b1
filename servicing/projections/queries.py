"""The statements of a look ahead: the dues of a day to come, with all columns that decide on them."""

import datetime
from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from policies import database, dialect, records
from policies.records import Record
from policies.timeline import Due
from servicing.core import due as falling_due
from servicing.core import spared, whose
from servicing.core.context import COMPLAINS, NUMBERS, TIER, other_until
from servicing.core.due import Way
from servicing.messages.placeholders import COVER
from servicing.schedule.materialize import Walker

CHUNK = 4_000
"""Rows in hand at a time."""

# ---------------------------------------------------------------------------- what falls due on a day


class FoundDue(Record, frozen=True):
    """A touchpoint that falls due."""

    policy_id: int
    client_id: int
    agent_id: int
    anchor_on: datetime.date
    occurrence: str
    deciding: str
    """All columns that the deciding functions look at but the next three, in one text."""
    channel: str
    phone: str
    email: str
    shape: str
    """All columns on which the length of its message depends, in one text."""


def found_dues(
    walker: Walker,
    way: Way,
    dues: Sequence[Due],
    day: datetime.date,
    *,
    is_late: bool,
    is_ordered: bool,
) -> Iterator[list[FoundDue]]:
    """The touchpoints of dues that only their anchor dates tell apart, a batch at a time.

    `is_late`: they are looked at on a later day than the one on which they fall due. `is_ordered`: in
    the order in which they would be recorded.
    """
    due, is_premium = next(iter(dues)), way.anchor == "premium_due"
    columns = [
        "p.id",
        "p.client_id",
        "p.agent_id",
        "due.anchor_on",
        "due.occurrence",
        dialect.text_of(_deciding(walker, due, is_premium=is_premium, is_late=is_late)),
        "c.channel",
        "c.phone",
        "c.email",
        dialect.text_of(_shape(walker, due, day, is_premium=is_premium)),
    ]
    client = "" if way.anchor == "birthday" else "JOIN client c ON c.id = p.client_id"
    joins = f"{client} {_JOINS.format(email=dialect.caseless('c.email'))}"
    selects = falling_due.selects(way, dues, ", ".join(columns), joins, is_ordered=is_ordered)
    for sql, values in selects:
        yield from database.chunks(records.read(FoundDue, sql, values), CHUNK)


_JOINS = """
    JOIN agent a ON a.id = p.agent_id
    LEFT JOIN barred bs ON bs.kind = 'sms' AND bs.subject = c.phone
    LEFT JOIN barred be ON be.kind = 'email' AND be.subject = {email}
    LEFT JOIN barred bm ON bm.kind = 'marketing' AND bm.subject = c.client_no
"""


def _deciding(walker: Walker, due: Due, *, is_premium: bool, is_late: bool) -> list[str]:
    """The columns that permission looks at; of those that are late, also whether they are still owed."""
    code = max(map(len, walker.routes.by_code), default=1)
    columns = [f"SUBSTR(c.phone, 1, {code})", "c.marketing_consent"]
    columns += ["bs.why", "be.why", "bm.why", COMPLAINS]
    columns += ["c.deceased_on", "c.death_asked_on", "c.bereaved_until"]
    if "other_policy" in due.touchpoint.conditions:
        columns.append(f"({other_until()})")
    if due.touchpoint.survey:
        columns += spared.columns(NUMBERS)
    if due.touchpoint.tiers:
        columns.append(TIER)
    if is_late:
        columns += ["p.status", "p.ended_on"]
    if is_late and is_premium:
        columns.append("i.paid_on")
    return columns


def _shape(walker: Walker, due: Due, day: datetime.date, *, is_premium: bool) -> list[str]:
    """The columns on which the length of the message depends."""
    if not due.touchpoint.has_message(due.step):
        return []
    names = walker.composer.asks_for(due.touchpoint.template_of(due.step), "sms")
    shapes = ["c.language", *(shape for name in sorted(names) for shape in _shape_of(name))]
    if "due_date" in names:
        shapes.append(f"'{day}'")
    if is_premium:  # its due date, and the end of its grace
        shapes.append("due.anchor_on")
    if COVER in names:
        shapes.append("p.status")
    if is_premium and walker.composer.grace.by_product:
        shapes.append("p.product")  # it has a bar in it, maybe: the last one
    return list(dict.fromkeys(shapes))


def _shape_of(name: str) -> Sequence[str]:
    """The columns on which the length of a placeholder's value depends; bytes tell a name's script."""
    return {
        "client_name": _sizes("c.name"),
        "salutation": [*_sizes("c.name"), "c.gender"],
        "agent_name": _sizes("a.name"),
        "agent_phone": _sizes("a.phone"),
        "product": _sizes("p.product"),
        "policy_tail": _sizes("p.policy_no"),
        "issue_date": ["p.issue_date"],
        "premium": ["LENGTH(CAST(i.amount AS TEXT))", "p.currency"],
    }.get(name, [])


def _sizes(column: str) -> list[str]:
    return [f"LENGTH({column})", dialect.octets(column)]


# ------------------------------------------------------------------------- tasks and numbers


class ShownTasks(Record, frozen=True):
    """The tasks of an agent that stand on the list of a day."""

    show_on: datetime.date
    agent_id: int
    tasks: int


def standing_tasks(first: datetime.date, last: datetime.date) -> list[ShownTasks]:
    """The open tasks on agents' lists of those days: postponed to them, or levelled."""
    sql = f"""
        SELECT x.show_on, p.agent_id, COUNT(*) FROM task x JOIN policy p ON p.id = x.policy_id
        WHERE x.state = 'open' AND x.show_on BETWEEN '{first}' AND '{last}'
            AND {whose.of_agent()}
        GROUP BY x.show_on, p.agent_id
    """
    return records.listed(ShownTasks, sql)


class _Number(Record, frozen=True):
    id: int
    number: str


def numbers(table: Literal["client", "policy"], ids: Collection[int]) -> dict[int, str]:
    """The numbers that the book gives some clients or policies, by id."""
    sql = f"SELECT id, {table}_no FROM {table} WHERE id IN ({dialect.marks(ids)})"
    return {each.id: each.number for each in records.listed(_Number, sql, list(ids))}


def latest_holder() -> str:
    """The number of the client of the policy that came last; empty: there is none."""
    sql = """
        SELECT (SELECT c.client_no FROM policy p JOIN client c ON c.id = p.client_id
                WHERE p.id = (SELECT MAX(id) FROM policy))
    """
    return str(database.value(sql) or "")


def longest_named(lately: int) -> str:
    """The number of the client with the longest name among the last ones; empty: there is none."""
    sql = f"""
        SELECT (SELECT c.client_no FROM client c
                WHERE c.id > (SELECT MAX(id) FROM client) - {lately:d}
                  AND EXISTS (SELECT 1 FROM policy p WHERE p.client_id = c.id)
                ORDER BY LENGTH(c.name) DESC, {dialect.unindexed("c.id")} LIMIT 1)
    """
    return str(database.value(sql) or "")


def policies() -> int:
    """How many policies there are, about: the highest number of a row."""
    return int(database.value("SELECT COALESCE(MAX(id), 0) FROM policy"))


# ------------------------------------------------------- two looks at the same days, side by side

Side = Literal["before", "after"]


class Look(Record, frozen=True):
    """A touchpoint that is sent or shown on one side."""

    scope: str
    subject: int
    """The client or the policy, by id."""
    key: str
    occurrence: str
    anchor_on: datetime.date
    policy_id: int
    done_on: datetime.date
    act: str
    """sms, email, task, or two of them."""
    exactly: str
    """All else that tells it from another one, in one text."""


class ChangedLook(Record, frozen=True):
    """A touchpoint that is not the same on both sides."""

    key: str
    occurrence: str
    anchor_on: datetime.date
    client_no: str
    policy_no: str
    before_on: datetime.date | None
    before_act: str | None
    after_on: datetime.date | None
    after_act: str | None


def begin_look(side: Side) -> None:
    """Make the table of a side, for this connection alone."""
    database.execute(f"""
        CREATE TEMPORARY TABLE look_{side} (
            scope TEXT, subject BIGINT, key TEXT, occurrence TEXT, anchor_on TEXT, policy_id BIGINT,
            done_on TEXT, act TEXT, exactly TEXT, PRIMARY KEY (scope, subject, key, occurrence))
    """)


def add_looks(side: Side, looks: Sequence[Look]) -> None:
    """Lay some touchpoints down on a side."""
    records.put(f"look_{side}", looks)


def end_look(side: Side) -> None:
    """Clear a side away."""
    database.execute(f"DROP TABLE look_{side}")


def changed_looks() -> Iterator[ChangedLook]:
    """The touchpoints that are not the same on both sides, by their days; in a `snapshot`."""
    same = (
        "b.scope = a.scope AND b.subject = a.subject AND b.key = a.key"
        " AND b.occurrence = a.occurrence"
    )
    sql = f"""
        SELECT x.key, x.occurrence, x.anchor_on, c.client_no, p.policy_no,
               x.before_on, x.before_act, x.after_on, x.after_act
        FROM (
            SELECT a.key, a.occurrence, a.anchor_on, a.policy_id, b.done_on AS before_on,
                   b.act AS before_act, a.done_on AS after_on, a.act AS after_act
            FROM look_after a LEFT JOIN look_before b ON {same}
            WHERE b.key IS NULL OR b.done_on <> a.done_on OR b.act <> a.act
               OR b.exactly <> a.exactly
            UNION ALL
            SELECT b.key, b.occurrence, b.anchor_on, b.policy_id, b.done_on, b.act, NULL, NULL
            FROM look_before b LEFT JOIN look_after a ON {same} WHERE a.key IS NULL
        ) x JOIN policy p ON p.id = x.policy_id JOIN client c ON c.id = p.client_id
        ORDER BY COALESCE(x.after_on, x.before_on), x.key, p.policy_no
    """
    return records.read(ChangedLook, sql)
