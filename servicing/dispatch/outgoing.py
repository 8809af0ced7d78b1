"""A message as a provider is handed it, or asked for it: with its text, under its name there."""

import datetime
import json

from servicing.channels import Outgoing
from servicing.core import references
from servicing.core.context import TouchpointContext
from servicing.core.models import Message
from servicing.messages.templates import Text


def put(message: Message, text: Text) -> None:
    """Give the message its text."""
    # what it is stored with stays the step's: composed again, it may be written with that one
    message.template = text.template
    message.locale, message.params = text.locale, json.dumps(text.params, ensure_ascii=False)
    message.subject, message.body = text.subject, text.body
    message.parts, message.encoding = text.parts, text.encoding


def of(
    message: Message,
    context: TouchpointContext,
    not_after: datetime.datetime,
    token: str,
    unsubscribe_url: str = "",
) -> Outgoing:
    """The message as a provider is handed it, by the book of that token."""
    return Outgoing(
        id=message.id,
        channel=message.channel,
        address=message.address,
        touchpoint=context.key,
        template=message.template,
        locale=message.locale,
        params=json.loads(message.params),
        subject=message.subject,
        body=message.body,
        parts=message.parts,
        encoding=message.encoding,
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
