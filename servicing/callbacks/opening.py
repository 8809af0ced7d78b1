"""Each new contract has its call-back, which follows what the book says of it (domain.md §15.1).

It is opened by itself, waits for the receipt, and is owed no more where the contract was cancelled in
the free look or its client has died. Whatever was missed is caught up, and nothing is done twice.
"""

import contextlib
import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from policies import case_moves, clock, database
from policies.case_moves import Given
from servicing.callbacks import queries
from servicing.callbacks.queries import KIND, SOURCE, Behind, NewContract, Terms
from servicing.cases import opening, stepping
from servicing.cases.ground import FREE_LOOK, Ground
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.core import errors
from servicing.core.models import Task
from servicing.core.runtime import IsOver
from servicing.core.settings import Callbacks

BY = "the book"
"""Who opens them, and follows what it says: no login has a blank."""

CHUNK = 200
"""So many are opened after one look at the book."""


@dataclass(frozen=True)
class Followed:
    """What was done, in numbers."""

    opened: int = 0
    receipts: int = 0
    """Of which the receipt was signed, or signed on another day than was said."""
    not_owed: int = 0
    """Which are owed no more."""


def terms_of(ground: Ground, rules: Callbacks, on: datetime.date) -> Terms:
    """Which contracts owe a call-back, by the settings and the rule of the free look on a day."""
    counted = clock.due(ground.rules.at(FREE_LOOK, on), on, ground.calendar)
    longest = max([(counted.due - on).days, *ground.free_look.values()])
    return Terms(frozenset(rules.short_term_products), longest)


def bring_up_to_date(
    ground: Ground,
    rules: Callbacks,
    on: datetime.date,
    now: datetime.datetime,
    is_over: IsOver = lambda: False,
) -> Followed:
    """Open what is due on a day and let what is open follow the book; it may end early."""
    if not rules.enabled:
        return Followed()
    opened = sum(_open_due(ground, rules, on, now, is_over))
    receipts = not_owed = 0
    for each in queries.behind(on):
        if is_over():
            break
        step = follow(ground, each.case, on, now)
        receipts += step.startswith("receipt")
        not_owed += step == "not_owed"
    return Followed(opened, receipts, not_owed)


def _open_due(
    ground: Ground, rules: Callbacks, on: datetime.date, now: datetime.datetime, is_over: IsOver
) -> Iterator[int]:
    terms = terms_of(ground, rules, on)
    since = on - datetime.timedelta(days=rules.look_back_days)
    while True:
        due, opened = queries.new_contracts(terms, since, on, CHUNK), 0
        for each in due:
            if is_over():
                break
            opened += _open(ground, each, on, now)
        yield opened
        if len(due) < CHUNK or not opened:
            return


def _open(ground: Ground, of: NewContract, on: datetime.date, now: datetime.datetime) -> bool:
    """Whether it was opened; False: somebody else was quicker."""
    asked = Request(
        kind=KIND,
        received_on=of.issue_date,
        text=f"{of.policy_no} {of.issue_date}",
        by=BY,
        client_no=of.client_no,
        policy_no=of.policy_no,
        source=SOURCE,
        about=of.agent_no,
    )
    try:
        opening.open_case(ground, asked, on, now)
    except errors.CaseRefused as refused:
        if refused.notice.code != "case_once_of_policy":
            raise
        return False
    return True


def follow(ground: Ground, case_id: int, on: datetime.date, now: datetime.datetime) -> str:
    """Take the step of an open call-back that the book asks for; answers with the step.

    Empty: it asks for none, or somebody else has taken it meanwhile.
    """
    with database.exclusive("call-backs that follow the book"):
        behind = queries.still_behind(case_id, on)
        if behind is None:
            return ""
        step, given = _asked(behind)
        case = stepping.of_number(case_id)
        day = max(case.moved_on, given.date or on)
        stepping.step(ground, Order(case.id, step, BY, min(day, on), given), on, now)
    return step


def follow_clients(
    ground: Ground, clients: Collection[int], on: datetime.date, now: datetime.datetime
) -> None:
    """The same of all open call-backs of some clients, at once: such as when a receipt was recorded."""
    for each in queries.behind_of(clients, on):
        follow(ground, each.case, on, now)


def after_delivery(
    ground: Ground, tasks: Collection[int], on: datetime.date, now: datetime.datetime
) -> None:
    """The receipts that were recorded with some tasks begin the free look of their contracts at once.

    What cannot follow now follows with the job of the hour: the delivery is recorded all the same.
    """
    clients = {each.client_id for each in Task.select().where(Task.id.in_(list(tasks)))}
    with contextlib.suppress(errors.ServicingError):
        follow_clients(ground, clients, on, now)


def _asked(behind: Behind) -> tuple[str, Given]:
    if behind.status == queries.CANCELLED:
        return "not_owed", Given(reason="free_look_cancelled")
    if behind.has_died:
        return "not_owed", Given(reason="died")
    if behind.is_erased:
        return "not_owed", Given(reason="other")
    given = case_moves.NOTHING_GIVEN._replace(date=behind.delivered_on)
    return ("receipt" if behind.started_on is None else "receipt_corrected"), given
