"""What providers tell us later: applied forwards only, whatever the order, however often."""

import datetime
import itertools
from typing import Any

import peewee
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from servicing.channels import (
    Accepted,
    Answer,
    Lookup,
    Outgoing,
    Rejected,
    Throttled,
    Unknown,
)
from servicing.channels.memory import Memory
from servicing.core import states
from servicing.core.models import CardEntry, Message, Suppression
from servicing.core.states import LEASE
from servicing.dispatch import claims, outcomes, receipts
from servicing.dispatch import dispatcher as dispatching
from servicing.dispatch.provider_pool import HeldBack
from servicing.dispatch.receipts import Receipt
from servicing.messages import history
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.servicing import stored
from tests.servicing.dispatched import TEN, WALKER, by, dispatch, trail

pytestmark = cast.on_one

Book = peewee.Database
ON = "2025-09-30"
MINUTE = datetime.timedelta(minutes=1)
LATER = TEN + MINUTE


@pytest.fixture
def sent(book: Book) -> Message:
    """Lin Wei's month_1 of P001, which the provider has taken as SM1."""
    cast.everybody()
    cast.walk_only(ON, WALKER)
    dispatch(by(Memory(lambda message: Accepted(f"SM{message.id}"))))
    return cast.message("month_1")


def lost(message: Any = None) -> Unknown:
    """The provider has it, and its answer does not arrive."""
    return Unknown("timeout")


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
    dispatch(by(Memory(lost)))
    message = cast.message("month_1")
    assert message.state == "unknown"
    assert receipts.apply(told(message, "accepted"), LATER) == "applied"
    assert state() == ("accepted", "accepted")


