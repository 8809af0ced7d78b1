"""A trail is told once and whole: from the lines that stand there, and from the rows of messages."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import peewee
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import database
from policies.models import Client
from servicing.channels.memory import Memory
from servicing.core import states, trail
from servicing.core.models import Message
from servicing.core.reasons import Reason
from servicing.core.trail import Line
from servicing.corrections import sweep
from servicing.desk import tasks
from servicing.operations.workspace import Workspace
from servicing.schedule import materialize
from servicing.schedule.rows import MessageRow
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.servicing import books, owed
from tests.servicing.dispatched import by, dispatch

Book = peewee.Database
WALKER = cast.walker(owed.THREE_YEARS)
DAY = "2025-09-30"


@pytest.fixture
def as_before(monkeypatch: pytest.MonkeyPatch) -> list[Line]:
    """The lines that walks of an earlier version would have written of the messages they made."""
    lines: list[Line] = []
    write = materialize._write

    def written_and_told(messages: Sequence[MessageRow], *others: Any) -> None:
        for each in messages:
            if each.made_at is not None:
                told = trail.reasoned(reason=each.reason, channel=each.channel)
                ids = (each.client_id, each.policy_id, each.touchpoint_id)
                lines.append(Line(0, *ids, "message.queued", told, each.made_at))
        write(messages, *others)

    monkeypatch.setattr(materialize, "_write", written_and_told)
    return lines


def told() -> list[Line]:
    """What all cards tell of messages that are due, in the order of the walks."""
    lines = [line for client in Client.select() for line in trail.of_client(client.id)]
    due = (each for each in lines if json.loads(each.facts).get("reason") == "due")
    return sorted(due, key=lambda each: (each.at, each.touchpoint_id))


def test_the_cards_of_a_week_tell_what_the_walks_would_have_written(
    workspace: Workspace, as_before: list[Line]
) -> None:
    people = cast.everybody(issued=["2025-08-30", "2025-09-01", "2023-03-06"])
    cast.change(people.lin_wei, marketing_consent=True)
    walker = cast.walker(owed.STANDARD)
    for number in range(4):
        cast.give_policy(people.zhou_ming, f"P91{number}", f"2025-09-0{number}" if number else DAY)
    cast.walk_only(DAY, walker)
    dispatch(by(Memory()), cast.at(DAY, "10:00"))
    sold = books.row("P001", client_no="C900", client_name="周明", issue_date="2025-08-30")
    books.take_in(workspace, sold, on="2025-10-01", time="05:00")
    cast.walk_only("2025-10-01", walker)
    ended = books.row("P002", status="surrendered", ended_on="2025-10-02", issue_date="2025-09-01")
    books.take_in(workspace, ended, on="2025-10-02", time="05:00")
    for day in ("2025-10-02", "2025-10-03", "2025-10-06"):
        cast.walk_only(day, walker)
        dispatch(by(Memory()), cast.at(day, "10:00"))
    assert len(as_before) > 6 and told() == as_before


def test_what_goes_to_another_client_is_told_on_the_card_of_whom_it_was_made_for(
    workspace: Workspace, as_before: list[Line]
) -> None:
    people = cast.everybody()
    cast.walk_only(DAY, WALKER)
    sold = books.row("P001", client_no="C900", client_name="周明")
    books.take_in(workspace, sold, on=DAY, time="07:00")
    assert cast.message("month_1").client_id == people.zhou_ming.id
    assert told() == as_before
    assert cast.trail_of(people.lin_wei).count("message.queued") == 3
    assert cast.trail_of(people.zhou_ming).count("message.queued") == 1
    back = books.row("P001", client_no="C001", client_name="林伟")
    books.take_in(workspace, back, on=DAY, time="08:00")
    assert cast.message("month_1").client_id == people.lin_wei.id
    assert told() == as_before


def test_what_another_policy_carries_on_was_made_for_the_first(
    book: Book, as_before: list[Line]
) -> None:
    people = cast.everybody(issued=["2024-03-30", "2024-05-31", "2024-06-30"])
    cast.change(people.lin_wei, marketing_consent=True)
    walker = cast.walker(owed.STANDARD)
    cast.walk_only(DAY, walker)
    first = people.policies[0]
    assert {each.policy_id for each in told()} >= {first.id}
    cast.change(first, status="surrendered", ended_on=cast.day(DAY))
    on = cast.day("2025-10-01")
    assert sweep.sweep(owed.STANDARD, on, cast.at(on, "05:00"))
    assert cast.touchpoint("news", people.policies[1].policy_no)
    assert told() == as_before


def test_a_suppressed_message_is_told_by_its_channel_also_when_it_lives_again_by_another(
    book: Book,
) -> None:
    """Its row says the channel, until the line that it lives again says it."""
    cast.everybody(issued="2024-08-30", served_from=DAY)
    cast.walk_only(DAY, cast.walker(owed.STANDARD))
    (stored,) = {row for (row,) in database.execute("SELECT facts FROM card_entry")}
    message = Message.select().where(Message.state == "suppressed").get()
    assert stored == '{"reason": "no_marketing_consent"}'
    assert suppressed(message) == {"reason": "no_marketing_consent", "channel": "sms"}
    again = states.Move(message, "queued", Reason.REVIVED, was=message.reason)
    states.move([again], ["suppressed"], cast.at(DAY, "07:00"))
    Message.update(channel="email").where(Message.id == message.id).execute()
    assert suppressed(message) == {"reason": "no_marketing_consent", "channel": "sms"}


def suppressed(message: Message) -> dict[str, str]:
    """What the card tells of that it was suppressed."""
    lines = trail.of_touchpoint(message.client_id, message.touchpoint_id)
    (line,) = [each for each in lines if each.kind == "message.suppressed"]
    return dict(json.loads(line.facts))


OF_BEFORE = """
    INSERT INTO card_entry (client_id, policy_id, touchpoint_id, at, kind, facts)
    SELECT client_id, policy_id, touchpoint_id, made_at, 'message.queued',
           '{"reason": "due", "channel": "sms"}' FROM message ORDER BY id
