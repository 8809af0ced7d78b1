"""One clock a database: taken, renewed, lost and given back; seconds in, who keeps it out."""

import peewee
import pytest

from servicing.house import keeper
from servicing.house.keeper import LEASE_SECONDS

NOON = 1_780_000_000.0

STORIES = [
    ("nobody keeps it", [("a", 0, True)]),
    ("it is kept", [("a", 0, True), ("b", 0, False), ("b", LEASE_SECONDS - 1, False)]),
    ("it is renewed", [("a", 0, True), ("a", 30, True), ("b", LEASE_SECONDS + 1, False)]),
    ("its keeper is dead", [("a", 0, True), ("b", LEASE_SECONDS, True), ("a", 41, False)]),
    ("the clock was set back by an hour", [("a", 3_600, True), ("b", 0, True), ("a", 1, False)]),
    ("the clock was set back by a little", [("a", 20, True), ("b", 0, False), ("a", 1, True)]),
]


@pytest.mark.parametrize("story", [pytest.param(told, id=name) for name, told in STORIES])
def test_one_keeps_the_clock(book: peewee.Database, story: list[tuple[str, float, bool]]) -> None:
    for holder, seconds, is_keeper in story:
        assert keeper.keep(holder, NOON + seconds) == is_keeper, (holder, seconds)


def test_what_is_given_back_is_free_at_once(book: peewee.Database) -> None:
    assert (keeper.held_by(), keeper.is_kept(NOON)) == ("", False)
    keeper.keep("a", NOON)
    keeper.give_back("b")
    assert (keeper.held_by(), keeper.is_kept(NOON), keeper.keep("b", NOON)) == ("a", True, False)
    keeper.give_back("a")
    assert keeper.keep("b", NOON)


def test_a_dead_keeper_keeps_nothing(book: peewee.Database) -> None:
    keeper.keep("a", NOON)
    assert keeper.is_kept(NOON + LEASE_SECONDS - 1)
    assert not keeper.is_kept(NOON + LEASE_SECONDS)
