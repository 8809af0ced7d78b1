"""What has come in of the premiums of the second year, held against a plain loop over the contracts."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import peewee
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from policies import errors, models
from policies.grace import Grace
from policies.persistency import collection, units
from policies.persistency.collection import Collection, Span
from policies.persistency.rules import Limits
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.policies.persistency import books, imagined
from tests.policies.persistency.imagined import Asked
from tests.policies.persistency.plain import Agent, Contract, Instalment, months_after
from tests.refusals import english

# ------------------------------------------------------------------------------- the second reading


@dataclass
class Sum:
    instalments: int = 0
    paid: int = 0
    due: int = 0
    received: int = 0
    lost: int = 0


def plainly(book: Sequence[Contract], span: Span, grace: Grace) -> dict[str, Sum]:
    """By agent."""
    found: dict[str, Sum] = {}
    for contract, each, last_day in asked_for(book, span, grace):
        of = found.setdefault(contract.agent.agent_no, Sum())
        of.instalments += 1
        of.due += each.amount
        if is_paid(each, span):
            of.paid += 1
            of.received += each.amount
        elif has_ended(contract, span.as_of) or last_day < span.as_of:
            of.lost += each.amount
    return found


def asked_for(
    book: Sequence[Contract], span: Span, grace: Grace
) -> list[tuple[Contract, Instalment, date]]:
    return [
        (contract, each, each.due + timedelta(grace.days_of(contract.product)))
        for contract in book
        for each in contract.ledger
        if span.first <= each.due <= min(span.last, span.as_of)
        and months_after(contract.issued, 12) <= each.due < months_after(contract.issued, 24)
        and contract.status != "applied"
        and each.amount > 0
        and (contract.status != "paid_up" or is_paid(each, span))
        and not (has_ended(contract, each.due) and has_ended(contract, span.as_of))
    ]


def is_paid(each: Instalment, span: Span) -> bool:
    return each.paid_on is not None and each.paid_on <= span.as_of


def has_ended(contract: Contract, on: date) -> bool:
    return contract.ended_on is not None and contract.ended_on <= on


# -------------------------------------------------------------------------------------- properties


@st.composite
def spans(draw: st.DrawFn) -> tuple[Asked, Span]:
    asked = draw(imagined.asked())
    dues = [each.due for contract in asked.book for each in contract.ledger] or [asked.ask.as_of]
    ends = sorted(draw(st.sampled_from(dues)) + timedelta(draw(st.integers(-1, 1))) for _ in "ab")
    first = draw(st.sampled_from([ends[0], ends[0].replace(day=1)]))
    return asked, Span(first, ends[1], asked.ask.as_of)


def agrees(asked: Asked, span: Span) -> None:
    book = [contract for contract in asked.book if contract.currency != "USD"]
    grace = Grace(asked.ask.grace_days, asked.ask.product_grace)
    with books.taken_back():
        books.put(book, imagined.AGENTS)
        if not any(contract.ledger for contract in book):
            event("no ledger")
            return
        force = units.force()
        found = collection.collection("agent", span, grace, Limits(), force)
        listed = list(collection.still_open(span, grace, Limits(), force))
    expected = plainly(book, span, grace)
    assert {row.key: told(row) for row in found.rows} == expected
    assert told(found.total) == total_of(expected.values())
    by_hand = sorted(
        (contract.policy_no, each.due, models.amount(each.amount), last_day)
        for contract, each, last_day in asked_for(book, span, grace)
        if not is_paid(each, span)
        and not has_ended(contract, span.as_of)
        and last_day >= span.as_of
    )
    assert sorted((o.policy_no, o.due_on, o.amount, o.grace_until) for o in listed) == by_hand
    assert [each.grace_until for each in listed] == sorted(each.grace_until for each in listed)
    event(f"{len(found.rows)} agents")


def told(row: Any) -> Sum:
    due, received, lost, outstanding = (
        int(each * 100) for each in (row.due, row.received, row.lost, row.outstanding)
    )
    assert outstanding == due - received
    assert row.ratio == (float(Fraction(received, due)) if due else None)
    return Sum(row.instalments, row.paid, due, received, lost)


def total_of(sums: Iterable[Sum]) -> Sum:
    columns = zip(*(astuple(each) for each in sums), strict=True)
    return Sum(*(sum(column) for column in columns))


@cast.on_one
@settings(each_rolled_back, max_examples=examples(80))
@given(spans())
def test_what_came_in_is_what_a_plain_loop_finds(
    book: peewee.Database, asked: tuple[Asked, Span]
) -> None:
    agrees(*asked)


@cast.on_postgresql
@settings(each_rolled_back, max_examples=examples(20))
@given(spans())
def test_on_postgresql_too(book: peewee.Database, asked: tuple[Asked, Span]) -> None:
    agrees(*asked)


# ------------------------------------------------------------------------------------------- edges

LI = Agent("A001", "一部", "上海")
JUNE = Span(date(2026, 6, 1), date(2026, 6, 30), date(2026, 7, 15))


def contract(
    due: date = date(2026, 6, 10),
    paid_on: date | None = None,
    issued: date = date(2025, 6, 10),
    **facts: Any,
) -> Contract:
    ledger = (Instalment(due, 100_000, paid_on),)
    return Contract("P001", issued, 100_000, LI, **{"currency": "CNY", **facts}, ledger=ledger)


EDGES = {
    "paid": (contract(paid_on=date(2026, 7, 15)), (1, 1, 0)),
    "paid after the day": (contract(paid_on=date(2026, 7, 16)), (1, 0, 0)),
    "paid late": (
        contract(date(2026, 6, 1), date(2026, 7, 14), date(2025, 6, 1)),
        (1, 1, 0),
    ),
    "due the day before": (contract(date(2026, 5, 31), issued=date(2025, 5, 31)), None),
    "due on the first day": (contract(date(2026, 6, 1), issued=date(2025, 6, 1)), (1, 0, 0)),
    "due on the last day": (contract(date(2026, 6, 30), issued=date(2025, 6, 30)), (1, 0, 0)),
    "due the day after": (contract(date(2026, 7, 1), issued=date(2025, 7, 1)), None),
    "the first year's last instalment": (contract(issued=date(2025, 6, 11)), None),
    "the second year's last instalment": (contract(issued=date(2024, 6, 11)), (1, 0, 0)),
    "the third year's first instalment": (contract(issued=date(2024, 6, 10)), None),
    "of 29 February": (
        contract(date(2025, 2, 28), issued=date(2024, 2, 29)),
        None,
    ),
    "an application": (contract(status="applied"), None),
    "paid up, not paid": (contract(status="paid_up"), None),
    "paid up, paid before": (contract(paid_on=date(2026, 6, 9), status="paid_up"), (1, 1, 0)),
    "suspended": (contract(status="suspended"), (1, 0, 0)),
    "surrendered on the due day": (
        contract(status="surrendered", ended_on=date(2026, 6, 10)),
        None,
    ),
    "surrendered the day after": (
        contract(status="surrendered", ended_on=date(2026, 6, 11)),
        (1, 0, 1),
    ),
    "to be surrendered": (
        contract(status="surrendered", ended_on=date(2026, 7, 16)),
        (1, 0, 0),
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_an_edge(book: peewee.Database, name: str) -> None:
    of, expected = EDGES[name]
    with books.taken_back():
        books.put([of], [LI])
        found = asked(JUNE)
    if expected is None:
        assert found.rows == []
        assert (found.total.due, found.total.ratio) == (0, None)
        return
    count, paid, lost = expected
    (row,) = found.rows
    assert (row.key, row.instalments, row.paid) == ("上海", count, paid)
    assert (row.due, row.received, row.lost) == (1000, paid * 1000, lost * 1000)


def asked(span: Span, by: Any = "branch", grace: Grace | None = None) -> Collection:
    return collection.collection(by, span, grace or Grace(60), Limits(), units.force())


def test_the_second_year_of_29_february_begins_on_the_28th(book: peewee.Database) -> None:
    february = Span(date(2025, 2, 28), date(2025, 2, 28), date(2025, 3, 1))
    with books.taken_back():
        books.put([contract(date(2025, 2, 28), issued=date(2024, 2, 29))], [LI])
        assert asked(february).total.instalments == 1


@pytest.mark.parametrize(("days", "lost"), [(35, 0), (34, 1000)])
def test_what_is_out_of_its_product_s_grace_is_lost(
    book: peewee.Database, days: int, lost: int
) -> None:
    with books.taken_back():
        books.put([contract(product="年金")], [LI])
        assert asked(JUNE, grace=Grace(60, {"年金": days})).total.lost == lost


@pytest.mark.parametrize(("as_of", "due"), [(date(2026, 6, 9), 0), (date(2026, 6, 10), 1000)])
def test_what_has_not_fallen_due_by_the_day_is_in_no_number(
    book: peewee.Database, as_of: date, due: int
) -> None:
    with books.taken_back():
        books.put([contract()], [LI])
        assert asked(Span(JUNE.first, JUNE.last, as_of)).total.due == due


def test_a_policy_is_its_agent_s_of_today(book: peewee.Database) -> None:
    sun = Agent("A900", "九部", "北京")
    with books.taken_back():
        books.put([contract(past_agents=((sun, date(2026, 7, 1)),))], [LI, sun])
        assert [row.key for row in asked(JUNE, "agent").rows] == ["A001"]


@pytest.mark.parametrize(
    ("book_of", "span", "says"),
    [
        ([contract()], Span(date(2026, 6, 2), date(2026, 6, 1), JUNE.as_of), "before it begins"),
        ([], JUNE, "has none"),
        (
            [contract(), Contract("P002", date(2025, 6, 1), 1, LI, currency="USD")],
            JUNE,
            "",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused(
    book: peewee.Database, book_of: list[Contract], span: Span, says: str
) -> None:
    with books.taken_back():
        books.put(book_of, [LI])
        if not says:  # another currency in which nothing was due is none
            assert asked(span).currency == "CNY"
            return
        with pytest.raises(errors.NotMeasurable) as refused:
            asked(span)
    assert says in english(refused.value)


def test_two_currencies_do_not_add_up(book: peewee.Database) -> None:
    dollars = contract(currency="USD")
    other = Contract("P002", dollars.issued, 1, LI, currency="CNY", ledger=dollars.ledger)
    with books.taken_back():
        books.put([dollars, other], [LI])
        with pytest.raises(errors.NotMeasurable) as refused:
            asked(JUNE)
        limits = Limits(currency="USD")
        only = collection.collection("branch", JUNE, Grace(60), limits, units.force())
    assert "CNY and USD" in english(refused.value)
    assert (only.currency, only.total.due) == ("USD", 1000)