def test_a_receipt_stops_a_message_that_was_thought_lost_from_going_out_again(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    dispatch(by(Memory(lost)))
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
    suppression = Suppression.get()
    assert (suppression.kind, suppression.subject, suppression.why) == (
        "sms",
        "+12025550111",
        "wrong",
    )
    assert (suppression.source, suppression.since) == ("memory 30005", LATER)
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


# ------------------------------------------------------------------------------ of which attempt

TALES = [("accepted", ""), ("delivered", ""), ("undelivered", ""), ("undelivered", "later")]


@pytest.fixture
def lost_once(book: Book) -> Message:
    """Lin Wei's month_1 of P001: of the first attempt nobody heard, and a person sends it again."""
    cast.everybody()
    cast.walk_only(ON, WALKER)
    message = alone()
    dispatch(by(Memory(lost)))
    history.settle(message.id, "resend", LATER)
    return cast.message("month_1")


def alone() -> Message:
    """Lin Wei's month_1 of P001, once nothing else waits."""
    message = cast.message("month_1")
    Message.update(state="cancelled").where(Message.id != message.id).execute()
    return message


@pytest.mark.parametrize(("outcome", "means"), TALES)
def test_an_id_that_none_of_the_attempts_can_have_is_not_believed(
    sent: Message, outcome: str, means: Any
) -> None:
    """One attempt was made, its id is known, and it came to nothing: there is no other one."""
    receipts.apply(told(sent, "undelivered", means="later"), LATER)
    assert cast.message("month_1").state == "queued"
    before = stored.everything()
    of_none = told(sent, outcome, ref="SM-other", means=means)
    assert receipts.apply(of_none, LATER) == "repeated"
    assert stored.everything() == before


@pytest.mark.parametrize(("outcome", "means"), TALES)
def test_what_was_thought_lost_did_arrive_although_another_one_is_on_its_way(
    lost_once: Message, outcome: str, means: Any
) -> None:
    dispatch(by(Memory(lambda letter: Accepted("SM-again"))), LATER)
    before = stored.everything()
    of_the_first = told(lost_once, outcome, ref="SM-first", means=means)
    applied = receipts.apply(of_the_first, LATER)
    if outcome == "delivered":
        assert (applied, *state()) == ("applied", "delivered", "delivered")
    else:
        assert applied == "repeated" and stored.everything() == before


@pytest.mark.parametrize(("means", "then"), [("later", "queued"), ("", "undelivered")])
def test_what_was_thought_lost_came_to_nothing_while_it_waits_to_be_sent_again(
    lost_once: Message, means: Any, then: str
) -> None:
    """A handset that was off takes nothing from the attempt to come; what is refused is over."""
    of_the_first = told(lost_once, "undelivered", ref="SM-first", means=means)
    assert receipts.apply(of_the_first, LATER) == "applied"
    assert cast.message("month_1").state == then
    before = stored.everything()
    assert receipts.apply(of_the_first, LATER) == "repeated"
    assert stored.everything() == before
    if then == "queued":
        assert cast.message("month_1").past_refs == "SM-first"
        dispatch(by(Memory()), LATER)
        assert state() == ("accepted", "accepted")


def never_leaves(answer: Answer | HeldBack) -> Message:
    """Lin Wei's month_1 of P001, whose first attempt ends so; where that is the end, it is retried."""
    cast.everybody()
    cast.walk_only(ON, WALKER)
    message = alone()
    taken = claims.claim(by(Memory()), message.provider, TEN, limit=9)
    outcomes.record([(each, answer) for each, _ in taken.to_send], TEN)
    history.retry([message.id], LATER)
    message = cast.message("month_1")
    assert (message.state, message.attempts, states.past_ids(message)) == ("queued", 1, [])
    return message


@pytest.mark.parametrize(
    "answer",
    [
        Throttled(),
        Throttled(LEASE),
        Throttled(whole_sender=True),
        Rejected("configuration"),
        Rejected("content"),
        HeldBack("late"),
    ],
    ids=str,
)
def test_an_attempt_that_never_left_has_no_id_to_be_told_of(
    book: Book, answer: Answer | HeldBack
) -> None:
    message = never_leaves(answer)
    dispatch(by(Memory(lambda letter: Accepted("SM-one"))), max(LATER, message.send_from))
    assert state() == ("accepted", "accepted")
    for outcome in ("delivered", "undelivered"):
        of_nobody = told(cast.message("month_1"), outcome, ref="SM-nobody")
        assert receipts.apply(of_nobody, LATER) == "repeated"
    assert state() == ("accepted", "accepted")


def test_what_was_throttled_and_then_came_to_nothing_is_not_sent_again(book: Book) -> None:
    """The receipt overtakes the answer: there is one attempt that it can be of."""
    message = never_leaves(Throttled())

    def overtaken(letter: Outgoing) -> Accepted:
        assert receipts.apply(told(alone(), "undelivered", ref="SM-one"), LATER) == "applied"
        return Accepted("SM-one")

    dispatch(by(Memory(overtaken)), max(LATER, message.send_from))
    assert state() == ("undelivered", "undelivered")


class Listing(Memory):
    """A provider that lists what it has, by its own ids."""

    def __init__(self, *refs: str) -> None:
        super().__init__()
        self.refs = refs

    def find(self, message: Outgoing) -> Lookup:
        return Lookup("found", self.refs)


@pytest.mark.parametrize("means", ["", "later"])
def test_what_came_to_nothing_may_be_the_one_before_so_the_provider_is_asked(
    lost_once: Message, means: Any
) -> None:
    """Two attempts without an id, and one of them failed: to send a third might be once too often."""
    of_one = told(lost_once, "undelivered", ref="SM-first", means=means)

    def meanwhile(letter: Outgoing) -> Accepted:
        assert receipts.apply(of_one, LATER) == "applied"
        return Accepted("SM-second")

    dispatch(by(Memory(meanwhile)), LATER)
    assert state() == ("unknown", "no_answer")
    assert dispatch(by(Listing("SM-first", "SM-second")), LATER + LEASE - MINUTE) == {}
    dispatch(by(Listing("SM-first", "SM-second")), LATER + LEASE)
    message = cast.message("month_1")
    assert (message.state, message.provider_ref) == ("accepted", "SM-second")


def test_what_came_to_nothing_is_not_taken_for_the_attempt_that_is_asked_for(
    lost_once: Message,
) -> None:
    dispatch(by(Memory(lost)), LATER)
    of_one = told(lost_once, "undelivered", ref="SM-first", means="later")
    assert receipts.apply(of_one, LATER) == "applied"
    assert state() == ("unknown", "no_answer")
    assert receipts.apply(of_one, LATER) == "repeated"
    dispatch(by(Listing("SM-first")), LATER + LEASE)
    assert [kind for kind, _ in trail()][-3:] == ["unknown", "queued", "accepted"]
    assert cast.message("month_1").attempts == 3


# -------------------------------------------------------------------------------------- any story

OUTCOMES = st.sampled_from(["accepted", "delivered", "undelivered"])
MEANINGS = st.sampled_from(["", "wrong", "opted_out", "later"])
RANK = {"queued": 0, "sending": 0, "unknown": 0, "accepted": 1, "undelivered": 2, "delivered": 3}


@settings(each_rolled_back, max_examples=examples(40))
@given(told=st.lists(st.tuples(OUTCOMES, MEANINGS, st.sampled_from(["mine", "other"])), max_size=8))
@example(
    told=[
        ("undelivered", "later", "mine"),
        ("accepted", "", "other"),
        ("undelivered", "later", "other"),
    ]
)
@cast.on_one
def test_no_sequence_of_receipts_takes_a_message_back(
    book: Book, told: list[tuple[Any, Any, str]]
) -> None:
    """One attempt is made, and it has its id: what is told of another id is told of nobody's."""
    with book.atomic() as undone:
        cast.everybody()
        cast.walk_only(ON, WALKER)
        dispatching.dispatch(by(Memory()), lambda: TEN)
        message = cast.message("month_1")
        seen, was = 1, message
        for outcome, means, whose in told:
            ref = message.provider_ref if whose == "mine" else "SM-other"
            receipt = Receipt(message.id, "memory", ref, outcome, "30003", means)
            applied = receipts.apply(receipt, LATER)
            assert whose == "mine" or applied == "repeated"
            now = Message.get_by_id(message.id)
            if now.past_refs != was.past_refs:
                assert (now.state, outcome, means) == ("queued", "undelivered", "later")
                seen = 0  # another attempt, which begins at the beginning
            assert RANK[now.state] >= seen, (was.state, now.state)
            seen, was = RANK[now.state], now
        undone.rollback()


SENDS = st.sampled_from(["answered", "lost", "throttled", "refused"])
TELLS = st.tuples(st.integers(0, 3), st.sampled_from(TALES))


@settings(each_rolled_back, max_examples=examples(40))
@given(steps=st.lists(SENDS | TELLS, max_size=14))
@example(steps=["throttled", "answered", (0, ("undelivered", "")), "answered"])
@example(steps=["lost", "answered", (0, ("delivered", ""))])
@example(steps=["lost", "lost", (0, ("undelivered", "later")), (1, ("accepted", ""))])
@example(steps=["lost", (0, ("undelivered", "later")), "answered", (0, ("delivered", ""))])
def test_whatever_its_attempts_tell_no_message_leaves_while_one_of_them_may_arrive(
    book: Book, steps: list[Any]
) -> None:
    """Every attempt may tell anything at any time, also one of which no answer was heard."""
    with book.atomic() as undone:
        cast.everybody()
        cast.walk_only(ON, WALKER)
        attempts = Attempts(alone().id)
        for step in [*steps, "answered"]:
            attempts.send(step) if isinstance(step, str) else attempts.tell(*step)
        undone.rollback()


NEVER_LEFT: dict[str, Answer] = {"throttled": Throttled(), "refused": Rejected("content", "30007")}


class Attempts:
    """One message, its attempts one after the other, and what the provider tells of each."""

    def __init__(self, number: int) -> None:
        self.number, self.now = number, TEN
        self.refs: list[str] = []
        self.open: set[str] = set()
        """The ids that we have heard, and not that they came to nothing: these may arrive."""
        self.has_arrived = False

    def send(self, how: str) -> None:
        """Try once more, if the message waits for it; a lost or refused one is sent again by a person."""
        message = Message.get_by_id(self.number)
        if message.state == "failed":
            history.retry([self.number], self.now)
            message = Message.get_by_id(self.number)
        if message.state == "unknown":
            history.settle(self.number, "resend", self.now)
            message = Message.get_by_id(self.number)
        if message.state == "queued":
            self.now = max(self.now, message.send_from)

        def answer(letter: Outgoing) -> Answer:
            assert not self.open and not self.has_arrived, "one that has left may arrive"
            if how in NEVER_LEFT:
                return NEVER_LEFT[how]
            self.refs.append(f"SM-{len(self.refs)}")
            if how == "lost":
                return lost()
            self.open.add(self.refs[-1])
            return Accepted(self.refs[-1])

        dispatch(by(Memory(answer)), self.now)

    def tell(self, which: int, tale: tuple[Any, Any]) -> None:
        """A receipt comes in, and comes in once more."""
        if not self.refs:
            return
        ref, (outcome, means) = self.refs[which % len(self.refs)], tale
        receipt = Receipt(self.number, "memory", ref, outcome, "30003", means)
        applied = receipts.apply(receipt, self.now)
        if outcome == "delivered":
            self.has_arrived = True
        if outcome == "undelivered":
            self.open.discard(ref)
        elif applied == "applied":
            self.open.add(ref)
        before = Message.get_by_id(self.number)
        assert receipts.apply(receipt, self.now) == "repeated"
        now = Message.get_by_id(self.number)
        assert (now.state, now.past_refs) == (before.state, before.past_refs)
        assert now.state == "delivered" or not self.has_arrived, "it did arrive"
