"""What providers tell us later: applied forwards only, whatever the order, however often."""

import datetime
import itertools
from typing import Any

import peewee
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicing.channels import Accepted
from servicing.channels.memory import Memory
from servicing.core.models import Barred, CardEntry, Message
from servicing.dispatch import dispatcher as dispatching
from servicing.dispatch import receipts
from servicing.dispatch.receipts import Receipt
from tests import cast
from tests.servicing import stored
from tests.servicing.dispatch.test_dispatcher import TEN, WALKER, by, dispatch, trail

pytestmark = cast.on_one

Book = peewee.Database
ON = "2025-09-30"
LATER = TEN + datetime.timedelta(minutes=1)


@pytest.fixture
def sent(book: Book) -> Message:
    """Lin Wei's month_1 of P001, which the provider has taken as SM1."""
    cast.everybody()
    cast.walk_only(ON, WALKER)
    dispatch(by(Memory(lambda message: Accepted(f"SM{message.id}"))))
    return cast.message("month_1")


def told(message: Message, outcome: Any, **known: Any) -> Receipt:
    facts = {"ref": f"SM{message.id}", "provider": "memory", **known}
    return Receipt(message_id=message.id, outcome=outcome, **facts)


def state() -> tuple[str, str]:
    message = cast.message("month_1")
    return message.state, message.reason


def test_a_message_that_arrived_says_so_on_the_card(sent: Message) -> None:
    assert receipts.apply(told(sent, "delivered"), LATER) == "applied"
    assert state() == ("delivered", "delivered")
    assert trail()[-1] == ("delivered", "delivered")
    assert cast.message("month_1").provider_ref == f"SM{sent.id}"


def test_a_message_that_did_not_arrive_says_why(sent: Message) -> None:
    assert receipts.apply(told(sent, "undelivered", code="30007"), LATER) == "applied"
    assert state() == ("undelivered", "undelivered")
    entry = CardEntry.get(CardEntry.kind == "message.undelivered")
    assert '"code": "30007"' in entry.facts


def test_what_was_told_before_changes_nothing(sent: Message) -> None:
    receipts.apply(told(sent, "delivered"), LATER)
    before = stored.everything()
    for outcome in ("delivered", "accepted", "undelivered"):
        assert receipts.apply(told(sent, outcome), LATER) == "repeated"
        assert stored.everything() == before


@pytest.mark.parametrize(
    "order", list(itertools.permutations(["accepted", "accepted", "delivered"]))
)
def test_receipts_in_any_order_end_in_the_same_state(sent: Message, order: tuple[str, ...]) -> None:
    for outcome in order:
        receipts.apply(told(sent, outcome), LATER)
    assert state() == ("delivered", "delivered")
    assert [kind for kind, _ in trail()].count("delivered") == 1


def test_a_receipt_of_another_provider_or_of_no_message_is_not_ours(sent: Message) -> None:
    before = stored.everything()
    assert receipts.apply(told(sent, "delivered", provider="twilio"), LATER) == "unknown_message"
    nobody = Receipt(999_999, "memory", "SM1", "delivered")
    assert receipts.apply(nobody, LATER) == "unknown_message"
    assert receipts.apply(told(sent, "delivered", ref="SM0"), LATER) == "repeated"
    assert stored.everything() == before


def test_a_receipt_settles_what_nobody_could_say(book: Book) -> None:
    """The provider processed it, its answer was lost, and its callback is quicker than our question."""
    cast.everybody()
    cast.walk_only(ON, WALKER)
    dispatch(by(Memory(lambda message: receipts_unknown())))
    message = cast.message("month_1")
    assert message.state == "unknown"
    assert receipts.apply(told(message, "accepted"), LATER) == "applied"
    assert state() == ("accepted", "accepted")


def receipts_unknown() -> Any:
    from servicing.channels import Unknown

    return Unknown("timeout")


