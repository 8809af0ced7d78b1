"""A day costs what is due, whatever the book is: the instructions of SQLite's machine are counted.

Seconds depend on who else works on the machine; instructions and statements are the same every time.
The book is some twenty years old: so many dates once made SQLite read all of it.
"""

import datetime
from dataclasses import dataclass

import peewee

from policies import database, numbering
from servicing.core.models import Message, Touchpoint
from servicing.schedule import giving_back, walk
from tests import cast
from tests.servicing import looked_up

Book = peewee.Database
DAY = datetime.date(2026, 6, 16)
WALKER = cast.walker(breaks=True)

CLIENTS = """
    INSERT INTO client (client_no, name, birthday, phone, marketing_consent, consent_on)
    WITH RECURSIVE number (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM number WHERE n < {last})
    SELECT 'C' || n, '林伟', '1980-03-05', '+8613' || substr('000000000' || n, -9), TRUE, '2020-01-01'
    FROM number
"""
POLICIES = """
    INSERT INTO policy (policy_no, client_id, agent_id, product, issue_date, delivered_on,
        annual_premium, currency, served_from)
    SELECT 'P' || c.id, c.id, 1 + c.id % 3, '安心终身寿险', {issued}, NULL, 1200000, 'CNY', {issued}
    FROM client c WHERE c.id BETWEEN {first} AND {last}
"""
DUE = f"date('{DAY}', '-' || (13 + c.id % 228) || ' months')"
"""On the day the client is owed news at least; some of twenty years."""
IDLE = "date('2006-07-05', '+' || (c.id % 228) || ' months')"
"""Nothing of it falls due on the day, or in the days that are forecast."""


def fill(due: int, idle: int) -> None:
    """A book in which so many policies, each of a client, have something due on the day."""
    cast.people()
    database.execute("DELETE FROM client")
    for first, last, issued in ((1, due, DUE), (due + 1, due + idle, IDLE)):
        span = {"first": first, "last": last}
        database.execute(CLIENTS.format(**span))
        database.execute(POLICIES.format(issued=issued, **span))
    cast.joined(DAY)
    for each in (
        Touchpoint,
        Message,
    ):  # as on any day but the first of a book: this reads the schema
        numbering.freely(each)


# Bounds, each a little above what was counted: 1.005, 474 and 242.

LARGER_BOOK = 1.1
"""By so much a day may cost more in a book ten times as large in which the same is due."""
PER_TOUCHPOINT = 500
"""Instructions for each touchpoint that is found, those that look for it included."""
SECOND_WALK = 258
"""The same of the second walk of a day, which looks once at what is open, and finds nothing."""


@dataclass(frozen=True)
class Cost:
    """What one morning took."""

    found: int
    instructions: int
    statements: int


def morning(book: Book) -> Cost:
    """What `servicing walk` does."""
    now = cast.at(DAY, "06:00")
    with looked_up.working(book) as heard:
        giving_back.bring_up_to_date(WALKER, DAY, now)
        found = walk.walk(WALKER, DAY, now)
    return Cost(found.touchpoints, heard.instructions, heard.count)


def two_mornings(book: Book, due: int, idle: int) -> tuple[Cost, Cost]:
    """The first walk of the day and the second, in a book that is gone afterwards."""
    with database.database.atomic() as transaction:
        fill(due, idle)
        costs = morning(book), morning(book)
        transaction.rollback()
    return costs


@cast.on_sqlite
def test_ten_times_the_book_costs_the_same_day(book: Book) -> None:
    """And a day that is walked already costs less than it did."""
    small, large = two_mornings(book, 400, 1_600), two_mornings(book, 400, 19_600)
    assert [each.found for each in small] == [each.found for each in large] == [599, 0]
    for one, ten in zip(small, large, strict=True):
        assert ten.instructions <= LARGER_BOOK * one.instructions
    first, second = small
    assert first.instructions <= PER_TOUCHPOINT * first.found
    assert second.instructions <= SECOND_WALK * first.found


@cast.on_sqlite
def test_what_is_due_costs_more_instructions_and_no_more_statements(book: Book) -> None:
    with looked_up.listening(book):
        few, many = two_mornings(book, 80, 0), two_mornings(book, 400, 0)
    assert few[0].found * 4 < many[0].found
    assert [each.statements for each in few] == [each.statements for each in many]


IMPORTED = """
    INSERT INTO book_import
        (imported_at, file, kind, joined_on, rows, added, changed, unchanged, rejected)
    WITH RECURSIVE past (n) AS (SELECT {days} UNION ALL SELECT n - 1 FROM past WHERE n > 1)
    SELECT date('{day}', '-' || n || ' days'), 'book.csv', 'book', date('{day}', '-' || n || ' days'),
        1, 1, 0, 0, 0
    FROM past
"""
WALKED = """
    INSERT INTO walked_day (day, walked_at, plan, import_mark, policy_mark)
    SELECT joined_on, imported_at, 'standard', id, 1 FROM book_import
"""


def past(book: Book, days: int) -> int:
    """What it costs to know that no day is to be walked before this one, after so many days."""
    with database.database.atomic() as transaction:
        for statement in (IMPORTED, WALKED):
            database.execute(statement.format(days=days, day=DAY))
        with looked_up.working(book) as heard:
            assert walk.days_to_walk(DAY) == []
        transaction.rollback()
    return heard.instructions


@cast.on_sqlite
def test_ten_years_with_an_import_a_day_cost_ten_times_what_one_year_costs(book: Book) -> None:
    """And not a hundred times, as each day set against each import would."""
    assert past(book, 3_650) <= 1.1 * 10 * past(book, 365)
