"""How a client's tier moves with the points: up at once, down with patience (domain.md §18.4)."""

import datetime
from typing import NamedTuple

from policies import dates
from policies.tier import Scorecard, Scored


class Place(NamedTuple):
    """The tier that points have earned, and since when they are too few for it."""

    tier: str
    below_since: datetime.date | None = None
    """None: they are enough."""


def moved(card: Scorecard, was: Place | None, scored: Scored, on: datetime.date) -> Place:
    """The place of a client on a day, by the points of that day and the place before.

    Down only where the points were too few for so many whole periods, which are months, or are too few
    by more than so many points. A tier that the scorecard has no more has no patience.
    """
    starts = {each.id: each.start for each in card.tiers}
    if was is None or was.tier not in starts or starts[was.tier] <= scored.points:
        return Place(scored.tier)
    since = was.below_since or on
    is_far = starts[was.tier] - scored.points > card.down.points
    if is_far or on >= falls_on(card, since):
        return Place(scored.tier)
    return Place(was.tier, since)


def falls_on(card: Scorecard, below_since: datetime.date) -> datetime.date:
    """The first day on which somebody falls whose points are too few since a day."""
    return dates.months_after(below_since, card.down.periods)
