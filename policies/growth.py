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
from operator import attrgetter

from policies import database, dates, dialect, records
from policies.persistency.cohorts import Cohort
from policies.records import Record


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
    days = [first.isoformat(), last.isoformat(), first.isoformat()]
    served = records.read(_ReferrerServed, sql, days)
    for (client_id, issued), group in itertools.groupby(served, attrgetter("client_id", "issued")):
        agent_ids = frozenset(each.agent_id for each in group)
        yield Referral(client_id, dates.month_index(issued), agent_ids)


class _ReferrerServed(Record, frozen=True):
    """A referred client, and one of the agents who serve the referrer."""

    client_id: int
    issued: date
    """When the first policy was."""
    agent_id: int


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
    starts, ends = [first for first, _ in spans], [last for _, last in spans]
    begins, finishes = min(starts), max(ends)
    changes: defaultdict[int, _Changes] = defaultdict(lambda: _Changes(len(spans)))
    for agent_id, clients in _with_one_policy(begins).items():
        changes[agent_id].before = clients
    for policies in _clients_with_events(begins, finishes):
        for alone, agent_id in _held_alone(policies, starts):
            of_agent = changes[agent_id]
            if alone.start > 0:  # who begins with the first span was counted by the database
                of_agent.more[alone.start] += 1
            of_agent.more[alone.stop] -= 1
            for index in _bought_in(policies, starts, ends, alone):
                of_agent.bought[index] += 1
    return {agent_id: each.added_up() for agent_id, each in changes.items()}


class _Changes:
    """What changes for one agent from span to span."""

    def __init__(self, spans: int) -> None:
        self.before = 0
        """Clients with one policy at the start of the first span."""
        self.more: Counter[int] = Counter()
        """By span, how many more of them there are at its start than at the start before."""
        self.bought = [0] * spans

    def added_up(self) -> AddOns:
        more = (self.more[index] for index in range(1, len(self.bought)))
        clients = itertools.accumulate(more, initial=self.before + self.more[0])
        return AddOns(list(clients), self.bought)


class _Held(Record, frozen=True):
    """A policy of a client."""

    client_id: int
    agent_id: int
    issued: date
    ended: date
    """Far away where there is no end."""


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
        "SELECT client_id, agent_id, issue_date,"
        f" COALESCE(ended_on, {dialect.day(date.max)}) FROM policy"
        " WHERE client_id IN (SELECT client_id FROM policy"
        "  WHERE issue_date BETWEEN ? AND ? OR ended_on BETWEEN ? AND ?) ORDER BY client_id"
    )
    days = [first.isoformat(), last.isoformat()]
    held = records.read(_Held, sql, days * 2)
    for _, policies in itertools.groupby(held, attrgetter("client_id")):
        yield list(policies)


def _held_alone(policies: list[_Held], starts: list[date]) -> Iterator[tuple[range, int]]:
    """The spans at whose start one policy was held and no other, and its agent."""
    held = [
        (range(bisect_right(starts, each.issued), bisect_left(starts, each.ended)), each.agent_id)
        for each in policies
    ]
    if len(held) == 1:
        yield from ((spans, agent_id) for spans, agent_id in held if spans)
        return
    edges = sorted({edge for spans, _ in held if spans for edge in (spans.start, spans.stop)})
    for edge, next_edge in itertools.pairwise(edges):
        match [agent_id for spans, agent_id in held if edge in spans]:
            case [only]:
                yield range(edge, next_edge), only


def _bought_in(
    policies: list[_Held], starts: list[date], ends: list[date], among: range
) -> Iterable[int]:
    """Those spans of some in which a policy began."""
    if len(policies) == 1:  # the one that was held before
        return ()
    began = (
        range(bisect_left(ends, each.issued), bisect_right(starts, each.issued))
        for each in policies
    )
    return {index for spans in began for index in spans if index in among}
