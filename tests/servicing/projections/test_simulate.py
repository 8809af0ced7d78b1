"""The coming days, looked at ahead: the same touchpoints as the walks that then come, one by one."""

import datetime
from pathlib import Path

import peewee
import pytest
from hypothesis import event, given, settings

from policies import database, dates
from policies.models import Client
from servicing.core import context
from servicing.core.models import Touchpoint
from servicing.core.settings import Capacity
from servicing.projections import simulate
from servicing.projections.simulate import ComingDays
from servicing.schedule.materialize import Walker
from tests import cast
from tests.cast import Day
from tests.policies import imagined
from tests.policies.imagined import World, each_rolled_back, examples
from tests.policies.imagined_book import put_in_the_book
from tests.servicing import owed
from tests.servicing.look_ahead import LAST, TODAY, WALKER, a_copy, a_messy_book, foreseen, walked
from tests.servicing.web.visits import statements


def ahead(first: Day = TODAY, last: Day = LAST, walker: Walker | None = None) -> ComingDays:
    span = (cast.day(first), cast.day(last))
    return simulate.simulate(walker or WALKER, TODAY, *span, Capacity(tasks_a_day=2))


def test_thirty_days_ahead_are_what_thirty_walks_then_do(
    book: peewee.Database, tmp_path: Path
) -> None:
    """Days before were not walked; some have been: what they recorded does not come again."""
    a_messy_book(tmp_path)
    cast.walk_on(TODAY - datetime.timedelta(days=3), WALKER)
    before = Touchpoint.select().count()
    there = foreseen(WALKER, TODAY, LAST)
    assert (Touchpoint.select().count(), len(there) > 90) == (before, True)
    assert there == walked(WALKER, TODAY, LAST)


@cast.on_one
def test_the_figures_of_a_day_are_those_of_its_walk(book: peewee.Database, tmp_path: Path) -> None:
    a_messy_book(tmp_path, policies=80)
    foretold = ahead(last=TODAY + datetime.timedelta(days=9))
    with a_copy():
        for day in foretold.days:
            done = cast.walk_on(day.on, WALKER)
            whole = [*done.caught_up, done]
            for name in ("touchpoints", "messages", "tasks", "skipped"):
                assert getattr(day, name) == sum(getattr(each, name) for each in whole)
            for name in ("by_touchpoint", "by_reason"):
                counts = [getattr(each, name) for each in whole]
                assert getattr(day, name) == sum(counts[1:], counts[0])
            assert day.sms + day.email == day.messages
            assert day.due_before == sum(each.touchpoints for each in done.caught_up)


@cast.on_one
@settings(each_rolled_back, max_examples=examples(20))
@given(imagined.worlds(longest=40))
def test_for_every_plan_and_book_the_look_ahead_sees_what_the_walks_find(
    book: peewee.Database, world: World
) -> None:
    with a_copy():
        put_in_the_book(world)
        walker = cast.walker(world.plan, country=world.calendar.country)
        first, last = world.span.first, world.span.last
        there = foreseen(walker, first, last)
        event("something falls due" if there else "nothing falls due")
        assert there == walked(walker, first, last)


@cast.on_one
def test_a_later_first_day_counts_what_comes_before_it_as_done(book: peewee.Database) -> None:
    """The news of June are found on 1 June by one policy, so they do not come again on the 15th."""
    cast.everybody(issued=["2024-12-01", "2024-12-15", "2024-12-20"], served_from=TODAY)
    assert ahead("2026-06-01", "2026-06-21").by_touchpoint["news"].touchpoints == 2
    assert "news" not in ahead("2026-06-02", "2026-06-21").by_touchpoint


@cast.on_one
def test_a_day_that_an_agent_cannot_hold_is_told(book: peewee.Database) -> None:
    """Chen Yan has three first care calls on a day that holds two."""
    cast.everybody(issued="2026-05-01", served_from=TODAY)
    found = ahead(last="2026-06-01")
    over = [day.on for day in found.days if day.agents_over]
    assert over == [datetime.date(2026, 6, 1)]
    by_agent = list(simulate.loads(found, Capacity(tasks_a_day=2), "agent"))
    assert [(each.key, each.tasks, each.over) for each in by_agent if each.on == over[0]] == [
        ("A001", 3, 1),
        ("A900", 1, 0),
    ]
    (_, one) = simulate.loads(found, Capacity(tasks_a_day=2, agents={"A001": 3}), "team")
    assert (one.key, one.tasks, one.capacity, one.over) == ("上海 · 一部", 3, 5, 0)


