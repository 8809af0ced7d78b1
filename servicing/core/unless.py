"""Where a plan says that a touchpoint is not owed: its `unless` (domain.md §4.18), its `tiers` (§18.6).

They are asked when it is made, and again when it is to leave. Each stands here twice, for one
touchpoint in hand and as a condition on the touchpoints of a statement; the two are each other's
property test.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, get_args

from policies import attention, dialect
from policies.mourning import Mourned
from policies.plan import Condition, Touchpoint
from servicing.core.context import COMPLAINS, TIER, other_until
from servicing.core.reasons import Reason


class Asked(Mourned, Protocol):
    """What the conditions look at."""

    @property
    def complains(self) -> bool:
        """A complaint of the client's is open."""

    @property
    def other_until(self) -> datetime.date | None:
        """Where the policy has an end: until, but not on, which day another of the client's is served."""

    @property
    def tier(self) -> str | None:
        """The client's, as of today; None: nobody has scored them yet."""


_REASONS: dict[Condition, Reason] = {
    "open_complaint": Reason.COMPLAINT_OPEN,
    "bereaved": Reason.BEREAVED,
    "other_policy": Reason.OTHER_POLICY,
}
"""By condition why a touchpoint is not owed where it holds."""


def _mourns(of: Asked, on: datetime.date) -> bool:
    return of.bereaved_until is not None and on <= of.bereaved_until


def _has_another(of: Asked, on: datetime.date) -> bool:
    return of.other_until is not None and of.other_until > on


_HOLDS: dict[Condition, Callable[[Asked, datetime.date], bool]] = {
    "open_complaint": lambda of, on: of.complains,
    "bereaved": _mourns,
    "other_policy": _has_another,
}


def reason(touchpoint: Touchpoint, of: Asked, on: datetime.date) -> Reason | None:
    """Why a touchpoint is not owed on a day, by what its plan says; None: it is."""
    named = (each for each in _REASONS if each in touchpoint.conditions)
    held = next((_REASONS[each] for each in named if _HOLDS[each](of, on)), None)
    if held is None and not attention.is_meant(touchpoint.tiers, of.tier):
        return Reason.OTHER_TIER
    return held


def _another(on: datetime.date) -> str:
    return f"COALESCE(({other_until()}) > '{on}', FALSE)"


_IN_STATEMENTS: dict[Condition, Callable[[datetime.date], str]] = {
    "open_complaint": lambda on: COMPLAINS,
    "bereaved": lambda on: f"c.bereaved_until >= '{on}'",
    "other_policy": _another,
}


def conditions(
    touchpoints: Iterable[Touchpoint], on: datetime.date
) -> Iterator[tuple[Reason, str]]:
    """`reason`, of the touchpoints `t` of a statement that are among these, in the same order.

    It speaks of their policy `p` and client `c`. Nothing is asked that no touchpoint names.
    """
    known = list(touchpoints)
    for each in get_args(Condition):
        if keys := [touchpoint.id for touchpoint in known if each in touchpoint.conditions]:
            holds = _IN_STATEMENTS[each](on)
            yield _REASONS[each], f"t.key IN ({dialect.quoted(keys)}) AND {holds}"
    if others := [_of_other_tiers(each) for each in known if each.tiers]:
        yield Reason.OTHER_TIER, f"({' OR '.join(others)})"


def _of_other_tiers(touchpoint: Touchpoint) -> str:
    key, tiers = dialect.quoted([touchpoint.id]), dialect.quoted(touchpoint.tiers)
    return f"(t.key = {key} AND COALESCE({TIER}, '') NOT IN ({tiers}))"
