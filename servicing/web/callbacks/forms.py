"""What the forms of a call say: when it was, by which channel, and the answers."""

import datetime
import re
from collections.abc import Iterable

import msgspec
from flask import request

from policies.interview import Interview
from servicing.callbacks import answer_form
from servicing.callbacks.answer_file import Answered
from servicing.callbacks.links.answering import CHANNEL
from servicing.core import errors
from servicing.web import paging
from servicing.web.current import now, workspace

LONGEST_NOTE = 2_000

SAME = "same"
"""What another contract has where nothing else was answered of it."""


def moment() -> datetime.datetime:
    """When the call was: now, unless the form says another moment of the book's clock.

    Raises `CaseRefused` for what is no moment.
    """
    text = request.form.get("at", "")
    if not text:
        return now()
    found = re.fullmatch(r"(\S{10})T(\d\d):(\d\d)(:\d\d)?", text, re.ASCII)
    day = paging.day_or_none(found[1]) if found else None
    if found is None or day is None or int(found[2]) > 23 or int(found[3]) > 59:
        raise errors.CaseRefused("not_a_moment", value=text[:40])
    time = datetime.time(int(found[2]), int(found[3]))
    return datetime.datetime.combine(day, time, workspace().zone)


def answers(interview: Interview, spoken_of: Iterable[str]) -> Answered:
    """What the client has answered; of `spoken_of` those contracts that the form has ticked.

    Raises `CaseRefused` for what is missing, or is no answer.
    """
    ticked = set(request.form.getlist("spoken"))
    return _read(interview, [each for each in spoken_of if each in ticked])


def _read(interview: Interview, policies: Iterable[str]) -> Answered:
    others = {policy_no: _of(interview, f"{policy_no}:") for policy_no in policies}
    return answer_form.read(
        interview,
        _of(interview, ""),
        others,
        request.form.get("note", "")[:LONGEST_NOTE],
        request.form.get("channel", "") or "phone",
        request.form.get("questions", ""),
    )


def of_client(interview: Interview, waiting: Iterable[str]) -> Answered:
    """The same of a form that a client has filled in alone: about all contracts that it has shown.

    A form that names none is about all that wait.
    """
    shown = set(request.form.getlist("spoken"))
    said = _read(interview, [each for each in waiting if not shown or each in shown])
    return msgspec.structs.replace(said, channel=CHANNEL)


def _of(interview: Interview, before: str) -> dict[str, str]:
    """The answers of a contract by question; that which is the same as of the first is left out."""
    given = {each.id: request.form.get(f"{before}{each.id}", "") for each in interview.questions}
    return {question: said for question, said in given.items() if said not in ("", SAME)}
