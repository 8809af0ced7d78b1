"""Messages leave the house: claimed, committed, handed over, recorded. Nothing twice, nothing lost."""

import datetime
import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import peewee
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.models import Client, Policy
from servicing.channels import (
    Accepted,
    Answer,
    Lookup,
    Outgoing,
    Rejected,
    RejectKind,
    Throttled,
    Unknown,
)
from servicing.channels.memory import Memory
from servicing.channels.outbox import Outbox
from servicing.core import errors, references
from servicing.core import trail as core_trail
from servicing.core.models import CardEntry, Message
from servicing.core.states import LEASE
from servicing.dispatch import claims, outcomes, provider_pool, rate_limit
from servicing.dispatch import dispatcher as dispatching
from servicing.dispatch.claims import Dispatcher
from servicing.dispatch.reconcile import ASK_AGAIN
from servicing.operations.workspace import Workspace
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.refusals import refuses
from tests.servicing import books, owed, stored
from tests.servicing.dispatched import (
    MINUTE,
    ON,
    TEN,
    WALKER,
    Threaded,
    Undecided,
    by,
    dispatch,
    states,
    trail,
)

Book = peewee.Database


class Killed(BaseException):
    """The process is gone: nobody catches this."""


# --------------------------------------------------------------------------------------- the way out


def test_what_is_due_becomes_files_and_the_card_tells_it(queued: cast.Cast, tmp_path: Path) -> None:
    assert dispatch(by(Outbox(tmp_path))) == {"accepted": 4}
    folder = tmp_path / "outbox" / ON / "sms"
    written = sorted(path.name for path in folder.iterdir())
    ids = [message.id for message in Message.select().order_by(Message.id)]
    assert written == [f"{number:09}-month_1.txt" for number in ids]
    message = cast.message("month_1")
    assert cast.said(message) in (folder / f"{message.id:09}-month_1.txt").read_text("utf-8")
    assert (message.state, message.reason) == ("accepted", "accepted")
    assert message.provider_ref == f"{ON}/sms/{message.id:09}-month_1.txt"
    assert (message.attempts, message.claimed_at) == (1, TEN)
    assert trail() == [("queued", "due"), ("accepted", "accepted")]
    told = CardEntry.get(
        CardEntry.touchpoint_id == message.touchpoint_id, CardEntry.kind == "message.accepted"
    )
    assert (told.at, told.facts) == (TEN, "{}"), "the row says the rest"
    *_, line = core_trail.of_touchpoint(message.client_id, message.touchpoint_id)
    ref = message.provider_ref
    assert json.loads(line.facts) == {"reason": "accepted", "channel": "sms", "ref": ref}


def test_a_provider_is_handed_everything_it_may_need(queued: cast.Cast) -> None:
    memory = Memory()
    dispatch(by(memory))
    message = cast.message("month_1")
    assert memory.sent[message.id] == Outgoing(
        id=message.id,
        channel="sms",
        address="+12025550111",
        touchpoint="month_1",
        template="month_1",
        locale="zh_CN",
        params=memory.sent[message.id].params,
        subject="",
        body=cast.said(message),
        parts=2,
        encoding="UCS-2",
        message_class="service",
        planned_on=datetime.date(2025, 9, 30),
        client_no="C001",
        policy_tail="P001",
        agent_name="陈燕",
        handed_over_at=TEN,
        not_after=cast.at(ON, "20:00"),
        token=references.token(),
        mark=memory.sent[message.id].mark,
    )
    assert len(memory.sent[message.id].mark) == 10


def test_an_email_goes_to_the_address_with_its_subject(book: Book) -> None:
    people = cast.everybody()
    cast.change(people.lin_wei, channel="email", email="lin.wei@example.com", language="en")
    cast.walk_only(ON, WALKER)
    memory = Memory()
    dispatch(by(memory))
    letter = memory.sent[cast.message("month_1").id]
    assert (letter.channel, letter.address) == ("email", "lin.wei@example.com")
    assert letter.subject == "One month with your 安心终身寿险 policy"
    assert "(no. P001)" in letter.body


