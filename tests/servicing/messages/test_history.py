"""The operator's view: lists, the life of one message, the account, and what a person settles."""

import datetime
from typing import Any

import peewee
import pytest

from servicing.channels import Accepted, Answer, Outgoing, Rejected, Throttled, Unknown
from servicing.channels.memory import Memory
from servicing.core import errors, states
from servicing.core.models import Message
from servicing.core.states import LEASE
from servicing.dispatch import receipts
from servicing.dispatch.receipts import Receipt
from servicing.messages import history, queries, suppressions
from tests import cast
from tests.refusals import refuses
from tests.servicing.dispatched import TEN, WALKER, Undecided, by, dispatch

pytestmark = cast.on_one

Book = peewee.Database
ON = datetime.date(2025, 9, 30)


def answers(*given: Answer) -> Memory:
    waiting = list(given)

    def answer(message: Outgoing) -> Answer:
        return waiting.pop(0) if waiting else Accepted(f"SM{message.id}")

    return Memory(answer)


@pytest.fixture
def mixed(book: Book) -> cast.Cast:
    """Four messages of the day: one accepted, one refused, one unknown, one waiting."""
    people = cast.everybody()
    cast.walk_only(ON, WALKER)
    minutes = datetime.timedelta(minutes=2)
    dispatch(
        by(answers(Accepted("SM1"), Rejected("content", "30007"), Unknown(), Throttled(minutes)))
    )
    return people


def lines(**asked: Any) -> list[str]:
    return [f"{each.policy_no} {each.state}" for each in history.listed(**asked)]


def test_the_list_is_narrowed_by_day_state_touchpoint_and_reason(mixed: cast.Cast) -> None:
    assert lines() == ["P001 accepted", "P002 failed", "P003 unknown", "P900 queued"]
    assert lines(state="unknown") == ["P003 unknown"]
    assert lines(on=ON, reason="content_refused") == ["P002 failed"]
    assert lines(on=ON + datetime.timedelta(days=1)) == []
    assert lines(touchpoint="month_1", limit=2) == ["P001 accepted", "P002 failed"]
    assert lines(touchpoint="month_4") == []


def test_the_life_of_a_message_is_told_from_its_beginning(mixed: cast.Cast) -> None:
    found = history.life(cast.message("month_1", "P002").id, WALKER.writer)
    assert [(each.state, each.reason) for each in found.life] == [
        *(("queued", "due"), ("failed", "content_refused")),
    ]
    assert found.life[-1].facts["code"] == "30007"
    assert (found.client_name, found.address, found.provider) == ("林伟", "+12025550111", "memory")
    assert found.body.startswith("【示例人寿】林伟先生")


def test_the_account_of_a_day_adds_up(mixed: cast.Cast) -> None:
    account = history.account(ON)
    assert (account.due, account.sent, account.failed, account.waiting) == (4, 1, 1, 2)
    assert account.by_reason == {
        **{"accepted": 1, "content_refused": 1, "no_answer": 1, "throttled": 1},
    }


def test_every_state_is_in_exactly_one_part_of_the_account() -> None:
    parts = [state for some in history.PARTS.values() for state in some]
    assert sorted(parts) == sorted(states.MOVES)


def test_a_person_says_that_it_was_sent(mixed: cast.Cast) -> None:
    unknown = cast.message("month_1", "P003")
    history.settle(unknown.id, "sent", TEN + LEASE, "the client has answered")
    settled = history.life(unknown.id, WALKER.writer)
    assert (settled.state, settled.reason) == ("accepted", "operator")
    assert settled.life[-1].facts["code"] == "the client has answered"
    memory = Memory()
    dispatch(by(memory), TEN + LEASE)
    assert unknown.id not in memory.sent


def test_a_person_says_that_it_is_to_be_sent_again(mixed: cast.Cast) -> None:
    unknown = cast.message("month_1", "P003")
    history.settle(unknown.id, "resend", TEN + LEASE)
    memory = Undecided()
    dispatch(by(memory), TEN + LEASE)
    assert unknown.id in memory.sent
    assert Message.get_by_id(unknown.id).attempts == 2


def test_a_person_says_that_it_has_not_arrived_and_is_left_at_that(mixed: cast.Cast) -> None:
    unknown = cast.message("month_1", "P003")
    history.settle(unknown.id, "left", TEN + LEASE, "the event is over")
    settled = history.life(unknown.id, WALKER.writer)
    assert (settled.state, settled.reason) == ("failed", "operator")
    memory = Memory()
    dispatch(by(memory), TEN + LEASE)
    assert unknown.id not in memory.sent
    assert history.retry([unknown.id], TEN + LEASE) == {unknown.id}, "until somebody changes it"


def test_many_are_decided_some_at_a_time_and_each_once(
    mixed: cast.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "AT_ONCE", 2)
    Message.update(state="unknown").execute()
    every = [each.id for each in Message.select().order_by(Message.id)]
    assert history.settle_each([*every, 999_999], "sent", TEN, "ops") == set(every)
    assert history.settle_each(every, "resend", TEN, "ops") == set()
    assert {each.state for each in Message.select()} == {"accepted"}


