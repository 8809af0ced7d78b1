"""How a book grows by the clients it has: referrals and further policies (DOMAIN §8).

Whose they are is decided by who serves the clients today: referrals count for every agent who
serves a policy of the referrer, a further policy for the agent of the one that the client had.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from policies import database, dates
from policies.cohorts import Cohort


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
    """By agent id, for one span of days."""

    clients: Counter[int] = field(default_factory=Counter)
    """Who had exactly one policy at its start."""
    bought: Counter[int] = field(default_factory=Counter)
    """Those of them who bought another one in it."""


def add_ons(spans: Sequence[Span]) -> list[AddOns]:
    """For each span, in the order of time: clients with one policy, and those who bought another.

    Most clients see nothing happen in all of it: they are counted by the database, once. Only those
    for whom a policy began or ended are looked at one by one.
    """
    begin, end = spans[0][0], max(last for _, last in spans)
    still = _with_one_policy(begin)
    told = [AddOns() for _ in spans]
    spanned = [
        (first.isoformat(), last.isoformat(), found)
        for (first, last), found in zip(spans, told, strict=True)
    ]
    starts = [first for first, *_ in spanned]
    for policies in _clients_with_events(begin, end):
        if agent_id := _only_agent(policies, begin.isoformat()):
            still[agent_id] -= 1
        if len(policies) == 1:  # who has no other policy has bought none
            ((agent_id, issued, ended),) = policies
            for found in told[bisect_right(starts, issued) : bisect_left(starts, ended)]:
                found.clients[agent_id] += 1
            continue
        for first, last, found in spanned:
            if agent_id := _only_agent(policies, first):
                found.clients[agent_id] += 1
                if any(first <= each[1] <= last for each in policies):
                    found.bought[agent_id] += 1
    for found in told:
        found.clients.update(still)
    return told


_Held = tuple[int, str, str]
"""Agent id, issue date, and end date (far away where there is none), as text."""

FAR = "9999-12-31"


def _with_one_policy(on: date) -> Counter[int]:
    """By agent: the clients who held exactly one policy at the start of the day."""
    client_id, issue_date = map(database.unindexed, ("client_id", "issue_date"))
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


def _only_agent(policies: list[_Held], on: str) -> int:
    """The agent of the one policy held at the start of the day; 0 where it is not one."""
    only = 0
    for agent_id, issued, ended in policies:
        if issued < on < ended:
            if only:
                return 0
            only = agent_id
    return only
