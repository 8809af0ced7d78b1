"""The day on which a contract was handed over: recorded with its task, until a book says otherwise."""

import json

import peewee
import pytest

from policies.models import Client
from servicing.core import errors, touched, trail
from servicing.desk import deliveries
from servicing.operations.workspace import Workspace
from tests import cast
from tests.refusals import refuses
from tests.servicing import books, owed, stored

pytestmark = cast.on_one

Book = peewee.Database
WALKER = cast.walker(owed.STANDARD)
ON = cast.day("2025-09-18")
NOW = cast.at("2025-09-18", "14:30")


@pytest.fixture
def client(book: Book) -> Client:
    """Lin Wei, whose contract of 15 September is to be handed over."""
    people = cast.everybody(issued="2025-09-15")
    cast.walk_only(ON, WALKER)
    return people.lin_wei


def number() -> int:
    return int(cast.task("delivery").id)


def test_it_is_the_policy_s_and_stands_on_the_card(client: Client) -> None:
    for _ in range(2):
        deliveries.record(number(), cast.day("2025-09-17"), ON, "chenyan", NOW)
    assert cast.policy().delivered_on == cast.day("2025-09-17")
    (line,) = (each for each in trail.of_client(client.id) if each.kind == "policy.changed")
    assert json.loads(line.facts) == {"delivered_on": [None, "2025-09-17"], "by": "chenyan"}
    assert [(each.client_id, each.anchor) for each in touched.waiting(9)] == [
        (client.id, "delivered")
    ], "what is counted from it follows as after an import"


DAYS = [
    ("2025-09-14", "2025-09-15 or later"),
    ("2025-09-19", "2025-09-18 or before"),
    ("2025-09-15", ""),
    ("2025-09-18", ""),
]


@pytest.mark.parametrize(("day", "refused"), DAYS)
def test_it_lies_between_issue_and_today(client: Client, day: str, refused: str) -> None:
    if not refused:
        deliveries.record(number(), cast.day(day), ON, "chenyan", NOW)
        assert cast.policy().delivered_on == cast.day(day)
        return
    before = stored.everything()
    with refuses(errors.BadArgument, match=refused):
        deliveries.record(number(), cast.day(day), ON, "chenyan", NOW)
    assert stored.everything() == before


def test_another_task_takes_none(client: Client) -> None:
    cast.walk_only("2025-10-15", WALKER)
    with refuses(errors.BadArgument, match="hands no contract over"):
        deliveries.record(cast.task("month_1").id, ON, ON, "chenyan", NOW)


BOOKS = [
    ({"delivered_on": "2025-09-16"}, "2025-09-16"),
    ({"delivered_on": ""}, None),
    ({}, "2025-09-17"),
]


@pytest.mark.parametrize(("said", "delivered_on"), BOOKS)
def test_a_book_that_says_otherwise_decides(
    workspace: Workspace, said: dict[str, str], delivered_on: str | None
) -> None:
    cast.everybody(issued="2025-09-15")
    cast.walk_only(ON, WALKER)
    deliveries.record(number(), cast.day("2025-09-17"), ON, "chenyan", NOW)
    row = books.row("P001", issue_date="2025-09-15", **said)
    books.take_in(workspace, row, on=ON)
    assert cast.policy().delivered_on == cast.maybe_day(delivered_on)
