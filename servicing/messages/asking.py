"""What the text of a survey says: its question, the digits to reply, and where its link leads."""

from collections.abc import Callable
from dataclasses import dataclass

from policies.plan import text
from policies.survey import Question
from servicing.core import i18n
from servicing.core.context import TouchpointContext


@dataclass(frozen=True)
class Asking:
    """What the surveys of a workspace ask."""

    question_of: Callable[[str], Question | None]
    """By the key of a touchpoint; None: it asks nothing."""
    link_of: Callable[[TouchpointContext], str]
    """Empty: there is no address to lead to."""


def question(asked: Question, locale: str) -> str:
    """What is asked."""
    return text(asked.ask, locale)


def digits(asked: Question) -> str:
    """What can be replied, as a range of plain digits: other signs make an SMS cost more."""
    return f"{asked.scale[0]}-{asked.scale[-1]}"


def ends(asked: Question, locale: str) -> str:
    """What the highest and the lowest answer mean."""
    facts = {
        "high": asked.scale[-1],
        "best": text(asked.best, locale),
        "low": asked.scale[0],
        "worst": text(asked.worst, locale),
    }
    return i18n.say("survey", "ends", locale, **facts)
