"""A condition that ends by its day alone: what it has kept back comes then, inside its window."""

import datetime
from collections.abc import Callable
from typing import Any

import msgspec
import peewee
import pytest

from policies.plan import Step
from policies.trail import Change
from servicing.core import touched
from servicing.core.models import Touched
from servicing.schedule import giving_back
from tests import cast
from tests.servicing import owed

DUE = datetime.date(2025, 10, 16)
LOST = msgspec.structs.replace(
    owed.touchpoint("month_1"),
    id="lost",
    anchor="ended",
    due=(Step(days=7),),
    message_window_days=3,
    task_window_days=10,
    unless=("open_complaint", "bereaved", "other_policy"),
)
WALKER = cast.walker(owed.only(LOST))


def day(later: int) -> datetime.date:
    return DUE + datetime.timedelta(days=later)


def mourns(until: int) -> Callable[[cast.Cast], Any]:
    return lambda people: cast.change(people.zhou_ming, bereaved_until=day(until))


def served(until: int) -> Callable[[cast.Cast], Any]:
    """Under another number of theirs they have a policy that goes on until then."""

    def given(people: cast.Cast) -> None:
        for each in (people.lin_wei, people.zhou_ming):
            cast.change(each, person_id=people.zhou_ming.id)
        for each in people.policies:
            cast.change(each, status="matured", ended_on=day(until))

    return given


ENDS = [
    ("mourning until that day", mourns(0), 1, ("queued", "open")),
    ("mourning for two days more", mourns(2), 3, ("queued", "open")),
    ("mourning past the window of the message", mourns(4), 5, ("cancelled", "open")),
    ("mourning past all windows", mourns(10), 11, ("cancelled", "cancelled")),
    ("served until the day after", served(1), 1, ("queued", "open")),
    ("served for three days more", served(3), 3, ("queued", "open")),
    ("served past the window of the message", served(4), 4, ("cancelled", "open")),
]
"""What is known before; so many days later it ends; and what the message and the task then are."""


def walked(on: datetime.date) -> None:
    giving_back.bring_up_to_date(WALKER, on, cast.at(on, "06:00"))
    cast.walk_on(on, WALKER)


def states() -> tuple[str, str]:
    return cast.message("lost", "P900").state, cast.task("lost", "P900").state


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    """Zhou Ming has left, a week before the day."""
    people = cast.everybody(issued="2025-01-15", served_from="2025-10-10")
    cast.change(cast.policy("P900"), status="surrendered", ended_on=day(-7))
    cast.change(cast.policy("P900"), served_from=day(-30))
    return people


@pytest.mark.parametrize(("name", "is_known", "ends", "then"), ENDS, ids=[e[0] for e in ENDS])
def test_it_comes_on_the_day_on_which_the_condition_is_over(
    people: cast.Cast, name: str, is_known: Any, ends: int, then: tuple[str, str]
) -> None:
    is_known(people)
    for later in range(ends):
        walked(day(later))
        assert states() == ("cancelled", "cancelled")
    walked(day(ends))
    assert states() == then
    assert not Touched.select().exists()


@pytest.mark.parametrize(("name", "is_known", "ends", "then"), ENDS, ids=[e[0] for e in ENDS])
def test_it_comes_so_after_days_that_were_not_walked(
    people: cast.Cast, name: str, is_known: Any, ends: int, then: tuple[str, str]
) -> None:
    walked(day(-1))
    is_known(people)
    walked(day(ends))
    message, task = then
    assert states() == (
        "queued" if message == "queued" else "skipped",
        "open" if task == "open" else "missed",
    ), "inside its window the same, and past it never"


@pytest.mark.parametrize(("name", "is_known", "ends", "then"), ENDS[:1], ids=["dispatch"])
def test_before_the_walk_of_the_day_a_dispatch_brings_it(
    people: cast.Cast, name: str, is_known: Any, ends: int, then: tuple[str, str]
) -> None:
    is_known(people)
    walked(DUE)
    giving_back.bring_up_to_date(WALKER, DUE, cast.at(DUE, "23:00"))
    assert states() == ("cancelled", "cancelled")
    giving_back.bring_up_to_date(WALKER, day(1), cast.at(day(1), "00:10"))
    assert states() == then


LEFT_OUT = [(0, 1, False), (1, 2, True), (2, 3, False)]


@pytest.mark.parametrize(("was", "now", "is_given_back"), LEFT_OUT)
def test_another_policy_that_files_leave_out_is_no_other_one_any_more(
    people: cast.Cast, was: int, now: int, is_given_back: bool
) -> None:
    other = cast.give_policy(people.zhou_ming, "P901", "2025-01-15")
    walked(DUE)
    assert states() == ("cancelled", "cancelled")
    cast.change(other, left_out_times=now)
    change = Change(
        "policy.left_out", people.zhou_ming.id, other.id, {"left_out_times": [was, now]}
    )
    touched.note(touched.of_changes([change]))
    assert Touched.select().exists() == is_given_back
    giving_back.bring_up_to_date(WALKER, DUE, cast.at(DUE, "12:00"))
    assert (states() == ("queued", "open")) == is_given_back
