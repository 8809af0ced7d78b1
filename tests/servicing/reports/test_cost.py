"""What a figure costs, in instructions of SQLite's own machine: few for each policy of the book.

A figure reads every policy; no statement of one does so for each row of another, nor makes an index.
"""

import zoneinfo
from collections.abc import Callable

import peewee
import pytest

from policies import database
from policies.persistency import figure
from policies.persistency.cohorts import Definition
from policies.persistency.periods import Period
from policies.persistency.selection import Selection
from servicing.core.settings import Settings, Targets
from servicing.reports import coverage, losses, questions, scorecard
from servicing.reports.questions import Question
from tests import cast
from tests.servicing import looked_up, owed

Book = peewee.Database
AS_OF = cast.day("2026-06-15")
SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
FIRST_YEAR = coverage.first_year(owed.STANDARD)
POLICIES, MORE = 500, 2_000


def by_agent(definition: Definition) -> Question:
    return questions.question(
        Settings(), AS_OF, Selection(by="agent"), definition=definition, basis="premium"
    )


def persistency(definition: Definition) -> Callable[[], object]:
    asked = by_agent(definition)
    return lambda: figure.audit(asked.measure, asked.rules, asked.selection, asked.basis)


def card() -> object:
    asked = questions.question(Settings(), AS_OF, Selection(), definition="paid")
    period = Period(2026 * 12 + 4)
    found = scorecard.scorecard(asked, "agent", period, Targets(), FIRST_YEAR, SHANGHAI)
    return list(found.cards())


FIGURES: dict[str, tuple[Callable[[], object], int]] = {
    "persistency, in-force": (persistency("in-force"), 59),
    "persistency, paid": (persistency("paid"), 132),
    "losses": (lambda: losses.losses(by_agent("in-force"), FIRST_YEAR, SHANGHAI), 109),
    "scorecard": (card, 110),
}
"""Each, and the instructions that it may take for one policy more; a tenth is room for another SQLite."""


def sell(first: int, count: int) -> None:
    """Policies of 2020 to 2025, each of a client of its own, and a premium a year after."""
    insert = (
        "INSERT INTO client (id, client_no, name) VALUES (?, ?, '')",
        "INSERT INTO policy (id, policy_no, client_id, agent_id, issue_date, served_from,"
        " annual_premium, currency) VALUES (?, ?, ?, 1, ?, ?, 100000, 'CNY')",
        "INSERT INTO premium (policy_id, due_date, amount, paid_on) VALUES (?, ?, 100000, ?)",
    )
    numbers = range(first, first + count)
    days = [f"{2020 + number % 6}-{1 + number % 12:02}-{1 + number % 28:02}" for number in numbers]
    due = [f"{int(day[:4]) + 1}{day[4:]}" for day in days]
    rows = (
        [(number, f"C{number}") for number in numbers],
        [
            (number, f"P{number}", number, day, day)
            for number, day in zip(numbers, days, strict=True)
        ],
        [(number, day, day) for number, day in zip(numbers, due, strict=True)],
    )
    for sql, values in zip(insert, rows, strict=True):
        database.execute_many(sql, values)


def cost(book: Book, ask: Callable[[], object]) -> int:
    with looked_up.working(book) as heard:
        ask()
    return heard.instructions


@cast.on_sqlite
@pytest.mark.parametrize("named", FIGURES)
def test_a_figure_takes_few_instructions_a_policy(named: str, book: Book) -> None:
    ask, bound = FIGURES[named]
    cast.people()
    sell(1_000, POLICIES)
    few = cost(book, ask)
    sell(1_000 + POLICIES, MORE)
    a_policy = (cost(book, ask) - few) / MORE
    assert a_policy <= bound


@cast.on_sqlite
def test_a_figure_reads_the_book_and_nothing_else_as_a_whole(book: Book) -> None:
    cast.people()
    sell(1_000, POLICIES)
    with looked_up.listening(book) as heard:
        for ask, _ in FIGURES.values():
            ask()
    assert heard.faults("policy") == []


@cast.on_sqlite
@pytest.mark.parametrize("definition", ["in-force", "paid"])
def test_persistency_reads_the_book_once(definition: Definition, book: Book) -> None:
    cast.people()
    sell(1_000, POLICIES)
    with looked_up.listening(book) as heard:
        persistency(definition)()
    whole = [each.sql for each in heard.told.values() if list(each.faults())]
    assert [sql for sql in whole if "LIMIT 100" not in sql] == [
        sql for sql in whole if "SUM(" in sql
    ]
    assert len([sql for sql in whole if "SUM(" in sql]) == 1
