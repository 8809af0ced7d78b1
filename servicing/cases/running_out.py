"""Where a clock has run out, the step that its kind names takes itself (domain.md §12.12).

It is dated the day after the clock's last day, also where nobody looked for a while. Whoever has moved
the case meanwhile comes first.
"""

import contextlib
import datetime

from policies.case_kind import CLOCK, Clock, Kind
from policies.dates import ONE_DAY
from servicing.cases import queries, stepping, writing
from servicing.cases.ground import Ground
from servicing.cases.queries import RanOut
from servicing.cases.stepping import Order
from servicing.core import errors
from servicing.core.runtime import IsOver


def take_steps(
    ground: Ground, today: datetime.date, now: datetime.datetime, is_over: IsOver = lambda: False
) -> int:
    """Take what has run out before today; answers with how many cases have moved. It may end early."""
    moved = 0
    for kind in ground.usable_kinds():
        for each in (clock for clock in kind.clocks_in(ground.country) if clock.takes):
            for found in queries.ran_out(kind.id, each.id, today):
                if is_over():
                    return moved
                moved += _taken(ground, kind, each, found, today, now)
    return moved


def _taken(
    ground: Ground,
    kind: Kind,
    of: Clock,
    found: RanOut,
    today: datetime.date,
    now: datetime.datetime,
) -> bool:
    """Whether it was taken; not where the case stands elsewhere, or somebody has acted meanwhile."""
    step = kind.step_of(of.takes)
    if step is None or found.state not in step.from_states:
        return False
    on = max(found.due_on + ONE_DAY, found.moved_on)
    order = Order(found.case, step.id, writing.CLOCK, on, seen_moves=found.moves, room=CLOCK)
    with contextlib.suppress(errors.CaseMovedMeanwhile):
        stepping.step(ground, order, today, now)
        return True
    return False
