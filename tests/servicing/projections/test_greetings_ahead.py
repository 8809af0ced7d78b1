"""Greetings of many clients: a look ahead says what the walks do, and all caps hold over a year."""

import datetime
import random
from pathlib import Path

import msgspec
import peewee

from policies import dates
from policies.models import Client, Relation
from policies.plan import Step, Touchpoint
from servicing.core.models import LIVE, Message
from servicing.core.models import Touchpoint as TouchpointRow
from servicing.messages import greetings
from servicing.messages.greetings import GreetingRules
from tests import cast
from tests.servicing import owed
from tests.servicing.look_ahead import LAST, TODAY, a_messy_book, foreseen, walked

SINCE, UNTIL = datetime.date(2026, 12, 25), datetime.date(2027, 12, 31)
"""A whole year of the calendar, and the week before it."""


def greeting(festival: str) -> Touchpoint:
    named = {"id": festival or "family", "festival": festival, "due": (Step(days=0),)}
    anchor = "festival" if festival else "relation_birthday"
    return msgspec.structs.replace(owed.touchpoint("birthday"), anchor=anchor, **named)


FESTIVALS = (
    *("new_year", "new_years_eve", "spring_festival", "lantern", "dragon_boat"),
    *("mid_autumn", "double_ninth", "national_day"),
)
GREETINGS = [greeting(each) for each in ("", *FESTIVALS)]
WALKER = cast.walker(owed.only(*GREETINGS, owed.touchpoint("birthday"), owed.touchpoint("news")))


def with_families(room: Path, today: datetime.date = TODAY) -> None:
    """Clients with two relatives each; some are in mourning, of some a relative has died."""
    a_messy_book(room, policies=60)
    roll = random.Random(22)
    for number, client in enumerate(Client.select().order_by(Client.id)):
        for kin in ("child", "parent"):
            born = datetime.date(1950, 1, 1) + datetime.timedelta(days=roll.randrange(27_000))
            near = born.replace(month=6, day=roll.randrange(1, 29)) if roll.random() < 0.5 else born
            said = {"birthday": near, "is_lunar": roll.random() < 0.5}
            Relation.create(client=client, kind=kin, name=kin, **said)
        if number % 9 == 0:
            cast.change(client, bereaved_until=today + datetime.timedelta(days=30 * (number % 4)))


def test_a_look_ahead_says_which_greetings_leave(book: peewee.Database, tmp_path: Path) -> None:
    with_families(tmp_path)
    there = foreseen(WALKER, TODAY, LAST)
    assert there == walked(WALKER, TODAY, LAST)
    assert {row[-1] for row in there} >= {"due", "greeting_merged", "bereaved", "complaint_open"}


@cast.on_one
def test_in_a_year_all_caps_hold_over_all_kinds(book: peewee.Database, tmp_path: Path) -> None:
    """By the shipped caps; with deaths, surveys and sending: tests/drills/test_whole_year.py."""
    with_families(tmp_path, SINCE)
    for each in dates.days_between(SINCE, UNTIL):
        cast.walk_only(each, WALKER)
    days: dict[int, list[datetime.date]] = {}
    left_out: dict[str, int] = {}
    for each in (
        Message.select(Message, TouchpointRow, Client)
        .join(TouchpointRow)
        .switch(Message)
        .join(Client)
    ):
        if each.touchpoint.key == "news":
            continue
        assert each.is_greeting
        if each.state not in LIVE:
            left_out[each.reason] = left_out.get(each.reason, 0) + 1
            continue
        until = each.client.bereaved_until
        assert until is None or each.planned_on > until
        days.setdefault(each.client_id, []).append(each.planned_on)
    for of_client in days.values():
        found = sorted(of_client)
        apart = [(b - a).days for a, b in zip(found, found[1:], strict=False)]
        assert all(each >= greetings.WEEK for each in apart)
        assert all(sum(day.year == year for day in found) <= 6 for year in (2026, 2027))
        assert not any(greetings.is_mourning_day(day, GreetingRules()) for day in found)
    assert sum(map(len, days.values())) > 60
    kinds = {"greeting_merged", "greeting_cap_week", "greeting_cap_year", "bereaved"}
    assert set(left_out) >= kinds | {"complaint_open"}
