"""How often a client is greeted, and on which days nobody is."""

import datetime
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from servicing.core.reasons import Reason
from servicing.messages import greetings
from servicing.messages.greetings import GreetingRules
from tests import cast
from tests.servicing import owed

RULES = GreetingRules()


def days(text: str) -> list[datetime.date]:
    """Days of 2026, such as `05-01 05-04`."""
    return [cast.day(f"2026-{each}") for each in text.split()]


ROOM = [
    # a greeting of 05-10; the others -> why there is no room
    ("", None),
    ("05-10", Reason.GREETING_MERGED),
    ("05-07", Reason.GREETING_MERGED),
    ("05-13", Reason.GREETING_MERGED),
    ("05-06", Reason.GREETING_WEEK),
    ("05-04", Reason.GREETING_WEEK),
    ("05-03", None),
    ("05-16", Reason.GREETING_WEEK),
    ("05-17", None),
    ("01-01 02-01 03-01 04-01 04-20", None),
    ("01-01 02-01 03-01 04-01 04-20 05-01", Reason.GREETING_YEAR),
    ("01-01 02-01 03-01 04-01 04-20 12-31", Reason.GREETING_YEAR),
]


@pytest.mark.parametrize(("others", "why"), ROOM)
def test_a_greeting_has_room_beside_the_others(others: str, why: Reason | None) -> None:
    assert greetings.full(cast.day("2026-05-10"), days(others), RULES) == why


def test_greetings_of_another_year_fill_no_cap_of_this_one() -> None:
    before = [cast.day(f"2025-{month:02}-01") for month in range(1, 13)]
    assert greetings.full(cast.day("2026-05-10"), before, RULES) is None
    rules = replace(RULES, per_week=2, merged_within_days=0)
    near = days("05-09 05-11")
    assert greetings.full(cast.day("2026-05-10"), near[:1], rules) is None
    assert greetings.full(cast.day("2026-05-10"), near, rules) is Reason.GREETING_WEEK


MOURNING = [
    # first and last day -> the day of the greeting, and why
    ("04-04 04-06", "04-04", Reason.DUE),
    ("04-05 04-06", "04-06", Reason.MOURNING_MOVED),
    ("04-05 04-05", None, Reason.MOURNING_DAY),
    ("08-27 08-28", "08-28", Reason.MOURNING_MOVED),
    ("11-09 11-10", "11-10", Reason.MOURNING_MOVED),
    ("12-13 12-14", "12-14", Reason.MOURNING_MOVED),
]
"""清明, 中元, 寒衣 and 国家公祭日 of 2026."""


@pytest.mark.parametrize(("span", "day", "why"), MOURNING)
def test_nobody_is_greeted_on_a_day_of_mourning(span: str, day: str | None, why: Reason) -> None:
    first, last = days(span)
    on = cast.day(f"2026-{day}") if day else None
    assert greetings.day_for(first, last, [], RULES) == (on, why)
    rules = replace(RULES, mourning_days=())
    assert greetings.day_for(first, last, [], rules) == (first, Reason.DUE)


KINDS = [
    # touchpoint, keys -> is a family in mourning spared it
    ("birthday", {}, True),
    ("birthday", {"anchor": "festival", "festival": "mid_autumn"}, True),
    ("birthday", {"anchor": "relation_birthday"}, True),
    ("birthday", {"anchor": "festival", "festival": "qingming", "greeting": False}, False),
    ("birthday", {"anchor": "issue", "greeting": True}, True),
    ("birthday", {"festive": False}, False),
    ("news", {}, True),
    ("event", {}, True),
    ("renewal", {}, False),
    ("visit", {}, False),
    ("introduction", {}, False),
    ("month_1", {}, False),
]
"""What a death in the family stops: greetings, news and events; what a contract needs goes on."""


@pytest.mark.parametrize(("key", "keys", "is_spared"), KINDS)
def test_a_family_in_mourning_is_spared(key: str, keys: dict[str, Any], is_spared: bool) -> None:
    found = msgspec.structs.replace(owed.touchpoint(key), **keys)
    assert found.is_festive is is_spared
