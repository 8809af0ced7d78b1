"""A message is signed by the agent of the day it leaves, not of the day it was made (domain.md §4.10)."""

import json
from collections.abc import Callable

from servicing.core.context import TouchpointContext
from servicing.core.models import Message
from servicing.messages import permission
from servicing.messages.templates import Composer

LOCK = "signing"
"""Claims share it; who changes the agent of policies at large has it alone."""


def sign_anew(
    composer: Composer,
    provider_of: Callable[[str, str], str],
    message: Message,
    context: TouchpointContext,
) -> None:
    """Write the text once more: the policy has another agent than when it was made.

    `provider_of` names the provider for a channel and an address. Raises `BadTemplate`.
    """
    provider = provider_of(message.channel, permission.address_of(context, message.channel))
    text = composer.compose(context, message.template, message.channel, provider)
    message.agent_id = context.agent_id
    message.params = json.dumps(text.params, ensure_ascii=False)
    message.subject, message.body = text.subject, text.body
    message.parts, message.encoding = text.parts, text.encoding
    message.save()
