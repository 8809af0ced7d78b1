"""Questions about who waits for a call, a function each."""

import datetime
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from policies import database, dialect, records
from policies.records import Moment, Record
from servicing.callbacks.queries import TO_CALL

UNSIGNED = "k.is_open AND k.kind = 'callback' AND k.state = 'waiting_receipt'"
"""As the index of that list says it, word for word."""


class DeskLine(Record, frozen=True):
    """A client who waits for a call, by the contract that comes first in the list."""

    case: int
    client_id: int
    client_no: str
    client_name: str
    phone: str
    policy_no: str
    agent_no: str
    agent_name: str
    contracts: int
    """Of the client which wait for a call, or for the receipt."""
    received_on: datetime.date
    due_on: datetime.date | None
    calls: int
    """How often the client was called about this contract."""
    last_outcome: str | None
    """Of the last of these calls."""


class Reader(NamedTuple):
    """Who reads the list: their own cases are not in it, nor those about their superiors."""

    agent_id: int
    """0: no agent."""
    logins: Collection[str]


class Part(NamedTuple):
    """A part of a list: which cases `k` it has, and which others `o` of the client come before them."""

    which: str
    earlier: str
    values: Sequence[Any] = ()
    """What the marks of `which` stand for."""
    before: Sequence[Any] = ()
    """What the marks of `earlier` stand for."""


def to_call(
    reader: Reader, on: datetime.date, until: datetime.date | None, most: int, skipped: int = 0
) -> list[DeskLine]:
    """The clients who wait for a call, each once: those who can be called in time, then the others.

    First those whose free look has not ended on a day, what ends first before the others; then those of
    whom it does not run; then those of whom it is over. `until`: only those whose free look ends by that
    day. A part each, so that an index has its order (0058).
    """
    day, last = on.isoformat(), [] if until is None else [until.isoformat()]
    ends = "{0}.due_on >= ?" if until is None else "{0}.due_on >= ? AND {0}.due_on <= ?"
    other = dialect.unindexed("o.due_on")  # the others are found by their client, not by their day
    in_time, dated = ends.replace("{0}.due_on", other), [day, *last]
    sooner = f"({other} < k.due_on OR {other} = k.due_on AND o.id < k.id)"
    parts = [Part(ends.format("k"), f"{in_time} AND {sooner}", dated, dated)]
    undated = f"{other} IS NULL"
    if until is None:
        parts.append(Part("k.due_on IS NULL", f"{in_time} OR {undated} AND o.id < k.id", (), dated))
    over = f"{in_time} OR {sooner}" if until else f"{in_time} OR {undated} OR {sooner}"
    parts.append(Part("k.due_on < ?", over, [day], dated))
    return _desk(TO_CALL, parts, "k.due_on NULLS FIRST, k.id", reader, most, skipped)


def unsigned(reader: Reader, most: int, skipped: int = 0) -> list[DeskLine]:
    """The clients whose receipt is not signed, each once, what was issued first before the others."""
    earlier = "o.received_on < k.received_on OR o.received_on = k.received_on AND o.id < k.id"
    part = Part("1 = 1", earlier)
    return _desk(UNSIGNED, [part], "k.received_on, k.id", reader, most, skipped)


