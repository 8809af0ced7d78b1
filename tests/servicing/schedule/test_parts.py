"""A day's walk handed out in parts, branch by branch, is the walk in one piece."""

import datetime
import itertools
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import msgspec
import peewee
import pytest

from policies import database
from policies.models import Branch, Team
from policies.plan import Touchpoint as PlanTouchpoint
from servicing.channels.memory import Memory
from servicing.core.models import CardEntry, Message, Task, Touchpoint, WalkedDay
from servicing.dispatch import dispatcher
from servicing.schedule import parts, walk
from servicing.schedule.handoff import Batch
from tests import cast
from tests.servicing import owed, stored
from tests.servicing.dispatched import by
from tests.servicing.hands import Hands

Book = peewee.Database

DAY = datetime.date(2025, 9, 30)
SIX = cast.at(DAY, "06:00")
TEN = cast.at(DAY, "10:00")
WALKER = cast.walker(owed.THREE_YEARS)
MONTH_1 = cast.walker(owed.only(owed.touchpoint("month_1")))


def hand_out(hands: Hands, walker: Any = WALKER, day: datetime.date = DAY) -> walk.DayWalked:
    return cast.walk_day(hands.help(walker), day, DAY, SIX)


def make_all(hands: Hands, walker: Any = WALKER, now: datetime.datetime = SIX) -> int:
    """Answers with how many messages wait to be sent."""
    return sum(each.messages for each in hands.make_all(walker, now))


def what_is_there() -> Any:
    """Every row, but for the numbers: what was made first has the lower one."""
    numbers = ("id", "touchpoint", "touchpoint_id")
    return {
        name: Counter(
            tuple(sorted((key, str(value)) for key, value in row.items() if key not in numbers))
            for row in rows
        )
        for name, rows in stored.everything().items()
    }


def taken_back(what: Any) -> Any:
    """Do it, look at the book, and take it back."""
    with database.database.atomic() as transaction:
        what()
        found = what_is_there()
        transaction.rollback()
    return found


def test_what_is_found_is_handed_out_by_branch_and_not_made(book: Book) -> None:
    cast.everybody()
    hands = Hands()
    found = hand_out(hands)
    assert (Message.select().count(), Task.select().count(), found.messages) == (0, 0, 0)
    handed = [number for part in hands.parts for number in part.touchpoints]
    assert sorted(handed) == [each.id for each in Touchpoint.select().order_by(Touchpoint.id)]
    assert found.touchpoints == len(handed)
    branches = {each.name: each.id for each in Branch.select()}
    assert [part.branch for part in hands.parts] == [branches["上海"], branches["北京"]]
    assert {(part.day, part.found_on, part.plan) for part in hands.parts} == {
        (DAY, DAY, WALKER.plan.edition)
    }


def test_made_by_othis_it_is_what_one_walk_makes(book: Book) -> None:
    cast.everybody(issued=["2025-08-31", "2025-05-31", "2024-11-30"])

    def in_parts() -> None:
        hands = Hands()
        for day in (DAY - datetime.timedelta(days=1), DAY):
            hand_out(hands, day=day)
        assert make_all(hands) > 0

    def in_one_piece() -> None:
        for day in (DAY - datetime.timedelta(days=1), DAY):
            cast.walk_day(WALKER, day, DAY, SIX)

    assert taken_back(in_parts) == taken_back(in_one_piece)


def test_no_client_is_divided(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "TOUCHPOINTS", 1)
    people = cast.everybody()
    cast.change(cast.policy("P002"), agent=people.sun_li)
    hands = Hands()
    hand_out(hands)
    clients = {each.id: each.client_id for each in Touchpoint.select()}
    of_parts = [{clients[number] for number in part.touchpoints} for part in hands.parts]
    assert all(not one & other for one, other in itertools.combinations(of_parts, 2))


def test_agents_without_a_branch_have_a_part_of_their_own(book: Book) -> None:
    cast.everybody()
    Team.update(branch=None).execute()
    hands = Hands()
    hand_out(hands)
    assert [part.branch for part in hands.parts] == [0]


def test_a_part_made_twice_is_made_once(book: Book) -> None:
    cast.everybody()
    hands = Hands()
    hand_out(hands)
    twice = [*hands.parts, *hands.parts]
    made = [parts.make(hands.help(WALKER), part, SIX).messages for part in twice]
    assert made == [3, 1, 0, 0]
    assert Message.select().where(Message.made_at.is_null(False)).count() == 4
    assert Message.select().count() == 4 and CardEntry.select().count() == 0


def test_what_is_made_is_handed_out_to_be_sent_from_its_moment_on(book: Book) -> None:
    cast.everybody()
    hands = Hands()
    hand_out(hands)
    make_all(hands)
    waiting = {(each.provider, each.send_from, each.id) for each in Message.select()}
    assert waiting == {
        (batch.provider, batch.send_from, number)
        for batch in hands.batches
        for number in batch.messages
    }


def test_a_policy_that_ended_before_its_part_was_made_is_not_written_about(book: Book) -> None:
    cast.everybody()
    hands = Hands()
    hand_out(hands, MONTH_1)
    cast.change(cast.policy(), ended_on=DAY, status="surrendered")
    assert make_all(hands, MONTH_1) == 3
    ended = Message.get(Message.policy == cast.policy())
    assert (ended.state, ended.reason) == ("cancelled", "policy_ended")


