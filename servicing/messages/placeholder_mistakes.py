"""What is wrong with a placeholder of a text, by the touchpoint and the channel that send it."""

from collections.abc import Collection, Iterator

from policies.notices import Notice, notice
from policies.plan import Touchpoint
from servicing.messages.placeholders import (
    IN_SMS,
    OF_A_PREMIUM,
    OF_A_SURVEY,
    OF_AN_EVENT,
    PLACEHOLDERS,
)


def not_known(touchpoint: Touchpoint) -> frozenset[str]:
    """The placeholders for which a touchpoint has nothing."""
    premium = frozenset() if touchpoint.anchor == "premium_due" else OF_A_PREMIUM
    event = frozenset() if touchpoint.anchor == "client_event" else OF_AN_EVENT
    return premium | event | (frozenset() if touchpoint.survey else OF_A_SURVEY)


def of(name: str, fact: str, channel: str, not_known: Collection[str]) -> Iterator[Notice]:
    """The mistakes of the placeholder `fact` in the words called `name`."""
    if fact not in PLACEHOLDERS:
        yield notice("template_asks_for", name=name, fact=fact, known=sorted(PLACEHOLDERS))
    elif channel == "sms" and fact not in IN_SMS:
        yield notice("not_in_sms", name=name, fact=fact)
    elif fact in OF_A_SURVEY and fact in not_known:
        yield notice("only_with_survey", name=name, fact=fact)
    elif fact in OF_AN_EVENT and fact in not_known:
        yield notice("only_with_event", name=name, fact=fact)
    elif fact in not_known:
        yield notice("only_with_premium", name=name, fact=fact)