def test_a_second_dispatch_finds_nothing_to_do(queued: cast.Cast) -> None:
    memory = Memory()
    dispatch(by(memory))
    before = stored.everything()
    assert dispatch(by(Memory(never))) == {}
    assert stored.everything() == before


def never(message: Outgoing) -> Answer:
    raise AssertionError(f"message {message.id} must not be handed over")


@pytest.mark.parametrize("limit", [0, 1, 3, 4, 9])
def test_no_more_leave_than_the_limit_says(queued: cast.Cast, limit: int) -> None:
    memory = Memory()
    counts = dispatch(by(memory), limit=limit)
    assert sum(counts.values()) == len(memory.sent) == min(limit, 4)
    assert states().get("queued", 0) == 4 - min(limit, 4)
    first = list(Message.select().order_by(Message.send_from, Message.id).limit(min(limit, 4)))
    assert set(memory.sent) == {message.id for message in first}, "the oldest leave first"


def test_more_messages_than_are_claimed_at_a_time_leave_in_several_goes(
    queued: cast.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_pool, "IN_ONE_GO", 3)
    assert dispatch(by(Memory())) == {"accepted": 4}


# ------------------------------------------------------------------------------------------ answers

ANSWERS: list[tuple[Answer, str, str, str]] = [
    (Accepted("SM1"), "accepted", "accepted", "SM1"),
    (Rejected("number", "21211"), "failed", "number_refused", ""),
    (Rejected("opted_out", "21610"), "suppressed", "opted_out", ""),
    (Rejected("content", "30007"), "failed", "content_refused", ""),
    (Rejected("mailbox", "552 5.2.2"), "failed", "mailbox_refused", ""),
    (Rejected("blocked", "550 5.7.1"), "failed", "blocked", ""),
    (Throttled(datetime.timedelta(minutes=2)), "queued", "throttled", ""),
    (Unknown("timed out"), "unknown", "no_answer", ""),
]


@pytest.mark.parametrize(("answer", "state", "reason", "ref"), ANSWERS)
def test_every_answer_of_a_provider_has_its_state_and_reason(
    queued: cast.Cast, answer: Answer, state: str, reason: str, ref: str
) -> None:
    counts = dispatch(by(Memory(lambda message: answer)))
    assert counts == {state: 4}
    message = cast.message("month_1")
    assert (message.state, message.reason, message.provider_ref) == (state, reason, ref)
    assert trail() == [("queued", "due"), (state, reason)]


def test_each_message_has_an_answer_of_its_own(queued: cast.Cast) -> None:
    answers = iter([Accepted("1"), Rejected("number"), Unknown(), Accepted("4")])
    assert dispatch(by(Memory(lambda message: next(answers)))) == {
        **{"accepted": 2, "failed": 1, "unknown": 1}
    }


def test_what_was_throttled_is_tried_again_after_the_pause_and_not_before(
    queued: cast.Cast,
) -> None:
    dispatch(by(Memory(lambda message: Throttled(2 * MINUTE))))
    assert cast.message("month_1").send_from == TEN + 2 * MINUTE
    assert dispatch(by(Memory(never)), TEN + MINUTE) == {}
    assert dispatch(by(Memory()), TEN + 2 * MINUTE) == {"accepted": 4}
    assert cast.message("month_1").attempts == 2


def test_a_provider_that_asks_for_no_pause_is_not_asked_for_ever(queued: cast.Cast) -> None:
    """`Retry-After: 0`. One dispatch asks once; the next one is a minute away."""
    asked: Counter[int] = Counter()

    def busy(message: Outgoing) -> Answer:
        asked[message.id] += 1
        return Throttled(datetime.timedelta()) if asked[message.id] < 20 else Accepted("at last")

    assert dispatch(by(Memory(busy))) == {"queued": 4}
    assert set(asked.values()) == {1}


def test_a_throttled_message_that_grows_too_old_is_skipped(queued: cast.Cast) -> None:
    dispatch(by(Memory(lambda message: Throttled(datetime.timedelta(days=30)))))
    assert dispatch(by(Memory(never)), cast.at("2025-10-30", "10:00")) == {"skipped": 4}


