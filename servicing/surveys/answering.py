"""A client answers a survey, by a digit or by a link (domain.md §16.7).

The first answer in time counts; what comes late, or a second time, is kept and replaces nothing.
Whoever is not satisfied has a case of the kind `detractor`.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from policies import database, fatigue, survey
from policies.models import Client, Policy
from policies.plan import text
from policies.satisfaction import Name
from policies.survey import Question
from servicing.cases import opening, writing
from servicing.cases.ground import Ground
from servicing.cases.opening import Request
from servicing.core import i18n, trail
from servicing.core.case_models import Case
from servicing.core.context import of_touchpoints
from servicing.core.survey_models import SurveyAnswer, SurveyInvitation
from servicing.surveys.queries import Asked
from servicing.surveys.signed import Link

DETRACTOR, COMPLAINT = "detractor", "complaint"
"""The kinds of case that an answer opens."""

SOURCE = "survey"
"""What such a complaint has come from."""

Fate = Literal["counted", "late", "second"]
State = Literal["open", "answered", "late", "over"]


@dataclass(frozen=True)
class Surveys:
    """By what answers are taken."""

    ground: Ground
    zone: datetime.tzinfo
    locale: str
    """The language in which a case says what has opened it."""
    question: Callable[[Name], Question]
    """What a figure asks today; raises `BadQuestionSet`."""


class Opened(NamedTuple):
    """A link of ours, and what it leads to."""

    invitation: SurveyInvitation
    client: Client


# ------------------------------------------------------------------------------------------ by a link


def opened(link: Link, on: datetime.date) -> tuple[State, Opened | None]:
    """What a link leads to on a day.

    Nothing where it is about another touchpoint by now, where its client was erased or has died, and 90
    days after the question.
    """
    found: SurveyInvitation | None = (
        SurveyInvitation.get_or_none(SurveyInvitation.touchpoint_id == link.touchpoint)
        if 0 < link.touchpoint < 1 << 62
        else None
    )
    context = next(of_touchpoints([link.touchpoint]), None) if found else None
    if found is None or context is None or not link.is_of(context):
        return "over", None
    client = found.client
    last = found.invited_on + datetime.timedelta(days=fatigue.LATELY_DAYS)
    if client.erased_on is not None or client.deceased_on is not None or on > last:
        return "over", None
    if found.answers.exists():
        return "answered", Opened(found, client)
    return "late" if on > found.open_until else "open", Opened(found, client)


# ----------------------------------------------------------------------------------------- by a digit


def fits(asked: Asked, score: int) -> bool:
    """Whether a number is an answer to a question."""
    figure: Name = asked.figure  # type: ignore[assignment]  # as the table holds it
    return score in survey.SCALES[figure]


# ----------------------------------------------------------------------------------------- it is taken


def answer(
    surveys: Surveys, invitation_id: int, score: int, channel: str, now: datetime.datetime
) -> Fate:
    """Keep an answer; answers with what became of it. A detractor's case is opened by the first alone.

    Raises what opening a case raises; then nothing is kept.
    """
    on = now.astimezone(surveys.zone).date()
    with database.exclusive(f"answers to {invitation_id}"):
        of: SurveyInvitation = SurveyInvitation.get_by_id(invitation_id)
        fate: Fate = "late" if on > of.open_until else "counted"
        if of.answers.exists():
            fate = "second"
        SurveyAnswer.create(invitation=of, score=score, answered_at=now, channel=channel, fate=fate)
        facts = trail.facts(figure=of.figure, score=score, fate=fate, channel=channel)
        trail.write(
            [trail.Entry(of.client_id, of.policy_id, None, "survey.answered", facts)],
            now,
        )
        figure: Name = of.figure  # type: ignore[assignment]  # as the table holds it
        if fate == "counted" and survey.is_detractor(figure, score):
            _call(surveys, of, score, on, now)
    return fate


def _call(
    surveys: Surveys,
    of: SurveyInvitation,
    score: int,
    on: datetime.date,
    now: datetime.datetime,
) -> None:
    """Somebody is to call whoever is not satisfied; never the agent whom it is about."""
    figure: Name = of.figure  # type: ignore[assignment]  # as the table holds it
    asked = text(surveys.question(figure).ask, surveys.locale)
    said = i18n.say("survey", "detractor", surveys.locale, asked=asked, score=score)
    opening.open_case(surveys.ground, _request(of, DETRACTOR, said, on), on, now)


def _request(of: SurveyInvitation, kind: str, said: str, on: datetime.date) -> Request:
    policy: Policy = of.policy
    is_theirs = policy.client_id in opening.numbers_of(of.client)
    return Request(
        kind=kind,
        received_on=on,
        text=said,
        by=writing.ITSELF,
        client_no=of.client.client_no,
        policy_no=policy.policy_no if is_theirs else "",
        about=of.agent.agent_no,
    )


def complain(surveys: Surveys, opened: Opened, now: datetime.datetime) -> Case:
    """The client makes a complaint of it, with one press; pressed again it is the same.

    Raises what opening a case raises.
    """
    of, on = opened.invitation, now.astimezone(surveys.zone).date()
    known = {each.id for each in surveys.ground.kind(COMPLAINT).source}
    last = of.answers.order_by(SurveyAnswer.id.desc()).first()
    score = last.score if last else "–"
    figure: Name = of.figure  # type: ignore[assignment]  # as the table holds it
    asked = text(surveys.question(figure).ask, surveys.locale)
    said = i18n.say("survey", "complaint", surveys.locale, asked=asked, score=score)
    with database.exclusive(f"answers to {of.id}"):
        before = _since(of, COMPLAINT, SOURCE)
        if before is not None:
            return before
        detractor = _since(of, DETRACTOR)
        request = replace(
            _request(of, COMPLAINT, said, on),
            source=SOURCE if SOURCE in known or not known else "",
            caused_by=detractor.id if detractor else None,
        )
        return opening.open_case(surveys.ground, request, on, now)


def _since(of: SurveyInvitation, kind: str, source: str = "") -> Case | None:
    """The last case of the client of a kind, and a source, that was opened since they were asked."""
    theirs = (Case.client == of.client_id) & (Case.kind == kind) & (Case.source == source)
    since = Case.received_on >= of.invited_on
    found: Case | None = Case.select().where(theirs & since).order_by(Case.id.desc()).first()
    return found
