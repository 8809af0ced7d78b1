"""How call-backs were done: each contract is one thing only, and counts for the unit of its agent."""

import datetime
from typing import Any

import peewee
import pytest

from policies.persistency.units import UnitKind
from servicing.callbacks import opening, rate
from servicing.callbacks.rate import RateLine
from servicing.cases import stepping
from servicing.cases.stepping import Given, Order
from servicing.core import errors
from servicing.core.settings import Callbacks
from tests import cast
from tests.refusals import refuses
from tests.servicing.callbacks.called import CHINA, NOW, answer, case, follow

FIRST, LAST = cast.day("2026-02-01"), cast.day("2026-02-28")
SHORT = "一年期意外险"


def rated(by: UnitKind = "branch", **span: datetime.date) -> rate.Rate:
    rules = Callbacks(short_term_products=(SHORT,))
    terms = opening.terms_of(CHINA, rules, NOW.date())
    return rate.rate(by, terms, span.get("first", FIRST), span.get("last", LAST))


def counted(of: RateLine) -> dict[str, int]:
    """The counts of a line that are not 0."""
    names = ["issued", "free_look_cancelled", "unsigned", "not_owed", "owed", "in_time"]
    names += ["completed", "never", "problems"]
    return {name: getattr(of, name) for name in names if getattr(of, name)}


def one(**facts: Any) -> None:
    """One contract of Lin Wei's."""
    cast.people()
    cast.give_policy(cast.lin_wei(), "P001", "2026-02-05", **facts)


SIGNED = {"delivered_on": "2026-02-10"}
BECAME: list[tuple[str, dict[str, Any], str, dict[str, int]]] = [
    ("nothing is signed", {}, "", {"unsigned": 1}),
    ("nobody has called", SIGNED, "", {"owed": 1, "never": 1}),
    ("in time", SIGNED, "2026-02-25 10:00", {"owed": 1, "in_time": 1, "completed": 1}),
    ("late", SIGNED, "2026-02-26 10:00", {"owed": 1, "completed": 1}),
    ("of a year", {"product": SHORT, **SIGNED}, "", {"not_owed": 1}),
    (
        "was cancelled",
        {"status": "free_look_cancelled", "ended_on": "2026-02-08"},
        "",
        {"free_look_cancelled": 1},
    ),
    ("joined when it was over", {**SIGNED, "served_from": "2026-02-26"}, "", {"not_owed": 1}),
]


@pytest.mark.parametrize(("why", "facts", "when", "found"), BECAME, ids=[b[0] for b in BECAME])
def test_a_contract_is_one_thing(
    book: peewee.Database, why: str, facts: dict[str, Any], when: str, found: dict[str, int]
) -> None:
    one(**facts)
    if not when:  # the book alone says it
        assert counted(rated().total) == {"issued": 1, **found}
    follow("2026-02-26", short_term_products=(SHORT,))
    if when:
        answer("P001", when)
    assert counted(rated().total) == {"issued": 1, **found}


def test_what_was_done_stays_done_when_it_is_cancelled_later(book: peewee.Database) -> None:
    one(**SIGNED)
    follow("2026-02-11")
    answer("P001", "2026-02-12 10:00", cover="no")
    cast.change(cast.policy(), status="free_look_cancelled", ended_on=cast.day("2026-02-13"))
    follow("2026-02-14")
    done = {"owed": 1, "in_time": 1, "completed": 1, "problems": 1}
    assert counted(rated().total) == {"issued": 1, **done}


REASONS = [("free_look_cancelled", "free_look_cancelled"), ("other", "not_owed")]


@pytest.mark.parametrize(("reason", "name"), REASONS)
def test_the_desk_may_say_that_it_is_not_owed(
    book: peewee.Database, reason: str, name: str
) -> None:
    one(**SIGNED)
    follow("2026-02-11")
    order = Order(case().id, "not_owed", "root", cast.day("2026-02-12"), Given(reason=reason))
    stepping.step(CHINA, order, NOW.date(), NOW)
    assert counted(rated().total) == {"issued": 1, name: 1}


def test_a_receipt_that_the_desk_has_begins_the_free_look(book: peewee.Database) -> None:
    one()
    follow("2026-02-11")
    given = Given(date=cast.day("2026-02-10"))
    order = Order(case().id, "receipt", "root", cast.day("2026-02-11"), given)
    stepping.step(CHINA, order, NOW.date(), NOW)
    assert counted(rated().total) == {"issued": 1, "owed": 1, "never": 1}


def test_an_application_is_no_contract(book: peewee.Database) -> None:
    one(status="applied")
    assert rated().rows == []
    assert (rated().total.issued, rated().total.in_time_ratio) == (0, None)


def test_units_add_up_to_all(book: peewee.Database) -> None:
    cast.everybody(issued="2026-02-05", delivered_on="2026-02-10")
    follow("2026-02-11")
    answer("P001", "2026-02-12 10:00")
    by_branch = rated()
    assert [(each.key, each.issued, each.in_time) for each in by_branch.rows] == [
        ("北京", 1, 0),
        ("上海", 3, 1),
    ]
    assert (by_branch.total.issued, by_branch.total.in_time_ratio) == (4, 0.25)
    assert [each.key for each in rated("team").rows] == ["北京 · 九部", "上海 · 一部"]
    assert [(each.key, each.name) for each in rated("agent").rows] == [
        ("A001", "陈燕"),
        ("A900", "孙丽"),
    ]
    assert rated(first=cast.day("2026-02-06")).total.issued == 0


def test_a_span_that_ends_first_is_refused(book: peewee.Database) -> None:
    with refuses(errors.BadArgument, "before it begins"):
        rated(first=LAST, last=FIRST)
