"""A festival on which a whole book is greeted: it is forecast, so nothing stops it; it costs its due."""

import datetime
import time
from dataclasses import replace
from typing import Any

import msgspec
import peewee
import pytest

from policies import database
from policies.plan import Plan, Step, Touchpoint
from policies.timeline import falling_due
from servicing.breaker import halts
from servicing.channels import Routes
from servicing.channels.memory import Memory
from servicing.core.models import Message
from servicing.messages import greetings
from servicing.messages.greetings import GreetingRules
from tests import cast
from tests.servicing import owed
from tests.servicing.dispatched import by, dispatch, states

Book = peewee.Database
SIZES = [400, pytest.param(100_000, marks=pytest.mark.drilled)]
FESTIVAL = datetime.date(2026, 2, 17)
WEEK_BEFORE = FESTIVAL - datetime.timedelta(days=7)

SECONDS_A_THOUSAND = 3.0
"""A walk and a dispatch of a thousand greetings, on a slow machine: an hour has 3,600 of them."""


def greeting(key: str = "spring", **facts: Any) -> Touchpoint:
    known = {"anchor": "festival", "festival": "spring_festival", "due": (Step(days=0),)}
    known |= facts
    return msgspec.structs.replace(owed.touchpoint("birthday"), id=key, **known)


FAMILY = greeting("family", anchor="relation_birthday", festival="")
PLAN = owed.only(greeting(), owed.touchpoint("birthday"), FAMILY)


CLIENTS = """
    INSERT INTO client (client_no, name, birthday, phone, marketing_consent, consent_on)
    VALUES (?, ?, ?, ?, TRUE, '2020-01-01')
"""
POLICIES = """
    INSERT INTO policy (policy_no, client_id, agent_id, product, issue_date, annual_premium, currency,
        served_from)
    SELECT 'P' || id, id, ?, '安心终身寿险', '2024-05-09', 1200000, 'CNY', '2024-05-09'
    FROM client
"""


def client(number: int) -> tuple[str, str, str, str]:
    """Number, name, day of birth and telephone; the days are those of a whole year."""
    born = datetime.date(1980, 1, 1) + datetime.timedelta(days=number % 365)
    return f"C{number}", f"林{number}", born.isoformat(), f"+8613{number:09d}"


def fill(size: int) -> None:
    """So many clients, each with a policy, born on days of the whole year."""
    people = cast.people()
    database.execute("DELETE FROM client")
    database.execute_many(CLIENTS, [client(each) for each in range(1, size + 1)])
    database.execute(POLICIES, [people.chen_yan.id])
    cast.joined(WEEK_BEFORE)


def walked(of: Plan, *, until: datetime.date = FESTIVAL) -> int:
    """Each day is walked until that one; how many messages the last one has made."""
    walker = replace(cast.walker(of, breaks=True), routes=Routes("memory", "memory"))
    day, made = WEEK_BEFORE, 0
    while day <= until:
        made = cast.walk_on(day, walker).messages
        day += datetime.timedelta(days=1)
    return made


@cast.on_one
@pytest.mark.parametrize("size", SIZES)
def test_all_are_greeted_on_the_day_and_nothing_is_halted(book: Book, size: int) -> None:
    fill(size)
    begun = time.monotonic()
    made = walked(PLAN)
    near = Message.select().where(Message.reason == "greeting_merged").count()
    assert near > 0, "who has a birthday in these days gets that greeting"
    queued = Message.select().where(Message.state == "queued", Message.planned_on == FESTIVAL)
    assert made == queued.count()
    greeted = queued.count() + near
    assert halts.listed() == []
    worker = replace(by(Memory()), plan=PLAN)
    dispatch(worker, cast.at(FESTIVAL, "10:00"))
    assert halts.listed() == []
    assert states()["accepted"] + near >= greeted >= size * 0.97
    assert time.monotonic() - begun < SECONDS_A_THOUSAND * max(1, size / 1000) + 20


@cast.on_one
def test_a_festival_that_no_forecast_knows_waits_for_a_person(book: Book) -> None:
    fill(400)
    eve = FESTIVAL - datetime.timedelta(days=1)
    walked(owed.only(owed.touchpoint("birthday")), until=eve)
    walker = cast.walker(PLAN, breaks=True)
    cast.walk_on(FESTIVAL, walker)
    assert [(each.name, each.cause) for each in halts.listed()] == [("touchpoint:spring", "volume")]


def test_a_day_without_a_festival_asks_the_book_nothing() -> None:
    of = owed.only(greeting())
    calendar = cast.walker(of).calendar
    days = [WEEK_BEFORE + datetime.timedelta(days=each) for each in range(400)]
    found = [day for day in days if list(falling_due(of, calendar, day))]
    assert found == [FESTIVAL, datetime.date(2027, 2, 6)]


def test_nothing_nearer_than_the_own_birthday_is_looked_for() -> None:
    of, rules = owed.STANDARD, GreetingRules()
    asked = of, cast.walker(of).calendar, owed.touchpoint("birthday"), FESTIVAL
    assert greetings.near(*asked, [1], rules) == {}
