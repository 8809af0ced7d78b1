"""How a book grows by the clients it has: referrals and further policies (domain.md §8.9).

The agents who serve the clients today decide: referrals count for every agent who
serves a policy of the referrer, a further policy for the agent of the one that the client had.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from policies import dates, queries
from policies.persistency.cohorts import Cohort
from policies.queries import HeldPolicy


@dataclass(frozen=True)
class Referral:
    """A client who was referred by a client of this book, and bought a first policy."""

    client_id: int
    first_policy_in: Cohort
    agent_ids: frozenset[int]
    """The agents of the referrer."""


def referrals(first: date, last: date) -> Iterator[Referral]:
    """The clients whose first policy was issued from `first` to `last`, both included."""
    served = queries.referrers_served(first, last)
    for (client_id, issued), group in itertools.groupby(served, attrgetter("client_id", "issued")):
        agent_ids = frozenset(each.agent_id for each in group)
        yield Referral(client_id, dates.month_index(issued), agent_ids)


Span = tuple[date, date]
"""The first and the last day."""


@dataclass
class AddOns:
    """Of one agent, for each span of days."""

    clients: list[int]
    """The clients who had exactly one policy at its start."""
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
    for agent_id, clients in queries.clients_with_one_policy(begins).items():
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
    """The changes of one agent from span to span."""

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


def _clients_with_events(first: date, last: date) -> Iterator[list[HeldPolicy]]:
    """The policies of each client for whom one began or ended in those days."""
    held = queries.policies_of_clients_with_events(first, last)
    for _, policies in itertools.groupby(held, attrgetter("client_id")):
        yield list(policies)


def _held_alone(policies: list[HeldPolicy], starts: list[date]) -> Iterator[tuple[range, int]]:
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
    policies: list[HeldPolicy], starts: list[date], ends: list[date], among: range
) -> Iterable[int]:
    """Those spans of some in which a policy began."""
    if len(policies) == 1:  # the one that was held before
        return ()
    began = (
        range(bisect_left(ends, each.issued), bisect_right(starts, each.issued))
        for each in policies
    )
    return {index for spans in began for index in spans if index in among}
