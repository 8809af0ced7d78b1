"""The timeline read backwards, by the database: which policies have something due on a day.

The plan turns the day into a short list of anchor dates (`timeline.falling_due`); one
`INSERT … SELECT … ON CONFLICT DO NOTHING` for each way of finding a policy by an anchor date records
everything due. Two partial unique indexes make a second touchpoint of the same occurrence impossible.
The same SELECT, without the INSERT, finds what a day to come will bring.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from policies import database, dates, dialect, inforce, occasions, records, timeline
from policies.dates import WorkCalendar
from policies.plan import Plan
from policies.records import Record
from policies.timeline import Due
from servicing.core import happened

Statement = tuple[str, list[Any]]

DUE_ROWS = 5_000
"""Anchor dates per statement; three values each stay below every database's limit."""


def dues(plan: Plan, calendar: WorkCalendar, day: datetime.date) -> list[Due]:
    """The dues that a day can have, counted from no date older than the book; in the plan's order."""
    return list(timeline.falling_due(plan, calendar, day, oldest()))


@dataclass(frozen=True)
class Search:
    """A search for the touchpoints that fall due on a day."""

    day: datetime.date
    dues: Sequence[Due]
    """What can fall due on it, in the plan's order: see `dues`."""
    since_policy: int = 0
    """Only policies with a higher id."""
    is_replanned: bool = False
    """The day was walked before by another plan, whose occurrences may have other names."""
    zones: Sequence[str] = ()
    """Only clients of these time zones; empty: all."""

    def ways(self) -> Iterator["Way"]:
        """The dues by how their policies are found, in the plan's order."""
        groups: dict[tuple[str, str, tuple[str, ...]], list[Due]] = {}
        for due in self.dues:
            of = due.touchpoint
            groups.setdefault((of.anchor, of.scope, of.tiers), []).append(due)
        for (anchor, scope, tiers), group in groups.items():
            first, *_ = group
            owed = inforce.owed_for(first.touchpoint, "p", self.day)
            to_pay = inforce.to_pay("p", "i", self.day)
            conditions = [_anchored(anchor, scope).format(to_pay=to_pay), owed]
            if scope == "client":
                conditions.append(_carries(self.day, anchor))
            if tiers:
                conditions.append(_of_tiers(tiers))
            if self.since_policy:
                conditions.append(f"p.id > {self.since_policy}")
            if self.zones:
                conditions.append(_of_zones(self.zones))
            if self.is_replanned:
                conditions.append(_not_there(scope, self.day))
            yield Way(anchor, scope, group, " AND ".join(conditions))


@dataclass(frozen=True)
class Way:
    """One way of finding policies by an anchor date, with all that is found in it."""

    anchor: str
    scope: str
    dues: Sequence[Due]
    condition: str

    @property
    def tables(self) -> str:
        """Where the policies `p` are found, the anchor date's own table first."""
        return _TABLES[self.anchor]


def statements(search: Search, found_on: datetime.date) -> Iterator[Statement]:
    """The statements that record a day, one for each way of finding a policy by an anchor date."""
    for way in search.ways():
        for some in database.chunks(way.dues, DUE_ROWS):
            yield _insert_due(way, some, search.day, found_on)


def selects(
    way: Way, dues: Iterable[Due], columns: str, joins: str = "", *, is_ordered: bool = False
) -> Iterator[Statement]:
    """The statements that find some of its dues and record nothing.

    What is recorded already is left out. `columns` may speak of `due` (key, occurrence, anchor_on), of
    the policy `p`, of the anchor's own table (client `c`, premium `i`, handing `h`, case `k`, task
    done `d`, relation `r`, day of a party `y`), and of what `joins` adds.
    `is_ordered`: in the order in which they would be recorded, which takes longer.
    """
    in_order = _in_order() if is_ordered else ""
    for some in database.chunks(dues, DUE_ROWS):
        sql = (
            f"WITH due (key, occurrence, anchor_on, rank) AS (VALUES {_values(len(some))})"
            f" SELECT {columns} FROM due CROSS JOIN {way.tables} {joins}"
            f" WHERE {way.condition} AND {_not_recorded(way.scope)} {in_order}"
        )
        yield sql, _marked(some)


