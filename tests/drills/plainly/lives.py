"""A week lived twice, and compared after each day."""

import datetime
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from tests.drills.plainly.events import At
from tests.drills.plainly.living import Living
from tests.drills.plainly.reading import Reading
from tests.drills.plainly.rows import book_day
from tests.drills.plainly.seen import differences
from tests.drills.plainly.week import Week


class Differs(AssertionError):
    """The product and the reading do not say the same after a day."""

    def __init__(self, seed: int, day: datetime.date, found: list[str], told: list[At]) -> None:
        lines = [f"seed {seed} differs after {day}:", *found, "what had happened:", *map(str, told)]
        super().__init__("\n".join(lines))
        self.found = found


def live(seed: int, home: Path, url: str, another: Callable[[], str]) -> None:
    """Raises `Differs` on the first day after which the two are not the same.

    `another` answers with the address of another empty book, for the one at `url` to be restored in.
    """
    week, told = Week(seed), list[At]()
    product, reading = Living(home, url, another), Reading()
    for day, events in groupby(week.events(), lambda each: book_day(each.moment)):
        for each in events:
            told.append(each)
            product.happens(each.event, each.moment)
            reading.happens(each.event, each.moment)
        found = differences(product.seen(day), reading.seen(day))
        if found:
            raise Differs(seed, day, found, told)
