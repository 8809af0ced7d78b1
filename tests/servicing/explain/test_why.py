"""Why: the chain of one touchpoint, link by link. A whole year is asked in tests/drills/test_why.py."""

import datetime
from typing import Any

import msgspec
import peewee
import pytest

from policies.models import Policy
from servicing.channels.memory import Memory
from servicing.core import errors
from servicing.core.models import CardEntry
from servicing.explain import why
from servicing.explain.why import Why
from servicing.messages import suppressions
from servicing.schedule import walk
from tests import cast
from tests.refusals import refuses
from tests.servicing import owed
from tests.servicing.dispatched import TEN, by, dispatch

Book = peewee.Database

WALKER = cast.walker(owed.THREE_YEARS)
DAY = datetime.date(2025, 9, 30)
TODAY = datetime.date(2025, 10, 1)


def ask(key: str, on: Any = None, policy_no: str = "P001", today: datetime.date = TODAY) -> Why:
    return why.why(WALKER, policy_no, key, on and cast.day(on), today)


def codes(found: Why) -> list[str]:
    return [link.code for link in found.chain]


def test_what_was_done_is_told_from_the_plan_to_the_provider(book: Book) -> None:
    cast.everybody()
    cast.walk_only(DAY, WALKER)
    dispatch(by(Memory()))
    found = ask("month_1")
    assert (found.on, found.outcome, found.message) == (DAY, "recorded", "accepted")
    assert codes(found)[:6] == [
        *("in_plan", "counted_to_month_end", "owed", "walked", "found", "no_consent_needed"),
    ]
    assert codes(found)[-1] == "task"
    (planned, *_) = found.document("en")["chain"]
    keys = ["touchpoint", "kind", "message_class", "scope", "plan"]
    assert list(planned["facts"]) == keys, "in JSON as they were named first"
    (counted,) = [link for link in found.chain if link.code == "counted_to_month_end"]
    assert counted.sentence("en") == (
        "Counted from issue 2025-08-31: 1 month makes 2025-09-30, the last day of a shorter month."
    )
    answers = [link.facts["answer"] for link in found.chain if link.code == "answered"]
    assert answers and answers[-1].startswith("memory-")


NOT_DONE = [
    ({"served_from": "2025-10-05"}, "joined_later"),
    ({"ended_on": "2025-09-15", "status": "surrendered"}, "had_ended"),
    ({"status": "suspended"}, "was_paused"),
]


@pytest.mark.parametrize(("facts", "outcome"), NOT_DONE)
def test_what_was_not_owed_ends_where_it_was_not(
    book: Book, facts: dict[str, str], outcome: str
) -> None:
    cast.everybody(
        **{**facts, **({"ended_on": cast.day(facts["ended_on"])} if "ended_on" in facts else {})}
    )
    cast.walk_only(DAY, WALKER)
    found = ask("month_1", DAY)
    assert (found.outcome, found.message, found.chain[-1].holds) == (outcome, "", False)


def test_a_change_since_does_not_change_the_past(book: Book) -> None:
    """It was suspended when the day was walked; the card says that it came back later."""
    people = cast.everybody(status="suspended")
    cast.walk_only(DAY, WALKER)
    Policy.update(status="in_force").execute()
    CardEntry.create(
        client=people.lin_wei,
        policy_id=cast.policy().id,
        at=cast.at("2025-10-01", "12:00"),
        kind="status.changed",
        facts='{"status": ["suspended", "in_force"]}',
    )
    assert ask("month_1", DAY).outcome == "was_paused"


def test_another_day_is_told_with_the_days_around_it(book: Book) -> None:
    cast.everybody()
    found = ask("month_4", "2025-12-30")
    assert found.outcome == "not_that_day"
    assert found.chain[-1].facts == {"last": None, "next": datetime.date(2025, 12, 31)}


def test_a_day_to_come_tells_what_would_be_sent(book: Book) -> None:
    cast.everybody()
    found = ask("month_4")
    assert (found.on, found.outcome) == (datetime.date(2025, 12, 31), "to_come")
    assert (found.message, found.message_reason) == ("queued", "due")
    assert codes(found)[-2:] == ["would_say", "would_leave"]