def test_what_is_alike_is_counted_together_and_named_by_its_numbers(mixed: cast.Cast) -> None:
    Message.update(state="unknown", reason="no_answer").execute()
    Message.update(provider="twilio").where(Message.policy == cast.policy("P900")).execute()
    known = queries.Wanted(state="unknown")
    many, one = queries.alike(known)
    assert (many.count, one.count, one.provider, one.oldest) == (3, 1, "twilio", ON)
    asked = queries.Wanted(ON, "unknown", "month_1", "no_answer", "twilio", "sms")
    assert queries.numbers(asked, one.last, 10) == [cast.message("month_1", "P900").id]
    assert queries.numbers(asked, one.last - 1, 10) == []
    assert len(queries.numbers(known, 1 << 40, 2)) == 2
    assert queries.numbers(queries.Wanted(state="unknown", channel="email"), 1 << 40, 9) == []


@pytest.mark.parametrize("policy_no", ["P001", "P002", "P900"])
def test_only_what_is_unknown_is_left_to_a_person(mixed: cast.Cast, policy_no: str) -> None:
    message = cast.message("month_1", policy_no)
    with refuses(errors.MessageNotUnknown, match=f"message {message.id} is {message.state}"):
        history.settle(message.id, "resend", TEN)
    assert Message.get_by_id(message.id).state == message.state


@pytest.mark.parametrize("number", [0, -1, 999_999, 1 << 70])
def test_a_message_that_is_not_there_is_named(mixed: cast.Cast, number: int) -> None:
    with refuses(errors.MessageNotFound, match=f"there is no message {number}"):
        history.life(number, WALKER.writer)


# ------------------------------------------------------------------------------------------- retries


def test_causes_tell_what_may_still_be_tried_again(mixed: cast.Cast) -> None:
    def failed(now: datetime.datetime) -> list[tuple[str, int, int]]:
        return [
            (each.reason, each.count, each.in_time)
            for each in history.causes(ON, now)
            if each.state == "failed"
        ]

    assert failed(TEN) == [("content_refused", 1, 1)]
    assert failed(TEN + datetime.timedelta(days=8)) == [("content_refused", 1, 0)]


def test_what_failed_is_queued_again_once_and_leaves_with_the_next_dispatch(
    mixed: cast.Cast,
) -> None:
    ids = queries.failed(ON, "failed", "content_refused")
    assert ids == [cast.message("month_1", "P002").id]
    assert history.retry(ids, TEN, "ops") == set(ids)
    assert history.retry(ids, TEN, "ops") == set()
    told = history.life(ids[0], WALKER.writer).life[-1]
    assert (told.state, told.reason, told.facts["code"]) == ("queued", "retried", "ops")
    memory = Memory()
    dispatch(by(memory))
    assert ids[0] in memory.sent


def test_what_is_not_failed_or_too_late_is_not_tried_again(mixed: cast.Cast) -> None:
    everything = [each.id for each in Message.select()]
    assert history.retry(everything, TEN + datetime.timedelta(days=8)) == set()
    assert history.retry(everything, TEN) == {cast.message("month_1", "P002").id}


@pytest.mark.parametrize("why", ["opted_out", "wrong"])
def test_who_may_not_be_written_to_is_not_tried_again(
    mixed: cast.Cast, why: suppressions.Why
) -> None:
    failed = cast.message("month_1", "P002")
    suppressions.suppress("sms", failed.address, why, "reply", TEN)
    assert history.retry([failed.id], TEN) == set()
    cast.change(mixed.lin_wei, phone="+12025550112")  # the book has learnt another number
    assert history.retry([failed.id], TEN) == {failed.id}


def test_a_late_receipt_of_the_first_attempt_does_not_end_the_second(mixed: cast.Cast) -> None:
    message = cast.message("month_1")
    receipts.apply(Receipt(message.id, "memory", "SM1", "undelivered"), TEN)
    history.retry([message.id], TEN)
    late = Receipt(message.id, "memory", "SM1", "undelivered", means="later")
    assert receipts.apply(late, TEN) == "repeated"
    assert cast.message("month_1").state == "queued"
    assert receipts.apply(Receipt(message.id, "memory", "SM1", "delivered"), TEN) == "applied"
    assert cast.message("month_1").state == "delivered"


def test_only_a_person_tries_what_has_failed_again(mixed: cast.Cast) -> None:
    refused, accepted = cast.message("month_1", "P002"), cast.message("month_1")
    receipts.apply(Receipt(accepted.id, "memory", "SM1", "undelivered", "30007"), TEN)
    for message, ref in ((refused, "SM2"), (accepted, "SM1")):
        later = Receipt(message.id, "memory", ref, "undelivered", means="later")
        assert receipts.apply(later, TEN) == "repeated"
    states = [cast.message("month_1", each).state for each in ("P002", "P001")]
    assert states == ["failed", "undelivered"]
