"""Tomorrow's messages are found today for clients where tomorrow begins before the next walk."""

import datetime
import zoneinfo
from dataclasses import replace

import msgspec
import peewee
import pytest

from policies import dates, timeline
from policies.plan import Touchpoint as PlanTouchpoint
from policies.timeline import Due
from servicing.breaker import forecast
from servicing.channels import Routes
from servicing.channels.memory import Memory
from servicing.core.models import Message, Task, Touchpoint, WalkedDay
from servicing.core.settings import Breaker
from servicing.dispatch.claims import Dispatcher
from servicing.explain import why
from servicing.messages import history
from servicing.reports import coverage
from servicing.schedule import early, walk
from servicing.schedule.materialize import Walker
from tests import cast
from tests.servicing import owed
from tests.servicing.dispatched import by, dispatch
from tests.servicing.hands import Hands

Book = peewee.Database

LOS_ANGELES, SHANGHAI = "America/Los_Angeles", "Asia/Shanghai"
TODAY, TOMORROW = datetime.date(2027, 5, 11), datetime.date(2027, 5, 12)
SIX = cast.at(TODAY, "06:00", "-07:00")
HALF_PAST_SIX = cast.at(TODAY, "18:30", "-07:00")
"""In the evening of the book, 09:30 of the next morning in Shanghai."""


def in_los_angeles(*touchpoints: str, breaks: bool = False) -> Walker:
    plan = owed.only(*map(owed.touchpoint, touchpoints))
    known = cast.walker(plan, country="US", breaks=breaks)
    rules = replace(known.rules, timezone=LOS_ANGELES)
    return replace(known, rules=rules, routes=Routes("memory", "memory"))


def walk_at(walker: Walker, on: datetime.date) -> walk.Walked:
    return walk.walk(walker, on, cast.at(on, "06:00", "-07:00"))


def sender(walker: Walker) -> Dispatcher:
    return replace(by(Memory()), plan=walker.plan, rules=walker.rules)


def dues(touchpoint: PlanTouchpoint, day: datetime.date) -> list[Due]:
    return list(timeline.falling_due(owed.only(touchpoint), dates.work_calendar("US"), day))


@pytest.mark.parametrize(
    ("book", "client", "day", "window", "is_early"),
    [
        (LOS_ANGELES, SHANGHAI, "2027-05-12", "09:00-20:00", True),
        (LOS_ANGELES, "Europe/London", "2027-05-12", "09:00-20:00", True),  # 01:00
        (LOS_ANGELES, "America/New_York", "2027-05-12", "09:00-20:00", False),  # 06:00
        (LOS_ANGELES, "America/New_York", "2027-05-12", "08:59-20:00", True),
        (LOS_ANGELES, "Pacific/Honolulu", "2027-05-12", "09:00-20:00", False),
        (SHANGHAI, LOS_ANGELES, "2027-05-12", "09:00-20:00", False),
        (SHANGHAI, "Asia/Tokyo", "2027-05-12", "09:00-20:00", False),  # 08:00
        (SHANGHAI, "Asia/Tokyo", "2027-05-12", "06:30-20:00", True),
        (SHANGHAI, "Australia/Sydney", "2027-05-12", "09:00-20:00", False),  # 07:00
        (SHANGHAI, "Australia/Sydney", "2027-01-12", "09:00-20:00", False),  # in summer 06:00
        (SHANGHAI, "Pacific/Auckland", "2027-05-12", "09:00-20:00", True),  # 05:00
        (SHANGHAI, SHANGHAI, "2027-05-12", "06:00-20:00", False),
        (SHANGHAI, "Nowhere/Else", "2027-05-12", "09:00-20:00", False),
    ],
)
def test_what_cannot_wait_for_the_walk_of_its_day(
    book: str, client: str, day: str, window: str, is_early: bool
) -> None:
    touchpoint = msgspec.structs.replace(owed.touchpoint("birthday"), send_window=window)
    found = list(early.searches(dues(touchpoint, cast.day(day)), cast.day(day), book, [client]))
    assert [each.zones for each in found] == ([(client,)] if is_early else [])


def test_a_mere_task_waits_for_the_walk_of_its_day() -> None:
    visits = dues(owed.touchpoint("visit"), TOMORROW)
    assert visits and not list(early.searches(visits, TOMORROW, LOS_ANGELES, [SHANGHAI]))


@pytest.fixture
def east(book: Book) -> cast.Cast:
    """Lin Wei lives in Shanghai and has his birthday tomorrow; so has Zhou Ming, who lives here."""
    people = cast.everybody(issued="2026-12-01")
    cast.change(people.lin_wei, birthday=cast.day("1980-05-12"), timezone=SHANGHAI)
    cast.change(people.zhou_ming, birthday=cast.day("1980-05-12"))
    return people


def test_a_greeting_leaves_on_the_clients_own_day_and_once(east: cast.Cast) -> None:
    walker = in_los_angeles("birthday")
    walked = walk_at(walker, TODAY)
    assert walked.touchpoints == 0
    assert walked.early is not None and walked.early.on == TOMORROW
    assert walked.early.by_touchpoint == {"birthday": 1}
    (greeting,) = Message.select()
    assert (greeting.state, greeting.reason) == ("queued", "due")
    assert greeting.planned_on == TOMORROW
    assert greeting.send_from == cast.at(TOMORROW, "09:00")
    row = Touchpoint.get()
    assert (row.client_id, row.due_on, row.found_on) == (east.lin_wei.id, TOMORROW, TODAY)
    assert dispatch(sender(walker), SIX) == {}
    assert dispatch(sender(walker), HALF_PAST_SIX) == {"accepted": 1}
    assert walk_at(walker, TODAY).early is None, "found once"
    assert walk_at(walker, TOMORROW).by_touchpoint == {"birthday": 1}, "the other one's"
    greeted = [each.client_id for each in Message.select().order_by(Message.id)]
    assert greeted == [east.lin_wei.id, east.zhou_ming.id]


