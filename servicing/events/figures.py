"""Figures of client events: pure, over counted parties (domain.md §20.6)."""

from collections.abc import Iterable

from policies import records
from policies.records import Record


class Counted(Record, frozen=True):
    """The parties of some events."""

    invited: int
    delivered: int
    """Of those, whom the invitation has reached."""
    registered: int
    """Who had a place, whatever became of it."""
    declined: int
    waitlisted: int
    attended: int
    """Of those who had a place, who came."""
    no_show: int
    walk_ins: int
    """Who came without one."""
    persons: int
    """Heads of those who were there."""


class EventFigures(Counted, frozen=True):
    """The same with the shares that are made of it."""

    present: int
    registered_ratio: float | None
    """Of whom the invitation has reached; None: nobody."""
    show_up_ratio: float | None
    """Of those who had a place; None: nobody had."""


def figures(of: Counted) -> EventFigures:
    """The figures of counted parties; shares are unrounded."""
    return EventFigures(
        invited=of.invited,
        delivered=of.delivered,
        registered=of.registered,
        declined=of.declined,
        waitlisted=of.waitlisted,
        attended=of.attended,
        no_show=of.no_show,
        walk_ins=of.walk_ins,
        persons=of.persons,
        present=of.attended + of.walk_ins,
        registered_ratio=_share(of.registered, of.delivered),
        show_up_ratio=_share(of.attended, of.registered),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def total(each: Iterable[Counted]) -> EventFigures:
    """The figures of several events together."""
    found = list(each)
    sums = {name: sum(getattr(row, name) for row in found) for name in records.columns(Counted)}
    return figures(Counted(**sums))