@pytest.mark.parametrize("kind", ["number", "opted_out", "content"])
def test_what_a_provider_refused_is_not_tried_again(queued: cast.Cast, kind: RejectKind) -> None:
    dispatch(by(Memory(lambda message: Rejected(kind))))
    assert dispatch(by(Memory(never)), TEN + datetime.timedelta(days=1)) == {}


def test_a_channel_that_cannot_send_at_all_stops_and_burns_no_message(queued: cast.Cast) -> None:
    asked: list[int] = []

    def refuse(message: Outgoing) -> Answer:
        asked.append(message.id)
        return Rejected("configuration", "no space left on device")

    with refuses(errors.ChannelStopped, match=r"'memory' has stopped \(no space left"):
        dispatch(by(Memory(refuse)))
    assert len(asked) == 1, "it is not tried with the rest"
    assert states() == {"queued": 4}
    assert cast.message("month_1").reason == "channel_stopped"
    assert dispatch(by(Memory())) == {"accepted": 4}, "once it is put right, they go"


def test_one_channel_that_has_stopped_does_not_keep_the_others(queued: cast.Cast) -> None:
    cast.change(queued.zhou_ming, phone="+8613800138000")
    broken, working = Memory(lambda message: Rejected("configuration")), Memory()
    broken.name = "broken"
    worker = by(working, broken, **{"+86": "broken"})
    with refuses(errors.ChannelStopped, match="'broken'"):
        dispatch(worker)
    assert len(working.sent) == 3
    assert states() == {"accepted": 3, "queued": 1}


# -------------------------------------------------------------------------- the window, and lateness

MOMENTS = [
    # now -> counts, and when they are tried again
    ("2025-09-30T08:59+08:00", {}, "2025-09-30T09:00+08:00"),
    ("2025-09-30T09:00+08:00", {"accepted": 4}, None),
    ("2025-09-30T19:59+08:00", {"accepted": 4}, None),
    ("2025-09-30T20:00+08:00", {"queued": 4}, "2025-10-01T09:00+08:00"),
    ("2025-10-01T03:00+08:00", {"queued": 4}, "2025-10-01T09:00+08:00"),
    ("2025-10-07T19:59+08:00", {"accepted": 4}, None),
    ("2025-10-07T20:00+08:00", {"skipped": 4}, None),
    ("2025-12-24T12:00+08:00", {"skipped": 4}, None),
]


@pytest.mark.parametrize(("now", "counts", "again"), MOMENTS)
def test_messages_leave_inside_the_window_only(
    queued: cast.Cast, now: str, counts: dict[str, int], again: str | None
) -> None:
    memory = Memory()
    assert dispatch(by(memory), datetime.datetime.fromisoformat(now)) == counts
    assert len(memory.sent) == counts.get("accepted", 0)
    if again:
        message = cast.message("month_1")
        assert message.send_from == datetime.datetime.fromisoformat(again)
        assert dispatch(by(memory), message.send_from) == {"accepted": 4}


def test_a_message_that_was_skipped_says_so_on_the_card(queued: cast.Cast) -> None:
    dispatch(by(Memory(never)), cast.at("2025-10-08", "10:00"))
    assert trail() == [("queued", "due"), ("skipped", "late")]


def test_a_client_who_moved_is_written_to_by_the_clock_of_the_new_place(queued: cast.Cast) -> None:
    cast.change(queued.zhou_ming, timezone="America/New_York")
    memory = Memory()
    assert dispatch(by(memory)) == {"accepted": 3, "queued": 1}
    assert cast.message("month_1", "P900").send_from == cast.at(ON, "09:00", "-04:00")


# --------------------------------------------------------------------- what has changed since it was made


def test_who_opts_out_between_queueing_and_sending_gets_nothing(queued: cast.Cast) -> None:
    cast.change(queued.lin_wei, channel="none")
    memory = Memory()
    assert dispatch(by(memory)) == {"suppressed": 3, "accepted": 1}
    assert trail() == [("queued", "due"), ("suppressed", "client_wants_none")]
    assert cast.message("month_1", "P900").id in memory.sent


CONSENT = [(None, "no_marketing_consent"), (False, "marketing_consent_withdrawn")]


