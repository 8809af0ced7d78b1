"""The answers of a form, as `answer_file` has those of a file: each question has one, none is made up."""

from collections.abc import Mapping

from policies.interview import ANSWERS, Answer, Interview
from servicing.callbacks.answer_file import Answered
from servicing.core import errors

Said = Mapping[str, str]
"""By the id of the question; empty: it was not answered."""


def read(
    interview: Interview,
    said: Said,
    others: Mapping[str, Said],
    note: str = "",
    channel: str = "phone",
    edition: str = "",
) -> Answered:
    """What a client has answered; `others`: of other contracts what was answered otherwise.

    Raises `CaseRefused` for questions that have no answer, for an answer that is none, and for an
    `edition` of the questions that is not asked any more.
    """
    if edition and edition != interview.edition:
        raise errors.CaseRefused("questions_changed")
    answers = _answers(interview, said)
    missing = [
        number for number, each in enumerate(interview.questions, 1) if each.id not in answers
    ]
    if missing:
        raise errors.CaseRefused("answers_missing", questions=missing)
    spoken = {policy_no: answers | _answers(interview, each) for policy_no, each in others.items()}
    return Answered(answers, spoken, note.strip(), channel)


def _answers(interview: Interview, said: Said) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    for number, question in enumerate(interview.questions, 1):
        given = said.get(question.id, "")
        if not given:
            continue
        known = [each for each in ANSWERS if each != "na" or question.may_be_na]
        if given not in known:
            raise errors.CaseRefused("answer_is_none", question=number, value=given, known=known)
        found[question.id] = next(each for each in known if each == given)
    return found