def test_who_has_opted_out_is_told_since_when_and_from_where(book: Book) -> None:
    cast.everybody()
    suppressions.suppress("sms", "+12025550111", "opted_out", "reply", cast.at("2025-09-01"))
    found = ask("month_4")
    assert (found.message, found.message_reason) == ("suppressed", "opted_out")
    assert found.chain[-1].code == "barred" and found.chain[-1].facts["source"] == "reply"


def test_what_another_policy_carries_names_it(book: Book) -> None:
    cast.everybody(issued=["2024-03-31", "2024-03-31", "2024-03-31"])
    found = ask("visit", policy_no="P002", on="2025-09-30")
    assert found.outcome == "carried_by_another"
    assert found.chain[-1].facts == {"policy_no": "P001"}


def test_a_day_that_nobody_walked_says_so(book: Book) -> None:
    cast.everybody()
    assert ask("month_1", DAY).outcome == "not_walked"
    walk.walk(WALKER, TODAY, TEN)
    assert ask("month_1", DAY).outcome == "recorded"
    (found,) = [link for link in ask("month_1", DAY).chain if link.code.startswith("found")]
    assert (found.code, found.facts["days"]) == ("found_late", 1)


@pytest.mark.parametrize(
    ("key", "outcome"), [("month_1", "not_found_then"), ("birthday", "by_another_plan")]
)
def test_what_a_walk_did_not_find_is_told_by_what_its_plan_had(
    book: Book, key: str, outcome: str
) -> None:
    people = cast.everybody()
    cast.change(people.lin_wei, birthday=datetime.date(1984, 9, 30))
    cast.change(people.policies[0], status="suspended")
    cast.walk_only(DAY, cast.walker(owed.only(owed.touchpoint("month_1"))))
    cast.change(people.policies[0], status="in_force")
    assert ask(key, DAY).outcome == outcome


def test_what_happens_once_and_was_on_another_day_says_so(book: Book) -> None:
    """The plan was edited from one month to two after it had been walked."""
    cast.everybody()
    cast.walk_only(DAY, WALKER)
    (step,) = owed.touchpoint("month_1").due
    later = msgspec.structs.replace(
        owed.touchpoint("month_1"), due=(msgspec.structs.replace(step, months=2),)
    )
    edited = cast.walker(owed.only(later))
    day = datetime.date(2025, 10, 31)
    cast.walk_only(day, edited)
    found = why.why(edited, "P001", "month_1", day, day)
    assert found.outcome == "had_already" and found.chain[-1].facts["on"] == DAY


def test_a_premium_that_came_into_the_ledger_later_was_not_known_then(book: Book) -> None:
    cast.everybody()
    cast.walk_only(DAY, WALKER)
    cast.give_premium(cast.policy(), DAY)
    ledger = cast.joined("2025-10-02")
    cast.change(ledger, kind="premiums")
    assert ask("renewal", DAY).outcome == "not_known_then"


def test_consent_is_told_as_it_was_when_the_message_was_made(book: Book) -> None:
    people = cast.everybody(issued="2024-08-31")
    cast.change(people.lin_wei, marketing_consent=True)
    cast.walk_only(DAY, WALKER)
    cast.change(people.lin_wei, marketing_consent=False)
    CardEntry.create(
        client=people.lin_wei,
        at=cast.at("2025-10-01", "12:00"),
        kind="consent.withdrawn",
        facts='{"marketing_consent": [true, false]}',
    )
    found = ask("news", DAY)
    assert "consent" in codes(found) and "refused" not in codes(found)


def test_nobody_and_nothing_are_named(book: Book) -> None:
    cast.everybody()
    with refuses(errors.PolicyNotFound, match="P404"):
        ask("month_1", policy_no="P404")
    with refuses(errors.BadArgument, match="'month_99' is not in the plan, there is: delivery"):
        ask("month_99")


def test_a_day_years_after_the_only_one_is_told_when_that_was(book: Book) -> None:
    cast.everybody(issued="2019-08-31")
    (*_, last) = ask("month_1", "2025-09-30").chain
    assert (last.code, str(last.facts["last"]), last.facts["next"]) == (
        *("not_that_day", "2019-09-30"),
        None,
    )
    assert last.sentence("en").endswith("last 2019-09-30, next never.")
    assert last.sentence("zh_CN").endswith("下一次 无。")