@pytest.mark.parametrize(("consent", "reason"), CONSENT)
def test_who_withdraws_consent_gets_no_marketing(
    book: Book, consent: bool | None, reason: str
) -> None:
    people = cast.everybody(issued="2025-04-30", served_from="2026-05-30")
    cast.change(people.lin_wei, marketing_consent=True)
    cast.walk_only("2026-05-30", WALKER)
    assert cast.message("news").state == "queued"
    cast.change(people.lin_wei, marketing_consent=consent)
    assert dispatch(by(Memory(never)), cast.at("2026-05-30", "10:00")) == {"suppressed": 1}
    assert trail(key="news")[-1] == ("suppressed", reason)


def test_a_message_goes_to_the_number_of_the_day_it_is_sent(workspace: Workspace) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    books.take_in(workspace, books.row(phone="+12025550142"), on=ON)
    memory = Memory()
    dispatch(by(memory))
    message = cast.message("month_1")
    assert memory.sent[message.id].address == message.address == "+12025550142"


def test_a_new_agent_signs_what_was_queued(workspace: Workspace) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    new = {"agent_no": "A002", "agent_name": "Zoë", "agent_phone": "+12025550102"}
    books.take_in(workspace, books.row("P001", **new), on=ON)
    memory = Memory()
    dispatch(by(memory))
    letter = memory.sent[cast.message("month_1").id]
    assert letter.agent_name == letter.params["agent_name"] == "Zoë"
    assert "Zoë" in letter.body and "陈燕" not in letter.body
    message = cast.message("month_1")
    assert (cast.said(message), message.body, message.params) == (letter.body, "", "{}")
    assert message.agent_id == cast.policy("P001").agent_id
    assert "陈燕" in memory.sent[cast.message("month_1", "P002").id].body


def test_a_policy_that_ended_meanwhile_is_cancelled_without_a_sweep(queued: cast.Cast) -> None:
    cast.change(queued.policies[0], status="surrendered", ended_on=cast.day(ON))
    assert dispatch(by(Memory())) == {"cancelled": 1, "accepted": 3}
    assert trail() == [("queued", "due"), ("cancelled", "policy_ended")]


def test_what_was_for_the_old_client_of_a_policy_is_not_sent(queued: cast.Cast) -> None:
    cast.change(queued.policies[0], client=queued.zhou_ming)
    memory = Memory()
    assert dispatch(by(memory)) == {"cancelled": 1, "accepted": 3}
    assert trail() == [("queued", "due"), ("cancelled", "policy_moved")]


def test_what_the_plan_has_dropped_is_not_sent(queued: cast.Cast) -> None:
    worker = replace(by(Memory(never)), plan=owed.only(owed.touchpoint("month_4")))
    assert dispatch(worker) == {"cancelled": 4}
    assert trail() == [("queued", "due"), ("cancelled", "not_in_plan")]


def test_what_a_client_is_owed_is_carried_on_when_an_import_ends_its_policy_meanwhile(
    book: Book,
) -> None:
    """The import came between the sweep and the claim; Lin Wei has two policies more."""
    people = cast.everybody(issued=["2025-03-04", "2025-03-05", "2025-03-06"])
    for client in (people.lin_wei, people.zhou_ming):
        cast.change(client, marketing_consent=True)
    cast.walk_only("2026-06-04", WALKER)
    carrier = cast.message("news").policy_id
    for number in ("P001", "P900"):
        cast.change(cast.policy(number), status="surrendered", ended_on=cast.day("2026-06-04"))
    counts = dispatch(by(Memory()), cast.at("2026-06-04", "10:00"))
    news = [each for each in Message.select() if each.touchpoint.key == "news"]
    told = {each.client.client_no: (each.state, each.reason) for each in news}
    assert told == {"C001": ("accepted", "accepted"), "C900": ("cancelled", "policy_ended")}
    (carried,) = [each for each in news if each.state == "accepted"]
    assert carried.policy_id != carrier and carried.policy.policy_no == "P002"
    assert counts["accepted"] >= 1 and counts["cancelled"] == 1


