"""Premiums that have come in are noted on the open case of their policy (domain.md §12.13).

So nobody calls a client who has paid. Nothing else follows by itself: whoever has the case decides.
"""

import contextlib
import datetime

from policies import case_moves, inforce, records
from policies.case_kind import PAYMENTS, Kind, Step
from policies.records import Record
from servicing.cases import stepping, writing
from servicing.cases.ground import Ground
from servicing.cases.stepping import Order
from servicing.core import errors, i18n
from servicing.core.runtime import IsOver


class Paid(Record, frozen=True):
    """An instalment that has come in, of a policy of which a case is open."""

    case: int
    due_on: datetime.date
    paid_on: datetime.date


def unnoted(kind: Kind, on: datetime.date) -> list[Paid]:
    """What has come in since cases of a kind were received, or for which a signal was, unnoted so far.

    What bounced after it was noted is noted again when it comes.
    """
    sql = f"""
        SELECT k.id, i.due_date, i.paid_on
        FROM case_file k JOIN premium i ON i.policy_id = k.policy_id
        WHERE k.is_open AND k.kind = ? AND i.paid_on IS NOT NULL AND NOT {inforce.unpaid("i", on)}
            AND (i.paid_on >= k.received_on OR EXISTS (SELECT 1 FROM case_entry e
                WHERE e.case_id = k.id AND e.step = ? AND e.set_on IN (i.due_date, i.bounced_on)))
            AND NOT EXISTS (SELECT 1 FROM case_entry e WHERE e.case_id = k.id AND e.step = ?
                AND e.set_on = i.due_date
                AND (i.bounced_on IS NULL OR e.done_on >= i.bounced_on))
        ORDER BY k.id, i.due_date
    """
    return records.listed(Paid, sql, [kind.id, _id(kind.signal_step), _id(kind.payment_step)])


def _id(step: Step | None) -> str:
    return step.id if step else ""


def note(
    ground: Ground,
    kind: Kind,
    locale: str,
    today: datetime.date,
    now: datetime.datetime,
    is_over: IsOver = lambda: False,
) -> int:
    """Note what has come in on the open cases of a kind; answers with how often. It may end early."""
    step = kind.payment_step
    noted = 0
    for each in unnoted(kind, today) if step else ():
        if is_over():
            break
        assert step is not None
        said = i18n.say("retention", "paid_on", locale, on=each.paid_on)
        given = case_moves.NOTHING_GIVEN._replace(text=said, date=each.due_on)
        order = Order(each.case, step.id, writing.ITSELF, today, given, room=PAYMENTS)
        with contextlib.suppress(errors.CaseMovedMeanwhile):  # the next time looks again
            stepping.step(ground, order, today, now)
            noted += 1
    return noted
