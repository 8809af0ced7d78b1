"""Up at once, down with patience: each boundary of a client's tier, by period and by points."""

import datetime
from decimal import Decimal

import pytest

from policies import tier, tier_facts, tier_moves
from policies.tier import Scored
from policies.tier_moves import Place

CARD = tier.load(tier.SHIPPED / "basic.toml")
"""regular from 0, attentive from 15, personal from 28; down after two months, or by more than 5."""

JAN_31, FEB_28, MAR_30, MAR_31 = (
    datetime.date.fromisoformat(f"2026-{each}") for each in ("01-31", "02-28", "03-30", "03-31")
)


def scored(points: str) -> Scored:
    reached = [each.id for each in CARD.tiers if each.start <= Decimal(points)]
    return Scored(Decimal(points), (), reached[-1])


MOVES: list[tuple[str, Place | None, str, datetime.date, Place]] = [
    ("the first time", None, "27.9", JAN_31, Place("attentive")),
    ("up at once", Place("regular"), "28", JAN_31, Place("personal")),
    ("up by two", Place("regular"), "40", JAN_31, Place("personal")),
    ("as before", Place("personal"), "28", JAN_31, Place("personal")),
    ("too few by 5", Place("personal"), "23", JAN_31, Place("personal", JAN_31)),
    ("too few by more than 5", Place("personal"), "22.999999999", JAN_31, Place("attentive")),
    ("too few by far", Place("personal"), "3", JAN_31, Place("regular")),
    ("after one period", Place("personal", JAN_31), "27", FEB_28, Place("personal", JAN_31)),
    ("a day before two", Place("personal", JAN_31), "27", MAR_30, Place("personal", JAN_31)),
    ("after two periods", Place("personal", JAN_31), "27", MAR_31, Place("attentive")),
    ("they came back", Place("personal", JAN_31), "28", MAR_30, Place("personal")),
    ("a tier that is no more", Place("golden", JAN_31), "27", FEB_28, Place("attentive")),
]
"""A case, the place before, the points of a day, and the place from then on."""


@pytest.mark.parametrize(("name", "was", "points", "on", "now"), MOVES, ids=[e[0] for e in MOVES])
def test_a_tier_moves(
    name: str, was: Place | None, points: str, on: datetime.date, now: Place
) -> None:
    assert tier_moves.moved(CARD, was, scored(points), on) == now


def test_who_came_back_has_all_patience_again() -> None:
    place = tier_moves.moved(CARD, Place("personal", JAN_31), scored("28"), MAR_30)
    assert tier_moves.moved(CARD, place, scored("27"), MAR_31) == Place("personal", MAR_31)


YEARS = [
    ("2024-02-29", "2025-02-27", 0),
    ("2024-02-29", "2025-02-28", 1),
    ("2024-02-29", "2028-02-28", 3),
    ("2024-02-29", "2028-02-29", 4),
    ("2025-06-01", "2025-05-31", 0),
    ("2025-06-01", "2026-05-31", 0),
    ("2025-06-01", "2026-06-01", 1),
]


@pytest.mark.parametrize(("since", "on", "years"), YEARS)
def test_whole_years(since: str, on: str, years: int) -> None:
    days = map(datetime.date.fromisoformat, (since, on))
    assert tier_facts.whole_years(*days) == years


@pytest.mark.parametrize("client_id", range(1, 60))
def test_nobody_waits_longer_than_the_round_and_an_anniversary_is_met(client_id: int) -> None:
    on, since = datetime.date(2026, 5, 20), datetime.date(2024, 6, 1)
    found = tier_facts.next_on(CARD, client_id, {}, since, [], on)
    assert on < found <= datetime.date(2026, 6, 1)
    later = tier_facts.next_on(CARD, client_id, {}, None, [], on)
    assert on < later <= on + datetime.timedelta(days=tier_facts.ROUND_DAYS)


def test_the_round_is_spread_over_its_days() -> None:
    on = datetime.date(2026, 5, 20)
    days = [tier_facts.next_on(CARD, each, {}, None, [], on) for each in range(280)]
    assert {days.count(each) for each in days} == {10}
