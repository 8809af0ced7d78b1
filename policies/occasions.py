"""What comes every year: festivals, and the birthdays of a client's family (domain.md §17.4, §17.5).

A step counts days from the day itself, before it as well as after it. The name of an occurrence begins
with what comes and its day in that year: `spring_festival:2026-02-17+0d`, `lunar:2026-07-19+0d`. A
festival is counted from its own day; a birthday from the day of birth, so a birthday that is corrected
takes back what was counted from the wrong one.
"""

import datetime
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from policies import dates, festivals, lunar
from policies.notices import Notice, notice

FESTIVAL, FAMILY = "festival", "relation_birthday"
"""The anchors that come every year."""

EVERY_YEAR = frozenset([FESTIVAL, FAMILY])

Calendar = Literal["solar", "lunar"]
"""By which calendar somebody keeps their birthday 公历、农历."""

SOLAR, LUNAR = "solar", "lunar"

OLDEST = 130
"""No birthday of the solar calendar comes more often."""


class Born(NamedTuple):
    """A birthday of somebody in the family."""

    on: datetime.date
    is_lunar: bool = False

    @property
    def calendar(self) -> str:
        """The calendar by which it is kept, as an occurrence names it."""
        return LUNAR if self.is_lunar else SOLAR


# ------------------------------------------------------------------------------------ what a plan says


def names(anchor: str, festival: str) -> tuple[str, ...]:
    """What may come, by the names of its occurrences; an empty one: the anchor is another one."""
    if anchor == FESTIVAL:
        return (festival,)
    return (SOLAR, LUNAR) if anchor == FAMILY else ("",)


def greets(anchor: str) -> bool:
    """Whether what is counted from it is a greeting, unless its plan says something else."""
    return anchor == "birthday" or anchor in EVERY_YEAR


def mistakes(anchor: str, festival: str, *, is_greeting: bool) -> Iterator[Notice]:
    """A festival without its anchor, an anchor without its festival, one on which nobody is greeted."""
    if anchor != FESTIVAL:
        if festival:
            yield notice("key_of_anchor", key="festival", anchor=FESTIVAL)
        return
    if not festival:
        yield notice("anchor_needs_key", anchor=FESTIVAL, key="festival")
    elif festival not in festivals.NAMES:
        yield notice("festival_unknown", name=festival, known=", ".join(sorted(festivals.NAMES)))
    elif is_greeting and festival in festivals.MOURNING:
        yield notice("festival_of_mourning", name=festival)


# --------------------------------------------------------------------------------------------- days


def is_published(year: int) -> bool:
    """Whether the lunar calendar of a year is known; outside of these years nothing of it comes."""
    return lunar.FIRST_YEAR <= year <= lunar.LAST_YEAR


@lru_cache(maxsize=512)
def festival_days(year: int) -> dict[str, tuple[datetime.date, ...]]:
    """By name the days of the festivals of a year of ours; none of a year that is not published."""
    found: dict[str, tuple[datetime.date, ...]] = {}
    for each in festivals.of(year) if is_published(year) else ():
        found[each.id] = found.get(each.id, ()) + (each.on,)
    return found


def festival_between(
    name: str, first: datetime.date, last: datetime.date
) -> Iterator[datetime.date]:
    """When a festival comes between two days, in order."""
    for year in range(max(first.year, lunar.FIRST_YEAR), min(last.year, lunar.LAST_YEAR) + 1):
        for day in festival_days(year).get(name, ()):
            if first <= day <= last:
                yield day


def is_festival(name: str, day: datetime.date) -> bool:
    """Whether a festival comes on a day."""
    return day in festival_days(day.year).get(name, ())


def birthdays(born: Born, first: datetime.date, last: datetime.date) -> Iterator[datetime.date]:
    """When a birthday comes between two days, in order; the day of birth is none of them.

    By the solar calendar 29 February is kept on the 28th in common years. By the lunar one a leap
    month is kept in the plain month where there is none, and day 30 on day 29 of a short month.
    """
    first = max(first, born.on + dates.ONE_DAY)
    if not born.is_lunar:
        for year in range(first.year, min(last.year, born.on.year + OLDEST) + 1):
            day = dates.months_after(born.on, 12 * (year - born.on.year))
            if first <= day <= last:
                yield day
        return
    if not is_published(born.on.year):
        return
    of = lunar.of(born.on)
    for year in range(max(first.year - 1, lunar.FIRST_YEAR), min(last.year, lunar.LAST_YEAR) + 1):
        day = lunar.in_lunar_year(of, year)
        if first <= day <= last:
            yield day


