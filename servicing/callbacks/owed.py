"""What an agent is told of the call-backs of clients: owed, done or not needed (domain.md §15.7).

Never when the client was called, what was answered, or whether there was a problem.
"""

import datetime
from collections.abc import Iterable
from typing import Literal, NamedTuple

from policies.models import Policy
from servicing.callbacks import queries
from servicing.cases import shelf
from servicing.cases.shelf import ShelfLine
from servicing.core.account_models import User
from servicing.core.case_models import Case

Told = Literal["unsigned", "owed", "done", "not_reached", "not_needed"]

TOLD: dict[str, Told] = {
    "waiting_receipt": "unsigned",
    "open": "owed",
    "attempting": "owed",
    "done_clean": "done",
    "done_problem": "done",
    "exhausted": "not_reached",
    "not_owed": "not_needed",
}
"""By the state of a call-back; an agent is told none that a company has added."""


class Day(NamedTuple):
    """What stands in an agent's day of cases."""

    own: list[ShelfLine]
    """Theirs to do."""
    owed: list[ShelfLine]
    """Call-backs of clients whom they serve, for others to make."""


def of_day(user: User, most: int) -> Day:
    """The first of an agent's own cases, and the call-backs that are owed of the policies they serve."""
    states = [each for each in TOLD if TOLD[each] == "owed"]
    theirs = (Policy.agent == user.agent_id) & Case.is_open & (Case.kind == queries.KIND)
    found = shelf.owned(user, most, theirs & Case.state.in_(states))
    owed = [each for each in found if each.kind == queries.KIND and each.owner != user.login]
    return Day([each for each in found if each not in owed][:most], owed)


def of_policies(cases: Iterable[ShelfLine]) -> dict[str, tuple[Told, datetime.date | None]]:
    """By policy: what is told of its last call-back, and until when it is owed."""
    found: dict[str, tuple[Told, datetime.date | None]] = {}
    for each in sorted(cases, key=lambda each: each.case):
        if each.kind == queries.KIND and each.policy_no and each.state in TOLD:
            found[each.policy_no] = TOLD[each.state], each.due_on
    return found
