"""A client answers an invitation by a digit, and any other reply is for a person."""

import datetime

import peewee
import pytest

from policies.models import Client
from servicing.core.event_models import ClientEvent, EventParty
from servicing.core.models import Reply, Task
from servicing.dispatch import replies
from servicing.dispatch.replies import Incoming
from tests import cast
from tests.servicing.events import planned
from tests.servicing.events.planned import DOOR, NOW, TODAY

Book = peewee.Database


def invited(capacity: int = 3, at: datetime.datetime = NOW, **facts: object) -> ClientEvent:
    """Lin Wei was written to."""
    event = planned.event(capacity, **facts)
    planned.written_to(event, cast.lin_wei(), at)
    return event


def reply(body: str, at: datetime.datetime = NOW, ref: str = "") -> bool:
    sender = cast.lin_wei().phone
    return replies.take(Incoming("twilio", ref or f"R{body}{at}", sender, body), TODAY, at)


@pytest.mark.parametrize(
    ("body", "state", "persons"),
    [
        ("2", "registered", 2),
        (" ３。", "registered", 3),
        ("1", "registered", 1),
        ("0", "declined", 1),
        ("4", "waitlisted", 4),
        ("12", "invited", 1),
        ("两位", "invited", 1),
        ("2 of us", "invited", 1),
        ("", "invited", 1),
    ],
)
def test_one_digit_says_with_how_many_the_client_comes(
    body: str, state: str, persons: int, book: Book
) -> None:
    cast.everybody()
    invited()
    assert reply(body)
    party = EventParty.get()
    assert (party.state, party.persons) == (state, persons)
    assert Reply.select().count() == 1
    is_for_a_person = state in ("waitlisted", "invited")
    assert Task.select().exists() == is_for_a_person


def test_the_same_message_twice_is_one_answer(book: Book) -> None:
    cast.everybody()
    event = invited()
    assert reply("2", ref="same")
    assert not reply("2", ref="same")
    assert planned.taken(event) == 2


def test_what_was_asked_last_is_answered_and_a_second_answer_is_for_a_person(book: Book) -> None:
    cast.everybody()
    first = invited()
    second = invited(at=NOW + datetime.timedelta(hours=1))
    later = NOW + datetime.timedelta(hours=2)
    reply("1", later)
    assert (planned.taken(first), planned.taken(second)) == (0, 1)
    reply("1", later, "another")
    assert (planned.taken(first), planned.taken(second)) == (1, 1)
    reply("0", later, "a third")
    assert (planned.taken(first), planned.taken(second)) == (1, 1)
    assert Task.select().count() == 1


def test_a_stop_word_stays_a_stop_word_and_registers_nobody(book: Book) -> None:
    cast.everybody()
    event = invited()
    reply("R")
    assert (planned.taken(event), EventParty.get().state) == (0, "invited")
    assert Reply.get().meaning == "stop"


def test_an_answer_that_comes_late_is_for_a_person(book: Book) -> None:
    cast.everybody()
    event = invited()
    reply("1", DOOR)
    assert planned.taken(event) == 0 and Task.select().count() == 1


def test_who_shares_the_number_of_a_guest_is_not_registered_instead(book: Book) -> None:
    people = cast.everybody()
    event = invited()
    Client.update(phone=people.lin_wei.phone).where(Client.id == people.zhou_ming.id).execute()
    reply("2")
    assert EventParty.get().client_id == people.lin_wei.id and planned.taken(event) == 2


@pytest.mark.parametrize(
    "facts",
    [
        {"channel": "email", "address": "lin.wei@example.com"},
        {"address": "+12025550199"},
        {"state": "failed"},
    ],
)
def test_what_was_not_sent_to_the_number_waits_for_no_digit_there(
    facts: dict[str, str], book: Book
) -> None:
    cast.everybody()
    planned.written_to(planned.event(), cast.lin_wei(), **facts)
    reply("2")
    assert EventParty.get().state == "invited" and Task.select().count() == 1


def test_whom_a_message_invites_once_more_is_one_party(book: Book) -> None:
    cast.everybody()
    event = invited()
    planned.written_to(event, cast.lin_wei())
    assert EventParty.select().count() == 1
