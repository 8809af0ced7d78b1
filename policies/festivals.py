"""Festivals 节日 of a year, and the days on which nobody is greeted (domain.md §17.3)."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from policies import lunar
from policies.lunar import LunarDay


class Festival(NamedTuple):
    """A day of a year that has a name."""

    id: str
    on: date
    is_greeted: bool
    """False: a day of mourning, on which nobody is greeted."""


BY_MOON: Mapping[str, LunarDay] = {
    "spring_festival": LunarDay(1, 1),
    "lantern": LunarDay(1, 15),
    "dragon_boat": LunarDay(5, 5),
    "ghost": LunarDay(7, 15),
    "mid_autumn": LunarDay(8, 15),
    "double_ninth": LunarDay(9, 9),
    "winter_clothes": LunarDay(10, 1),
    "new_years_eve": LunarDay(12, 30),
}

BY_SUN: Mapping[str, tuple[int, int]] = {
    "new_year": (1, 1),
    "national_day": (10, 1),
    "memorial": (12, 13),
}
"""By month and day."""

QINGMING = "qingming"
"""清明, a term of the sun."""

SINCE = {"national_day": 1949, "memorial": 2014}
"""The first year of a day that has not always been one."""

MOURNING = (QINGMING, "ghost", "winter_clothes", "memorial")
"""The days of the dead 清明, 中元, 寒衣, and the national memorial day 国家公祭日."""

NAMES = tuple(BY_MOON) + tuple(BY_SUN) + (QINGMING,)


def of(year: int) -> list[Festival]:
    """The festivals and days of mourning of a year of ours, in their order.

    Raises `Invalid` for a year of which the lunar calendar is not published.
    """
    found = [(name, day) for name, by in BY_MOON.items() for day in lunar.in_year(by, year)]
    found += [(name, date(year, month, day)) for name, (month, day) in BY_SUN.items()]
    found.append((QINGMING, lunar.qingming(year)))
    known = [
        Festival(name, day, name not in MOURNING)
        for name, day in found
        if year >= SINCE.get(name, year)
    ]
    return sorted(known, key=lambda each: (each.on, each.id))
