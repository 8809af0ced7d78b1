"""A case whose clock is about to end, or has ended, goes one up by itself (domain.md §12.10).

Each step is an entry, written once with where the case then is: a job that is killed, or runs twice,
leaves each case escalated or not, and the next one goes on. What was missed is caught up by the step
that holds by then.
"""

import datetime
from collections import Counter

from policies import database, pressing
from policies.case_kind import ESCALATED
from policies.pressing import Level
from servicing.cases import ladder, queries, writing
from servicing.cases.ground import Ground
from servicing.cases.queries import Pressing
from servicing.core import errors
from servicing.core.case_models import Case, CaseEntry
from servicing.core.runtime import IsOver


def escalate(
    ground: Ground,
    on: datetime.date,
    today: datetime.date,
    now: datetime.datetime,
    is_over: IsOver = lambda: False,
) -> Counter[Level]:
    """Escalate what is pressing on a day; answers with how many by step. It may end early.

    Raises `CaseRefused` for a day ahead of today.
    """
    refuse_ahead(on, today)
    done: Counter[Level] = Counter()
    for span in pressing.spans(ground.calendar, on):
        reached = pressing.LEVELS[pressing.rank(span.level) - 1 :]
        for each in queries.pressing(span.first, span.last, reached):
            if is_over():
                return done
            done[span.level] += _escalated(ground, each, span.level, on, now)
    return +done


def refuse_ahead(on: datetime.date, today: datetime.date) -> None:
    """Raises `CaseRefused` for a day ahead of today."""
    if on > today:
        raise errors.CaseRefused("case_done_ahead", on=on, today=today)


def _escalated(
    ground: Ground, of: Pressing, level: Level, on: datetime.date, now: datetime.datetime
) -> bool:
    """Whether the case went up by this step; not where the step was taken, or the clock began in it."""
    if of.started_on is not None:
        began = pressing.level(ground.calendar, of.started_on, of.due_on)
        if pressing.rank(began) >= pressing.rank(level):
            return False
    with database.writing():
        case: Case = Case.get_by_id(of.case)
        if not case.is_open or case.due_on != of.due_on or _was_taken(case, level):
            return False
        above = ladder.one_up(ground.kind(case.kind), case)
        to = above.login if above else case.escalated_to
        is_as_seen = (Case.id == case.id) & (Case.moves == case.moves) & Case.is_open
        stands = {"escalation": level, "escalated_due": of.due_on, "escalated_to": to}
        if not Case.update(**stands, moves=case.moves + 1).where(is_as_seen).execute():
            return False  # somebody has acted meanwhile: the next time looks again
        writing.went_up(case, level, to, on, now, of.due_on)
    return True


def _was_taken(case: Case, level: Level) -> bool:
    """Whether a step this far was taken for the day on which it is due, at whatever time."""
    reached = pressing.LEVELS[pressing.rank(level) - 1 :]
    taken = (CaseEntry.case == case) & (CaseEntry.step == ESCALATED)
    of_this_day = (CaseEntry.set_on == case.due_on) & CaseEntry.reason.in_(reached)
    return bool(CaseEntry.select().where(taken & of_this_day).exists())
