"""Questions about cases, a function each."""

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from policies import database, dialect, inforce, models, records
from policies.desks import DESKS
from policies.records import Moment, Record


def first_due(case_id: int) -> datetime.date | None:
    """When the first of the running clocks of a case is due; None: none runs."""
    sql = "SELECT MIN(due_on) FROM case_clock WHERE case_id = ? AND stopped_on IS NULL"
    found = records.first(_Due, sql, [case_id])
    return found.due_on if found else None


class _Due(Record, frozen=True):
    due_on: datetime.date | None


class _Step(Record, frozen=True):
    step: str


def last_entry() -> int:
    """The number of the last entry of any case: where it is another one, something has been done."""
    return int(database.value("SELECT COALESCE(MAX(id), 0) FROM case_entry"))


def steps_done(case_id: int) -> list[str]:
    """The steps that were done with a case, each once."""
    sql = "SELECT DISTINCT step FROM case_entry WHERE case_id = ?"
    return [each.step for each in records.listed(_Step, sql, [case_id])]


def of_policy(kind: str, source: str, policy_id: int) -> list[int]:
    """The cases of a kind that a source has brought of a policy."""
    sql = "SELECT id FROM case_file WHERE policy_id = ? AND kind = ? AND source = ? ORDER BY id"
    return database.numbers(sql, [policy_id, kind, source])


def said_since(
    kind: str, client_id: int | None, by: str, text: str, since: datetime.datetime
) -> int | None:
    """The case of a client, or of nobody, that somebody has opened with these words since a moment."""
    whose = "k.client_id IS NULL" if client_id is None else "k.client_id = ?"
    sql = f"""
        SELECT k.id FROM case_file k JOIN case_entry e ON e.case_id = k.id
        WHERE {whose} AND k.kind = ? AND e.step = 'opened' AND e.done_by = ?
            AND e.text = ? AND e.at > ?
        ORDER BY k.id DESC
    """
    values = [] if client_id is None else [client_id]
    found = database.numbers(sql, [*values, kind, by, text, models.stored(since)])
    return found[0] if found else None


def open_of(kind: str, policy_id: int) -> list[int]:
    """The open cases of a kind of a policy."""
    sql = "SELECT id FROM case_file WHERE policy_id = ? AND kind = ? AND is_open ORDER BY id"
    return database.numbers(sql, [policy_id, kind])


def out_of_service(kind: str, on: datetime.date) -> list[int]:
    """Which open cases of a kind are an agent's who has left, or who serves their policy no more?"""
    sql = f"""
        SELECT k.id FROM case_file k JOIN user_account u ON u.login = k.owner
        JOIN agent a ON a.id = u.agent_id JOIN policy p ON p.id = k.policy_id
        WHERE k.is_open AND k.kind = ? AND k.owner <> '' AND p.client_id = k.client_id
            AND {inforce.not_ended("p", on)}
            AND (a.id <> p.agent_id OR u.is_disabled OR a.left_on <= ?)
        ORDER BY k.id
    """
    return database.numbers(sql, [kind, on.isoformat()])


class RanOut(Record, frozen=True):
    """An open case of which a clock has run out."""

    case: int
    state: str
    due_on: datetime.date
    moved_on: datetime.date
    moves: int


def ran_out(kind: str, clock: str, on: datetime.date) -> list[RanOut]:
    """The open cases of a kind of which a clock has run out before a day, what was due first."""
    sql = """
        SELECT k.id, k.state, c.due_on, k.moved_on, k.moves
        FROM case_file k JOIN case_clock c ON c.case_id = k.id
        LEFT JOIN client x ON x.id = k.client_id
        WHERE x.erased_on IS NULL AND k.is_open AND k.kind = ? AND k.due_on < ?
            AND c.clock = ? AND c.stopped_on IS NULL AND c.due_on < ?
        ORDER BY c.due_on, k.id
    """
    return records.listed(RanOut, sql, [kind, on.isoformat(), clock, on.isoformat()])


class Before(Record, frozen=True):
    """A case that a new one may repeat."""

    id: int
    policy_id: int | None
    categories: str

    @property
    def sorted_as(self) -> tuple[str, ...]:
        """Its categories."""
        return tuple(self.categories.split())


def lately(
    kind: str, clients: Collection[int], since: datetime.date, until: datetime.date
) -> list[Before]:
    """Cases of a kind of some clients that were received by a day, and open or ended since another."""
    theirs, values = dialect.among("k.client_id", clients)
    sql = f"""
        SELECT k.id, k.policy_id, k.categories FROM case_file k
        WHERE {theirs} AND k.kind = ? AND k.received_on <= ?
            AND (k.ended_on IS NULL OR k.ended_on >= ?)
    """
    return records.listed(Before, sql, [*values, kind, until.isoformat(), since.isoformat()])


class CaseLine(Record, frozen=True):
    """A case in a list."""

    case: int
    kind: str
    state: str
    due_on: datetime.date | None
    received_on: datetime.date
    client_no: str | None
    policy_no: str | None
    about: str | None
    """The agent number of whom it is about, or the login."""
    owner: str
    """A login, or the desk."""
    categories: str
    ended_on: datetime.date | None
    repeat_of: int | None
    persons: int
    """Who came together, in person."""