def test_a_client_gets_one_marketing_message_a_day_also_when_two_have_waited(book: Book) -> None:
    """News of Thursday and the event of Friday, and nobody dispatched on Thursday."""
    people = cast.everybody(issued="2025-03-04", served_from="2026-06-04")
    cast.change(people.lin_wei, marketing_consent=True)
    cast.walk_only("2026-06-04", WALKER)
    planned = [cast.message(key).planned_on.day for key in ("news", "event")]
    assert planned == [4, 5]
    memory = Memory()
    dispatch(by(memory), cast.at("2026-06-05", "10:00"))
    assert len(memory.sent) == 1
    dispatch(by(memory), cast.at("2026-06-06", "10:00"))
    assert len(memory.sent) == 2


# ------------------------------------------------------------------------------------------- crashes


def crash(worker: Dispatcher, now: datetime.datetime = TEN) -> None:
    with pytest.raises(Killed):
        dispatch(worker, now)


def killed_before(message: Outgoing) -> Answer:
    raise Killed


def killed_after(memory: Memory) -> Callable[[Outgoing], Answer]:
    """The provider has it, and we never hear that it does."""

    def answer(message: Outgoing) -> Answer:
        memory.sent[message.id] = message
        raise Killed

    return answer


def test_a_crash_before_the_hand_over_loses_nothing(queued: cast.Cast) -> None:
    crash(by(Memory(killed_before)))
    assert states() == {"sending": 4}
    memory = Memory()
    assert dispatch(by(memory), TEN + LEASE) == {"accepted": 4}
    assert len(memory.sent) == 4
    assert trail() == [
        ("queued", "due"),
        ("unknown", "no_answer"),
        ("queued", "not_at_provider"),
        ("accepted", "accepted"),
    ]


def test_a_crash_after_the_hand_over_sends_nothing_twice(queued: cast.Cast) -> None:
    memory = Memory()
    memory._answer = killed_after(memory)
    crash(by(memory))
    assert states() == {"sending": 4}
    handed_over = dict(memory.sent)
    assert len(handed_over) == 1, "the first was on its way when it happened"
    survivor = Memory()
    survivor.sent = dict(handed_over)
    assert dispatch(by(survivor), TEN + LEASE) == {"accepted": 4}
    (first,) = handed_over
    message = Message.get_by_id(first)
    assert (message.attempts, message.provider_ref) == (1, f"memory-{first}")
    assert survivor.sent[first] is handed_over[first], "it was found there, not sent again"


def test_nobody_touches_a_claim_before_its_lease_is_over(queued: cast.Cast) -> None:
    crash(by(Memory(killed_before)))
    before = stored.everything()
    assert dispatch(by(Memory(never)), TEN + LEASE - MINUTE) == {}
    assert stored.everything() == before


def test_files_written_before_a_crash_are_found_again(queued: cast.Cast, tmp_path: Path) -> None:
    class CrashingOutbox(Outbox):
        def send(self, message: Outgoing) -> Answer:
            if list(tmp_path.rglob("*.txt")):
                raise Killed
            return super().send(message)

    crash(by(CrashingOutbox(tmp_path)))
    assert len(list(tmp_path.rglob("*.txt"))) == 1
    assert dispatch(by(Outbox(tmp_path)), TEN + LEASE) == {"accepted": 4}
    assert len(list(tmp_path.rglob("*.txt"))) == 4
    assert sorted(attempts for (attempts,) in Message.select(Message.attempts).tuples()) == [
        1,
        2,
        2,
        2,
    ]


def test_what_a_provider_cannot_say_yet_is_asked_for_again_later(queued: cast.Cast) -> None:
    dispatch(by(Memory(lambda message: Unknown())))
    assert dispatch(by(Undecided(never)), TEN + LEASE) == {"unknown": 4}
    assert states() == {"unknown": 4}
    found = Memory(never)
    found.sent = {message.id: message for message in letters()}
    assert dispatch(by(found), TEN + LEASE + ASK_AGAIN - MINUTE) == {}
    assert dispatch(by(found), TEN + LEASE + ASK_AGAIN) == {"accepted": 4}
    assert trail() == [("queued", "due"), ("unknown", "no_answer"), ("accepted", "accepted")]


def letters() -> Iterator[Any]:
    return iter(Message.select())


