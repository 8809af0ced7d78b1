"""Where a touchpoint is not owed: its `unless` (domain.md §4.18), `tiers` (§18.6), a survey (§16.6).

They are asked when it is made, and again when it is to leave. Each stands here twice, for one
touchpoint in hand and as a condition on the touchpoints of a statement; the two are each other's
property test.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from policies import attention, dialect, fatigue
from policies.mourning import Mourned
from policies.plan import Held, Touchpoint
from servicing.core import spared
from servicing.core.context import COMPLAINS, NUMBERS, TIER, other_until
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

    @property
    def surveyed_on(self) -> datetime.date | None:
        """When the client was last asked how satisfied they are, under any of their numbers."""

    @property
    def surveyed_before(self) -> datetime.date | None:
        """When the time before that."""

    @property
    def received_on(self) -> datetime.date | None:
        """The day of the client's last receipt of a policy that has not ended."""

    @property
    def claimed_on(self) -> datetime.date | None:
        """When the last policy of the client's ended by a claim."""


_REASONS: dict[Held, Reason] = {
    "open_complaint": Reason.COMPLAINT_OPEN,
    "bereaved": Reason.BEREAVED,
    "other_policy": Reason.OTHER_POLICY,
    "claim": Reason.CLAIMED_LATELY,
    "free_look": Reason.FREE_LOOK,
    "surveyed_lately": Reason.SURVEYED_LATELY,
    "surveyed_often": Reason.SURVEYED_OFTEN,
}
"""By condition why a touchpoint is not owed where it holds."""


def days(condition: Held, touchpoint: Touchpoint) -> int:
    """For how long a condition holds after its day; 0 for one that holds without a day."""
    if condition == "free_look":
        return touchpoint.free_look
    return _DAYS.get(condition, 0)


_DAYS: dict[Held, int] = {
    "claim": fatigue.CLAIM_DAYS,
    "surveyed_lately": fatigue.LATELY_DAYS,
    "surveyed_often": fatigue.YEAR_DAYS,
}


def _mourns(of: Asked, on: datetime.date, days: int) -> bool:
    return of.bereaved_until is not None and on <= of.bereaved_until


def _has_another(of: Asked, on: datetime.date, days: int) -> bool:
    return of.other_until is not None and of.other_until > on


def _within(day: datetime.date | None, on: datetime.date, days: int) -> bool:
    """Whether a day is less than so many days ago, or to come."""
    return day is not None and day > on - datetime.timedelta(days=days)


_HOLDS: dict[Held, Callable[[Asked, datetime.date, int], bool]] = {
    "open_complaint": lambda of, on, days: of.complains,
    "bereaved": _mourns,
    "other_policy": _has_another,
    "claim": lambda of, on, days: _within(of.claimed_on, on, days),
    "free_look": lambda of, on, days: _within(of.received_on, on, days + 1),
    "surveyed_lately": lambda of, on, days: _within(of.surveyed_on, on, days),
    "surveyed_often": lambda of, on, days: _within(of.surveyed_before, on, days),
}


def reason(touchpoint: Touchpoint, of: Asked, on: datetime.date) -> Reason | None:
    """Why a touchpoint is not owed on a day, by what its plan says; None: it is."""
    named = (each for each in _REASONS if each in touchpoint.conditions)
    held = next(
        (_REASONS[each] for each in named if _HOLDS[each](of, on, days(each, touchpoint))), None
    )
    if held is None and not attention.is_meant(touchpoint.tiers, of.tier):
        return Reason.OTHER_TIER
    return held


def _another(on: datetime.date, days: int) -> str:
    return f"COALESCE(({other_until()}) > '{on}', FALSE)"


def _column(place: int) -> Callable[[datetime.date, int], str]:
    """The day of a column of `spared` is less than so many days ago, as `_within` has it."""

    def within(on: datetime.date, days: int) -> str:
        since = on - datetime.timedelta(days=days)
        return f"COALESCE({spared.columns(NUMBERS, 't.id')[place]} > '{since}', FALSE)"

    return within


_SURVEYED, _BEFORE, _RECEIVED, _CLAIMED = map(_column, range(4))

_IN_STATEMENTS: dict[Held, Callable[[datetime.date, int], str]] = {
    "open_complaint": lambda on, days: COMPLAINS,
    "bereaved": lambda on, days: f"c.bereaved_until >= '{on}'",
    "other_policy": _another,
    "claim": _CLAIMED,
    "free_look": lambda on, days: _RECEIVED(on, days + 1),
    "surveyed_lately": _SURVEYED,
    "surveyed_often": _BEFORE,
}


def conditions(
    touchpoints: Iterable[Touchpoint], on: datetime.date
) -> Iterator[tuple[Reason, str]]:
    """`reason`, of the touchpoints `t` of a statement that are among these, in the same order.

    It speaks of their policy `p` and client `c`. Nothing is asked that no touchpoint names.
    """
    known = list(touchpoints)
    for each in _REASONS:
        by_days: dict[int, list[str]] = defaultdict(list)
        for touchpoint in known:
            if each in touchpoint.conditions:
                by_days[days(each, touchpoint)].append(touchpoint.id)
        for length, keys in by_days.items():
            holds = _IN_STATEMENTS[each](on, length)
            yield _REASONS[each], f"t.key IN ({dialect.quoted(keys)}) AND {holds}"
    if others := [_of_other_tiers(each) for each in known if each.tiers]:
        yield Reason.OTHER_TIER, f"({' OR '.join(others)})"


def _of_other_tiers(touchpoint: Touchpoint) -> str:
    key, tiers = dialect.quoted([touchpoint.id]), dialect.quoted(touchpoint.tiers)
    return f"(t.key = {key} AND COALESCE({TIER}, '') NOT IN ({tiers}))"