def _desk(
    state: str, parts: Sequence[Part], order: str, reader: Reader, most: int, skipped: int
) -> list[DeskLine]:
    """A page of a list, part after part: of each part no more is read than the page may need of it."""
    may, kept = _may_read("k", reader)
    theirs, others = _may_read("o", reader)
    of_client = f"o.client_id = k.client_id AND {state.replace('k.', 'o.')} AND {theirs}"
    found, values = [], list[Any]()
    for number, part in enumerate(parts):
        found.append(f"""
            SELECT * FROM (
                SELECT k.id AS id, {number} AS part FROM case_file k
                WHERE {state} AND {part.which} AND {may} AND NOT EXISTS (
                    SELECT 1 FROM case_file o WHERE {of_client} AND ({part.earlier})
                )
                ORDER BY {order} LIMIT ?
            ) part_{number}""")
        values += [*part.values, *kept, *others, *part.before, most + skipped]
    calls = "FROM callback_call l WHERE l.case_id = k.id"
    sql = f"""
        WITH meant AS ({" UNION ALL ".join(found)})
        SELECT k.id, c.id, c.client_no, c.name, c.phone, p.policy_no, a.agent_no, a.name,
            (SELECT COUNT(*) FROM case_file o WHERE {of_client}), k.received_on, k.due_on,
            (SELECT COUNT(*) {calls}),
            (SELECT l.outcome {calls} ORDER BY l.called_at DESC, l.id DESC LIMIT 1)
        FROM meant m JOIN case_file k ON k.id = m.id JOIN client c ON c.id = k.client_id
        JOIN policy p ON p.id = k.policy_id JOIN agent a ON a.id = p.agent_id
        ORDER BY m.part, {order} LIMIT ? OFFSET ?
    """
    return records.listed(DeskLine, sql, [*values, *others, most, skipped])


def _may_read(name: str, reader: Reader) -> tuple[str, list[Any]]:
    """That a case is neither about the reader's service, nor about whom they report to."""
    about, values = dialect.among(f"{name}.about_login", reader.logins)
    served = f"(SELECT q.agent_id FROM policy q WHERE q.id = {name}.policy_id)"
    own = f"COALESCE({name}.about_id, 0) <> ? AND {served} <> ?"
    kept = f"({name}.about_login = '' OR NOT ({about}))"
    return f"{own} AND {kept}", [reader.agent_id or -1, reader.agent_id, *values]


class CallLine(Record, frozen=True):
    """A call about a contract."""

    called_at: Moment
    case_id: int
    policy_no: str
    outcome: str
    channel: str
    done_by: str
    name: str
    """Of whoever has called; empty: nobody with an account has."""


def calls_of(clients: Collection[int]) -> list[CallLine]:
    """The calls about a person's contracts, the last first."""
    theirs, values = dialect.among("l.client_id", clients)
    sql = f"""
        SELECT {dialect.moment("l.called_at")}, l.case_id, p.policy_no, l.outcome, l.channel, l.done_by,
            COALESCE(u.name, '')
        FROM callback_call l JOIN case_file k ON k.id = l.case_id JOIN policy p ON p.id = k.policy_id
            LEFT JOIN user_account u ON u.login = l.done_by
        WHERE {theirs} ORDER BY l.called_at DESC, l.id
    """
    return records.listed(CallLine, sql, values)


class _Number(Record, frozen=True):
    count: int


def calls_in_vain(case: int) -> int:
    """How often the client of a case was called and has not answered."""
    sql = "SELECT COUNT(*) FROM callback_call WHERE case_id = ? AND outcome <> 'answered'"
    return records.listed(_Number, sql, [case])[0].count


def unreached(calls: int, most: int) -> list[int]:
    """The cases whose client was called in vain so often, and has no letter yet, by their clocks."""
    sql = f"""
        SELECT k.id FROM case_file k JOIN client c ON c.id = k.client_id
        WHERE {TO_CALL} AND k.state = 'attempting' AND c.death_asked_on IS NULL
            AND c.deceased_on IS NULL AND c.erased_on IS NULL
            AND (SELECT COUNT(*) FROM callback_call l
                 WHERE l.case_id = k.id AND l.outcome <> 'answered') >= ?
            AND NOT EXISTS (SELECT 1 FROM case_entry e WHERE e.case_id = k.id AND e.step = 'letter')
        ORDER BY k.due_on NULLS FIRST, k.id LIMIT ?
    """
    return database.numbers(sql, [calls, most])


class Given(Record, frozen=True):
    """What was answered to a question."""

    question: str
    answer: str


def answers_of(case: int) -> list[Given]:
    """What was answered in the call of a case, in the order in which it was asked."""
    sql = """
        SELECT s.question, s.answer FROM callback_answer s JOIN callback_call l ON l.id = s.call_id
        WHERE l.case_id = ? ORDER BY s.id
    """
    return records.listed(Given, sql, [case])