def test_what_the_client_is_owed_is_then_carried_by_the_next_policy(book: Book) -> None:
    people = cast.everybody(issued=["2024-06-30", "2024-07-31", "2025-09-01"])
    news = cast.walker(owed.only(owed.touchpoint("news")))
    day = next(each for each in days() if falls_due(news, each))
    hands = Hands()
    cast.walk_day(hands.help(news), day, day, cast.at(day, "06:00"))
    cast.change(cast.policy("P001"), ended_on=day, status="surrendered")
    make_all(hands, news, cast.at(day, "06:00"))
    carried = Message.get(Message.client == people.lin_wei)
    assert carried.policy == cast.policy("P002") and carried.state != "cancelled"


def days() -> Any:
    return (DAY + datetime.timedelta(days=number) for number in itertools.count())


def falls_due(walker: Any, day: datetime.date) -> bool:
    """Whether the walk of that day would find something; nothing is kept."""
    with database.database.atomic() as transaction:
        found = cast.walk_day(walker, day, day, cast.at(day, "06:00")).touchpoints
        transaction.rollback()
    return found > 0


def test_what_the_plan_of_today_does_not_know_is_recorded_as_cancelled(book: Book) -> None:
    cast.everybody()
    hands = Hands()
    hand_out(hands, MONTH_1)
    other = cast.walker(owed.only(owed.touchpoint("month_4")))
    assert make_all(hands, other) == 0
    assert {(each.state, each.reason) for each in Message.select()} == {
        ("cancelled", "not_in_plan")
    }
    assert CardEntry.select().where(CardEntry.kind == "message.cancelled").count() == 4


def test_a_walk_lasts_until_its_last_part_is_made(book: Book) -> None:
    cast.everybody()
    hands = Hands()
    hand_out(hands)
    make_all(hands, now=SIX + datetime.timedelta(seconds=90))
    assert 90 <= WalkedDay.get().seconds < 100


def test_a_part_from_long_ago_says_nothing_of_how_long_a_walk_takes(book: Book) -> None:
    cast.everybody()
    hands = Hands()
    hand_out(hands)
    make_all(hands, now=SIX + datetime.timedelta(days=2))
    assert WalkedDay.get().seconds < 10


# ------------------------------------------------------------------------------------- the sending


@pytest.fixture
def made(book: Book) -> Hands:
    """Four messages of the day, made and in nobody's hands."""
    cast.everybody()
    cast.walk_day(WALKER, DAY, DAY, SIX)
    return Hands()


def test_what_may_leave_is_handed_out_once(made: Hands) -> None:
    assert dispatcher.hand_out(made, SIX) == 0, "the window is not open"
    assert dispatcher.hand_out(made, TEN) == 4
    assert dispatcher.hand_out(made, TEN) == 0, "it is in somebody's hands"
    assert sorted(number for each in made.batches for number in each.messages) == sorted(
        each.id for each in Message.select()
    )


def test_what_is_left_over_of_a_batch_is_handed_out_again(made: Hands) -> None:
    dispatcher.hand_out(made, TEN)
    made.batches.clear()
    assert dispatcher.hand_out(made, TEN) == 4


def test_a_batch_sends_its_own_messages_and_no_othis(made: Hands) -> None:
    Message.update(provider="memory").execute()
    dispatcher.hand_out(made, TEN)
    (batch,) = made.batches
    some = replace(batch, messages=batch.messages[:2])
    sent = dispatcher.dispatch(by(Memory()), lambda: TEN, batch=some)
    assert sent == {"accepted": 2}
    left = {each.id for each in Message.select().where(Message.state == "queued")}
    assert left == set(batch.messages[2:])


def test_batches_that_are_sent_at_once_keep_to_the_cap_of_a_client(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them, alone, would find the day free: two of Lin Wei's have waited for this one."""
    decide = dispatcher.permission.at_claim

    def slowly(*given: Any) -> Any:
        time.sleep(0.3)  # until both have looked
        return decide(*given)

    monkeypatch.setattr(dispatcher.permission, "at_claim", slowly)
    people = cast.everybody()
    cast.change(people.lin_wei, marketing_consent=True)
    for key in ("news", "event"):
        cast.walk_only(DAY, cast.walker(owed.only(due_today(key))))
    Message.update(provider="memory", send_from=TEN).execute()
    his = Message.select().where(Message.client == people.lin_wei)
    batches = [Batch("memory", TEN, [each.id]) for each in his]
    works = [
        lambda batch=batch: dispatcher.dispatch(by(Memory()), lambda: TEN, batch=batch)
        for batch in batches
    ]
    stored.at_once(*works)
    assert sorted(each.state for each in his.clone()) == ["accepted", "queued"]


def due_today(key: str) -> PlanTouchpoint:
    """A touchpoint of marketing, once for every client, one month after issue."""
    month_1, marketing = owed.touchpoint("month_1"), owed.touchpoint("news")
    return msgspec.structs.replace(
        month_1, id=key, scope="client", message_class="marketing", template=marketing.template
    )