def test_a_receipt_stops_a_message_that_was_thought_lost_from_going_out_again(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    dispatch(by(Memory(lambda message: receipts_unknown())))
    message = cast.message("month_1")
    Message.update(state="queued", send_from=LATER).where(Message.id == message.id).execute()
    receipts.apply(told(message, "delivered"), LATER)
    again = Memory()
    dispatch(by(again), TEN + datetime.timedelta(hours=1))
    assert message.id not in again.sent


def test_a_receipt_that_is_quicker_than_the_answer_is_not_lost(book: Book) -> None:
    """Twilio's callback may come in while our request is still open."""
    cast.everybody()
    cast.walk_only(ON, WALKER)

    def quick(message: Any) -> Accepted:
        receipts.apply(told(message, "delivered"), LATER)
        return Accepted(f"SM{message.id}")

    dispatch(by(Memory(quick)))
    assert state() == ("delivered", "delivered")
    assert trail() == [("queued", "due"), ("delivered", "delivered")]


# ------------------------------------------------------------------------------------ the addresses


def test_a_number_that_cannot_be_reached_for_good_is_remembered(sent: Message) -> None:
    receipts.apply(told(sent, "undelivered", code="30005", means="wrong"), LATER)
    barred = Barred.get()
    assert (barred.kind, barred.subject, barred.why) == ("sms", "+12025550111", "wrong")
    assert (barred.source, barred.since) == ("memory 30005", LATER)
    assert "contact.refused" in cast.trail_of(cast.lin_wei())
    cast.walk_only("2025-12-31", WALKER)
    assert (cast.message("month_4").state, cast.message("month_4").reason) == (
        *("suppressed", "address_wrong"),
    )


def test_an_opt_out_that_a_receipt_tells_of_stops_the_number(sent: Message) -> None:
    receipts.apply(told(sent, "undelivered", code="21610", means="opted_out"), LATER)
    cast.walk_only("2025-12-31", WALKER)
    assert cast.message("month_4").reason == "opted_out"
    assert "consent.withdrawn" in cast.trail_of(cast.lin_wei())


# ---------------------------------------------------------------------------------- another attempt


def test_a_handset_that_was_off_is_tried_again_with_growing_pauses(sent: Message) -> None:
    now, pauses = LATER, []
    for attempt in (1, 2, 3):
        message = cast.message("month_1")
        receipt = told(
            message, "undelivered", ref=message.provider_ref, code="30003", means="later"
        )
        assert receipts.apply(receipt, now) == "applied"
        message = cast.message("month_1")
        if attempt == 3:
            break
        assert (message.state, message.reason) == ("queued", "tried_again")
        pauses.append(message.send_from - now)
        now = message.send_from
        numbered = Memory(lambda letter, n=attempt: Accepted(f"SM{letter.id}-{n}"))
        assert dispatch(by(numbered), now) == {"accepted": 1}
    assert state() == ("undelivered", "undelivered")
    assert pauses[0] < pauses[1]
    assert cast.message("month_1").past_refs.split() == [f"SM{sent.id}", f"SM{sent.id}-1"]


def test_what_an_earlier_attempt_tells_late_does_not_touch_the_later_one(sent: Message) -> None:
    receipts.apply(told(sent, "undelivered", means="later"), LATER)
    message = cast.message("month_1")
    dispatch(by(Memory(lambda letter: Accepted("SM-again"))), message.send_from)
    before = stored.everything()
    assert receipts.apply(told(sent, "undelivered", means="later"), LATER) == "repeated"
    assert stored.everything() == before
    assert receipts.apply(told(sent, "delivered"), LATER) == "applied", "it did arrive after all"
    assert state() == ("delivered", "delivered")


def test_another_attempt_ends_with_the_lateness_window(sent: Message) -> None:
    late = sent.send_until - datetime.timedelta(seconds=1)
    receipts.apply(told(sent, "undelivered", means="later"), late)
    assert state() == ("undelivered", "undelivered")


# -------------------------------------------------------------------------------------- any story

OUTCOMES = st.sampled_from(["accepted", "delivered", "undelivered"])
MEANINGS = st.sampled_from(["", "wrong", "opted_out", "later"])
RANK = {"queued": 0, "sending": 0, "unknown": 0, "accepted": 1, "undelivered": 2, "delivered": 3}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(st.tuples(OUTCOMES, MEANINGS, st.sampled_from(["mine", "other"])), max_size=8))
@cast.on_one
def test_no_sequence_of_receipts_takes_a_message_back(
    book: Book, told: list[tuple[Any, Any, str]]
) -> None:
    with book.atomic() as undone:
        cast.everybody()
        cast.walk_only(ON, WALKER)
        dispatching.dispatch(by(Memory()), lambda: TEN)
        message = cast.message("month_1")
        seen, was = 1, message
        for outcome, means, whose in told:
            ref = message.provider_ref if whose == "mine" else "SM-other"
            receipt = Receipt(message.id, "memory", ref, outcome, "30003", means)
            receipts.apply(receipt, LATER)
            now = Message.get_by_id(message.id)
            if now.past_refs and not was.past_refs:
                assert (now.state, outcome, means) == ("queued", "undelivered", "later")
                seen = 0  # another attempt, which begins at the beginning
            assert RANK[now.state] >= seen, (was.state, now.state)
            seen, was = RANK[now.state], now
        undone.rollback()