def coming(way: Way) -> list[Due]:
    """Those of its dues that find anything which is not recorded yet; of each the first is looked for.

    Most of a plan has nothing on most days, and a statement for each touchpoint takes its time to say so.
    """
    found = []
    for some in database.chunks(way.dues, DUE_ROWS):
        sql = (
            f"WITH due (key, occurrence, anchor_on, rank) AS (VALUES {_values(len(some))})"
            " SELECT due.rank FROM due WHERE EXISTS ("
            f"SELECT 1 FROM {way.tables} WHERE {way.condition} AND {_not_recorded(way.scope)})"
            " ORDER BY due.rank"
        )
        found += [some[rank] for rank in database.numbers(sql, _marked(some))]
    return found


def counts(search: Search) -> Iterator[Statement]:
    """The statements that count, by key, what would be recorded; rows of key and count."""
    for way in search.ways():
        for sql, values in selects(way, way.dues, "due.key"):
            yield f"SELECT key, COUNT(*) FROM ({sql}) AS found GROUP BY key", values


_TABLES = {
    "issue": "policy p",
    "delivered": "policy p",
    "birthday": "client c CROSS JOIN policy p",
    "premium_due": "premium i CROSS JOIN policy p",
    "handover": "handing h CROSS JOIN policy p",
    "suspended": "policy p",
    "ended": "policy p",
    "case_closed": "case_file k CROSS JOIN policy p",
    "task_done": "done_task d CROSS JOIN policy p",
    "festival": "policy p",
    "relation_birthday": "relation r CROSS JOIN policy p",
    "client_event": "party_day y CROSS JOIN policy p",
}
_ANCHORED = {
    "issue": "p.issue_date = due.anchor_on",
    "delivered": "p.delivered_on = due.anchor_on",
    "birthday": "c.birthday = due.anchor_on AND p.client_id = c.id",
    "premium_due": "i.due_date = due.anchor_on AND {to_pay} AND p.id = i.policy_id",
    "handover": "h.handed_on = due.anchor_on AND p.id = h.policy_id",
    "suspended": "p.suspended_on = due.anchor_on",
    "ended": f"p.ended_on = due.anchor_on AND {inforce.lost('p')}",
    "case_closed": happened.closed("due"),
    "festival": "TRUE",
    "relation_birthday": occasions.of_family("due"),
    "client_event": happened.came("due"),
}


def _anchored(anchor: str, scope: str) -> str:
    """A policy `p` has something to count from on the anchor date."""
    return happened.done("due", scope) if anchor == "task_done" else _ANCHORED[anchor]


_STANDS = {
    "issue": ("issue_date", "policy"),
    "delivered": ("delivered_on", "policy"),
    "birthday": ("birthday", "client"),
    "premium_due": ("due_date", "premium"),
    "handover": ("handed_on", "handing"),
    "suspended": ("suspended_on", "policy"),
    "ended": ("ended_on", "policy"),
    "case_closed": ("ended_on", "case_file"),
    "task_done": ("done_on", "done_task"),
    "relation_birthday": ("birthday", "relation"),
    "client_event": ("day", "party_day"),
}
"""By anchor the column and table in which its dates stand; a festival stands in the calendar."""


def oldest() -> dict[str, datetime.date]:
    """By kind of anchor its first date in the book, or a date that never comes where it has none.

    Each is the end of an index.
    """
    return _known(records.first(_Oldest, f"SELECT {_FIRSTS}"))


def outlook(today: datetime.date) -> tuple[dict[str, datetime.date], datetime.date]:
    """The same, and the next day to be walked: today, until it is; in one statement."""
    is_walked = "EXISTS (SELECT 1 FROM walked_day WHERE day = ?)"
    found = records.first(_Outlook, f"SELECT {_FIRSTS}, {is_walked}", [today.isoformat()])
    return _known(found), today + dates.ONE_DAY if found and found.is_walked else today


_FIRSTS = ", ".join(
    f"(SELECT MIN({column}) FROM {table} WHERE {column} IS NOT NULL) AS {anchor}"
    for anchor, (column, table) in _STANDS.items()
)


def _known(found: "_Oldest | None") -> dict[str, datetime.date]:
    days = msgspec.structs.asdict(found) if found else {}
    known = {anchor: days.get(anchor) or datetime.date.max for anchor in _STANDS}
    return {**known, "festival": datetime.date.min}


