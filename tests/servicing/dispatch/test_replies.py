"""What clients send us: a word that changes consent, or something for the agent to read."""

import datetime
import json
from typing import Any

import peewee
import pytest

from policies.dates import ONE_DAY
from servicing.channels.memory import Memory
from servicing.core import errors
from servicing.core.models import CardEntry, Message, Reply, Suppression, Task
from servicing.corrections import sweep
from servicing.desk import tasks
from servicing.dispatch import replies
from servicing.dispatch.replies import Incoming
from servicing.messages import suppressions
from tests import cast
from tests.refusals import refuses
from tests.servicing import stored
from tests.servicing.dispatched import TEN, WALKER, by, dispatch, trail

pytestmark = cast.on_one

Book = peewee.Database
ON = datetime.date(2025, 9, 30)
NUMBER = "+12025550111"
LATER = TEN + datetime.timedelta(minutes=1)


def write(body: str, ref: str = "IN1", **known: Any) -> bool:
    incoming = Incoming(
        **{"provider": "twilio", "ref": ref, "sender": NUMBER, "body": body, **known}
    )
    return replies.take(incoming, ON, LATER)


WORDS = [
    # what is written -> what it means
    *[(word, "stop") for word in ("STOP", "stop", " Stop \n", "TD", "td", "T", "t", "N", "R")],
    *[(word, "stop") for word in ("退订", " 退订 ", "拒收", "ＴＤ", "ｔｄ")],
    *[(word, "stop") for word in ("STOP!", "“TD”", "退 订", "回复TD", "Unsubscribe")],
    *[(word, "start") for word in ("START", "start", " Start ")],
    *[
        (word, "reply")
        for word in ("stop it", "STOP it!", "TDX", "不退订", "退订吗", "Not", "", "N R")
    ],
]


@pytest.mark.parametrize(("body", "meaning"), WORDS)
def test_only_a_word_by_itself_changes_consent(body: str, meaning: str) -> None:
    assert replies.meaning_of(Incoming("twilio", "IN1", NUMBER, body)) == meaning


UNDERSTOOD = [("STOP", "stop"), ("START", "start"), ("HELP", "reply"), ("", "reply")]


@pytest.mark.parametrize(("opt_out_type", "meaning"), UNDERSTOOD)
def test_what_the_provider_has_understood_counts(opt_out_type: str, meaning: str) -> None:
    incoming = Incoming("twilio", "IN1", NUMBER, "Unsubscribe me", opt_out_type)
    assert replies.meaning_of(incoming) == meaning


@pytest.fixture
def queued(book: Book) -> cast.Cast:
    people = cast.everybody()
    cast.walk_only(ON, WALKER)
    return people


def test_stop_between_queueing_and_sending_suppresses(queued: cast.Cast) -> None:
    assert write("STOP")
    memory = Memory()
    assert dispatch(by(memory), LATER) == {"suppressed": 3, "accepted": 1}
    assert trail()[-1] == ("suppressed", "opted_out")
    assert {letter.client_no for letter in memory.sent.values()} == {"C900"}


def test_a_number_that_two_clients_share_stops_for_both(queued: cast.Cast) -> None:
    cast.change(queued.zhou_ming, phone=NUMBER)
    write("退订")
    assert dispatch(by(Memory()), LATER) == {"suppressed": 4}
    for client in (queued.lin_wei, queued.zhou_ming):
        entry = CardEntry.get(CardEntry.client == client, CardEntry.kind == "consent.withdrawn")
        assert entry.at == LATER and json.loads(entry.facts) == {"of": "sms", "source": "reply"}


def test_start_takes_it_back_and_both_are_kept_with_their_dates(queued: cast.Cast) -> None:
    write("STOP", "IN1")
    write("START", "IN2")
    assert not Suppression.select().exists()
    kinds = [kind for kind in cast.trail_of(queued.lin_wei) if kind.startswith("consent")]
    assert kinds == ["consent.withdrawn", "consent.given"]
    assert dispatch(by(Memory()), LATER) == {"accepted": 4}


def test_an_old_stop_that_is_told_again_does_not_undo_the_start(queued: cast.Cast) -> None:
    write("STOP", "IN1")
    write("START", "IN2")
    before = stored.everything()
    assert not write("STOP", "IN1")
    assert stored.everything() == before


def test_stop_stops_renewal_notices_too_since_it_is_the_number_that_stops(book: Book) -> None:
    people = cast.everybody(issued="2024-10-30", served_from="2025-09-01")
    cast.give_premium(people.policies[0], "2025-10-30")
    write("STOP")
    cast.walk_only(ON, WALKER)
    assert (cast.message("renewal").state, cast.message("renewal").reason) == (
        *("suppressed", "opted_out"),
    )


def test_a_marketing_opt_out_leaves_renewal_notices(book: Book) -> None:
    people = cast.everybody(issued="2024-08-30", served_from="2025-09-01")
    cast.change(people.lin_wei, marketing_consent=True)
    cast.give_premium(people.policies[0], "2025-10-30")
    suppressions.suppress("marketing", "C001", "opted_out", "unsubscribe link", LATER)
    cast.walk_only(ON, WALKER)
    assert cast.message("renewal").state == "queued"
    assert (cast.message("news").state, cast.message("news").reason) == (
        *("suppressed", "marketing_opted_out"),
    )


