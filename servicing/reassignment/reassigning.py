"""Reassigning clients to another agent, with all that has to move with them.

Tasks follow by themselves, since they belong to the policy's agent of today; what waits to be sent is
signed when it leaves. What a provider is being handed at that moment is waited for, so that
afterwards nothing leaves in the old name (domain.md §4.11).
"""

import datetime
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policies import database, records
from policies.models import Agent, PastAgent, Policy, Reassignment
from policies.records import Moment, Record
from servicing.core import audit_log, touched, trail
from servicing.messages import signing
from servicing.reassignment import orphans, queries, succession
from servicing.reassignment.succession import Proposal, Request, Transfer

LOOK_EVERY_SECONDS = 0.25
"""How often we look whether a provider has answered."""


@dataclass(frozen=True)
class Order:
    """A reassignment as a person has decided it."""

    request: Request
    why: str
    by: str
    """Reason and login: both stand on the clients' cards."""
    on: datetime.date
    now: datetime.datetime
    left_on: datetime.date | None = None
    """The day from which the agent who gives the clients away is gone."""


@dataclass(frozen=True)
class Reassigned:
    """A reassignment that was carried out."""

    proposal: Proposal
    on_their_way: int
    """Messages in the old name that a provider was being handed at that moment: waited for."""
    unanswered: int
    """Those of them whose outcome nobody has reported within the lease, or while somebody has waited.

    After the lease they can leave no more: they will be settled as unknown, and signed by the new agent
    if they leave.
    """


def reassign(
    order: Order,
    waits: Callable[[int], None] = lambda count: None,
    patience: float | None = None,
) -> Reassigned:
    """Carry out what `propose` says, in one transaction; back when nothing leaves in the old name.

    `waits` hears how many messages have to be waited for, for `patience` seconds at the most; None: as
    long as it takes. Raises what `propose` raises.
    """
    with database.explained():
        proposal = decide(order)
        return Reassigned(proposal, *_wait_for_providers(order.now, waits, patience))


def decide(order: Order) -> Proposal:
    """Carry out what `propose` says, in one transaction; a provider may still be handed a message.

    What is claimed from now on is signed anew. Raises what `propose` raises.
    """
    request = order.request
    with database.exclusive("book"):  # neither an import nor a walk reads the agents meanwhile
        database.wait_for_turn(signing.LOCK)  # nor does a claim
        proposal = succession.propose(request, order.on)
        _carry_out(proposal.taken, order)
        if order.left_on and request.from_no:
            giver = Agent.get(Agent.agent_no == request.from_no)
            orphans.record_leaving(giver, order.left_on, order.on, order.now)
    return proposal


class _PastAgent(Record, frozen=True):
    policy_id: int
    agent_id: int
    until: datetime.date


class _AgentOfToday(Record, frozen=True):
    agent_id: int
    id: int


class _Reassignment(Record, frozen=True):
    policy_id: int
    from_agent_id: int
    to_agent_id: int
    handed_on: datetime.date
    at: Moment
    why: str
    decided_by: str


def _carry_out(taken: Sequence[Transfer], order: Order) -> None:
    """Write the policies' agents, who they were until now, the reassignments, and the cards."""
    past = (_PastAgent(each.policy_id, each.from_id, order.on) for each in taken)
    records.insert(PastAgent, past)
    records.update(Policy, (_AgentOfToday(each.to_id, each.policy_id) for each in taken))
    records.insert(Reassignment, _reassignments(taken, order))
    ids = list({number for each in taken for number in (each.from_id, each.to_id)})
    numbers = {each.id: each.agent_no for each in Agent.select().where(Agent.id.in_(ids))}
    trail.write((_entry(each, numbers, order) for each in taken), order.now)
    clients = dict.fromkeys(each.client_id for each in taken)
    touched.note_clients(clients)
    told: dict[str, Any] = {
        "agent_no": order.request.from_no,
        "policies": len(taken),
        "clients": len(clients),
    }
    audit_log.record("clients.reassigned", order.now, **told)


def _reassignments(taken: Sequence[Transfer], order: Order) -> Iterator[_Reassignment]:
    """One for each policy, from its first agent of the day; none where it is back with that agent."""
    first_of = _reassigned_before([each.policy_id for each in taken], order.on)
    for each in taken:
        from_id = first_of.get(each.policy_id, each.from_id)
        if from_id != each.to_id:
            yield _Reassignment(
                policy_id=each.policy_id,
                from_agent_id=from_id,
                to_agent_id=each.to_id,
                handed_on=order.on,
                at=order.now,
                why=order.why,
                decided_by=order.by,
            )


def _entry(each: Transfer, numbers: Mapping[int, str], order: Order) -> trail.Entry:
    """A line on the card: the agents before and after, the day, the reason, and the login."""
    agents = [numbers[each.from_id], numbers[each.to_id]]
    facts = trail.facts(agent_no=agents, why=order.why, by=order.by, handed_on=order.on)
    return trail.Entry(each.client_id, each.policy_id, None, "agent.changed", facts)


def _reassigned_before(policy_ids: Sequence[int], on: datetime.date) -> dict[int, int]:
    """From which agents policies went earlier on this day; those lines give way to the new ones."""
    agents: dict[int, int] = {}
    for some in database.chunks(policy_ids):
        among = Reassignment.policy.in_(some) & (Reassignment.handed_on == on)
        agents.update(
            (each.policy_id, each.from_agent_id) for each in Reassignment.select().where(among)
        )
        Reassignment.delete().where(among).execute()
    return agents


def _wait_for_providers(
    now: datetime.datetime, waits: Callable[[int], None], patience: float | None
) -> tuple[int, int]:
    """Wait until nothing that was claimed in an old name is on its way; how much was, and how much is.

    Claims made from now on read the agents of today, so this ends: with the answers, or when the
    workers that made the claims must be dead.
    """
    waiting = at_first = queries.messages_in_an_old_name(now)
    if at_first:
        waits(at_first)
    begun = time.monotonic()
    while waiting and (patience is None or time.monotonic() - begun < patience):
        time.sleep(LOOK_EVERY_SECONDS)
        waited = datetime.timedelta(seconds=time.monotonic() - begun)
        waiting = queries.messages_in_an_old_name(now + waited)
    return at_first, queries.messages_in_an_old_name(now) if at_first else 0
