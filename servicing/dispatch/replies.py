"""Messages from clients: a word that changes consent, or a reply for the agent (domain.md §6.3)."""

import datetime
from dataclasses import dataclass, replace

from policies import database, inforce
from policies.models import Client, Policy
from servicing.core import inbound, trail
from servicing.core.inbound import Meaning, storable
from servicing.core.models import Message, Reply, Task, Touchpoint
from servicing.core.reasons import Reason
from servicing.dispatch import digits
from servicing.messages import suppressions
from servicing.surveys.answering import Surveys

ANSWER_WITHIN = datetime.timedelta(days=30)
"""How long a reply stays on the agent's list."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message from somebody, as a provider hands it to us."""

    provider: str
    ref: str
    """The provider's id: the same one twice is one message."""
    sender: str
    """E.164."""
    body: str
    opt_out_type: str = ""
    """Where the provider has understood it already: STOP, START or HELP."""


def meaning_of(incoming: Incoming) -> Meaning:
    """What it says: as the provider has understood it, else by its words."""
    understood: dict[str, Meaning] = {"STOP": "stop", "START": "start"}
    return understood.get(incoming.opt_out_type) or inbound.meaning_of(incoming.body)


def take(
    incoming: Incoming,
    today: datetime.date,
    now: datetime.datetime,
    surveys: Surveys | None = None,
) -> bool:
    """Keep the message and do what it says; False if we had it already, then nothing changes.

    A word stops or starts all SMS to the number, for everybody who has it, before anything else. Digits
    answer what the number was asked (`digits`). Anything else goes on the card of whom we wrote to there
    last, and is a task of the agent from `today` on.
    """
    meaning = meaning_of(incoming)
    incoming = _storable(incoming)
    with database.exclusive("reply"):
        known = (Reply.provider == incoming.provider) & (Reply.provider_ref == incoming.ref)
        if Reply.select().where(known).exists():
            return False
        client = _whom_we_wrote_to(incoming.sender)
        kept = Reply.create(
            provider=incoming.provider,
            provider_ref=incoming.ref,
            sender=incoming.sender,
            body=incoming.body,
            received_at=now,
            meaning=meaning,
            client=client,
        )
        if meaning == "stop":
            suppressions.suppress("sms", incoming.sender, "opted_out", suppressions.REPLY, now)
        elif meaning == "start":
            suppressions.lift("sms", incoming.sender, suppressions.REPLY, now)
        elif digits.answer(incoming.sender, incoming.body, surveys, today, now):
            Reply.update(meaning="answer").where(Reply.id == kept.id).execute()
        elif client is not None:
            _hand_to_the_agent(client, incoming, today, now)
    return True


def _storable(incoming: Incoming) -> Incoming:
    """The message as both databases can keep it, whatever its sender has put into it."""
    return replace(
        incoming,
        ref=storable(incoming.ref),
        sender=suppressions.normalised("sms", storable(incoming.sender)),
        body=storable(incoming.body),
    )


def _whom_we_wrote_to(sender: str) -> Client | None:
    """The client with that number to whom we wrote last; a family may share one."""
    clients = suppressions.concerned("sms", sender)
    if len(clients) > 1:
        latest = (
            Message.select(Message.client)
            .join(Touchpoint)
            .where(Touchpoint.client.in_(clients) & Message.claimed_at.is_null(False))
            .order_by(Message.claimed_at.desc())
            .first()
        )
        clients = [latest.client_id] if latest else clients
    return Client.get_by_id(clients[0]) if clients else None


def _hand_to_the_agent(
    client: Client, incoming: Incoming, today: datetime.date, now: datetime.datetime
) -> None:
    policy = _policy_of(client, today)
    facts = trail.facts(channel="sms", note=incoming.body)
    policy_id = policy.id if policy else None
    trail.write([trail.Entry(client.id, policy_id, None, "message.answered", facts)], now)
    if policy is not None:
        Task.create(
            touchpoint=None,
            policy=policy,
            client=client,
            due_on=today,
            show_on=today,
            closes_on=today + ANSWER_WITHIN,
            state="open",
            reason=Reason.REPLIED.value,
            note=incoming.body,
        )


def _policy_of(client: Client, on: datetime.date) -> Policy | None:
    """The policy whose agent answers: the earliest that is served, else the latest there was."""
    query = Policy.select().where(Policy.client == client)
    policies = list(query.order_by(Policy.issue_date, Policy.id))
    served = [
        each
        for each in policies
        if not inforce.is_paused(each) and not inforce.has_ended(each.ended_on, on)
    ]
    return next(iter(served), policies[-1] if policies else None)
