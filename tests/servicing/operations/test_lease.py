"""One clock a database: taken, renewed, lost and given back; seconds in, who keeps it out."""

import peewee
import pytest

from servicing.operations import lease
from servicing.operations.lease import LEASE_SECONDS

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
        assert lease.keep(holder, NOON + seconds) == is_keeper, (holder, seconds)


def test_what_is_given_back_is_free_at_once(book: peewee.Database) -> None:
    assert (lease.held_by(), lease.is_kept(NOON)) == ("", False)
    lease.keep("a", NOON)
    lease.give_back("b")
    assert (lease.held_by(), lease.is_kept(NOON), lease.keep("b", NOON)) == ("a", True, False)
    lease.give_back("a")
    assert lease.keep("b", NOON)


def test_a_dead_keeper_keeps_nothing(book: peewee.Database) -> None:
    lease.keep("a", NOON)
    assert lease.is_kept(NOON + LEASE_SECONDS - 1)
    assert not lease.is_kept(NOON + LEASE_SECONDS)