def test_a_client_far_to_the_west_has_his_own_day(book: Book) -> None:
    people = cast.everybody(issued="2026-12-01")
    cast.change(people.lin_wei, birthday=cast.day("1980-05-12"), timezone=LOS_ANGELES)
    walker = cast.walker(owed.only(owed.touchpoint("birthday")))
    assert cast.walk_on(TODAY, walker).early is None
    cast.walk_on(TOMORROW, walker)
    (greeting,) = Message.select()
    assert greeting.send_from == cast.at(TOMORROW, "09:00", "-07:00")


def test_where_message_and_task_go_together_the_task_keeps_its_day(book: Book) -> None:
    people = cast.everybody(issued="2027-04-12")
    cast.change(people.lin_wei, timezone=SHANGHAI)
    walk_at(in_los_angeles("month_1"), TODAY)
    assert {each.policy.client_id for each in Touchpoint.select()} == {people.lin_wei.id}
    for task in Task.select():
        assert (task.state, task.reason) == ("open", "due")
        assert (task.due_on, task.show_on) == (TOMORROW, TOMORROW)


def test_it_is_in_time_on_its_own_day_and_why_says_when_it_was_found(east: cast.Cast) -> None:
    walker = in_los_angeles("birthday")
    walk_at(walker, TODAY)
    dispatch(sender(walker), HALF_PAST_SIX)
    before = why.why(walker, "P001", "birthday", TOMORROW, TODAY)
    walk_at(walker, TOMORROW)
    after = why.why(walker, "P001", "birthday", TOMORROW, TOMORROW)
    for told in (before, after):
        codes = [link.code for link in told.chain]
        assert "found_early" in codes and "found_late" not in codes
        assert (told.outcome, told.message) == ("recorded", "accepted")
        for locale in ("en", "zh_CN"):
            (said,) = [each.sentence(locale) for each in told.chain if each.code == "found_early"]
            assert str(TODAY) in said
    account = history.account(TOMORROW)
    assert (account.due, history.account(TODAY).due) == (2, 0)
    served = coverage.coverage(["birthday"], TOMORROW, TOMORROW, zoneinfo.ZoneInfo(LOS_ANGELES), 7)
    assert sum(each.late for each in served) == 0
    assert sum(each.in_time for each in served) == 1


def test_the_breaker_measures_it_by_its_own_day(book: Book) -> None:
    """As many as were expected of tomorrow, be they found today or tomorrow."""
    people = cast.everybody(issued="2026-12-01")
    cast.change(people.lin_wei, birthday=cast.day("1980-05-12"), timezone=SHANGHAI)
    cast.change(people.zhou_ming, birthday=cast.day("1980-05-12"))
    rules = Breaker(factor=1.0, at_least=1)
    walker = replace(in_los_angeles("birthday", breaks=True), breaker=rules)
    walk_at(walker, TODAY - datetime.timedelta(days=1))
    walk_at(walker, TODAY)
    assert forecast.of_day(TOMORROW) == {"": 2, "birthday": 2}
    walk_at(walker, TOMORROW)
    assert {each.state for each in Message.select()} == {"queued"}
    assert all(each.send_from for each in Message.select()), "nothing is halted"


def test_the_forecast_of_a_day_counts_what_was_found_of_it_early(east: cast.Cast) -> None:
    """The first walk of a book makes it on the eve, when some of the day is found already."""
    walk_at(in_los_angeles("birthday", breaks=True), TODAY)
    assert forecast.of_day(TOMORROW) == {"": 2, "birthday": 2}


def test_a_plan_that_is_edited_overnight_owes_nothing_twice(book: Book) -> None:
    """The same steps under other names: what was found early is looked for by key and date."""
    people = cast.everybody(issued="2027-04-12")
    cast.change(people.lin_wei, timezone=SHANGHAI)
    walker = in_los_angeles("month_1")
    walk_at(walker, TODAY)
    month_1 = owed.touchpoint("month_1")
    (step,) = month_1.due
    two = (step, msgspec.structs.replace(step, months=2))
    edited = owed.only(msgspec.structs.replace(month_1, due=two))
    walk_at(replace(walker, plan=edited), TOMORROW)
    rows = [(each.policy.policy_no, each.key) for each in Touchpoint.select()]
    assert len(rows) == len(set(rows)) == 4


def test_a_day_that_is_walked_is_not_looked_for_once_more(east: cast.Cast) -> None:
    walker = in_los_angeles("birthday")
    walk_at(walker, TOMORROW)
    before = Touchpoint.select().count()
    Touchpoint.update(key="news").execute()
    assert walk_at(walker, TODAY).early is None
    assert Touchpoint.select().count() == before


def test_workers_make_it_before_its_day_is_walked(east: cast.Cast) -> None:
    walker, hands = in_los_angeles("birthday"), Hands()
    walk_at(hands.help(walker), TODAY)
    (part,) = hands.parts
    assert (part.day, part.found_on) == (TOMORROW, TOMORROW)
    assert not WalkedDay.select().where(WalkedDay.day == TOMORROW).exists()
    (made,) = hands.make_all(walker, SIX)
    assert made.messages == 1
    assert Message.get().send_from == cast.at(TOMORROW, "09:00")


def test_a_book_without_zones_is_not_searched_twice(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.everybody(issued="2026-12-01")
    monkeypatch.setattr(early, "searches", lambda *_: pytest.fail("nobody lives elsewhere"))
    assert walk_at(in_los_angeles("birthday"), TODAY).early is None