def test_a_book_that_still_says_yes_does_not_bring_the_marketing_back(book: Book) -> None:
    people = cast.everybody(issued="2024-08-30", served_from="2025-09-01")
    suppressions.suppress("marketing", "C001", "opted_out", "unsubscribe link", LATER)
    cast.change(people.lin_wei, marketing_consent=True)
    cast.walk_only(ON, WALKER)
    assert cast.message("news").reason == "marketing_opted_out"


# ---------------------------------------------------------------------------------- other replies


def test_another_reply_is_on_the_card_and_a_task_of_the_agent(queued: cast.Cast) -> None:
    assert write("明天下午可以来吗？")
    entry = CardEntry.get(CardEntry.kind == "message.answered")
    assert entry.client_id == queued.lin_wei.id
    assert json.loads(entry.facts)["note"] == "明天下午可以来吗？"
    (line,) = [each for each in tasks.open_tasks(ON, "A001") if each.touchpoint == "reply"]
    assert (line.client_no, line.note, line.due_on) == ("C001", "明天下午可以来吗？", ON)
    assert line.policy_no == "P001"
    tasks.done(line.id, LATER, "called back")
    assert "task.done" in cast.trail_of(queued.lin_wei)


def test_a_reply_that_nobody_has_answered_in_time_is_missed(queued: cast.Cast) -> None:
    assert write("明天下午可以来吗？")
    later = ON + replies.ANSWER_WITHIN + ONE_DAY
    sweep.sweep(WALKER.plan, later, cast.at(later))
    assert Task.get(Task.touchpoint.is_null()).state == "missed"


SERVED = [
    # how the client's earliest policy stands: is it the one whose agent answers?
    ({}, True),
    ({"ended_on": "2045-08-31"}, True),  # its term
    ({"status": "surrendered", "ended_on": "2025-09-01"}, False),
    ({"status": "suspended"}, False),
    ({"status": "applied"}, False),
]


@pytest.mark.parametrize(("facts", "answers"), SERVED)
def test_the_agent_of_the_earliest_policy_that_is_served_answers(
    queued: cast.Cast, facts: dict[str, str], answers: bool
) -> None:
    cast.change(cast.policy("P001"), **facts)
    assert write("明天下午可以来吗？")
    (line,) = [each for each in tasks.open_tasks(ON, "A001") if each.touchpoint == "reply"]
    assert (line.policy_no == "P001") is answers


def test_the_same_reply_told_twice_is_one_task(queued: cast.Cast) -> None:
    assert write("好的")
    before = stored.everything()
    assert not write("好的")
    assert stored.everything() == before
    assert Reply.select().count() == 1


def test_a_reply_from_a_shared_number_goes_to_whom_we_wrote_last(queued: cast.Cast) -> None:
    cast.change(queued.zhou_ming, phone=NUMBER)
    Message.update(state="cancelled").where(Message.client == queued.lin_wei).execute()
    dispatch(by(Memory()))
    write("请回电")
    task = Task.get(Task.touchpoint.is_null())
    assert task.client_id == queued.zhou_ming.id


def test_a_reply_of_somebody_we_do_not_know_is_kept(queued: cast.Cast) -> None:
    assert write("Who is this?", sender="+12025550177")
    assert Reply.get().client_id is None
    assert not Task.select().where(Task.touchpoint.is_null()).exists()


def test_stop_of_a_number_nobody_has_holds_for_who_gets_it_later(queued: cast.Cast) -> None:
    write("STOP", sender="+12025550177")
    cast.change(queued.lin_wei, phone="+12025550177")
    assert dispatch(by(Memory()), LATER) == {"suppressed": 3, "accepted": 1}


def test_a_wrong_number_that_opts_out_has_opted_out(queued: cast.Cast) -> None:
    assert suppressions.suppress("sms", NUMBER, "wrong", "twilio 30005", LATER)
    assert not suppressions.suppress("sms", NUMBER, "wrong", "twilio 30005", LATER)
    assert suppressions.suppress("sms", NUMBER, "opted_out", "reply", LATER)
    assert not suppressions.suppress("sms", NUMBER, "wrong", "twilio 30005", LATER)
    assert [each.why for each in Suppression.select()] == ["opted_out"]


WHOM = [
    # what an operator writes -> who is meant
    ("C001", ("marketing", "C001")),
    ("lin.wei@example.com", ("email", "lin.wei@example.com")),
    ("13800138000", ("sms", "+8613800138000")),
    ("+1 202-555-0111", ("sms", "+12025550111")),
]


@pytest.mark.parametrize(("given", "meant"), WHOM)
def test_an_operator_names_a_number_an_address_or_a_client(
    queued: cast.Cast, given: str, meant: tuple[str, str]
) -> None:
    assert suppressions.whom(given, "CN") == meant


def test_whom_nobody_knows_is_not_suppressed(queued: cast.Cast) -> None:
    with refuses(errors.ClientNotFound, match="no client 'C777'"):
        suppressions.whom("C777", "CN")


def test_what_an_operator_writes_down_counts_and_is_listed(queued: cast.Cast) -> None:
    suppressions.suppress("sms", NUMBER, "opted_out", "said so on the phone", LATER)
    (line,) = suppressions.listed()
    assert (line.subject, line.of, line.why) == (NUMBER, "sms", "opted_out")
    assert (line.since, line.source) == (LATER, "said so on the phone")
    assert dispatch(by(Memory()), LATER) == {"suppressed": 3, "accepted": 1}
