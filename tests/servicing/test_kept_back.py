"""Nobody is told of a touchpoint to come that the walk will leave out: each place, each condition."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import peewee
import pytest

from policies.grace import Grace
from policies.plan import Plan, Step
from servicing.breaker import forecast
from servicing.card import card, policy_timeline
from servicing.core.settings import Capacity
from servicing.desk import agenda
from servicing.explain import why
from servicing.projections import compare, simulate
from servicing.schedule.materialize import Walker
from tests import cast
from tests.servicing import owed, tiered
from tests.servicing.cases import opened

TODAY, ENDED, DUE = (datetime.date(2025, 10, day) for day in (13, 9, 16))
LOST = msgspec.structs.replace(
    owed.touchpoint("month_1"),
    id="lost",
    anchor="ended",
    due=(Step(days=7),),
    unless=("open_complaint", "bereaved", "other_policy"),
)
VISIT = msgspec.structs.replace(LOST, tiers=("personal", "attentive"))
"""The same for some tiers alone."""


@dataclass(frozen=True)
class Served:
    """By which plan everybody is served."""

    walker: Walker

    @property
    def plan(self) -> Plan:
        return self.walker.plan


BY_ALL, BY_TIER = (Served(cast.walker(owed.only(each))) for each in (LOST, VISIT))


def a_day_before(people: cast.Cast) -> None:
    """Both have left: Zhou Ming, who had one policy, and Lin Wei, who has two more."""
    for number in ("P001", "P900"):
        cast.change(cast.policy(number), status="surrendered", ended_on=ENDED)


Known = Callable[[cast.Cast], Any]


def another_policy(**facts: Any) -> Known:
    return lambda people: cast.give_policy(people.zhou_ming, "P901", **facts)


def one_person(people: cast.Cast) -> None:
    for each in (people.lin_wei, people.zhou_ming):
        cast.change(each, person_id=people.lin_wei.id)


EVE = DUE - datetime.timedelta(days=1)

KNOWN: list[tuple[str, Known, bool]] = [
    ("nothing", lambda people: None, True),
    ("a complaint", lambda people: opened.complaint(client_no="C900"), False),
    (
        "a mourning until that day",
        lambda people: cast.change(people.zhou_ming, bereaved_until=DUE),
        False,
    ),
    (
        "a mourning until the eve",
        lambda people: cast.change(people.zhou_ming, bereaved_until=EVE),
        True,
    ),
    ("a death", lambda people: cast.change(people.zhou_ming, deceased_on=TODAY), False),
    ("another policy", another_policy(), False),
    ("another one that ends that day", another_policy(status="matured", ended_on=DUE), True),
    ("another one that is left out", another_policy(left_out_times=2), True),
    ("another one that is suspended", another_policy(status="suspended"), True),
    ("a policy under another number", one_person, False),
]
"""What is known on the day before, and whether the client who has left is to be called."""

# ------------------------------------------------------------------------------------- the places


def on_the_agenda(by: Served) -> bool:
    found = agenda.agenda(by.plan, by.walker.calendar, cast.agent("A900"), TODAY)
    return any(each.touchpoint == "lost" for each in found.items)


def on_the_timeline(by: Served) -> bool:
    span = (TODAY, DUE)
    lines = policy_timeline.policy_timeline(
        by.plan, by.walker.calendar, "P900", span, TODAY, Grace()
    )
    return any(each.touchpoint == "lost" for each in lines)


def on_the_card(by: Served) -> bool:
    found = card.card(by.walker.writer, by.walker.calendar, "C900", TODAY)
    lines = (each for policy in found.policies for each in policy.timeline)
    return any(each.touchpoint == "lost" for each in lines)


def by_why(by: Served) -> bool:
    found = why.why(by.walker, "P900", "lost", DUE, TODAY)
    assert found.outcome in ("to_come", "of_other_tier", "without_tier")
    return found.message == "queued"


def by_a_simulation(by: Served) -> bool:
    ahead = simulate.simulate(by.walker, TODAY, DUE, DUE, Capacity())
    if (counted := ahead.by_touchpoint.get("lost")) is None:
        return False
    assert counted.messages == counted.tasks <= 1, "Lin Wei has other policies"
    return counted.tasks == 1


def by_a_comparison(by: Served) -> bool:
    without = cast.walker(owed.only(owed.touchpoint("month_1")))
    return compare.of_walkers(without, by.walker, TODAY, DUE).after.tasks == 1


def by_the_walk(by: Served) -> bool:
    expected = forecast.count(by.plan, by.walker.calendar, DUE, DUE)[DUE]
    cast.walk_only(DUE, by.walker)
    recorded, _ = forecast.recorded(DUE, 0)
    assert recorded == expected, "what is left out is recorded, and was expected"
    if not expected:
        return False
    states = {cast.message("lost", "P900").state, cast.task("lost", "P900").state}
    assert len(states & {"queued", "cancelled"}) == 1
    return "open" in states


PLACES = [
    *(on_the_agenda, on_the_timeline, on_the_card),
    *(by_why, by_a_simulation, by_a_comparison, by_the_walk),
]


@pytest.mark.parametrize(("name", "is_known", "is_called"), KNOWN, ids=[each[0] for each in KNOWN])
def test_every_place_tells_what_the_walk_then_does(
    book: peewee.Database, name: str, is_known: Known, is_called: bool
) -> None:
    people = cast.everybody(issued="2025-01-15")
    a_day_before(people)
    is_known(people)
    assert {place.__name__: place(BY_ALL) for place in PLACES} == {
        place.__name__: is_called for place in PLACES
    }


TIERED: list[tuple[str, str | None, bool]] = [
    ("the one", "personal", True),
    ("the other one", "attentive", True),
    ("another one", "regular", False),
    ("none yet", None, False),
]
"""The tier of the client who has left, and whether they are called."""


@pytest.mark.parametrize(("name", "tier", "is_called"), TIERED, ids=[each[0] for each in TIERED])
def test_every_place_tells_for_which_tiers_it_is(
    book: peewee.Database, name: str, tier: str | None, is_called: bool
) -> None:
    people = cast.everybody(issued="2025-01-15")
    a_day_before(people)
    if tier is not None:
        tiered.give_tier(people.zhou_ming, tier)
    assert {place.__name__: place(BY_TIER) for place in PLACES} == {
        place.__name__: is_called for place in PLACES
    }


def test_why_tells_of_a_task_to_come_that_it_will_not_be_owed(book: peewee.Database) -> None:
    alone = msgspec.structs.replace(LOST, owner="task", template="")
    walker = cast.walker(owed.only(alone))
    people = cast.everybody(issued="2025-01-15")
    a_day_before(people)
    opened.complaint(client_no="C900")
    last = why.why(walker, "P900", "lost", DUE, TODAY).chain[-1]
    assert (last.code, last.facts) == ("would_not_be_owed", {"reason": "complaint_open"})
    assert last.sentence("en").startswith("Neither a message nor a task would come of it: ")
