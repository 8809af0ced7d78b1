"""What is wrong with a placeholder of a text, by the touchpoint and the channel that send it."""

from collections.abc import Iterator, Mapping

from policies.notices import Notice, notice
from policies.plan import Touchpoint
from servicing.messages.placeholders import IN_SMS, OF_A_PREMIUM, OF_A_SURVEY, PLACEHOLDERS


def not_known(touchpoint: Touchpoint) -> dict[str, str]:
    """The placeholders for which a touchpoint has nothing, each with the code that says why."""
    premium = () if touchpoint.anchor == "premium_due" else OF_A_PREMIUM
    survey = () if touchpoint.survey else OF_A_SURVEY
    return {
        **dict.fromkeys(premium, "only_with_premium"),
        **dict.fromkeys(survey, "only_with_survey"),
    }


def of(name: str, fact: str, channel: str, not_known: Mapping[str, str]) -> Iterator[Notice]:
    """The mistakes of the placeholder `fact` in the words called `name`."""
    if fact not in PLACEHOLDERS:
        yield notice("template_asks_for", name=name, fact=fact, known=sorted(PLACEHOLDERS))
    elif channel == "sms" and fact not in IN_SMS:
        yield notice("not_in_sms", name=name, fact=fact)
    elif fact in not_known:
        yield notice(not_known[fact], name=name, fact=fact)
