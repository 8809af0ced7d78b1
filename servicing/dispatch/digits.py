"""Digits from a client: what they answer, an invitation or the question of a survey (domain.md §6.3).

At one number one of them waits. Where more than one does all the same, nobody guesses. Where none does, a
survey that was asked last is answered late, or a second time.
"""

import datetime
from typing import NamedTuple

from policies import database, survey
from servicing.core import errors
from servicing.events import replying
from servicing.messages import suppressions
from servicing.surveys import answering, queries
from servicing.surveys.answering import Surveys
from servicing.surveys.queries import Asked


class AskedAt(NamedTuple):
    """What a number was asked, the newest first."""

    surveys: list[Asked]
    invitations: list[replying.Asked]


def asked_at(number: str, on: datetime.date) -> AskedAt:
    """What was asked at a number of those who have it, up to a day."""
    clients = suppressions.concerned("sms", number)
    return AskedAt(queries.asked_at(number, clients, on), replying.asked_at(number, clients))


def answer(
    number: str,
    body: str,
    surveys: Surveys | None,
    on: datetime.date,
    now: datetime.datetime,
) -> bool:
    """Whether a reply has answered what its number was asked; what has not, somebody reads."""
    score = survey.digits(body)
    if score is None:
        return False
    asked = asked_at(number, on)
    questions = [each for each in asked.surveys if each.waits(on)]
    invitations = [each for each in asked.invitations if each.waits(now)]
    if len(questions) > 1 or (questions and invitations):
        return False
    if invitations:
        return _comes(invitations[0], body, on, now)
    question = next(iter(questions), None) or _last(asked, surveys)
    return question is not None and _rates(question, score, surveys, now)


def _last(asked: AskedAt, surveys: Surveys | None) -> Asked | None:
    """The survey that was asked last; None: nothing was, or an invitation after it."""
    last = next(iter(asked.surveys), None)
    if last is None or surveys is None:
        return None
    later = (
        each.at.astimezone(surveys.zone).date() > last.invited_on for each in asked.invitations
    )
    return None if any(later) else last


def _comes(
    invitation: replying.Asked, body: str, on: datetime.date, now: datetime.datetime
) -> bool:
    """Whether all is done by it: who has to wait is told by somebody."""
    digit = replying.digit_of(body)
    if digit is None:
        return False
    return replying.answer(invitation, digit, on, now) in ("registered", "declined")


def _rates(question: Asked, score: int, surveys: Surveys | None, now: datetime.datetime) -> bool:
    if surveys is None or not answering.fits(question, score):
        return False
    try:
        with database.writing():
            answering.answer(surveys, question.id, score, "sms", now)
    except errors.ServicingError:
        return False
    return True
