"""How a policy's status may change (domain.md §5.2).

A book is seen as snapshots: between two exports a policy may have passed through grace and
suspension unseen, so a status within reach through these two alone is a change, too. A paid-up policy
is in force without further premiums and ends the way that one does.
"""

import datetime

ENDED = frozenset(
    [
        "free_look_cancelled",
        "terminated",
        "surrendered",
        "claim",
        "matured",
        "transferred_out",
        "converted",
    ]
)
"""Statuses that end the timeline; such a policy always has an `ended_on` (domain.md §5.1, §5.3)."""

LOST = frozenset(["terminated", "surrendered"])
"""Those of them by which the company loses a contract: touchpoints are counted from such an end
(domain.md §4.17)."""

APPLIED = frozenset(["applied"])
"""An application is no policy yet: it counts in no figure until it is in force (domain.md §5.1)."""

PAUSED = APPLIED | {"suspended"}
"""Statuses in which nothing is owed, for now (domain.md §5.3)."""

PAUSED_REMINDERS = APPLIED
"""Premium reminders go on while a policy is suspended (domain.md §5.4)."""

OWES_NO_PREMIUM = frozenset(["paid_up"])
"""Statuses in which no premium is asked for, whatever the ledger still lists (domain.md §5.5)."""

IN_FORCE, GRACE, SUSPENDED = "in_force", "grace", "suspended"

COVERED = frozenset([IN_FORCE, GRACE, "paid_up"])
"""Statuses in which the contract covers its client (domain.md §5.5)."""
OF_SERVICE = frozenset([IN_FORCE, GRACE, SUSPENDED, "paid_up"])
"""Statuses that a policy in service has; one of them, stated with an empty end date, undoes an end."""

LEFT_OUT_PAUSES = 2
"""So many complete files in a row without a policy, and nothing is owed to it (domain.md §9.6)."""

_FROM_IN_FORCE = frozenset(
    [
        GRACE,
        SUSPENDED,  # through grace
        "terminated",  # through suspension
        "free_look_cancelled",
        "paid_up",
        "surrendered",
        "claim",
        "matured",
        "transferred_out",
        "converted",
    ]
)

_MAY_BECOME: dict[str, frozenset[str]] = {
    "applied": frozenset([IN_FORCE]),
    IN_FORCE: _FROM_IN_FORCE,
    # late news (a backdated payment, a claim reported late) takes back grace and suspension
    GRACE: _FROM_IN_FORCE - {GRACE} | {IN_FORCE},
    SUSPENDED: _FROM_IN_FORCE - {SUSPENDED} | {IN_FORCE},
    "paid_up": frozenset(ENDED - {"free_look_cancelled"}),
    **{ended: frozenset() for ended in ENDED},
}


def may_become(status: str, later: str) -> bool:
    """Whether a policy of this status may have that one next."""
    return status == later or later in _MAY_BECOME[status]


def undoes_end(status: str, later: str) -> bool:
    """Whether the change takes an end back: a claim that was refused, a surrender booked by mistake."""
    return status in ENDED and later in OF_SERVICE


REINSTATED = (IN_FORCE, "paid_up", GRACE)
"""What a suspended policy becomes by a reinstatement."""


def is_reinstated(status: str, later: str) -> bool:
    """Whether the change ends a suspension: service resumes, nothing is made up for (domain.md §5.4)."""
    return status == SUSPENDED and later in REINSTATED


def stated(status: str, ended_on: datetime.date | None) -> str:
    """The status a row means: a missing one is in force, or, with an end date, terminated."""
    return status or ("terminated" if ended_on else IN_FORCE)
