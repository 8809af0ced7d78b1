"""A letter to a client whom no call has reached: a file to be printed, once, with the questions to sign.

It concerns all contracts of the client that were called about in vain, and each has an entry of it. The
book has no postal address: whoever posts it finds that by the number of the client.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple

import jinja2

from policies import database, whole
from policies.case_moves import Given
from policies.interview import ANSWERS, Question
from policies.plan import text
from servicing.callbacks import calling
from servicing.callbacks.calling import House
from servicing.callbacks.queries import ROOM, OpenCallback
from servicing.callbacks.waiting import queries
from servicing.cases import stepping
from servicing.cases.stepping import Order
from servicing.core import errors, i18n
from servicing.core.case_models import Case, CaseEntry

STEP = "letter"
"""The entry of the case."""

MOST = 10_000
"""So many at once; the next time goes on."""


class Printer(NamedTuple):
    """By what letters are written."""

    house: House
    outbox: Path
    company: str
    hotline: str


@dataclass(frozen=True)
class Letter:
    """A letter that was written."""

    case: int
    policies: list[str]
    file: str
    """Below the outbox."""


def write(printer: Printer, case_id: int, by: str, now: datetime.datetime) -> Letter:
    """Write the letter to the client of a call-back.

    Raises `CaseNotFound`, and `CaseRefused` for a case of which nobody was called in vain often enough,
    for one that has its letter, and for whoever may not call.
    """
    case = calling.to_be_written_to(printer.house, case_id, now)
    if calling.is_own(case, by):
        raise errors.CaseRefused("case_recused", login=by)
    numbers = calling.numbers_of(case)
    with database.exclusive(f"calls to {min(numbers)}"):
        _refuse(printer.house, stepping.of_number(case_id))
        theirs = calling.to_call_of(numbers, calling.agent_id(by))
        tried = [each for each in theirs if each.state == "attempting"]
        new = [each for each in tried if not written_on(each.case)]
        contracts = sorted(new, key=lambda each: each.case != case.id)
        file = _print(printer, case, contracts, now)
        today = now.astimezone(printer.house.zone).date()
        for each in contracts:
            order = Order(each.case, STEP, by, today, Given(), room=ROOM, is_aside=True)
            stepping.step(printer.house.ground, order, today, now)
    return Letter(case.id, [each.policy_no for each in contracts], file)


def write_all(printer: Printer, by: str, now: datetime.datetime) -> list[Letter]:
    """Write all letters that are due, but to the clients of whoever asks."""
    done: list[Letter] = []
    for number in queries.unreached(printer.house.rules.letter_after, MOST):
        case = stepping.of_number(number)
        if calling.is_own(case, by) or written_on(number) is not None:
            continue
        try:
            done.append(write(printer, number, by, now))
        except errors.CaseRefused:  # the book says since that none is owed, or somebody was quicker
            continue
    return done


def written_on(case_id: int) -> datetime.date | None:
    """The day of the letter; None: there is none."""
    is_it = (CaseEntry.case == case_id) & (CaseEntry.step == STEP)
    found: CaseEntry | None = CaseEntry.get_or_none(is_it)
    return found.done_on if found else None


def is_due(house: House, case: Case, calls: int) -> bool:
    """Whether the client of a case was called in vain so often that a letter is written."""
    return case.state == "attempting" and calls >= house.rules.letter_after


def why_not(case: Case) -> errors.CaseRefused | None:
    """Why a letter that is due is not written now; None: it is."""
    try:
        calling.refuse_bereaved(case)
    except errors.CaseRefused as refused:
        return refused
    return None


def _refuse(house: House, case: Case) -> None:
    if day := written_on(case.id):
        raise errors.CaseRefused("letter_written", case_id=case.id, on=day)
    calls = queries.calls_in_vain(case.id)
    if not is_due(house, case, calls):
        facts = {"calls": calls, "least": house.rules.letter_after}
        raise errors.CaseRefused("letter_not_due", case_id=case.id, at=case.state, **facts)


def _print(
    printer: Printer, case: Case, contracts: Sequence[OpenCallback], now: datetime.datetime
) -> str:
    """The file; one that a crash has left without its entry is written anew."""
    client = case.client
    assert client is not None  # as every call-back has one
    locale = i18n.spoken(client.language or printer.house.locale)
    day = now.astimezone(printer.house.zone).date()
    ref = f"{day}/letter/{case.id:09d}-callback.html"
    asked = printer.house.interview.questions
    words = {
        each: i18n.say("callback_paper", each, locale, name=client.name)
        for each in ("title", "dear", "why", "sign", "signature", "day", "policy", "product", "end")
    }
    page = _page().render(
        # an erasure finds the file by this line (`servicing.operations.personal_files`)
        client_no=escape(" ".join(client.client_no.split())),
        lang=locale.replace("_", "-"),
        words=words,
        company=printer.company,
        hotline=printer.hotline,
        on=day,
        contracts=contracts,
        questions=[(text(each.ask, locale), _answers(each, locale)) for each in asked],
    )
    path = printer.outbox / ref
    whole.folder(path.parent)
    with whole.drafted_once(path) as draft:
        draft.write_text(page, "utf-8")
    return ref


def _answers(question: Question, locale: str) -> list[str]:
    """What may be ticked."""
    said = (each for each in ANSWERS if each != "na" or question.may_be_na)
    return [i18n.say("callback_page", f"pick_{each}", locale) for each in said]


@cache
def _page() -> jinja2.Template:
    """The letter; nothing is fetched from anywhere when it is opened."""
    source = (i18n.shipped_templates() / "letters" / "callback.html").read_text("utf-8")
    return jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        source
    )
