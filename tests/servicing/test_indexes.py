"""What a day costs grows with what is due, not with what has been: no statement reads a whole table.

Every statement that the services run here is asked for its plan, as SQLite would carry it out.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from typing import Any

import peewee
import pytest

from policies import database, referrals
from servicing.channels import Accepted, Answer, Lookup, Outgoing, Rejected, Unknown
from servicing.channels.memory import Memory
from servicing.core.states import LEASE
from servicing.corrections import sweep
from servicing.desk import card, tasks
from servicing.dispatch import receipts, replies
from servicing.dispatch.receipts import Receipt
from servicing.dispatch.replies import Incoming
from servicing.messages import history, queries, suppressions
from servicing.operations import health, metrics
from servicing.reassignment import orphans, succession
from servicing.reassignment.succession import Request
from tests import cast
from tests.servicing import owed
from tests.servicing.dispatched import TEN, WALKER, by, dispatch
from tests.servicing.handed_over import hand_over

Book = peewee.Database
ON = datetime.date(2025, 9, 30)
LATER = TEN + LEASE

GROWING = (
    "message",
    "task",
    "touchpoint",
    "card_entry",
    "client",
    "policy",
    "premium",
    "reply",
    "handing",
)
SCAN = re.compile(rf"SCAN (?:\w+ AS )?({'|'.join(GROWING)}|[a-z])\b(?! USING (?:COVERING )?INDEX)")
"""Reading all of a table; reading all of an index of some rows is what such an index is for."""


@pytest.fixture
def plans(book: Book, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """Answers with the statements that were run and read a whole table, and how."""
    told: list[tuple[str, Any]] = []
    run = book.execute_sql

    def remembered(sql: str, params: Any = None, *rest: Any) -> Any:
        told.append((sql, params))
        return run(sql, params, *rest)

    monkeypatch.setattr(book, "execute_sql", remembered)

    def scans() -> list[str]:
        found = []
        for sql, params in list(dict.fromkeys((sql, tuple(params or ())) for sql, params in told)):
            if (
                not sql.lstrip()
                .upper()
                .startswith(("SELECT", "WITH", "UPDATE", "INSERT", "DELETE"))
            ):
                continue
            steps = [row[3] for row in run(f"EXPLAIN QUERY PLAN {sql}", params)]
            found += [f"{step} <- {sql[:200]}" for step in steps if SCAN.match(step)]
        return found

    yield scans


def half_answered(message: Outgoing) -> Answer:
    return [Accepted(f"SM{message.id}"), Unknown(), Rejected("number", "1"), Unknown()][
        message.id % 4
    ]


class Half(Memory):
    def find(self, message: Outgoing) -> Lookup:
        return Lookup("found", (f"SM-{message.id}",)) if message.id % 2 else Lookup("absent")


@cast.on_sqlite
def test_a_dispatch_and_what_comes_back_read_no_whole_table(
    book: Book, plans: Callable[[], list[str]]
) -> None:
    people = cast.everybody()
    cast.change(people.lin_wei, marketing_consent=True, email="lin.wei@example.com")
    cast.walk_only(ON, WALKER)
    dispatch(by(Half(half_answered)))
    dispatch(by(Half(half_answered)), LATER)
    message = cast.message("month_1")
    receipts.apply(Receipt(message.id, "memory", "SM1", "delivered"), LATER)
    replies.take(Incoming("twilio", "IN1", "+12025550111", "好的"), ON, LATER)
    replies.take(Incoming("twilio", "IN2", "+12025550111", "STOP"), ON, LATER)
    suppressions.suppress("email", "lin.wei@example.com", "wrong", "smtp 550", LATER)
    sweep.sweep(owed.STANDARD, ON, LATER)
    assert plans() == []


@cast.on_sqlite
def test_a_walk_reads_no_whole_table(book: Book, plans: Callable[[], list[str]]) -> None:
    people = cast.everybody(issued="2025-03-04", served_from="2026-06-03")
    cast.change(people.lin_wei, marketing_consent=True)
    cast.give_premium(people.policies[0], "2026-06-04")
    cast.walk_on("2026-06-04", WALKER)
    cast.walk_on("2026-06-04", WALKER)
    assert plans() == []


@cast.on_sqlite
def test_looking_east_reads_no_whole_table(book: Book, plans: Callable[[], list[str]]) -> None:
    people = cast.everybody(issued="2025-03-04", served_from="2026-06-03")
    cast.change(people.lin_wei, timezone="Pacific/Auckland", birthday=cast.day("1980-06-05"))
    walked = cast.walk_on("2026-06-04", WALKER)
    assert walked.early and walked.early.by_touchpoint == {"birthday": 1}
    assert plans() == []


@cast.on_sqlite
def test_what_people_look_at_reads_no_whole_table(
    book: Book, plans: Callable[[], list[str]]
) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    list(history.listed(on=ON))
    for state in ("unknown", "queued", "sending"):
        list(history.listed(state=state))
    history.account(ON)
    history.life(1, WALKER.writer)
    history.causes(ON, TEN)
    history.retry(queries.failed(ON, "failed", "content_refused"), TEN)
    metrics.providers(["memory", "twilio"], TEN)
    health.status(["memory"], ON, TEN)
    metrics.ready(TEN)
    list(tasks.open_tasks(ON))
    tasks.next_day_with_tasks(ON)
    card.card(WALKER.writer, WALKER.calendar, "C001", ON)
    referrals.tree("C001", ON)
    assert plans() == []


@cast.on_sqlite
@pytest.mark.parametrize("rule", [None, "balanced"])
def test_a_handover_reads_what_it_hands_over_and_no_whole_table(
    rule: succession.Rule | None, book: Book, plans: Callable[[], list[str]]
) -> None:
    people = cast.everybody()
    cast.give_policy(people.zhou_ming, "P901", agent=people.he_jing)
    cast.walk_only(ON, WALKER)
    wish = Request("A001", to_no=None if rule else "A000", rule=rule)
    succession.preview(wish, ON)
    hand_over(wish, left_on=ON)
    cast.walk_on(ON + datetime.timedelta(1), WALKER)
    orphans.report(owed.THREE_YEARS, LATER.date())
    assert plans() == []


@cast.on_sqlite
def test_the_largest_trees_of_a_book_are_found_by_indexes(
    book: Book, plans: Callable[[], list[str]]
) -> None:
    people = cast.everybody()
    cast.change(people.zhou_ming, referred_by="C001")
    assert referrals.centres(ON, 20).centres
    assert plans() == []


@cast.on_sqlite
def test_a_statement_that_reads_a_whole_table_is_found(
    book: Book, plans: Callable[[], list[str]]
) -> None:
    database.execute("SELECT id FROM message WHERE body = ?", ("x",))
    assert len(plans()) == 1
