"""A lead 转介绍线索 from state to state: pure rules (domain.md §19.3).

A friend whom a client has named is nobody's to write to before they agree. Each state has a last day;
on the day after it the lead ends by itself.
"""

import datetime
from typing import Literal, NamedTuple, get_args

Answer = Literal["yes", "no", "later"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
"""What a client says who is asked."""

Consent = Literal["call", "met", "wrote", "client"]
CONSENTS: tuple[Consent, ...] = get_args(Consent)
"""How a friend has agreed: by telephone, in person, in writing, or as the client has passed it on."""

Loss = Literal["not_interested", "not_eligible", "has_cover", "unreachable", "other"]
LOSSES: tuple[Loss, ...] = get_args(Loss)
"""Why a lead is lost, as a person says it."""

ANOTHER_REFERRER = "another_referrer"
"""Why it is lost where the friend has become a client by somebody else."""

NEW, CONSENTED, CONTACTED, MET = "new", "consented", "contacted", "met"
WON, LOST, EXPIRED, NO_CONSENT = "won", "lost", "expired", "no_consent"
OPEN = (NEW, CONSENTED, CONTACTED, MET)
ENDS = (WON, LOST, EXPIRED, NO_CONSENT)
AGREED = OPEN[1:]
"""The open states of a friend who has agreed."""


class Step(NamedTuple):
    """What somebody does with a lead."""

    id: str
    since: tuple[str, ...]
    """The states from which it may be taken."""
    to: str
    needs: str = ""
    """What has to be said with it: how, reason or client; empty: nothing."""


STEPS = (
    Step("consent", (NEW,), CONSENTED, "how"),
    Step("contact", (CONSENTED,), CONTACTED),
    Step("meet", (CONSENTED, CONTACTED), MET),
    Step("win", AGREED, WON, "client"),
    Step("lose", AGREED, LOST, "reason"),
    Step("forget", OPEN, NO_CONSENT),
)
"""In the order of the work. `forget`: the friend does not agree, or no longer."""


class Spans(NamedTuple):
    """How many days a lead lives."""

    to_consent: int = 30
    """Without the friend's consent."""
    to_win: int = 90
    """With it, from its day on."""


def step(name: str) -> Step | None:
    """The step of that name, or of the state that it leads to."""
    return next((each for each in STEPS if name in (each.id, each.to)), None)


def steps_from(state: str) -> list[Step]:
    """The steps that may be taken in a state."""
    return [each for each in STEPS if state in each.since]


def next_step(state: str) -> str:
    """What comes next in an open state; empty: it has ended."""
    return next((each.id for each in steps_from(state)), "")


def last_day(
    state: str, given_on: datetime.date, consented_on: datetime.date | None, spans: Spans
) -> datetime.date | None:
    """The last day of a lead in a state; None: it has ended. The first day is not counted."""
    if state == NEW:
        return given_on + datetime.timedelta(spans.to_consent)
    if state in AGREED and consented_on is not None:
        return consented_on + datetime.timedelta(spans.to_win)
    return None


def run_out(state: str) -> str:
    """What a lead ends as whose last day is over."""
    return NO_CONSENT if state == NEW else EXPIRED