"""


def test_lines_of_an_earlier_version_are_told_once(book: Book) -> None:
    """A walk of before wrote a line and no moment into the row; both are read alike."""
    people = cast.everybody()
    cast.walk_only(DAY, WALKER)
    client_id, touchpoint_id = people.lin_wei.id, cast.touchpoint("month_1").id
    after = trail.of_client(client_id)
    book.execute_sql(OF_BEFORE)
    book.execute_sql(_LOCK_OPENED[database.is_sqlite()])
    Message.update(made_at=None).execute()
    lines = trail.of_client(client_id)
    assert all(each.id for each in lines)
    assert [msgspec.structs.replace(each, id=0) for each in lines] == after
    of_one = trail.of_touchpoint(client_id, touchpoint_id)
    assert [each.kind for each in of_one] == ["message.queued"]


_LOCK_OPENED = {
    True: "DROP TRIGGER message_made_at",
    False: "DROP TRIGGER message_made_at ON message",
}


def test_the_row_tells_its_line_among_those_of_its_moment(book: Book) -> None:
    people = cast.everybody()
    cast.walk_only(DAY, WALKER)
    tasks.done(cast.task("month_1").id, cast.at(DAY, "05:00"))  # by a clock that is slow
    tasks.done(cast.task("month_1", "P002").id, cast.at(DAY, "06:00"))
    kinds = [each.kind for each in trail.of_client(people.lin_wei.id)]
    assert kinds == ["task.done", "message.queued", "message.queued", "task.done", "message.queued"]


@pytest.fixture
def in_full(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The facts that an earlier version would have written of messages that moved on."""
    told: list[dict[str, str]] = []
    written = trail.message_facts

    def noted(
        kind: str, reason: Reason, channel: str, ref: str, was_ref: str, **others: str
    ) -> str:
        known = {"reason": reason.value, "channel": channel, "ref": ref, **others}
        told.append({name: value for name, value in known.items() if value})
        return written(kind, reason, channel, ref, was_ref, **others)

    monkeypatch.setattr(trail, "message_facts", noted)
    return told


OUT = ("unknown", "accepted", "failed", "queued")
"""What may become of a message at first, when a provider has it."""


def steps_of(state: str) -> st.SearchStrategy[str]:
    after = {"sending": OUT, "queued": ("sending",), "unknown": ("accepted", "queued")}
    known = after.get(state) or sorted(states.MOVES[state])
    return st.sampled_from([each for each in known if each != "delivered" or state == "accepted"])


@given(data=st.data())
@settings(each_rolled_back, max_examples=examples(60))
def test_what_a_line_leaves_to_the_rows_is_told_as_it_was(
    book: Book, in_full: list[dict[str, str]], data: st.DataObject
) -> None:
    """However often a message comes back, by another channel, under another id of the provider's."""
    with book.atomic() as undone:
        in_full.clear()
        cast.everybody()
        cast.walk_only(DAY, WALKER)
        for number in range(data.draw(st.integers(1, 9))):
            one_step(data, number)
        message = cast.message("month_1")
        lines = trail.of_touchpoint(message.client_id, message.touchpoint_id)
        made, *others = [json.loads(each.facts) for each in lines]
        assert made["reason"] == "due" and others == in_full
        assert {each.policy_id for each in lines} == {message.policy_id}
        undone.rollback()


def one_step(data: st.DataObject, number: int) -> None:
    """The message is claimed, or moves on; where it is at its end, nothing happens."""
    message = cast.message("month_1")
    if not states.MOVES[message.state]:
        return
    step = data.draw(steps_of(message.state))
    if step == "sending":
        channel = data.draw(st.sampled_from(["sms", "email"]))
        claim = {"state": step, "body": "a text", "channel": channel, "provider_ref": ""}
        Message.update(claim).where(Message.id == message.id).execute()
        return
    usual = {"accepted": Reason.ACCEPTED, "delivered": Reason.DELIVERED}
    reason = data.draw(st.sampled_from([usual.get(step, Reason.RETRIED), Reason.OPERATOR]))
    ref = data.draw(st.sampled_from(["", message.provider_ref, f"SM{number}"]))
    code = data.draw(st.sampled_from(["", "", "30003"]))
    moved = states.Move(message, step, reason, "" if step == "queued" else ref, code)
    states.move([moved], [message.state], cast.at(DAY, "07:00"))
