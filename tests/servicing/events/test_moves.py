"""Who gets the free places of an event, and from which days of a party plans count."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.events import moves
from servicing.events.moves import Standing, Waiting

DAY = datetime.date(2026, 6, 20)
OFF = datetime.date(2026, 6, 1)


@pytest.mark.parametrize(
    ("free", "waiting", "let_in"),
    [
        (0, [1], []),
        (1, [1], [1]),
        (1, [2, 1], [2]),
        (2, [2, 1], [1]),
        (3, [2, 1], [1, 2]),
        (3, [4, 2, 2, 1], [2, 4]),
        (9, [], []),
    ],
)
def test_a_party_is_not_split(free: int, waiting: list[int], let_in: list[int]) -> None:
    known = [Waiting(place, persons) for place, persons in enumerate(waiting, 1)]
    assert [each.id for each in moves.let_in(free, known)] == let_in


@given(st.integers(0, 30), st.lists(st.integers(1, 8), max_size=20))
def test_no_place_is_given_twice_and_none_is_left_that_somebody_fits_in(
    free: int, waiting: list[int]
) -> None:
    known = [Waiting(place, persons) for place, persons in enumerate(waiting)]
    inside = list(moves.let_in(free, known))
    left = free - sum(each.persons for each in inside)
    assert left >= 0
    assert all(each.persons > left for each in known if each not in inside)


@pytest.mark.parametrize(
    ("party", "event", "days"),
    [
        ("invited", "open", {}),
        ("waitlisted", "open", {}),
        ("registered", "open", {"coming": DAY}),
        ("confirmed", "full", {"coming": DAY}),
        ("declined", "open", {}),
        ("attended", "open", {"attended": DAY}),
        ("attended", "held", {"attended": DAY}),
        ("no_show", "held", {}),
        ("invited", "cancelled", {}),
        ("registered", "cancelled", {"called_off": OFF}),
        ("waitlisted", "cancelled", {"called_off": OFF}),
        ("cancelled", "cancelled", {}),
    ],
)
def test_the_days_from_which_plans_count(
    party: str, event: str, days: dict[str, datetime.date]
) -> None:
    ended = OFF if event == "cancelled" else None
    assert moves.days(Standing(party, event, DAY, ended)) == days