@cast.on_one
def test_what_stands_on_the_list_already_takes_its_room(book: peewee.Database) -> None:
    cast.everybody(issued="2026-05-01", served_from="2026-05-01")
    cast.walk_on("2026-05-04")
    task = cast.task("delivery")
    cast.change(task, show_on=datetime.date(2026, 6, 1))
    found = ahead(last="2026-06-01")
    (load,) = [
        each
        for each in simulate.loads(found, Capacity(tasks_a_day=2), "agent")
        if (each.on, each.key) == (datetime.date(2026, 6, 1), "A001")
    ]
    assert load.tasks == 4


STANDING = [
    # the day on which a task stands, and whether it takes room in 1 to 3 June
    ("2026-05-31", False),
    ("2026-06-01", True),
    ("2026-06-03", True),
    ("2026-06-04", False),
]


@cast.on_one
@pytest.mark.parametrize(("show_on", "is_counted"), STANDING)
def test_what_stands_on_the_first_and_the_last_day_takes_room_and_what_lies_around_them_does_not(
    book: peewee.Database, show_on: str, is_counted: bool
) -> None:
    cast.everybody(issued="2026-05-04", served_from="2026-05-04")
    cast.walk_on("2026-05-07")
    cast.change(cast.task("delivery"), show_on=cast.day(show_on))
    found = ahead("2026-06-01", "2026-06-03")
    loads = simulate.loads(found, Capacity(), "agent")
    there = [(each.on, each.key, each.tasks) for each in loads]
    assert there == [(cast.day(show_on), "A001", 1)] * is_counted


@cast.on_one
def test_a_task_that_is_shown_after_the_last_day_is_a_load_of_its_day_and_of_no_other(
    book: peewee.Database,
) -> None:
    """What falls due on Saturday 30 May is shown on Monday: the days end before."""
    cast.everybody(issued="2026-05-27", served_from=TODAY)
    found = ahead("2026-05-30", "2026-05-30")
    (day,) = found.days
    assert (day.tasks, day.agents_over) == (4, 0)
    assert {each.on for each in simulate.loads(found, Capacity(), "agent")} == {
        datetime.date(2026, 6, 1)
    }


SPANS = [
    # the days that were walked, and the thirty that are looked at
    (None, "2026-05-25", "2026-06-23"),
    ("2026-05-24", "2026-05-25", "2026-06-23"),
    ("2026-05-25", "2026-05-26", "2026-06-24"),
]


@cast.on_one
@pytest.mark.parametrize(("walked_on", "first", "last"), SPANS)
def test_thirty_days_are_looked_at_from_the_next_one_to_be_walked(
    book: peewee.Database, walked_on: str | None, first: str, last: str
) -> None:
    if walked_on:
        cast.everybody(issued="2026-05-01", served_from=walked_on)
        cast.walk_on(walked_on, WALKER)
    assert simulate.span(TODAY) == (cast.day(first), cast.day(last))


@cast.on_one
def test_a_list_begins_with_its_first_day_and_what_comes_before_counts_as_done(
    book: peewee.Database,
) -> None:
    cast.everybody(issued=["2026-04-30", "2026-05-01", "2026-05-02"], served_from=TODAY)
    with database.snapshot():
        listed = list(
            simulate.listed(WALKER, TODAY, cast.day("2026-06-01"), cast.day("2026-06-02"))
        )
    assert [(str(each.on), each.policy_no, each.touchpoint) for each in listed] == [
        ("2026-06-01", "P002", "month_1"),
        ("2026-06-02", "P003", "month_1"),
    ]


LATE = [
    # when month_1 was due, today being the 25th, and what becomes of that of a policy that ends today
    ("2026-05-23", "cancelled"),
    ("2026-05-24", "cancelled"),
    ("2026-05-25", None),
]


@cast.on_one
@pytest.mark.parametrize(("due_on", "state"), LATE)
def test_what_is_found_late_is_judged_by_the_day_on_which_it_is_found(
    book: peewee.Database, due_on: str, state: str | None
) -> None:
    issued = cast.day(due_on).replace(month=4)
    people = cast.everybody(issued=issued, served_from="2026-05-20")
    for policy, facts in zip(
        people.policies, ({"status": "surrendered", "ended_on": TODAY}, {}, {}), strict=True
    ):
        cast.change(policy, **facts)
    there = foreseen(WALKER, TODAY, TODAY)
    states = {row[2]: row[5] for row in there if row[0] == "month_1"}
    others = dict.fromkeys(("P002", "P003", "P900"), "queued")
    assert states == others | ({"P001": state} if state else {})
    assert there == walked(WALKER, TODAY, TODAY)


