"""Suspended policies that came back 复效 (domain.md §8.16)."""

import datetime
from dataclasses import dataclass

from policies import errors
from policies.persistency import queries


@dataclass(frozen=True)
class Reinstatements:
    """The suspensions that began over some days, and how many of them ended in a reinstatement."""

    suspended: int
    reinstated: int
    ratio: float | None
    """Reinstated of suspended; None: nothing was suspended."""


def reinstatements(
    first: datetime.date, last: datetime.date, as_of: datetime.date
) -> Reinstatements:
    """Those that began in a span, as they are known on a day. Ask inside a `snapshot`.

    Raises `NotMeasurable` for a span that ends before it begins.
    """
    if last < first:
        raise errors.NotMeasurable("span_ends_first", first=first, last=last)
    suspended = queries.suspended(first, min(last, as_of))
    reinstated = queries.reinstated(first, min(last, as_of), as_of)
    return Reinstatements(suspended, reinstated, reinstated / suspended if suspended else None)