@lru_cache(maxsize=1 << 9)
def births(day: datetime.date, is_lunar: bool) -> tuple[datetime.date, ...]:
    """The days of birth whose birthday comes on a day, oldest first: `birthdays` read backwards."""
    if is_lunar:
        return tuple(sorted(_lunar_births(day))) if is_published(day.year) else ()
    years = range(OLDEST, 0, -1)
    found = (dates.anchors_before(day, 12 * each) for each in years)
    return tuple(sorted({each for some in found for each in some}))


def _lunar_births(day: datetime.date) -> Iterator[datetime.date]:
    """Who was born on the same lunar day, or on one that is kept on it this year."""
    month, number, _ = lunar.of(day)
    years = day.year, day.year - 1
    year = next(each for each in years if lunar.in_lunar_year(lunar.of(day), each) == day)
    like = {lunar.LunarDay(month, of, leap) for of in (number, 30) for leap in (False, True)}
    meant = [each for each in like if lunar.in_lunar_year(each, year) == day]
    for before in range(lunar.FIRST_YEAR - 1, year):
        born = [lunar.in_lunar_year(each, before) for each in meant if lunar.has(each, before)]
        yield from (each for each in born if is_published(each.year))


def occurrence(of: str, day: datetime.date, days: int) -> str:
    """The name of what a step owes for what comes on a day."""
    return f"{of}:{day}{days:+d}d"


def day_of(occurrence: str) -> datetime.date:
    """The day on which it comes, by the name of an occurrence."""
    _, _, rest = occurrence.partition(":")
    return datetime.date.fromisoformat(rest[:10])


def is_named(occurrence: str, of: str) -> bool:
    """Whether an occurrence is of what is named."""
    return occurrence.startswith(f"{of}:")


# -------------------------------------------------------------------- as conditions of a statement


def named(occurrence: str, of: Iterable[str]) -> str:
    """`is_named`, of one of some names; a condition."""
    each = (f"SUBSTR({occurrence}, 1, {len(name) + 1}) = '{name}:'" for name in of)
    return f"({' OR '.join(each)})"


def living(relation: str) -> str:
    """Somebody in the family is alive, as far as anybody knows: nothing is owed for the dead."""
    return (
        f"{relation}.deceased_on IS NULL AND NOT ({relation}.client_no <> '' AND EXISTS"
        f" (SELECT 1 FROM client dead WHERE dead.client_no = {relation}.client_no"
        " AND dead.deceased_on IS NOT NULL))"
    )


def kept(relation: str, occurrence: str) -> str:
    """A birthday in the family is kept by the calendar that an occurrence names."""
    return f"{relation}.is_lunar = {named(occurrence, [LUNAR])}"


def of_family(due: str) -> str:
    """A birthday in the family `r` of the client of a policy `p` is what `due` counts from.

    Of two who were born on one day it is the first: their occurrence is the same.
    """
    return (
        f"r.birthday = {due}.anchor_on AND {kept('r', f'{due}.occurrence')} AND {living('r')}"
        " AND p.client_id = r.client_id AND NOT EXISTS (SELECT 1 FROM relation e"
        " WHERE e.client_id = r.client_id AND e.birthday = r.birthday AND e.is_lunar = r.is_lunar"
        f" AND e.id < r.id AND {living('e')})"
    )


FAMILY_STANDS = f"""(CASE WHEN {named("t.occurrence", [SOLAR, LUNAR])} THEN EXISTS (
        SELECT 1 FROM relation r WHERE r.client_id IN (
            SELECT c.id UNION ALL SELECT s.id FROM client s WHERE s.person_id = c.person_id)
            AND r.birthday = t.anchor_on AND {kept("r", "t.occurrence")} AND {living("r")})
        ELSE FALSE END)"""
"""The birthday in the family that a touchpoint `t` of a client `c` counts from stands in the book.

It may stand under any of their numbers. Of what is no such birthday, nothing is looked for.
"""
