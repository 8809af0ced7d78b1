"""A suspension whose day is corrected: which of its steps are known by the new day."""

import datetime

import msgspec
import peewee
import pytest

from policies import database
from policies.trail import Change
from servicing.core.models import Message, Task, Touchpoint
from servicing.corrections import suspensions
from tests import cast
from tests.servicing import owed

WAS, NOW = datetime.date(2025, 9, 1), datetime.date(2025, 9, 3)
PLAN = owed.only(
    msgspec.structs.replace(owed.touchpoint("month_1"), id="rescue", anchor="suspended"),
    owed.touchpoint("renewal"),
)


def corrected(**facts: object) -> None:
    """As a file says it."""
    policy = cast.policy("P001")
    said = {"suspended_on": [WAS, NOW], **facts}
    suspensions.follow(PLAN, [Change("status.changed", policy.client_id, policy.id, said)])


def step(occurrence: str, message: str = "", task: str = "", **facts: object) -> Touchpoint:
    """A touchpoint of P001 that was recorded, with what became of it."""
    policy = cast.policy("P001")
    known = {"key": "rescue", "anchor_on": WAS, "due_on": WAS, "found_on": WAS} | facts
    of = {"policy": policy, "client": policy.client}
    made: Touchpoint = Touchpoint.create(scope="policy", occurrence=occurrence, **of, **known)
    state, _, reason = message.partition(" ")
    if state:
        said: dict[str, object] = {
            "message_class": "service",
            "state": state,
            "reason": reason or "due",
        }
        said |= dict.fromkeys(("params", "subject", "body", "encoding", "template", "locale"), "")
        said |= {"channel": "sms", "address": "", "parts": 1, "send_until": cast.at(WAS)}
        said |= {"agent_id": policy.agent_id, "planned_on": WAS}
        Message.create(touchpoint=made, **of, **said)
    if task:
        days = dict.fromkeys(("due_on", "show_on", "closes_on"), WAS)
        Task.create(touchpoint=made, state=task, reason="due", **of, **days)
    return made


def name_of(made: Touchpoint) -> str:
    return str(Touchpoint.get_by_id(made.id).occurrence)


OLD, NEW = f"{WAS}+7d", f"{NOW}+7d"

STEPS = [
    ("accepted", "", {}, True),
    ("unknown", "", {}, True),
    ("undelivered", "", {}, True),
    ("cancelled same_text", "", {}, False),
    ("cancelled repeated", "", {}, True),
    ("accepted", "open", {}, True),
    ("cancelled", "done", {}, True),
    ("", "done", {}, True),
    ("queued", "open", {}, False),
    ("skipped", "missed", {}, False),
    ("", "skipped", {}, False),
    ("accepted", "", {"released": True}, False),
    ("accepted", "", {"key": "renewal"}, False),
]
"""The message, the task, and what else is so; whether the client has had the step of the new day."""


@pytest.mark.parametrize(("message", "task", "facts", "follows"), STEPS)
def test_what_was_had_follows_the_day(
    book: peewee.Database, message: str, task: str, facts: dict[str, object], follows: bool
) -> None:
    cast.everybody()
    made = step(OLD, message, task, **facts)
    of_another = step(f"{WAS - datetime.timedelta(400)}+7d", "accepted")
    corrected()
    assert (name_of(made), Touchpoint.get_by_id(made.id).anchor_on) == (
        NEW if follows else OLD,
        WAS,
    )
    assert name_of(of_another).startswith("2024"), "what was had of an earlier suspension"


@pytest.mark.parametrize(
    "facts",
    [
        {"status": ["suspended", "in_force"]},
        {"suspended_on": [WAS, None]},
        {"suspended_on": [None, NOW]},
    ],
)
def test_an_end_or_a_beginning_takes_nothing_along(
    book: peewee.Database, facts: dict[str, object]
) -> None:
    cast.everybody()
    made = step(OLD, "accepted")
    corrected(**facts)
    assert name_of(made) == OLD


def test_a_step_that_was_had_of_both_days_stays_as_it_is(book: peewee.Database) -> None:
    cast.everybody()
    first, second = step(OLD, "accepted"), step(NEW, "accepted")
    corrected()
    assert (name_of(first), name_of(second)) == (OLD, NEW)


def test_what_a_year_has_had_that_is_out_of_the_book_follows_too(book: peewee.Database) -> None:
    cast.everybody()
    number = cast.policy("P001").id
    database.execute(
        "INSERT INTO occurrence (scope, subject_id, key, occurrence) VALUES"
        f" ('policy', {number}, 'rescue', '{OLD}'), ('policy', {number}, 'renewal', '{OLD}')"
    )
    corrected()
    found = database.execute("SELECT key, occurrence FROM occurrence ORDER BY key")
    assert [tuple(each) for each in found] == [("renewal", OLD), ("rescue", NEW)]
