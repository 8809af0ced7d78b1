"""A message as a provider is handed it, or asked for it: with its text, under its name there."""

import datetime
from typing import NamedTuple

from policies.records import Moment, Record
from servicing.channels import Outgoing
from servicing.core import packed_texts, references
from servicing.core.context import TouchpointContext
from servicing.core.models import Message
from servicing.core.packed_texts import Base, Words
from servicing.core.states import AnyMessage
from servicing.messages.templates import Text


def text_of(message: Message, words: Words) -> Text:
    """The text that a message has."""
    return Text(
        locale=message.locale,
        subject=words.subject,
        body=words.body,
        parts=message.parts,
        encoding=message.encoding,
        params={},
        template=message.template,
    )


class Parcel(NamedTuple):
    """A message on its way, and its text."""

    message: AnyMessage
    text: Text


class Claim(Record, frozen=True):
    """The columns that change when a message is claimed.

    Its template stays the step's: composed again, it may be written with that one.
    """

    state: str
    claimed_at: Moment
    attempts: int
    agent_id: int
    channel: str
    address: str
    planned_on: datetime.date
    send_until: Moment | None
    provider: str
    provider_ref: str
    locale: str
    params: str
    subject: str
    body: str
    packed_text: bytes
    parts: int
    encoding: str
    id: int


def claim_of(parcel: Parcel, context: TouchpointContext, base: Base) -> Claim:
    """The message as it is stored when it is claimed: its text packed, and nothing beside it."""
    message, text = parcel
    assert message.claimed_at
    return Claim(
        state="sending",
        claimed_at=message.claimed_at,
        attempts=message.attempts,
        agent_id=context.agent_id,
        channel=message.channel,
        address=message.address,
        planned_on=message.planned_on,
        send_until=message.send_until,
        provider=message.provider,
        provider_ref="",
        locale=text.locale,
        params="{}",
        subject="",
        body="",
        packed_text=packed_texts.pack(Words(text.subject, text.body), base),
        parts=text.parts,
        encoding=text.encoding,
        id=message.id,
    )


def of(
    parcel: Parcel,
    context: TouchpointContext,
    not_after: datetime.datetime,
    token: str,
    unsubscribe_url: str = "",
) -> Outgoing:
    """The message as a provider is handed it, by the book of that token."""
    message, text = parcel
    assert message.claimed_at
    return Outgoing(
        id=message.id,
        channel=message.channel,
        address=message.address,
        touchpoint=context.key,
        template=text.template,
        locale=text.locale,
        params=text.params,
        subject=text.subject,
        body=text.body,
        parts=text.parts,
        encoding=text.encoding,
        message_class=message.message_class,
        planned_on=message.planned_on,
        client_no=context.client_no,
        policy_tail=context.policy_no[-4:],
        agent_name=context.agent_name,
        handed_over_at=message.claimed_at,
        not_after=not_after,
        unsubscribe_url=unsubscribe_url,
        token=token,
        mark=references.mark_of(context),
    )