def test_an_unknown_message_that_is_not_there_and_too_old_is_skipped(queued: cast.Cast) -> None:
    dispatch(by(Memory(lambda message: Unknown())))
    assert dispatch(by(Memory(never)), cast.at("2025-10-08", "10:00")) == {"skipped": 4}
    assert trail()[-2:] == [("queued", "not_at_provider"), ("skipped", "late")]


def test_the_provider_that_was_given_a_message_is_the_one_that_is_asked(queued: cast.Cast) -> None:
    """The routes were changed between the crash and the next dispatch."""
    old, new = Memory(), Memory()
    old.name, new.name = "old", "new"
    old._answer = killed_after(old)
    crash(by(old, new))
    dispatch(by(new, old), TEN + LEASE)
    assert not set(old.sent) & set(new.sent), "one of them went out twice"


def test_a_provider_that_is_no_longer_there_cannot_be_asked_so_a_person_decides(
    queued: cast.Cast,
) -> None:
    old, new = Memory(), Memory(never)
    old.name, new.name = "old", "new"
    old._answer = killed_after(old)
    crash(by(old))
    assert dispatch(by(new), TEN + LEASE) == {"unknown": 4}
    assert dispatch(by(new), TEN + LEASE + ASK_AGAIN) == {"unknown": 4}
    assert cast.message("month_1").provider == "old"


# ------------------------------------------------------------------------------------- two at once


