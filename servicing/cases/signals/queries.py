"""Of which policies a signal says something (domain.md §12.13).

Each signal is found by the day of its cause, so a look costs what has happened on those days, however
large the book is. What is said of a client, and not of a policy, the first policy in force carries.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from policies import database, dates, dialect, inforce, models, mourning, records
from policies.case_kind import Kind, Option, Signal
from policies.records import Record
from servicing.core.context import NUMBERS

LOOK_BACK_DAYS = 14
"""A signal that nobody has looked for so long opens nothing any more."""

AHEAD_DAYS = 366
"""So far ahead a surrender is looked for."""

NEWLY_SERVED_DAYS = 30
"""A policy that joins the book later than that after its issue was sold by somebody we do not know."""


class Sign(Record, frozen=True):
    """A policy that a signal says something of."""

    policy_id: int
    policy_no: str
    client_no: str
    cause: datetime.date
    """The day of what is said of it, such as that on which the premium fell due, or the agent left."""
    case: int | None
    """The open case that it comes of; None: of none."""


@dataclass(frozen=True)
class Question:
    """A signal that is looked for on a day."""

    kind: str
    source: Option
    on: datetime.date
    zone: datetime.tzinfo
    """By whose clock days begin."""

    @property
    def last(self) -> datetime.date:
        """The last day on which its cause may have been."""
        return self.on - datetime.timedelta(self.source.days)

    @property
    def first(self) -> datetime.date:
        """The first day on which its cause may have been."""
        return self.last - datetime.timedelta(LOOK_BACK_DAYS)


class _Place(NamedTuple):
    """Where a signal is found: the tables, its policy `p` among them, and what they have to say."""

    tables: str
    cause: str
    """The day of its cause."""
    holds: str
    values: tuple[Any, ...]
    case: str = "NULL"


def found(of: Question) -> Iterator[Sign]:
    """The policies in force of which a signal holds, and no case says it yet."""
    for place in _PLACES[of.source.signal](of):
        yield from _signs(of, place)


def _signs(of: Question, place: _Place) -> list[Sign]:
    sql = f"""
        SELECT p.id, p.policy_no, c.client_no, {place.cause}, {place.case}
        FROM {place.tables} JOIN client c ON c.id = p.client_id
        WHERE {place.holds} AND {inforce.in_force("p", of.on)}
            AND NOT ({mourning.died("c")}) AND c.erased_on IS NULL
            AND NOT EXISTS (SELECT 1 FROM case_file k JOIN case_entry e ON e.case_id = k.id
                WHERE k.policy_id = p.id AND k.kind = ? AND e.reason = ? AND e.set_on = {place.cause})
        ORDER BY {place.cause}, p.id
    """
    return records.listed(Sign, sql, [*place.values, of.kind, of.source.id])


def has_told(kind: str, source: str, of: Sign) -> bool:
    """Whether a case of the policy says it already."""
    sql = """
        SELECT EXISTS (SELECT 1 FROM case_file k JOIN case_entry e ON e.case_id = k.id
            WHERE k.policy_id = ? AND k.kind = ? AND e.reason = ? AND e.set_on = ?)
    """
    return bool(database.value(sql, [of.policy_id, kind, source, of.cause.isoformat()]))


# ------------------------------------------------------------------------------------ each signal


def _span(of: Question) -> tuple[str, str]:
    return of.first.isoformat(), of.last.isoformat()


def _premium(of: Question, day: str) -> _Place:
    """An instalment that is owed, by a day of it."""
    free = inforce.owes_no_premium("p")
    owed = f"i.amount > 0 AND {inforce.unpaid('i', of.on)} AND NOT ({free})"
    tables = "premium i JOIN policy p ON p.id = i.policy_id"
    return _Place(tables, day, f"{day} BETWEEN ? AND ? AND {owed}", _span(of))


def _premium_unpaid(of: Question) -> Iterator[_Place]:
    yield _premium(of, "i.due_date")


def _payment_bounced(of: Question) -> Iterator[_Place]:
    yield _premium(of, "i.bounced_on")


def _surrender_ahead(of: Question) -> Iterator[_Place]:
    """The book knows it before its day: that is when the client has asked for it."""
    holds = "p.ended_on BETWEEN ? AND ? AND p.status = 'surrendered'"
    until = of.on + datetime.timedelta(AHEAD_DAYS)
    values = ((of.on + dates.ONE_DAY).isoformat(), until.isoformat())
    yield _Place("policy p", "p.ended_on", holds, values)


def _agent_left(of: Question) -> Iterator[_Place]:
    tables = "agent a JOIN policy p ON p.agent_id = a.id"
    yield _Place(tables, "a.left_on", "a.left_on BETWEEN ? AND ?", _span(of))


def _first_in_force(client: str, on: datetime.date) -> str:
    """The id of the first policy in force of a client, who stands in a column."""
    order = ", ".join(dialect.unindexed(f"w.{each}") for each in ("issue_date", "id"))
    return (
        f"(SELECT w.id FROM policy w WHERE w.client_id = {client}"
        f" AND {inforce.in_force('w', on)} ORDER BY {order} LIMIT 1)"
    )


def _case_opened(of: Question) -> Iterator[_Place]:
    """One of a policy is of that, one of a client of the first in force; a former holder's is of none."""
    first = _first_in_force("o.client_id", of.on)
    tables = f"case_file o JOIN policy p ON p.id = COALESCE(o.policy_id, {first})"
    holds = (
        f"o.is_open AND o.kind = ? AND o.received_on BETWEEN ? AND ? AND o.client_id IN ({NUMBERS})"
    )
    values = (of.source.case,) + _span(of)
    yield _Place(tables, "o.received_on", holds, values, case="o.id")


