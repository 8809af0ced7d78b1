"""What has to be found a day early: tomorrow's messages, where tomorrow begins before the next walk.

A message goes out on its day by its client's clock (domain.md §4.2). Far to the east of the book that
day is nearly over when the book's own morning comes, so the walk of the day before looks for it.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence

from policies import dates
from policies.timeline import Due
from servicing.core.due import Search
from servicing.messages import permission

WALK_HOUR = 6
"""When the book is walked, by its own clock."""


def searches(
    dues: Sequence[Due], day: datetime.date, book_zone: str, zones: Iterable[str]
) -> Iterator[Search]:
    """The searches of `day` that cannot wait for its walk: one for each send window, with its zones.

    `zones`: those that clients of the book have.
    """
    next_walk = permission.moment(day, datetime.time(WALK_HOUR), book_zone)
    known = [zone for zone in zones if dates.is_timezone(zone)]
    for window, some in _by_window(dues).items():
        opens = permission.send_window(window).opens
        east = tuple(zone for zone in known if permission.moment(day, opens, zone) < next_walk)
        if east:
            yield Search(day, some, zones=east)


def _by_window(dues: Iterable[Due]) -> dict[str, list[Due]]:
    """The dues that have a message, by the hours in which it may leave."""
    found: dict[str, list[Due]] = {}
    for due in dues:
        if due.touchpoint.has_message(due.step):
            found.setdefault(due.touchpoint.send_window, []).append(due)
    return found