@dataclass(frozen=True)
class Wanted:
    """Which cases are meant; None: whatever it is."""

    kind: str | None = None
    state: str | None = None
    """None: all that are open."""
    owner: str | None = None
    """A login or a desk."""
    overdue_on: datetime.date | None = None
    """Those of which a clock has run out by that day."""
    escalated_to: str | None = None
    """Those that have gone up to this login."""

    def condition(self) -> tuple[str, list[Any]]:
        """The condition on a case `k`, and what its marks stand for."""
        wanted, values = ["1 = 1" if self.state else "k.is_open"], []
        if self.state:
            wanted.append("k.state = ?")
            values.append(self.state)
        if self.kind:
            wanted.append("k.kind = ?")
            values.append(self.kind)
        if self.owner:  # each is found by an index of its own
            is_desk = self.owner in DESKS
            wanted.append("k.owner = '' AND k.desk = ?" if is_desk else "k.owner = ?")
            values.append(self.owner)
        if self.escalated_to:
            wanted.append("k.is_open AND k.escalated_to <> '' AND k.escalated_to = ?")
            values.append(self.escalated_to)
        if self.overdue_on:
            wanted.append("k.is_open AND k.due_on < ?")
            values.append(self.overdue_on.isoformat())
        return " AND ".join(wanted), values


SOONEST = "k.due_on NULLS LAST, k.id"
"""The order of lists: what is due first before the others. Written so, an index has it already."""


def cases(wanted: Wanted, most: int | None = None, after: int = 0) -> Iterator[CaseLine]:
    """The cases that are meant, what is due first before the others. Read them inside a `snapshot`.

    `most` of them, after so many others; None: all.
    """
    return records.read(CaseLine, *statement(wanted, most, after))


def statement(wanted: Wanted, most: int | None = None, after: int = 0) -> tuple[str, list[Any]]:
    """The statement of such a list, and what its marks stand for."""
    where, values = wanted.condition()
    page = "" if most is None else "LIMIT ? OFFSET ?"
    sql = f"""
        SELECT k.id, k.kind, k.state, k.due_on, k.received_on, c.client_no, p.policy_no,
               COALESCE(a.agent_no, NULLIF(k.about_login, '')),
               CASE WHEN k.owner = '' THEN k.desk ELSE k.owner END,
               k.categories, k.ended_on, k.repeat_of, k.persons
        FROM case_file k LEFT JOIN client c ON c.id = k.client_id
        LEFT JOIN policy p ON p.id = k.policy_id LEFT JOIN agent a ON a.id = k.about_id
        WHERE {where} ORDER BY {SOONEST} {page}
    """
    return sql, values if most is None else [*values, most, after]


class Pressing(Record, frozen=True):
    """An open case whose clock is about to end, or has ended."""

    case: int
    due_on: datetime.date
    started_on: datetime.date | None
    """The day from which that clock runs."""


PRESSING = """
    SELECT k.id, k.due_on, (
        SELECT MAX(t.started_on) FROM case_clock t
        WHERE t.case_id = k.id AND t.due_on = k.due_on AND t.stopped_on IS NULL
    )
    FROM case_file k
    WHERE k.is_open AND k.due_on BETWEEN ? AND ? AND NOT (
        k.escalated_due IS NOT NULL AND k.escalated_due = k.due_on
        AND k.escalation IN ({reached})
    )
    ORDER BY k.due_on, k.id
"""


def pressing(first: datetime.date, last: datetime.date, reached: Collection[str]) -> list[Pressing]:
    """Open cases that are due within some days and have not gone up so far for that day."""
    sql = PRESSING.format(reached=dialect.quoted(reached))
    return records.listed(Pressing, sql, [first.isoformat(), last.isoformat()])


class EntryLine(Record, frozen=True):
    """An entry of a case."""

    done_on: datetime.date
    at: Moment
    step: str
    to_state: str
    done_by: str
    text: str
    reason: str
    set_on: datetime.date | None
    person: str
    categories: str


def entries(case_id: int, *, restricted: bool) -> list[EntryLine]:
    """The entries of a case in their order, or the restricted ones."""
    sql = f"""
        SELECT e.done_on, {dialect.moment("e.at")}, e.step, e.to_state, e.done_by, e.text, e.reason,
               e.set_on, e.person, e.categories
        FROM case_entry e WHERE e.case_id = ? AND e.is_restricted = ? ORDER BY e.id
    """
    return records.listed(EntryLine, sql, [case_id, restricted])


class WholeEntry(EntryLine, frozen=True):
    """An entry with what is not told to everybody who sees the case."""

    length: int
    """By how much it extended a clock."""
    is_restricted: bool


def whole_entries(case_id: int) -> list[WholeEntry]:
    """All entries of a case in their order, the restricted ones among them."""
    sql = f"""
        SELECT e.done_on, {dialect.moment("e.at")}, e.step, e.to_state, e.done_by, e.text, e.reason,
               e.set_on, e.person, e.categories, e.length, e.is_restricted
        FROM case_entry e WHERE e.case_id = ? ORDER BY e.id
    """
    return records.listed(WholeEntry, sql, [case_id])


class ClockLine(Record, frozen=True):
    """A clock of a case."""

    clock: str
    rule: str
    started_on: datetime.date
    due_on: datetime.date
    stopped_on: datetime.date | None


def clocks(case_id: int) -> list[ClockLine]:
    """The clocks of a case."""
    sql = """
        SELECT clock, rule, started_on, due_on, stopped_on FROM case_clock
        WHERE case_id = ? ORDER BY due_on, id
    """
    return records.listed(ClockLine, sql, [case_id])


UPGRADED = "upgrade"
"""The step by which a case has gone up."""
