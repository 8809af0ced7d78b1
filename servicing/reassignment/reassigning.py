"""Handing clients over to another agent, with all that has to move with them.

Tasks follow by themselves, since they belong to the policy's agent of today; what waits to be sent is
signed anew; what a provider is being handed at that moment is waited for, so that afterwards nothing
leaves in the old name (domain.md §4.11).
"""

import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from policies import database, models
from policies.models import Agent, PastAgent, Policy, Reassignment
from servicing.channels import Routes
from servicing.core import context, trail
from servicing.core.models import Message, literally
from servicing.core.states import LEASE
from servicing.messages import signing
from servicing.messages.templates import Composer
from servicing.reassignment import served, succession
from servicing.reassignment.succession import Proposal, Request, Transfer

LOOK_EVERY_SECONDS = 0.25
"""How often it is looked whether a provider has answered."""

SIGNED_AT_A_TIME = 500
"""Messages in hand at a time."""


@dataclass(frozen=True)
class Reassigned:
    """What was handed over."""

    proposal: Proposal
    on_their_way: int
    """Messages in the old name that a provider was being handed at that moment: waited for."""
    unanswered: int
    """Of these, those of which nobody has said within its lease what became of them.

    They can leave no more: they will be settled as unknown, and signed anew if they have to leave.
    """


def reassign(
    wish: Request,
    why: str,
    by: str,
    on: datetime.date,
    now: datetime.datetime,
    composer: Composer,
    routes: Routes,
    left_on: datetime.date | None = None,
    waits: Callable[[int], None] = lambda count: None,
) -> Reassigned:
    """Hand over what `propose` says, in one transaction; back when nothing leaves in the old name.

    `why` and `by` stand on the clients' cards. `left_on`: the day from which whoever hands over is
    gone. `waits` hears how many messages have to be waited for. Raises what `propose` raises, and
    `BadTemplate` where a text that waits cannot be written anew.
    """
    with database.explained():
        with database.exclusive("book"):  # neither an import nor a walk reads the agents meanwhile
            database.wait_for_turn(signing.LOCK)  # nor does a claim
            proposal = succession.propose(wish, on)
            _carry_out(proposal.taken, why, by, on, now)
            _sign_anew([each.policy_id for each in proposal.taken], composer, routes)
            if left_on and wish.from_no:
                Agent.update(left_on=left_on).where(Agent.agent_no == wish.from_no).execute()
        return Reassigned(proposal, *_wait_for_providers(now, waits))


def _carry_out(
    taken: Sequence[Transfer], why: str, by: str, on: datetime.date, now: datetime.datetime
) -> None:
    """The policies' agents, who they were until now, the handings, and the lines on the cards."""
    columns = ("policy_id", "agent_id", "until")
    database.insert_rows(PastAgent, columns, [(e.policy_id, e.from_id, str(on)) for e in taken])
    database.update_rows(Policy, ("agent_id",), [(each.to_id, each.policy_id) for each in taken])
    first = _handed_before([each.policy_id for each in taken], on)
    handings = [
        (each.policy_id, from_id, each.to_id, str(on), models.stored(now), why, by)
        for each in taken
        if (from_id := first.get(each.policy_id, each.from_id)) != each.to_id
    ]
    names = ("policy_id", "from_agent_id", "to_agent_id", "handed_on", "at", "why", "decided_by")
    database.insert_rows(Reassignment, names, handings)
    ids = list({number for each in taken for number in (each.from_id, each.to_id)})
    numbers = {each.id: each.agent_no for each in Agent.select().where(Agent.id.in_(ids))}
    trail.write((_entry(each, numbers, why, by, on) for each in taken), now)


def _entry(
    each: Transfer, numbers: Mapping[int, str], why: str, by: str, on: datetime.date
) -> trail.Entry:
    """Who served and who serves, since when, why, and who has decided it."""
    agents = [numbers[each.from_id], numbers[each.to_id]]
    told = trail.facts(agent_no=agents, why=why, by=by, handed_on=on)
    return trail.Entry(each.client_id, each.policy_id, None, "agent.changed", told)


def _handed_before(policy_ids: Sequence[int], on: datetime.date) -> dict[int, int]:
    """From whom policies were handed earlier on this day; that line gives way to the one to come."""
    found: dict[int, int] = {}
    for some in database.chunks(policy_ids):
        among = Reassignment.policy.in_(some) & (Reassignment.handed_on == on)
        found.update(
            (each.policy_id, each.from_agent_id) for each in Reassignment.select().where(among)
        )
        Reassignment.delete().where(among).execute()
    return found


def _sign_anew(policy_ids: Sequence[int], composer: Composer, routes: Routes) -> None:
    """What waits to be sent is signed by who takes over, so that people see it as it will leave."""
    for some in database.chunks(
        (number for number, _ in served.waiting(policy_ids)), SIGNED_AT_A_TIME
    ):
        is_queued = Message.id.in_(some) & (Message.state == literally("queued"))
        messages = list(database.locked(Message.select().where(is_queued).order_by(Message.id)))
        known = {
            each.touchpoint_id: each
            for each in context.of_touchpoints([message.touchpoint_id for message in messages])
        }
        for message in messages:
            signing.sign_anew(composer, routes.of, message, known[message.touchpoint_id])


def _wait_for_providers(now: datetime.datetime, waits: Callable[[int], None]) -> tuple[int, int]:
    """Until nothing that was claimed in an old name is on its way; how much was, and how much is.

    Claims made from now on read the agents of today, so this ends: with the answers, or when whoever
    made the claims must be dead.
    """
    waiting = at_first = _in_the_old_name(now)
    if at_first:
        waits(at_first)
    begun = time.monotonic()
    while waiting:
        time.sleep(LOOK_EVERY_SECONDS)
        waited = datetime.timedelta(seconds=time.monotonic() - begun)
        waiting = _in_the_old_name(now + waited)
    return at_first, _in_the_old_name(now) if at_first else 0


def _in_the_old_name(now: datetime.datetime) -> int:
    """Messages that are with a provider, signed by another than the policy's agent of today.

    A claim that is older than its lease was made by somebody who died.
    """
    sql = """
        SELECT COUNT(*) FROM message m JOIN policy p ON p.id = m.policy_id
        WHERE m.state = 'sending' AND m.claimed_at > ? AND m.agent_id <> p.agent_id
    """
    return int(database.execute(sql, [models.stored(now - LEASE)]).fetchone()[0])
