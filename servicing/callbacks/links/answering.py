"""A client answers by a link: recognised by the end of a policy number, once, while the clock runs."""

import datetime
import hmac
import unicodedata
from collections.abc import Sequence
from typing import Literal, NamedTuple

from policies import database
from servicing.callbacks import calling
from servicing.callbacks.answer_file import Answered
from servicing.callbacks.calling import Call, House, Recorded
from servicing.callbacks.links import signed
from servicing.callbacks.links.signed import Link
from servicing.callbacks.queries import OpenCallback
from servicing.cases import queries as case_queries
from servicing.cases import stepping
from servicing.core import errors
from servicing.core.callback_models import CallbackLink
from servicing.core.case_models import Case

BY = "the client"
"""Who has answered: no login has a blank."""

CHANNEL = "link"

TAIL = 4
"""So many of the last characters of a policy number tell who it is."""

State = Literal["open", "used", "over"]


class Opened(NamedTuple):
    """A link of ours, and what it leads to."""

    link: CallbackLink
    case: Case
    contracts: Sequence[OpenCallback]
    """Those that wait for a call, that of the case first. The link is about all of them."""

    @property
    def others(self) -> list[OpenCallback]:
        """The other contracts."""
        return [each for each in self.contracts if each.case != self.case.id]


def opened(link: Link, on: datetime.date) -> tuple[State, Opened | None]:
    """What a link leads to on a day: all contracts of the client that wait for a call.

    Nothing where it was used, where the free look of the contract for which it was sent is over, and
    where the desk has called about all of them.
    """
    is_number = 0 < link.number < stepping.NEVER
    found = CallbackLink.get_or_none(CallbackLink.id == link.number) if is_number else None
    if found is None or not signed.is_of(link, found.digest):
        return "over", None
    if found.used_at is not None:
        return "used", None
    case = stepping.of_number(found.case_id)
    last = _last_day(case)
    waiting = calling.to_call_of(calling.numbers_of(case), None)
    if last is None or on > last or not waiting:
        return "over", None
    contracts = sorted(waiting, key=lambda each: each.case != case.id)
    return "open", Opened(found, stepping.of_number(contracts[0].case), contracts)


def _last_day(case: Case) -> datetime.date | None:
    """The last day of the free look, also of a contract of which was called since."""
    return next((each.due_on for each in case_queries.clocks(case.id)), None)


def is_theirs(opened: Opened, tail: str) -> bool:
    """Whether somebody knows how the number of one of the contracts ends."""
    given = unicodedata.normalize("NFKC", tail).strip().casefold().encode()  # ０１２３ is 0123
    ends = [each.policy_no[-TAIL:].casefold().encode() for each in opened.contracts]
    return True in [hmac.compare_digest(given, end) for end in ends]


def answer(house: House, opened: Opened, said: Answered, now: datetime.datetime) -> list[Recorded]:
    """Record what the client has answered, by the same function as a call; the link is used up by it.

    Raises `CaseRefused` where it was used meanwhile, where what was answered is not about all contracts
    that wait, and what `calling.answer` raises.
    """
    link = opened.link
    if missing := [each.policy_no for each in opened.others if each.policy_no not in said.others]:
        raise errors.CaseRefused("link_more_contracts", policies=missing)
    with database.writing():
        is_unused = (CallbackLink.id == link.id) & CallbackLink.used_at.is_null()
        if not CallbackLink.update(used_at=now).where(is_unused).execute():
            raise errors.CaseRefused("link_used")
        return calling.answer(house, Call(opened.case.id, now, BY), said, now)
