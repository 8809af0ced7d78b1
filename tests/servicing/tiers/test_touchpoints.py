"""A touchpoint for some tiers: made for them alone, taken back with the tier, and why says so."""

import datetime
from typing import Any

import msgspec
import peewee
import pytest

from policies import attention, plan, tier
from servicing.core.models import Touchpoint
from servicing.explain import why
from servicing.schedule import giving_back
from servicing.tiers import granting
from servicing.tiers.granting import Grant
from servicing.tiers.scoring import Rules
from tests import cast
from tests.servicing import owed, tiered

DUE = datetime.date(2025, 9, 30)
VISIT = msgspec.structs.replace(owed.touchpoint("month_1"), id="visit", tiers=("personal",))
WALKER = cast.walker(owed.only(VISIT))
RULES = Rules(tier.load(tier.SHIPPED / "basic.toml"), "CNY", True)


def give(people: cast.Cast, on: datetime.date = DUE) -> None:
    until = on + datetime.timedelta(days=30)
    at = cast.at(on, "08:00")
    granting.grant(people.lin_wei, Grant("personal", until, "新生儿", "hejing"), RULES, on, at)


def lift(people: cast.Cast, on: datetime.date = DUE) -> None:
    granting.lift(people.lin_wei, "hejing", RULES, on, cast.at(on, "10:00"))


def brought_up_to_date(on: datetime.date = DUE) -> tuple[str, str]:
    giving_back.bring_up_to_date(WALKER, on, cast.at(on, "12:00"))
    return cast.message("visit").state, cast.task("visit").state


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    return cast.everybody()


def test_nothing_is_recorded_for_clients_of_other_tiers(people: cast.Cast) -> None:
    tiered.give_tier(people.lin_wei, "personal")
    tiered.give_tier(people.zhou_ming, "regular")
    cast.walk_only(DUE, WALKER)
    assert {each.client_id for each in Touchpoint.select()} == {people.lin_wei.id}
    assert Touchpoint.select().count() == 3, "one for each policy"


def test_what_waits_goes_with_the_tier_and_comes_back_with_it(people: cast.Cast) -> None:
    give(people)
    cast.walk_only(DUE, WALKER)
    assert brought_up_to_date() == ("queued", "open")
    lift(people)
    assert brought_up_to_date() == ("cancelled", "cancelled")
    assert {cast.message("visit").reason, cast.task("visit").reason} == {"other_tier"}
    give(people)
    assert brought_up_to_date() == ("queued", "open")


def test_past_its_window_nothing_comes_back(people: cast.Cast) -> None:
    give(people)
    cast.walk_only(DUE, WALKER)
    lift(people)
    brought_up_to_date()
    later = DUE + datetime.timedelta(days=31)
    give(people, later)
    assert brought_up_to_date(later) == ("cancelled", "cancelled")


def test_why_tells_the_tier_of_the_day(people: cast.Cast) -> None:
    give(people, DUE - datetime.timedelta(days=5))
    lift(people, DUE - datetime.timedelta(days=4))
    cast.walk_on(DUE, WALKER)
    give(people, DUE + datetime.timedelta(days=1))
    found = why.why(WALKER, "P001", "visit", DUE, DUE + datetime.timedelta(days=2))
    (link,) = [each for each in found.chain if not each.holds]
    assert (found.outcome, link.facts["tier"]) == ("of_other_tier", "attentive")
    assert "级别" not in link.sentence("zh_CN") and "等级" in link.sentence("zh_CN")
    assert "the client had the tier attentive" in link.sentence("en")


def test_why_tells_for_whom_it_was_made(people: cast.Cast) -> None:
    give(people, DUE - datetime.timedelta(days=1))
    cast.walk_on(DUE, WALKER)
    found = why.why(WALKER, "P001", "visit", DUE, DUE)
    assert found.outcome == "recorded"
    (link,) = [each for each in found.chain if each.code == "for_the_tier"]
    assert link.facts == {"tier": "personal", "tiers": ["personal"]}


def test_why_tells_that_nobody_has_scored_them(people: cast.Cast) -> None:
    cast.walk_on(DUE, WALKER)
    found = why.why(WALKER, "P001", "visit", DUE, DUE)
    assert found.outcome == "without_tier"


RIGHTS: list[tuple[str, bool]] = [
    ("issue", True),
    ("birthday", True),
    ("handover", True),
    ("ended", True),
    ("premium_due", False),
    ("suspended", False),
]


@pytest.mark.parametrize(("anchor", "may"), RIGHTS)
def test_what_is_a_matter_of_rights_is_for_every_tier(anchor: Any, may: bool) -> None:
    found = list(attention.mistakes(anchor, ["personal"]))
    assert [each.code for each in found] == ([] if may else ["tiers_of_rights"])
    assert not list(attention.mistakes(anchor, []))


def test_a_tier_is_named_once() -> None:
    twice = msgspec.structs.replace(VISIT, tiers=("personal", "personal"))
    assert [each.code for each in plan.mistakes(twice)] == ["tier_named_twice"]
