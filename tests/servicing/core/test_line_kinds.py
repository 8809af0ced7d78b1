"""The kinds of a card's lines: a letter inside, the name outside, whichever version has written it."""

import peewee
import pytest

from policies import database
from servicing.core import line_kinds, trail
from servicing.core.models import CardEntry
from servicing.core.trail import Entry
from servicing.operations import queries
from tests import cast

KINDS = [
    ("message.accepted", "a"),
    ("message.delivered", "d"),
    ("message.suppressed", "s"),
    ("message.failed", "message.failed"),
    ("task.done", "task.done"),
    ("client.changed", "client.changed"),
]


@pytest.mark.parametrize(("kind", "letter"), KINDS)
def test_what_stands_there_by_the_million_is_a_letter_inside_and_a_name_outside(
    book: peewee.Database, kind: str, letter: str
) -> None:
    people = cast.everybody()
    entry = Entry(people.lin_wei.id, None, None, kind, '{"reason": "due"}')
    trail.write([entry], cast.at("2025-09-30"))
    assert [row for (row,) in database.execute("SELECT kind FROM card_entry")] == [letter]
    assert cast.trail_of(people.lin_wei) == [kind]
    assert CardEntry.get(CardEntry.kind == kind).kind == kind


def test_no_two_kinds_have_one_letter_and_none_is_a_name() -> None:
    letters = line_kinds.LETTERS
    assert len(set(letters.values())) == len(letters)
    assert not any(letter in letters or "." in letter for letter in letters.values())


@pytest.mark.parametrize("kind", line_kinds.LETTERS)
def test_a_line_of_an_earlier_version_is_told_like_one_of_today(
    book: peewee.Database, kind: str
) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30")
    message, at = cast.message("month_1"), cast.at("2025-09-30", "10:00")
    ids = (people.lin_wei.id, None, message.touchpoint_id)
    trail.write([Entry(*ids, kind, '{"reason": "due", "channel": "sms"}')], at)
    book.execute_sql(
        "INSERT INTO card_entry (client_id, policy_id, touchpoint_id, at, kind, facts)"
        f" SELECT client_id, policy_id, touchpoint_id, at, '{kind}', facts FROM card_entry"
        " ORDER BY id DESC LIMIT 1"
    )
    of_today, of_before = trail.of_client(people.lin_wei.id)[-2:]
    assert (of_today.kind, of_today.facts) == (of_before.kind, of_before.facts)
    assert of_before.kind == kind
    assert len(queries.lines_of_messages([message.id])) == 2


def test_a_line_about_something_else_is_none_about_a_message(book: peewee.Database) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30")
    message = cast.message("month_1")
    for kind in ("task.done", "messages", "contact.changed", "touchpoint.changed", "b"):
        ids = (people.lin_wei.id, None, message.touchpoint_id)
        trail.write([Entry(*ids, kind, "{}")], cast.at("2025-09-30", "10:00"))
    assert queries.lines_of_messages([message.id]) == []
