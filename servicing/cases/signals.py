"""What of the book opens cases by itself: a signal, once for each cause (domain.md §12.13).

A policy of which a case of the kind is open gets no second one: the open one notes the signal. Whatever
was missed within two weeks is caught up.
"""

import contextlib
import datetime
from collections import Counter
from typing import Literal

from policies import case_moves, database
from policies.case_kind import SIGNALS, Kind, Option
from servicing.cases import opening, queries, stepping, writing
from servicing.cases.ground import Ground
from servicing.cases.opening import Request
from servicing.cases.queries import Sign
from servicing.cases.stepping import Order
from servicing.core import errors
from servicing.core.runtime import IsOver

LOOK_BACK_DAYS = 14
"""A signal that nobody has looked for so long opens nothing any more."""

Done = Literal["opened", "noted"]


def look(
    ground: Ground, today: datetime.date, now: datetime.datetime, is_over: IsOver = lambda: False
) -> Counter[Done]:
    """Open the cases that signals ask for, or note them on what is open. It may end early."""
    done: Counter[Done] = Counter()
    for kind in map(ground.kind, ground.kinds):
        for source in kind.signals:
            last = today - datetime.timedelta(source.days)
            first = last - datetime.timedelta(LOOK_BACK_DAYS)
            for each in queries.signs(kind.id, source, first, last, today):
                if is_over():
                    return done
                with contextlib.suppress(errors.CaseMovedMeanwhile):  # the next time looks again
                    done[_told(ground, kind, source, each, today, now)] += 1
    return done


def _told(
    ground: Ground,
    kind: Kind,
    source: Option,
    of: Sign,
    today: datetime.date,
    now: datetime.datetime,
) -> Done:
    step = kind.signal_step
    assert step is not None  # the file was checked
    with database.exclusive("signals of cases"):
        known = queries.open_of(kind.id, of.policy_id)
        if known is None:
            held_on = min(of.cause + datetime.timedelta(source.days), today)
            case = opening.open_case(ground, _request(kind, source, of, held_on), today, now)
        else:
            case = stepping.of_number(known)
        given = case_moves.NOTHING_GIVEN._replace(reason=source.id, date=of.cause)
        on = max(case.moved_on, case.received_on)
        order = Order(case.id, step.id, writing.ITSELF, on, given, room=SIGNALS)
        stepping.step(ground, order, today, now)
    return "opened" if known is None else "noted"


def _request(kind: Kind, source: Option, of: Sign, on: datetime.date) -> Request:
    return Request(
        kind=kind.id,
        received_on=on,
        text=f"{of.policy_no} {of.cause}",
        by=writing.ITSELF,
        client_no=of.client_no,
        policy_no=of.policy_no,
        source=source.id,
        to_server=True,
    )
