"""What waits has no text yet: it is composed when it is claimed. Here is how it would read now."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from policies.plan import Plan
from servicing.core import event_facts
from servicing.core.context import TouchpointContext, of_touchpoints
from servicing.core.errors import BadTemplate
from servicing.core.models import Message
from servicing.messages import permission
from servicing.messages.templates import Composer, Text


@dataclass(frozen=True)
class Writer:
    """What a text is made of: the plan, the words, and which provider carries what."""

    plan: Plan
    composer: Composer
    provider_of: Callable[[str, str], str]
    """The name of the provider for a channel and an address."""

    def write(
        self,
        context: TouchpointContext,
        template: str,
        channel: str,
        address: str,
        on: datetime.date | None = None,
        *,
        is_asked: Callable[[], bool] = lambda: False,
    ) -> Text:
        """The text as the provider of that address is handed it on a day; raises `BadTemplate`.

        While there is a client event to invite to, a touchpoint may have another one for it: unless the
        address `is_asked` something else already.
        """
        provider = self.provider_of(channel, address)
        touchpoint = self.plan.touchpoint(context.key)
        invitation = touchpoint.invitation if touchpoint else None
        event = None
        if invitation and self.composer.may_be_sent(invitation, context.language, provider):
            event = event_facts.to_invite_to(context, on or context.due_on)
        if invitation and event and not is_asked():
            return self.composer.compose(context, invitation, channel, provider, on, event)
        return self.composer.compose(context, template, channel, provider, on)


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as it would leave now."""

    channel: str
    address: str
    provider: str
    text: Text


def previews(writer: Writer, messages: Iterable[Message]) -> dict[int, Preview]:
    """By id those of some messages that wait; left out is what could not leave as things stand."""
    waiting = {each.touchpoint_id: each for each in messages if each.state == "queued"}
    found = {}
    for context in of_touchpoints(waiting):
        message = waiting[context.touchpoint_id]
        if preview := _preview(writer, message, context):
            found[message.id] = preview
    return found


def would_say(writer: Writer, messages: Iterable[Message]) -> dict[int, tuple[str, str]]:
    """By id those of some messages that wait: address and text."""
    found = previews(writer, messages)
    return {number: (each.address, each.text.body) for number, each in found.items()}


def _preview(writer: Writer, message: Message, context: TouchpointContext) -> Preview | None:
    touchpoint = writer.plan.touchpoint(context.key)
    if touchpoint is None:
        return None
    channel, address, refusal = permission.way_to(context, touchpoint)
    if refusal:
        return None
    try:
        text = writer.write(context, message.template, channel, address, message.planned_on)
    except BadTemplate:
        return None
    return Preview(channel, address, writer.provider_of(channel, address), text)