def _no_contact(of: Question) -> Iterator[_Place]:
    """Clients to whom somebody spoke last on a day, or who bought then and were never spoken to since.

    Spoken to is a client for whom a task was done (domain.md §8.13), under any number. Nobody is called
    for it who mourns, or of whom it is asked whether they have died.
    """
    for day in dates.days_between(of.first, of.last):
        yield _silent_since(of, day)


def _silent_since(of: Question, day: datetime.date) -> _Place:
    begins, ends = (_begins(each, of.zone) for each in (day, day + dates.ONE_DAY))
    newly = day + datetime.timedelta(NEWLY_SERVED_DAYS)
    known = f"""(
        SELECT x.client_id FROM task x
        WHERE x.state = 'done' AND x.ended_at >= ? AND x.ended_at < ?
        UNION SELECT q.client_id FROM policy q
        WHERE q.issue_date = ? AND q.served_from <= ? AND {inforce.a_policy("q")}
    )"""
    tables = f"{known} AS known JOIN policy p ON p.id = {_first_in_force('known.client_id', of.on)}"
    holds = f"""
        NOT EXISTS (SELECT 1 FROM task x WHERE x.client_id IN ({NUMBERS})
            AND x.state = 'done' AND x.ended_at >= ?)
        AND NOT EXISTS (SELECT 1 FROM policy q WHERE q.client_id IN ({NUMBERS})
            AND {dialect.unindexed("q.issue_date")} > ? AND {inforce.a_policy("q")})
        AND c.death_asked_on IS NULL
        AND (c.bereaved_until IS NULL OR {dialect.unindexed("c.bereaved_until")} < ?)
    """
    on = day.isoformat()
    values = (begins, ends, on, newly.isoformat(), ends, on, of.on.isoformat())
    return _Place(tables, dialect.day(day), holds, values)


def _begins(day: datetime.date, zone: datetime.tzinfo) -> str | None:
    """The moment at which a day begins, as it is stored."""
    return models.stored(datetime.datetime.combine(day, datetime.time.min, zone))


_PLACES: Mapping[Signal, Callable[[Question], Iterator[_Place]]] = {
    "premium_unpaid": _premium_unpaid,
    "payment_bounced": _payment_bounced,
    "surrender_ahead": _surrender_ahead,
    "agent_left": _agent_left,
    "no_contact": _no_contact,
    "case_opened": _case_opened,
}


# ------------------------------------------------------------------------- what has been paid


class Paid(Record, frozen=True):
    """An instalment that has come in, of a policy of which a case is open."""

    case: int
    due_on: datetime.date
    paid_on: datetime.date


def unnoted(kind: Kind, on: datetime.date) -> list[Paid]:
    """What has come in since cases of a kind were received, or for which a signal was, unnoted so far.

    What bounced after it was noted is noted again when it comes.
    """
    noted, paid = (each.id if each else "" for each in (kind.signal_step, kind.payment_step))
    sql = f"""
        SELECT k.id, i.due_date, i.paid_on
        FROM case_file k JOIN premium i ON i.policy_id = k.policy_id
        WHERE k.is_open AND k.kind = ? AND i.paid_on IS NOT NULL AND NOT {inforce.unpaid("i", on)}
            AND (i.paid_on >= k.received_on OR EXISTS (SELECT 1 FROM case_entry e
                WHERE e.case_id = k.id AND e.step = ? AND e.set_on IN (i.due_date, i.bounced_on)))
            AND NOT EXISTS (SELECT 1 FROM case_entry e WHERE e.case_id = k.id AND e.step = ?
                AND e.set_on = i.due_date
                AND (i.bounced_on IS NULL OR e.done_on >= i.bounced_on))
        ORDER BY k.id, i.due_date
    """
    return records.listed(Paid, sql, [kind.id, noted, paid])
