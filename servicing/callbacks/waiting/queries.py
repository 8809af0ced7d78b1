"""Questions about who waits for a call, a function each."""

import datetime
from collections.abc import Collection
from typing import Any, NamedTuple

from policies import database, dialect, records
from policies.models import utc
from policies.records import Moment, Record

KIND = "callback"

TO_CALL = "k.is_open AND k.kind = 'callback' AND k.state IN ('open', 'attempting')"
UNSIGNED = "k.is_open AND k.kind = 'callback' AND k.state = 'waiting_receipt'"
"""As the indexes of the desk's list say it, word for word."""


class DeskLine(Record, frozen=True):
    """A client who waits for a call, by the contract whose free look ends first."""

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


def to_call(
    reader: Reader, until: datetime.date | None, most: int, skipped: int = 0
) -> list[DeskLine]:
    """The clients who wait for a call, each once, what ends first before the others.

    `until`: only those whose free look ends by that day.
    """
    by, values = ("1 = 1", []) if until is None else ("k.due_on <= ?", [until.isoformat()])
    earlier = "o.due_on < k.due_on OR o.due_on = k.due_on AND o.id < k.id"
    order = "k.due_on NULLS FIRST, k.id"
    return _desk(TO_CALL, by, values, earlier, order, reader, most, skipped)


def unsigned(reader: Reader, most: int, skipped: int = 0) -> list[DeskLine]:
    """The clients whose receipt is not signed, each once, what was issued first before the others."""
    earlier = "o.received_on < k.received_on OR o.received_on = k.received_on AND o.id < k.id"
    return _desk(UNSIGNED, "1 = 1", [], earlier, "k.received_on, k.id", reader, most, skipped)


def _desk(
    state: str,
    by: str,
    values: list[Any],
    earlier: str,
    order: str,
    reader: Reader,
    most: int,
    skipped: int,
) -> list[DeskLine]:
    may, kept = _may_read("k", reader)
    theirs, others = _may_read("o", reader)
    of_client = f"o.client_id = k.client_id AND {state.replace('k.', 'o.')} AND {theirs}"
    calls = "FROM callback_call l WHERE l.case_id = k.id"
    sql = f"""
        SELECT k.id, c.id, c.client_no, c.name, c.phone, p.policy_no, a.agent_no, a.name,
            (SELECT COUNT(*) FROM case_file o WHERE {of_client}), k.received_on, k.due_on,
            (SELECT COUNT(*) {calls}),
            (SELECT l.outcome {calls} ORDER BY l.called_at DESC, l.id DESC LIMIT 1)
        FROM case_file k JOIN client c ON c.id = k.client_id JOIN policy p ON p.id = k.policy_id
        JOIN agent a ON a.id = p.agent_id
        WHERE {state} AND {by} AND {may}
            AND NOT EXISTS (SELECT 1 FROM case_file o WHERE {of_client} AND ({earlier}))
        ORDER BY {order} LIMIT ? OFFSET ?
    """
    return records.listed(DeskLine, sql, [*others, *values, *kept, *others, most, skipped])


def _may_read(name: str, reader: Reader) -> tuple[str, list[Any]]:
    """That a case is neither about the reader's service, nor about whom they report to."""
    about, values = dialect.among(f"{name}.about_login", reader.logins)
    served = f"(SELECT q.agent_id FROM policy q WHERE q.id = {name}.policy_id)"
    own = f"COALESCE({name}.about_id, 0) <> ? AND {served} <> ?"
    kept = f"({name}.about_login = '' OR NOT ({about}))"
    return f"{own} AND {kept}", [reader.agent_id or -1, reader.agent_id, *values]


class CalledClient(Record, frozen=True):
    """A call to a client."""

    client_id: int
    called_at: Moment


def called_since(clients: Collection[int], since: datetime.datetime) -> list[CalledClient]:
    """The calls we have made to some clients since a moment, on whatever contracts."""
    theirs, values = dialect.among("client_id", clients)
    sql = f"""
        SELECT DISTINCT client_id, {dialect.moment("called_at")} FROM callback_call
        WHERE {theirs} AND channel = 'phone' AND called_at >= ?
    """
    return records.listed(CalledClient, sql, [*values, utc(since).isoformat(" ")])


class CallLine(Record, frozen=True):
    """A call about a contract."""

    called_at: Moment
    policy_no: str
    outcome: str
    channel: str
    done_by: str


def calls_of(clients: Collection[int]) -> list[CallLine]:
    """The calls about a person's contracts, the last first."""
    theirs, values = dialect.among("l.client_id", clients)
    sql = f"""
        SELECT {dialect.moment("l.called_at")}, p.policy_no, l.outcome, l.channel, l.done_by
        FROM callback_call l JOIN case_file k ON k.id = l.case_id JOIN policy p ON p.id = k.policy_id
        WHERE {theirs} ORDER BY l.called_at DESC, l.id
    """
    return records.listed(CallLine, sql, values)


class Contract(Record, frozen=True):
    """A contract that waits for a call, or waited for one."""

    case: int
    policy_no: str
    product: str
    issue_date: datetime.date
    delivered_on: datetime.date | None
    due_on: datetime.date | None
    state: str
    agent_id: int
    about_id: int | None


def contracts_of(clients: Collection[int]) -> list[Contract]:
    """The contracts of a person's that wait for a call, what ends first before the others."""
    theirs, values = dialect.among("k.client_id", clients)
    sql = f"""
        SELECT k.id, p.policy_no, p.product, p.issue_date, p.delivered_on, k.due_on, k.state,
            p.agent_id, k.about_id
        FROM case_file k JOIN policy p ON p.id = k.policy_id
        WHERE {theirs} AND {TO_CALL} ORDER BY k.due_on NULLS FIRST, k.id
    """
    return records.listed(Contract, sql, values)


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
