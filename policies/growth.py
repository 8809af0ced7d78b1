"""How a book grows by the clients it has: referrals and further policies (domain.md §8.9).

Whose they are is decided by who serves the clients today: referrals count for every agent who
serves a policy of the referrer, a further policy for the agent of the one that the client had.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from policies import database, dates, dialect
from policies.persistency.cohorts import Cohort


@dataclass(frozen=True)
class Referral:
    """A client who was referred by a client of this book, and bought a first policy."""

    client_id: int
    first_policy_in: Cohort
    agent_ids: frozenset[int]
    """Of whom the referrer is a client."""


def referrals(first: date, last: date) -> Iterator[Referral]:
    """The clients whose first policy was issued from `first` to `last`, both included."""
    sql = (
        "SELECT DISTINCT n.client_id, n.issued, q.agent_id FROM"
        "  (SELECT client_id, MIN(issue_date) AS issued FROM policy"
        "   WHERE issue_date BETWEEN ? AND ? GROUP BY client_id) AS n"
        " JOIN client c ON c.id = n.client_id AND c.referred_by <> ''"
        " JOIN client r ON r.client_no = c.referred_by AND r.id <> c.id"
        " JOIN policy q ON q.client_id = r.id"
        " WHERE NOT EXISTS"
        "  (SELECT 1 FROM policy e WHERE e.client_id = n.client_id AND e.issue_date < ?)"
        " ORDER BY n.client_id"
    )
    rows = database.stream(sql, [first.isoformat(), last.isoformat(), first.isoformat()])
    for (client_id, issued), found in itertools.groupby(rows, lambda row: (row[0], row[1])):
        month = dates.month_index(database.needed_day(issued))
        yield Referral(client_id, month, frozenset(agent_id for *_, agent_id in found))


Span = tuple[date, date]
"""The first and the last day."""


@dataclass
class AddOns:
    """Of one agent, for each span of days."""

    clients: list[int]
    """Who had exactly one policy at its start."""
    bought: list[int]
    """Those of them who bought another one in it."""


def add_ons(spans: Sequence[Span]) -> dict[int, AddOns]:
    """By agent id, for spans in the order of time: clients with one policy, and who bought another.

    Most clients see nothing happen in all of it: they are counted by the database, once. Only those
    for whom a policy began or ended are looked at one by one, for what they change.
    """
    starts, ends = ([day.isoformat() for day in days] for days in zip(*spans, strict=True))
    told: defaultdict[int, AddOns] = defaultdict(
        lambda: AddOns([0] * (len(spans) + 1), [0] * len(spans))
    )
    for agent_id, clients in _with_one_policy(spans[0][0]).items():
        told[agent_id].clients[0] = clients
    for policies in _clients_with_events(spans[0][0], spans[-1][1]):
        for alone, agent_id in _held_alone(policies, starts):
            changes = told[agent_id]
            if alone.start > 0:  # who begins with the first span was counted by the database
                changes.clients[alone.start] += 1
            changes.clients[alone.stop] -= 1
            for index in _bought_in(policies, starts, ends, alone):
                changes.bought[index] += 1
    for each in told.values():
        each.clients = list(itertools.accumulate(each.clients[:-1]))
    return told


_Held = tuple[int, str, str]
"""Agent id, issue date, and end date (far away where there is none), as text."""

FAR = "9999-12-31"


def _with_one_policy(on: date) -> Counter[int]:
    """By agent: the clients who held exactly one policy at the start of the day."""
    client_id, issue_date = map(dialect.unindexed, ("client_id", "issue_date"))
    sql = (
        "SELECT agent_id, COUNT(*) FROM (SELECT MIN(agent_id) AS agent_id FROM policy"
        f" WHERE {issue_date} < ? AND (ended_on IS NULL OR ended_on > ?)"
        f" GROUP BY {client_id} HAVING COUNT(*) = 1) AS single GROUP BY agent_id"
    )
    return Counter(dict(database.execute(sql, [on.isoformat(), on.isoformat()])))


def _clients_with_events(first: date, last: date) -> Iterator[list[_Held]]:
    """The policies of each client for whom one began or ended in those days."""
    sql = (
        "SELECT client_id, agent_id, CAST(issue_date AS TEXT), CAST(ended_on AS TEXT) FROM policy"
        " WHERE client_id IN (SELECT client_id FROM policy"
        "  WHERE issue_date BETWEEN ? AND ? OR ended_on BETWEEN ? AND ?) ORDER BY client_id"
    )
    days = [first.isoformat(), last.isoformat()]
    for _, rows in itertools.groupby(database.stream(sql, days * 2), lambda row: row[0]):
        yield [(agent_id, issued, ended or FAR) for _, agent_id, issued, ended in rows]


def _held_alone(policies: list[_Held], starts: list[str]) -> Iterator[tuple[range, int]]:
    """The spans at whose start one policy was held and no other, and its agent."""
    held = [
        (range(bisect_right(starts, issued), bisect_left(starts, ended)), agent_id)
        for agent_id, issued, ended in policies
    ]
    if len(held) == 1:
        yield from (each for each in held if each[0])
        return
    edges = sorted({edge for spans, _ in held if spans for edge in (spans.start, spans.stop)})
    for edge, next_edge in itertools.pairwise(edges):
        holders = [agent_id for spans, agent_id in held if edge in spans]
        if len(holders) == 1:
            yield range(edge, next_edge), holders[0]


def _bought_in(
    policies: list[_Held], starts: list[str], ends: list[str], among: range
) -> Iterable[int]:
    """Those spans of some in which a policy began."""
    if len(policies) == 1:  # the one that was held before
        return ()
    began = (
        range(bisect_left(ends, issued), bisect_right(starts, issued)) for _, issued, _ in policies
    )
    return {index for spans in began for index in spans if index in among}
