"""Passwords are hashed a few at a time."""

import contextlib
import dataclasses
import threading
from collections.abc import Iterator

import argon2
import pytest

from servicing.core import errors, hashing
from servicing.core.hashing import Lane
from tests import quick_passwords

PASSWORD = "correct horse battery"


def test_a_password_is_hashed_by_as_much_work_as_rfc_9106_asks_for_on_one_core() -> None:
    hashed = quick_passwords.AS_SHIPPED.hash(PASSWORD)
    asked_for = dataclasses.replace(argon2.profiles.RFC_9106_LOW_MEMORY, parallelism=1)
    assert argon2.extract_parameters(hashed) == asked_for


LANES = [
    # threads and cores of a server; strangers who are let in, and the known
    (1, 1, 1, 1),
    (2, 8, 1, 1),
    (4, 8, 2, 1),
    (8, 1, 4, 2),
    (8, 2, 4, 2),
    (8, 64, 4, 2),
    (32, 4, 16, 5),
    (32, 64, 16, 5),
]


@pytest.mark.parametrize(("threads", "cores", "strangers", "known"), LANES)
def test_logins_leave_threads_for_the_pages(
    threads: int, cores: int, strangers: int, known: int
) -> None:
    assert tuple(map(places_of, hashing.lanes(threads, cores))) == (strangers, known)
    assert threads < 4 or strangers + known < threads


def places_of(lane: Lane) -> int:
    """How many come in before somebody is turned away."""
    inside = 0
    with people_in(lane) as one_more:
        while one_more():
            inside += 1
    return inside


@contextlib.contextmanager
def people_in(lane: Lane) -> Iterator["OneMore"]:
    """Those who are let in stay until the end."""
    one_more = OneMore(lane)
    yield one_more
    one_more.over.set()
    for each in one_more.threads:
        each.join(30)


class OneMore:
    def __init__(self, lane: Lane) -> None:
        self.over = threading.Event()
        self.threads: list[threading.Thread] = []
        self._lane = lane

    def __call__(self) -> bool:
        """Whether one more is let in, to hash or to wait."""
        refused = threading.Event()
        self.threads.append(threading.Thread(target=self._stay, args=[refused], daemon=True))
        self.threads[-1].start()
        return not refused.wait(0.1)

    def _stay(self, refused: threading.Event) -> None:
        try:
            with self._lane.turn():
                self.over.wait(30)
        except errors.Busy:
            refused.set()


def test_so_many_hash_at_a_time_and_the_others_wait() -> None:
    lane, at_once, most, lock = Lane(2, 6), [0], [0], threading.Lock()

    def hash_something() -> None:
        with lane.turn():
            with lock:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            threading.Event().wait(0.02)
            with lock:
                at_once[0] -= 1

    threads = [threading.Thread(target=hash_something) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert most == [2]


def test_a_place_is_free_again_after_a_turn_that_failed() -> None:
    lane = Lane(1, 0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), lane.turn():
            raise ZeroDivisionError
    with lane.turn(), pytest.raises(errors.Busy), lane.turn():
        pass


def test_strangers_who_guess_do_not_stand_before_those_who_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashed = hashing.hashed(PASSWORD)
    strangers = Lane(1, 0)
    monkeypatch.setattr(hashing, "_strangers", strangers)
    with strangers.turn():
        with pytest.raises(errors.Busy):
            hashing.is_right(hashed, PASSWORD, is_known=False)
        assert hashing.is_right(hashed, PASSWORD, is_known=True)
    assert hashing.is_right(hashed, PASSWORD, is_known=False)


def test_what_is_longer_than_any_password_is_none_and_is_not_read_to_its_end() -> None:
    longest = "x" * hashing.LONGEST_PASSWORD
    hashed = hashing.hashed(longest)
    assert hashing.is_right(hashed, longest)
    assert not hashing.is_right(hashed, longest + "x")
    assert not hashing.is_right(hashed, "x" * 10_000_000)
