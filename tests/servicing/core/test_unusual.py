"""Days on which the administrator should look: each rule, at its border."""

import datetime
import zoneinfo

import peewee
import pytest
from msgspec.structs import replace

from policies.models import Client
from servicing.core import accounts, audit_log, card_views, unusual
from servicing.core.account_models import User
from servicing.core.audit_log import Actor
from servicing.core.settings import Audit
from tests import cast

Book = peewee.Database

DAY = datetime.date(2026, 6, 1)
ONE = datetime.timedelta(days=1)
SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
RULES = Audit(clients_a_day=3, times_usual=3, export_rows=1000, refused_logins=10)


@pytest.fixture
def chen(book: Book) -> User:
    for number in range(40):
        Client.create(client_no=f"C{number:03}", name=f"客户{number}")
    return accounts.add("chen", "operations", "correct horse battery", cast.at(DAY, "09:00"))


def saw(user: User, on: datetime.date, count: int, first: int = 0) -> None:
    numbers = [f"C{number:03}" for number in range(first, first + count)]
    card_views.saw(user, numbers, "search", cast.at(on, "10:00"), on, None)


def found(first: datetime.date = DAY, rules: Audit = RULES) -> list[tuple[object, ...]]:
    days = unusual.days(first, DAY, rules, SHANGHAI)
    return [(each.on, each.who, each.rule, each.count) for each in days]


CLIENTS = [
    # on each of three days before, on the day -> is it unusual?
    (0, 3, False),
    (0, 4, True),
    (1, 3, False),
    (1, 4, True),
    (2, 6, False),
    (2, 7, True),
    (10, 30, False),
    (10, 31, True),
]


@pytest.mark.parametrize(("before", "today", "is_unusual"), CLIENTS)
def test_more_than_the_limit_and_three_times_what_is_usual(
    chen: User, before: int, today: int, is_unusual: bool
) -> None:
    for days in (2, 5, 9):
        saw(chen, DAY - days * ONE, before)
    saw(chen, DAY, today)
    assert found() == ([(DAY, "chen", "clients_seen", today)] if is_unusual else [])


def test_a_client_counts_once_a_day_wherever_she_was_seen(chen: User) -> None:
    saw(chen, DAY, 3)
    card_views.saw(chen, ["C000", "C001"], "my_day", cast.at(DAY, "11:00"), DAY, None)
    card_views.looked_at(chen, Client.get(client_no="C002").id, cast.at(DAY, "12:00"), DAY)
    assert found() == []
    saw(chen, DAY, 1, first=7)
    assert found() == [(DAY, "chen", "clients_seen", 4)]


USUAL = [
    ([], 0),
    ([5], 5),
    ([1, 9, 5], 5),
    ([2, 4], 3),
    ([1] * 20 + [90] * 20, 1),
    ([90] * 20 + [1] * 20, 90),
]


@pytest.mark.parametrize(("latest_first", "usual"), USUAL)
def test_usual_is_the_middle_of_the_last_twenty_days(latest_first: list[int], usual: int) -> None:
    seen = {DAY - (number + 1) * ONE: count for number, count in enumerate(latest_first)}
    assert unusual.usual_of({**seen, DAY: 1000, DAY - 61 * ONE: 1000}, DAY) == usual


HOURS = [("05:59", True), ("06:00", False), ("21:59", False), ("22:00", True), ("00:00", True)]


@pytest.mark.parametrize(("at", "is_night"), HOURS)
def test_who_comes_in_at_night(chen: User, at: str, is_night: bool) -> None:
    audit_log.record("session.begun", cast.at(DAY, at), of=chen)
    assert found() == ([(DAY, "chen", "night", 1)] if is_night else [])


@pytest.mark.parametrize(
    ("night", "hours"), [((22, 6), 8), ((6, 22), 16), ((0, 0), 0), ((23, 1), 2)]
)
def test_a_night_may_go_over_midnight(night: tuple[int, int], hours: int) -> None:
    rules = replace(RULES, night_from=night[0], night_until=night[1])
    assert sum(unusual.is_night(hour, rules) for hour in range(24)) == hours


LINES = [
    ("export.written", {"rows": 1000}, None),
    ("export.written", {"rows": 1001}, ("export", 1001)),
    ("login.refused", {"count": 10}, None),
    ("login.refused", {"count": 11}, ("refused", 11)),
    ("login.throttled", {"count": 11}, ("refused", 11)),
    ("factor.refused", {"count": 11}, ("refused", 11)),
    ("factor.throttled", {"count": 11}, ("refused", 11)),
    ("device.remembered", {"role": "agent"}, None),
    ("device.remembered", {"role": "administrator"}, ("new_device", 1)),
    ("list.seen", {"clients": 5000}, None),
]


@pytest.mark.parametrize(("kind", "facts", "rule"), LINES)
def test_what_a_line_of_the_log_says(
    chen: User, kind: audit_log.Kind, facts: dict[str, object], rule: tuple[str, int] | None
) -> None:
    audit_log.record(kind, cast.at(DAY, "12:00"), of=chen, **facts)
    assert found() == ([(DAY, "chen", *rule)] if rule else [])


def test_refusals_of_a_day_are_added_up_for_each_account(chen: User) -> None:
    for who, hours in (("chen", 3), ("", 2)):
        for hour in range(hours):
            with audit_log.acting(Actor("page", who)):
                audit_log.record("login.refused", cast.at(DAY, f"1{hour}:00"), count=4)
    assert found() == [(DAY, "chen", "refused", 12)]


OFF = Audit(clients_a_day=0, export_rows=0, refused_logins=0, night_from=0, night_until=0)


def test_a_rule_that_is_switched_off_finds_nothing(chen: User) -> None:
    saw(chen, DAY, 40)
    for kind, facts in (("export.written", {"rows": 9_999}), ("login.refused", {"count": 99})):
        audit_log.record(kind, cast.at(DAY, "23:00"), of=chen, **facts)  # type: ignore[arg-type]
    audit_log.record("session.begun", cast.at(DAY, "23:30"), of=chen)
    assert found(rules=OFF) == []


def test_days_are_the_books_and_the_latest_is_first(chen: User) -> None:
    for on in (DAY - ONE, DAY):
        audit_log.record("session.begun", cast.at(on, "01:00"), of=chen)
    audit_log.record("session.begun", cast.at(DAY + ONE, "00:30"), of=chen)
    assert [on for on, *_ in found(DAY - ONE)] == [DAY, DAY - ONE]