class _Oldest(Record, frozen=True):
    """The first date of each kind of anchor."""

    issue: datetime.date | None
    delivered: datetime.date | None
    birthday: datetime.date | None
    premium_due: datetime.date | None
    handover: datetime.date | None
    suspended: datetime.date | None
    ended: datetime.date | None
    case_closed: datetime.date | None
    task_done: datetime.date | None
    relation_birthday: datetime.date | None
    client_event: datetime.date | None


class _Outlook(_Oldest, frozen=True):
    is_walked: bool


def _carries(day: datetime.date, anchor: str) -> str:
    """`timeline.carrier`: no policy of the client that is owed service was issued before.

    Where a handover is what it is counted from: none of those that were handed over with it.
    """
    handed = "SELECT 1 FROM handing o WHERE o.policy_id = q.id AND o.handed_on = due.anchor_on"
    is_candidate = f" AND EXISTS ({handed})" if anchor == "handover" else ""
    return (
        "NOT EXISTS (SELECT 1 FROM policy q WHERE q.client_id = p.client_id"
        " AND (q.issue_date < p.issue_date OR (q.issue_date = p.issue_date AND q.id < p.id))"
        f" AND {inforce.owed('q', day)}{is_candidate})"
    )


def _of_zones(zones: Iterable[str]) -> str:
    """The client of a policy `p` lives by one of these clocks."""
    lives = f"z.id = p.client_id AND z.timezone IN ({dialect.quoted(zones)})"
    return f"EXISTS (SELECT 1 FROM client z WHERE {lives})"


def _of_tiers(tiers: Iterable[str]) -> str:
    """The client of a policy `p` is of one of these tiers: of others nothing is recorded."""
    is_of = f"g.client_id = p.client_id AND g.tier IN ({dialect.quoted(tiers)})"
    return f"EXISTS (SELECT 1 FROM tier_standing g WHERE {is_of})"


def _not_there(scope: str, day: datetime.date) -> str:
    """Nothing of this touchpoint was recorded for that day under another name."""
    subject = "x.policy_id = p.id" if scope == "policy" else "x.client_id = p.client_id"
    return (
        f"NOT EXISTS (SELECT 1 FROM touchpoint x WHERE {subject} AND x.scope = '{scope}'"
        f" AND x.key = due.key AND x.anchor_on = due.anchor_on AND x.due_on = '{day}'"
        " AND NOT x.released)"
    )


def _not_recorded(scope: str) -> str:
    """A condition: the unique index of the scope would not refuse it."""
    subject = "x.policy_id = p.id" if scope == "policy" else "x.client_id = p.client_id"
    return (
        f"NOT EXISTS (SELECT 1 FROM touchpoint x WHERE {subject} AND x.scope = '{scope}'"
        " AND x.key = due.key AND x.occurrence = due.occurrence AND NOT x.released)"
    )


def _insert_due(
    way: Way, dues: Sequence[Due], day: datetime.date, found_on: datetime.date
) -> Statement:
    """CROSS JOIN keeps SQLite from turning the loop round: few dates first, then their policies.

    The order is the plan's, then the book's: of two messages on one day, the same one is first on
    every database.
    """
    sql = (
        f"WITH due (key, occurrence, anchor_on, rank) AS (VALUES {_values(len(dues))})"
        " INSERT INTO touchpoint"
        " (key, scope, occurrence, policy_id, client_id, anchor_on, due_on, found_on)"
        f" SELECT due.key, '{way.scope}', due.occurrence, p.id, p.client_id, due.anchor_on,"
        f" {dialect.day(day)}, {dialect.day(found_on)}"
        f" FROM due CROSS JOIN {way.tables} WHERE {way.condition}"
        f" {_in_order()} ON CONFLICT DO NOTHING"
    )
    return sql, _marked(dues)


def _in_order() -> str:
    """In the plan's order, then the book's.

    Asked for the order of an id itself, SQLite would rather read the book in that order, and make an
    index of all of it for a statement that finds some thousand policies.
    """
    return f"ORDER BY due.rank, {dialect.unindexed('p.id')}"


def _values(count: int) -> str:
    return ", ".join(f"(?, ?, ?, {rank})" for rank in range(count))


def _marked(dues: Sequence[Due]) -> list[Any]:
    return [value for due in dues for value in (due.key, due.occurrence, due.anchor_on)]
