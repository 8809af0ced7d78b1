"""A book of any age: however many dates a day is counted from, nobody reads the book for them.

A plan for life counts from some eighteen dates more for each year that the book is old, and from more
at the end of a month and after days off. What SQLite makes of a statement depends on how many they are
and on nothing that stands in the book; PostgreSQL is asked by `tests/drills/test_plans.py`.
"""

import dataclasses
import datetime
from collections.abc import Iterable, Iterator
from typing import get_args

import msgspec
import peewee
import pytest

from policies import database, timeline
from policies.plan import Anchor
from policies.timeline import Due
from servicing.card import card
from servicing.channels.memory import Memory
from servicing.core import due as finding
from servicing.core.due import Search, Statement, Way
from servicing.desk import agenda
from servicing.projections import simulate
from servicing.schedule import giving_back
from tests import cast
from tests.servicing import looked_up, owed
from tests.servicing.dispatched import by, dispatch
from tests.servicing.looked_up import Heard

Book = peewee.Database
PLAN = owed.STANDARD
WALKER = cast.walker(breaks=True)
LEVELLED = cast.walker(
    msgspec.structs.replace(
        PLAN, touchpoints=tuple(msgspec.structs.replace(e, level=True) for e in PLAN.touchpoints)
    )
)

TUESDAY, MONDAY = datetime.date(2026, 6, 16), datetime.date(2026, 6, 22)
MONTHS_END, AFTER_DAYS_OFF = datetime.date(2026, 2, 28), datetime.date(2026, 10, 8)
DAYS = (TUESDAY, MONDAY, MONTHS_END, AFTER_DAYS_OFF)
YEARS = (5, 14, 18, 20, 24, 30, 40, 60)


@pytest.fixture
def heard(book: Book) -> Iterator[Heard]:
    """What is said to the book."""
    with looked_up.listening(book) as heard:
        yield heard


def look_at(statements: Iterable[Statement], heard: Heard) -> None:
    """Only look at how they would be carried out."""
    for sql, values in statements:
        heard.look_at(database.database.connection(), sql, values)


# ------------------------------------------------------------------------- so many dates, one by one

ALL = [(anchor, scope) for anchor in get_args(Anchor) for scope in ("policy", "client")]
OFTEN = (("issue", "policy"), ("issue", "client"), ("birthday", "client"))
"""How the standard plan finds what is due by dates of many years."""
WAYS = [each if each in OFTEN else pytest.param(*each, marks=pytest.mark.drilled) for each in ALL]


def many(anchor: str, scope: str, count: int) -> Way:
    """A way with so many dates."""
    due = next(timeline.falling_due(PLAN, WALKER.calendar, TUESDAY))
    of = msgspec.structs.replace(due.touchpoint, anchor=anchor, scope=scope)
    (way,) = Search(TUESDAY, [dataclasses.replace(due, touchpoint=of)] * count).ways()
    return way


@cast.on_sqlite
@pytest.mark.parametrize(("anchor", "scope"), WAYS)
def test_no_number_of_dates_makes_a_walk_read_the_book(
    anchor: str, scope: str, book: Book, heard: Heard
) -> None:
    for count in range(20, 2_000, 60):
        way = many(anchor, scope, count)
        look_at([finding._insert_due(way, way.dues, TUESDAY, TUESDAY)], heard)
        look_at(finding.selects(way, way.dues, "due.key, p.id", is_ordered=True), heard)
    assert heard.faults() == []


# -------------------------------------------------------------------------- the days of an old book


def dues(day: datetime.date, years: int) -> list[Due]:
    """What a day is counted from in a book whose first dates are so old."""
    first = day.replace(year=day.year - years, day=1)
    anchors = get_args(Anchor)
    return list(timeline.falling_due(PLAN, WALKER.calendar, day, dict.fromkeys(anchors, first)))


@cast.on_sqlite
@pytest.mark.parametrize("years", YEARS)
def test_no_age_of_a_book_makes_a_walk_read_it(years: int, book: Book, heard: Heard) -> None:
    for day in DAYS:
        search = Search(day, dues(day, years))
        look_at(finding.statements(search, day), heard)
        look_at(finding.counts(search), heard)
        for way in search.ways():
            look_at(finding.selects(way, way.dues, "due.key, p.id", is_ordered=True), heard)
    assert heard.faults() == []


KINDS = [{"is_replanned": True}, {"since_policy": 1_000}, {"zones": ["Pacific/Auckland"]}]
"""Of a day that was walked by another plan, or before an import; and far to the east."""


@cast.on_sqlite
@pytest.mark.parametrize("years", [20, 40])
@pytest.mark.parametrize("how", KINDS, ids=lambda how: next(iter(how)))
def test_a_day_walked_again_reads_no_book(
    how: dict[str, object], years: int, book: Book, heard: Heard
) -> None:
    for day in (TUESDAY, MONTHS_END):
        search = dataclasses.replace(Search(day, dues(day, years)), **how)
        look_at(finding.statements(search, day), heard)
    assert heard.faults() == []


@cast.on_sqlite
@pytest.mark.parametrize("years", [20, 40])
def test_all_that_a_day_asks_of_an_old_book_is_looked_up(
    years: int, book: Book, heard: Heard
) -> None:
    issued = [TUESDAY.replace(year=2026 - years), "2024-06-16", "2026-05-17"]
    people = cast.everybody(issued=issued, served_from=TUESDAY, delivered_on=TUESDAY)
    cast.change(people.lin_wei, birthday=TUESDAY.replace(year=1940), timezone="Pacific/Auckland")
    cast.give_policy(people.zhou_ming, "P901", "2026-05-17")
    cast.give_premium(people.policies[0], "2026-07-16")
    cast.give_handing(people.policies[0], "2026-06-15", was=people.he_jing)
    for each in (TUESDAY, TUESDAY):
        now = cast.at(each, "06:00")
        giving_back.bring_up_to_date(WALKER, each, now)
        cast.walk_on(each, WALKER)
    dispatch(by(Memory()), cast.at(TUESDAY, "10:00"))
    card.card(WALKER.writer, WALKER.calendar, "C001", TUESDAY)
    agenda.agenda(PLAN, WALKER.calendar, people.chen_yan, TUESDAY)
    with database.snapshot():
        last = TUESDAY + datetime.timedelta(days=2)
        assert list(simulate.listed(LEVELLED, TUESDAY, TUESDAY, last))
    assert heard.faults() == []
