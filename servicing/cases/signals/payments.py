"""Premiums that have come in are noted on the open case of their policy (domain.md §12.13).

So nobody calls a client who has paid. Nothing else follows by itself: whoever has the case decides.
"""

import contextlib
import datetime

from policies import case_moves
from policies.case_kind import PAYMENTS, Kind
from servicing.cases import stepping, writing
from servicing.cases.ground import Ground
from servicing.cases.signals import queries
from servicing.cases.stepping import Order
from servicing.core import errors, i18n
from servicing.core.runtime import IsOver


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
    for each in queries.unnoted(kind, today) if step else ():
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
