"""The register of complaints: the columns of each jurisdiction, in words, and no penalty."""

import datetime
from typing import Any

import peewee
import pytest

from policies import database
from policies.case_moves import Given
from servicing.case_reports import register
from servicing.case_reports.register import Country
from servicing.cases import stepping
from servicing.cases.stepping import Order
from servicing.core import errors
from tests import cast
from tests.servicing.cases.opened import (
    BY,
    CHINA,
    NOW,
    TO_CLOSED,
    TO_DECIDED,
    TODAY,
    complaint,
    done,
    ground,
)
from tests.servicing.web.visits import give_account

FIRST, LAST = cast.day("2026-03-01"), cast.day("2026-03-31")
ENGLAND = ground("GB", "ENG")


def lines(
    country: Country = "CN", locale: str = "en", on: datetime.date = TODAY
) -> list[dict[str, Any]]:
    """The lines of a register, each cell by the key of its column."""
    keys = [each.key for each in register.COLUMNS[country]]
    with database.snapshot():
        found = register.register(CHINA.kind("complaint"), country, FIRST, LAST, on, locale)
        assert len(found.titles) == len(found.kinds) == len(keys)
        return [dict(zip(keys, line, strict=True)) for line in found.lines]


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    return cast.everybody(issued="2025-06-01")


def test_a_complaint_from_receipt_to_end(people: cast.Cast) -> None:
    said = ("complex", "service_attitude", "sales")
    case = complaint(
        policy_no="P001", about="A001", source="regulator", channel="letter", categories=said
    )
    done(case, *TO_CLOSED, on="2026-03-09")
    (line,) = lines()
    assert line == {
        "number": case.id,
        "received": cast.day("2026-03-02"),
        "source": "Regulator",
        "channel": "Letter",
        "client_no": "C001",
        "policy_no": "P001",
        "line": cast.policy().product,
        "persons": 1,
        "about": "A001",
        "reason": "Service: attitude",
        "function": "Sales",
        "difficulty": "Complex",
        "disposition": "Closed",
        "accepted": cast.day("2026-03-09"),
        "due": cast.day("2026-04-01"),
        "extended": None,
        "decided": cast.day("2026-03-09"),
        "in_time": "yes",
        "decision": "as it was said",
        "informed": cast.day("2026-03-09"),
        "closed": cast.day("2026-03-09"),
        "repeat_of": None,
        "upgraded": None,
    }


def test_the_united_states_keep_function_reason_line_disposition_received_closed_source(
    people: cast.Cast,
) -> None:
    complaint(policy_no="P001", source="client", categories=("service_manners", "claims"))
    (line,) = lines("US")
    assert {"function", "reason", "line", "disposition", "received", "closed", "source"} <= set(
        line
    )
    assert (line["function"], line["reason"]) == ("Claims", "Service: manners")
    assert (line["disposition"], line["closed"], line["source"]) == ("Received", None, "Client")


def test_great_britain_keeps_the_summary_and_the_final_response(people: cast.Cast) -> None:
    case = complaint(on=ENGLAND)
    for name, on in (("accept", 3), ("investigate", 4), ("offer", 5), ("decide", 9)):
        day = datetime.date(2026, 3, on)
        stepping.step(ENGLAND, Order(case.id, name, BY, day, Given("so")), TODAY, NOW)
    (line,) = lines("GB")
    assert (line["summary_due"], line["summary_in_time"]) == (cast.day("2026-03-05"), "yes")
    assert (line["final_due"], line["final_in_time"]) == (cast.day("2026-04-27"), "yes")
    assert line["decided"] == cast.day("2026-03-09")


IN_TIME = [
    ("2026-03-17", "2026-06-01", "yes"),
    ("2026-03-18", "2026-06-01", "no"),
    (None, "2026-03-17", ""),
    (None, "2026-03-18", "no"),
]


@pytest.mark.parametrize(("decided", "on", "told"), IN_TIME)
def test_whether_it_is_in_time_is_said_once_it_is_known(
    people: cast.Cast, decided: str | None, on: str, told: str
) -> None:
    case = complaint()
    if decided:
        done(case, *TO_DECIDED, on=decided)
    (line,) = lines(on=cast.day(on))
    assert line["in_time"] == told


def test_what_was_refused_says_why_and_nothing_is_lost(people: cast.Cast) -> None:
    done(complaint(client_no=""), "refuse")
    done(complaint(client_no=""), "forward")
    done(complaint(client_no=""), "withdraw")
    found = [each["disposition"] for each in lines()]
    assert found == ["Refused: no stated harm", "Forwarded", "Withdrawn"]
    assert [each["disposition"] for each in lines(locale="zh_CN")] == [
        "不予受理: 未说明损害",
        "已转交",
        "客户撤回",
    ]


@pytest.mark.parametrize("country", register.COUNTRIES)
def test_a_penalty_is_in_no_register(people: cast.Cast, country: Country) -> None:
    case = complaint()
    done(case, *TO_DECIDED)
    penalty = Order(case.id, "penalty", BY, cast.day("2026-03-10"), Given("FINED 500"))
    stepping.step(CHINA, penalty, TODAY, NOW)
    assert "FINED" not in str(lines(country))


def test_an_extension_and_what_went_up_are_told(people: cast.Cast) -> None:
    give_account("wang", "manager", team="一部")
    case = complaint(categories=("complex",))
    done(case, "accept", "upgrade", on="2026-03-20")
    extended = Order(
        case.id, "extend", BY, cast.day("2026-03-25"), Given("by telephone", person="wang")
    )
    stepping.step(CHINA, extended, TODAY, NOW)
    (line,) = lines()
    assert (line["extended"], line["due"]) == (30, cast.day("2026-05-01"))
    assert line["upgraded"] == cast.day("2026-03-20")
    assert line["informed"] is None, "who was told of an extension was told of no decision"


SPAN = [("2026-02-28", 0), ("2026-03-01", 1), ("2026-03-31", 1), ("2026-04-01", 0)]


@pytest.mark.parametrize(("received", "count"), SPAN)
def test_it_has_what_was_received_from_one_day_to_the_other(
    people: cast.Cast, received: str, count: int
) -> None:
    complaint(received)
    assert len(lines()) == count


def test_a_span_that_ends_first_is_refused(people: cast.Cast) -> None:
    with pytest.raises(errors.BadArgument):
        register.register(CHINA.kind("complaint"), "CN", LAST, FIRST, TODAY, "en")


def test_each_column_has_a_title_in_both_languages() -> None:
    for country in register.COUNTRIES:
        for locale in ("en", "zh_CN"):
            told = register.Told(CHINA.kind("complaint"), locale, TODAY)
            titles = [told.word(each.key) for each in register.COLUMNS[country]]
            assert len(set(titles)) == len(titles)