@cast.on_one
@pytest.mark.parametrize("due_on", ["2026-05-24", "2026-05-25"])
@pytest.mark.parametrize("paid_on", ["2026-05-24", "2026-05-25", "2026-05-26"])
def test_a_premium_that_is_paid_meanwhile_is_seen_where_the_walk_sees_it(
    book: peewee.Database, due_on: str, paid_on: str
) -> None:
    people = cast.everybody(issued="2025-05-24", served_from="2026-05-20")
    cast.give_premium(people.policies[0], due_on, paid_on=paid_on)
    cast.give_premium(people.policies[1], due_on)
    there = foreseen(WALKER, TODAY, TODAY)
    assert "P002" in {row[2] for row in there if row[0] == "renewal"}
    assert there == walked(WALKER, TODAY, TODAY)


MONTHS = [
    # the first of five days of marketing (then 2, 3, 4 and 5 June), today, what becomes of the last
    ("2026-05-31", "2026-05-25", "queued"),
    ("2026-06-01", "2026-05-25", "suppressed"),
    ("2026-05-31", "2026-06-05", "queued"),
    ("2026-06-01", "2026-06-05", "suppressed"),
]


@cast.on_one
@pytest.mark.parametrize(("first", "today", "state"), MONTHS)
def test_the_first_day_of_a_month_fills_its_cap_and_the_day_before_does_not(
    book: peewee.Database, first: str, today: str, state: str
) -> None:
    """Four a month: foreseen as a whole, or with the first four sent already."""
    cast.change(cast.people().lin_wei, marketing_consent=True)
    cast.give_policy(cast.lin_wei(), "P001", "2026-05-01")
    cast.joined("2026-05-25")
    days = [cast.day(first), *(datetime.date(2026, 6, each) for each in (2, 3, 4, 5))]
    walker = cast.walker(owed.marketing(*((day - datetime.date(2026, 5, 1)).days for day in days)))
    for day in dates.days_between(cast.day("2026-05-25"), cast.day(today) - dates.ONE_DAY):
        cast.walk_on(day, walker)
    there = foreseen(walker, cast.day(today), cast.day("2026-06-05"))
    (last,) = [row for row in there if row[3] == cast.day("2026-06-05")]
    assert last[5] == state
    assert there == walked(walker, cast.day(today), cast.day("2026-06-05"))


LETTERS = 145
"""With `January 8, 2027` they are one part of an SMS, with `December 30, 2026` they are two."""


@cast.on_one
def test_a_due_date_in_words_decides_how_many_parts_an_sms_has(
    book: peewee.Database, tmp_path: Path
) -> None:
    path = tmp_path / "templates" / "messages" / "en" / "renewal_due.sms.txt"
    path.parent.mkdir(parents=True)
    path.write_text("x" * LETTERS + "{{ premium_due_date }}", "utf-8")
    first, second, _ = cast.everybody(issued="2025-12-30", served_from="2026-11-30").policies
    cast.change(cast.lin_wei(), language="en")
    cast.give_premium(first, "2026-12-30")
    cast.give_premium(second, "2027-01-08")
    walker = cast.walker(owed.only(owed.touchpoint("renewal")), home=tmp_path)
    span = cast.day("2026-11-30"), cast.day("2026-12-09")
    there = foreseen(walker, *span)
    assert [(row[2], row[6]) for row in there] == [("P001", 2), ("P002", 1)]
    assert there == walked(walker, *span)


CROWDS = [1, 40]


@cast.on_one
def test_of_clients_who_are_written_to_by_email_one_is_read_for_all(
    book: peewee.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they are, and each with an address of their own."""
    monkeypatch.setattr(context, "_SUPPOSED", 5)  # so that forty would take statements of their own
    cast.everybody(issued="2026-05-01", served_from=TODAY)
    asked = []
    for crowd in CROWDS:
        with database.database.atomic() as transaction, statements() as told:
            for number in range(crowd):
                email = f"someone{number}@mail.example"
                client = Client.create(
                    client_no=f"M{number}", name="林伟", channel="email", email=email
                )
                cast.give_policy(
                    client, f"M{number}", "2026-05-01", agent=cast.agent(), served_from=TODAY
                )
            told.clear()
            there = foreseen(WALKER, TODAY, cast.day("2026-06-01"))
            asked.append(len(told))
            transaction.rollback()
        assert sum(row[4] == "email" for row in there) >= crowd
    assert asked[0] == asked[1]


@pytest.mark.parametrize(("price", "cost"), [(0, None), (0.05, "0.40")])
def test_a_part_has_its_price(book: peewee.Database, price: float, cost: str | None) -> None:
    cast.everybody(issued="2026-05-01", served_from=TODAY)
    span = (TODAY, datetime.date(2026, 6, 1), datetime.date(2026, 6, 1))
    (day,) = simulate.simulate(WALKER, *span, Capacity(), price).days
    assert (day.sms, day.parts) == (4, 8)
    assert (str(day.cost) if day.cost is not None else None) == cost