def test_two_dispatchers_at_once_hand_nothing_over_twice(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = cast.people()
    for number in range(60):
        cast.give_policy(people.lin_wei, f"P{number:03}")
    cast.walk_only(ON, WALKER)
    monkeypatch.setattr(provider_pool, "IN_ONE_GO", 7)
    handed_over: list[int] = []

    def count(message: Outgoing) -> Answer:
        handed_over.append(message.id)
        return Accepted(f"memory-{message.id}")

    worker = by(Memory(count))
    results = stored.at_once(*[lambda: dispatch(worker)] * 3)
    assert sorted(handed_over) == sorted(message.id for message in Message.select())
    assert sum(each.get("accepted", 0) for each in results) == 60
    assert states() == {"accepted": 60}
    assert CardEntry.select().where(CardEntry.kind == "message.accepted").count() == 60


def test_two_who_settle_at_once_settle_once(queued: cast.Cast) -> None:
    dispatch(by(Memory(lambda message: Unknown())))
    found = Memory(never)
    found.sent = {message.id: message for message in letters()}
    worker = by(found)
    results = stored.at_once(*[lambda: dispatch(worker, TEN + LEASE)] * 3)
    assert states() == {"accepted": 4}
    assert CardEntry.select().where(CardEntry.kind == "message.accepted").count() == 4
    assert sum(each.get("accepted", 0) for each in results) == 4, "each is counted once"


def test_a_look_up_that_is_out_of_date_does_not_send_again(queued: cast.Cast) -> None:
    """Two ask for the same message. One finds it absent and sends it; the provider takes it, and
    that is not heard either. Then the other one's answer, "absent", is of the attempt before."""
    Message.update(state="cancelled").where(Message.id > cast.message("month_1").id).execute()
    dispatch(by(Memory(lambda message: Unknown())))
    handed_over: Counter[int] = Counter()

    def takes_and_says_nothing(message: Outgoing) -> Answer:
        handed_over[message.id] += 1
        return Unknown("500")

    class Slow(Memory):
        def find(self, message: Outgoing) -> Lookup:
            if not handed_over:
                dispatch(by(Memory(takes_and_says_nothing)), TEN + LEASE)
            return Lookup("absent")

    dispatch(by(Slow(takes_and_says_nothing)), TEN + LEASE)
    assert sum(handed_over.values()) == 1
    assert cast.message("month_1").state == "unknown"


def test_a_dispatcher_slower_than_its_lease_does_not_send_what_another_has_taken_over(
    queued: cast.Cast,
) -> None:
    """Four messages of two minutes each: after five, the rest of the claim is nobody's."""
    handed_over: Counter[int] = Counter()
    clock = [TEN]

    def quick(message: Outgoing) -> Answer:
        handed_over[message.id] += 1
        return Accepted(f"memory-{message.id}")

    def slow(message: Outgoing) -> Answer:
        if not handed_over:
            quick(message)
            clock[0] = TEN + LEASE
            other = Memory(quick)
            other.sent[message.id] = message
            assert dispatch(by(other), clock[0]) == {"accepted": 4}
            return Accepted(f"memory-{message.id}")
        return quick(message)

    dispatching.dispatch(by(Memory(slow)), lambda: clock[0])
    assert set(handed_over.values()) == {1}
    assert states() == {"accepted": 4}


def test_a_long_dispatch_ends_with_the_send_window(queued: cast.Cast) -> None:
    """It begins a minute before eight in the evening, and each message takes forty seconds."""
    clock = [cast.at(ON, "19:59")]

    def slow(message: Outgoing) -> Answer:
        clock[0] += datetime.timedelta(seconds=40)
        return Accepted(f"memory-{message.id}")

    assert dispatching.dispatch(by(Memory(slow)), lambda: clock[0]) == {"accepted": 2, "queued": 4}
    assert states() == {"accepted": 2, "queued": 2}
    waiting = Message.get(Message.state == "queued")
    assert (waiting.reason, waiting.send_from) == ("held_back", cast.at("2025-10-01", "09:00"))


def test_an_answer_that_comes_after_the_lease_changes_nothing_that_is_settled(
    queued: cast.Cast,
) -> None:
    worker = by(Memory())
    claimed = claims.claim(worker, "outbox", TEN, 1).to_send
    survivor = Memory()
    survivor.sent = {message.id: outgoing for message, outgoing in claimed}
    dispatch(by(survivor), TEN + LEASE)
    before = stored.everything()
    for answer in (Accepted("late"), Rejected("number"), Throttled(MINUTE), Unknown()):
        outcomes.record([(message, answer) for message, _ in claimed], TEN + 2 * LEASE)
        assert stored.everything() == before


def test_the_lin_weis_of_this_world_are_many(book: Book) -> None:
    """Each of sixty clients gets her own words: a claim mixes nobody up."""
    people = cast.people()
    for number in range(60):
        client = Client.create(
            client_no=f"K{number:03}", name=f"客户{number:03}", phone="+12025550111"
        )
        cast.give_policy(client, f"K{number:03}", agent=people.chen_yan)
    cast.walk_only(ON, WALKER)
    memory = Memory()
    dispatch(by(memory))
    for letter in memory.sent.values():
        policy = Policy.get(Policy.policy_no == letter.client_no)
        assert letter.body.startswith(f"【示例人寿】{policy.client.name}，")


# --------------------------------------------------------------------------------- several at a time


def test_several_are_on_their_way_at_a_time(queued: cast.Cast) -> None:
    """Each waits for the others: one after the other they would never arrive."""
    together = threading.Barrier(4, timeout=10)

    def wait_for_the_others(message: Outgoing) -> Answer:
        together.wait()
        return Accepted(f"memory-{message.id}")

    memory = Threaded(wait_for_the_others)
    assert dispatch(by(memory)) == {"accepted": 4}
    assert len(memory.sent) == 4


def test_a_channel_that_stops_while_others_are_on_their_way_burns_no_message(
    queued: cast.Cast,
) -> None:
    with pytest.raises(errors.ChannelStopped):
        dispatch(by(Threaded(lambda message: Rejected("configuration", "20003"))))
    assert states() == {"queued": 4}


def test_a_mistake_of_ours_is_loud_and_loses_nothing(queued: cast.Cast) -> None:
    first = Message.select().order_by(Message.id).first().id
    handed_over: Counter[int] = Counter()

    def broken(message: Outgoing) -> Answer:
        handed_over[message.id] += 1
        if message.id == first and handed_over[first] == 1:
            raise ZeroDivisionError
        return Accepted(f"memory-{message.id}")

    memory = Threaded(broken)
    with pytest.raises(ZeroDivisionError):
        dispatch(by(memory))
    assert Message.get_by_id(first).state == "sending"
    assert states().get("accepted", 0) == len(memory.sent), "what left is written down"
    dispatch(by(memory), TEN + LEASE)
    assert states() == {"accepted": 4}
    assert handed_over.pop(first) == 2, "the provider did not have it, and says so"
    assert set(handed_over.values()) == {1}, "the others were not sent again"


def test_a_dispatch_that_is_ended_writes_down_what_left_and_hands_back_the_rest(
    queued: cast.Cast,
) -> None:
    """Ctrl-C, or SIGTERM: two are with the provider, two were not handed over yet."""

    class TwoAtATime(Memory):
        capabilities = replace(Memory.capabilities, concurrency=2)

    begun, ended = threading.Barrier(3, timeout=10), threading.Event()

    def slow(message: Outgoing) -> Answer:
        begun.wait()
        ended.wait(10)
        return Accepted(f"memory-{message.id}")

    memory = TwoAtATime(slow)
    moments = iter([TEN, TEN, TEN])

    def interrupted() -> datetime.datetime:
        for moment in moments:
            return moment
        if threading.current_thread() is threading.main_thread() and not ended.is_set():
            begun.wait()
            threading.Timer(0.2, ended.set).start()
            raise KeyboardInterrupt
        return TEN

    with pytest.raises(KeyboardInterrupt):
        dispatching.dispatch(by(memory), interrupted)
    assert len(memory.sent) == 2
    assert states() == {"accepted": 2, "queued": 2}


def test_a_dispatch_that_is_told_to_end_waits_for_what_left_and_hands_back_the_rest(
    queued: cast.Cast,
) -> None:
    """As above, but by the engine, which is stopped while its jobs are at work."""

    class TwoAtATime(Memory):
        capabilities = replace(Memory.capabilities, concurrency=2)

    begun: list[int] = []
    ended = threading.Event()

    def slow(message: Outgoing) -> Answer:
        begun.append(message.id)
        ended.wait(10)
        return Accepted(f"memory-{message.id}")

    def is_over() -> bool:
        if len(begun) == 2:
            threading.Timer(0.2, ended.set).start()
        return len(begun) == 2

    counts = dispatching.dispatch(by(TwoAtATime(slow)), lambda: TEN, is_over=is_over)
    assert len(begun) == 2
    assert states() == counts == {"accepted": 2, "queued": 2}
    assert dispatch(by(Memory())) == {"accepted": 2}


@given(takes=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 2_000)), min_size=1, max_size=9))
@settings(each_rolled_back, max_examples=examples(30))
def test_whoever_takes_moments_of_a_sender_they_keep_its_pace(
    book: Book, takes: list[tuple[int, int]]
) -> None:
    """Any number of processes, each taking some at any time: no two moments are closer than allowed."""
    with book.atomic() as undone:
        now, taken = 1_000_000.0, []
        for count, milliseconds in takes:
            now += milliseconds / 1_000
            moments = rate_limit.take("twilio", 50, count, now)
            assert len(moments) == count and min(moments) >= now - 1e-6
            taken += moments
        gaps = [later - earlier for earlier, later in itertools.pairwise(taken)]
        assert all(gap >= 1 / 50 for gap in gaps), gaps
        undone.rollback()


def test_who_is_refused_for_speed_again_and_again_pauses_as_a_whole(queued: cast.Cast) -> None:
    hour = datetime.timedelta(hours=1)
    dispatch(by(Memory(lambda message: Throttled(hour, "20429", whole_sender=True))))
    Message.update(send_from=TEN).execute()
    assert dispatch(by(Memory(never))) == {}, "nothing is claimed for a sender that has to wait"


@given(attempt=st.integers(1, 40), message_id=st.integers(1, 1 << 40))
def test_pauses_grow_to_an_hour_and_differ_from_message_to_message(
    attempt: int, message_id: int
) -> None:
    pause = outcomes.pause_before(attempt, message_id)
    wanted = min(outcomes.LONGEST_PAUSE, outcomes.FIRST_PAUSE * 2 ** (attempt - 1))
    assert 0.75 * wanted <= pause <= 1.25 * wanted
    assert pause == outcomes.pause_before(attempt, message_id), "and it can be explained"
    others = {outcomes.pause_before(attempt, message_id + more) for more in range(10)}
    assert len(others) > 5
