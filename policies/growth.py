"""How a book grows by the clients it has: referrals and further policies (domain.md §8.9).

The agents who serve the clients today decide: referrals count for every agent who
serves a policy of the referrer, a further policy for the agent of the one that the client had.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

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
    referrer_id: int
    issued: date
    """The day of the first policy."""


def referrals(first: date, last: date, agents: Collection[int] | None = None) -> Iterator[Referral]:
    """The clients whose first policy was issued from `first` to `last`, both included.

    Those whom clients of some agents have referred, with these agents alone; None: of all.
    """
    served = queries.referrers_served(first, last, agents)
    what = attrgetter("client_id", "issued", "referrer_id")
    for (client_id, issued, referrer_id), group in itertools.groupby(served, what):
        agent_ids = frozenset(each.agent_id for each in group)
        yield Referral(client_id, dates.month_index(issued), agent_ids, referrer_id, issued)


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
    found: defaultdict[int, AddOns] = defaultdict(
        lambda: AddOns([0] * len(spans), [0] * len(spans))
    )
    for agent_id, clients in queries.clients_with_one_policy(begins).items():
        found[agent_id].clients = [clients] * len(spans)
    holdings = _Holdings(starts, ends)
    for _, policies in _clients_with_events(begins, finishes):
        holdings.include(policies)
    for (agent_id, alone), clients in holdings.alone.items():
        for index, more in _since_the_first(alone, len(spans)):
            found[agent_id].clients[index] += more * clients
    for (agent_id, bought), clients in holdings.bought.items():
        for index in _indexes(bought):
            found[agent_id].bought[index] += clients
    return dict(found)


class BoughtAgain(NamedTuple):
    """A client who had exactly one policy and bought another one."""

    client_id: int
    agent_id: int
    """Who serves the policy that the client had."""


def bought_again(span: Span, agents: Collection[int] | None = None) -> Iterator[BoughtAgain]:
    """The clients whom `add_ons` counts as having bought another policy in a span, in their order.

    Of some agents, or None: of all.
    """
    holdings = _Holdings([span[0]], [span[1]])
    for client_id, policies in _clients_with_events(*span, agents):
        for agent_id, _, bought in holdings.shares(policies):
            if bought and (agents is None or agent_id in agents):
                yield BoughtAgain(client_id, agent_id)


Spans = int
"""Some of the spans: a bit each, the first one the lowest."""


class _Holdings:
    """Of clients who are looked at one by one: who held one policy when, and who bought another."""

    def __init__(self, starts: list[date], ends: list[date]) -> None:
        self._starts, self._ends = starts, ends
        self.alone: Counter[tuple[int, Spans]] = Counter()
        """Clients by agent, and by the spans at whose start they held one policy, of this agent."""
        self.bought: Counter[tuple[int, Spans]] = Counter()
        """The same by those of these spans in which they bought another one."""
        edges = range(len(starts) + 1)
        self._spans = [[_from_to(start, stop) for stop in edges] for start in edges]

    def include(self, policies: list[HeldPolicy]) -> None:
        """Add a client, by all their policies."""
        for agent_id, alone, bought in self.shares(policies):
            self.alone[agent_id, alone] += 1
            if bought:
                self.bought[agent_id, bought] += 1

    def shares(self, policies: list[HeldPolicy]) -> Iterator[tuple[int, Spans, Spans]]:
        """Of a client, by all their policies: the agents of one that was the only one, and when.

        With the spans at whose start it was so, and those of them in which another one was bought.
        """
        if len(policies) == 1:
            (only,) = policies
            if spans := self._held(only):
                yield only.agent_id, spans, 0
            return
        once = twice = began = 0
        held = [(each.agent_id, self._held(each)) for each in policies]
        for each, (_, spans) in zip(policies, held, strict=True):
            once, twice = once | spans, twice | (once & spans)
            began |= self._began(each)
        for agent_id, spans in held:
            if alone := spans & ~twice:
                yield agent_id, alone, alone & began

    def _held(self, policy: HeldPolicy) -> Spans:
        """At whose start."""
        starts = self._starts
        return self._spans[bisect_right(starts, policy.issued)][bisect_left(starts, policy.ended)]

    def _began(self, policy: HeldPolicy) -> Spans:
        """In which; never those at whose start it was held."""
        last = bisect_right(self._starts, policy.issued)
        return self._spans[bisect_left(self._ends, policy.issued)][last]


def _from_to(start: int, stop: int) -> Spans:
    """The spans from one up to another, without that one; none if it comes before."""
    return (1 << stop) - (1 << start) if start < stop else 0


@lru_cache(maxsize=1 << 12)
def _indexes(spans: Spans) -> list[int]:
    return [index for index in range(spans.bit_length()) if spans >> index & 1]


@lru_cache(maxsize=1 << 12)
def _since_the_first(alone: Spans, count: int) -> list[tuple[int, int]]:
    """Where a client is one more or less than at the start of the first span, where all were counted."""
    changes = ((index, (alone >> index & 1) - (alone & 1)) for index in range(count))
    return [(index, more) for index, more in changes if more]


def _clients_with_events(
    first: date, last: date, agents: Collection[int] | None = None
) -> Iterator[tuple[int, list[HeldPolicy]]]:
    """The policies of each client for whom one began or ended in those days, with who they are."""
    held = queries.policies_of_clients_with_events(first, last, agents)
    for client_id, policies in itertools.groupby(held, attrgetter("client_id")):
        yield client_id, list(policies)
