"""What is had under another number: the sweep's statement and the claim's question agree."""

import datetime
from typing import Any

import peewee
from hypothesis import event, given, settings
from hypothesis import strategies as st

from policies import database, persons
from servicing.core.context import of_touchpoints
from servicing.core.models import Message, Task, Touchpoint
from servicing.corrections import queries
from servicing.messages import still_owed
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.servicing import owed

ON = "2025-09-30"
PLAN = owed.only(*owed.THREE_YEARS.touchpoints)
MESSAGES = ["queued", "sending", "accepted", "delivered", "undelivered", "unknown"]
MESSAGES += ["cancelled", "suppressed", "skipped", "failed"]
TASKS = ["open", "done", "missed", "skipped", "cancelled"]


def by_the_question(rows: list[Any]) -> dict[int, str]:
    contexts = {each.touchpoint_id: each for each in of_touchpoints(r.touchpoint_id for r in rows)}
    found = {}
    for row in rows:
        context = contexts[row.touchpoint_id]
        touchpoint = PLAN.touchpoint(context.key)
        assert touchpoint
        if gone := still_owed.no_longer_owed(context, touchpoint, datetime.date.fromisoformat(ON)):
            found[row.id] = gone.value
            event(gone.value)
    return found


def by_the_statement(table: str, state: str) -> dict[int, str]:
    found = queries.no_longer_owed(table, state, PLAN, datetime.date.fromisoformat(ON))
    return {each.id: each.reason for each in found}


def two_numbers() -> cast.Cast:
    """Both have a birthday on the day, and a visit."""
    people = cast.everybody(issued="2024-03-30")
    for client in (people.lin_wei, people.zhou_ming):
        cast.change(client, birthday=datetime.date(1984, 9, 30))
    cast.walk_only(ON, cast.walker(PLAN))
    return people


@st.composite
def states(draw: st.DrawFn) -> dict[str, list[str]]:
    """A state for each message and task of a dozen, in turn."""
    some = {"message": MESSAGES, "task": TASKS}
    return {
        name: draw(st.lists(st.sampled_from(each), min_size=6, max_size=6))
        for name, each in some.items()
    }


@settings(each_rolled_back, max_examples=examples(40))
@given(states(), st.booleans(), st.booleans())
def test_the_sweep_and_the_claim_agree(
    book: peewee.Database, states: dict[str, list[str]], is_one: bool, is_released: bool
) -> None:
    with database.database.atomic() as transaction:
        people = two_numbers()
        if is_one:
            persons.unite(people.lin_wei, people.zhou_ming)
        Message.update(body="words").execute()
        for model, name in ((Message, "message"), (Task, "task")):
            for place, each in enumerate(model.select().order_by(model.id)):
                model.update(state=states[name][place % 6]).where(model.id == each.id).execute()
        if is_released:
            theirs = Touchpoint.client == people.lin_wei
            Touchpoint.update(released=True).where(theirs).execute()
        messages = list(Message.select().where(Message.state == "queued"))
        tasks = list(Task.select().where(Task.state == "open"))
        assert by_the_statement("message", "queued") == by_the_question(messages)
        assert by_the_statement("task", "open") == by_the_question(tasks)
        transaction.rollback()


def test_of_two_that_wait_the_first_one_is_left(book: peewee.Database) -> None:
    people = two_numbers()
    assert by_the_statement("message", "queued") == {}
    persons.unite(people.lin_wei, people.zhou_ming)
    second = cast.message("birthday", "P900")
    assert by_the_statement("message", "queued") == {second.id: "other_number"}
    (context,) = of_touchpoints([second.touchpoint_id])
    assert context.had_as == "C001"
