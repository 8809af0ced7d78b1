"""Passwords as Argon2 hashes them, a few at a time: each takes 64 MiB and a core for a moment.

Whoever comes from a device that has logged in before has a lane of their own, so that strangers who
guess at the same moment do not stand before them.
"""

import contextlib
import os
import threading
from collections.abc import Iterator

import argon2

from servicing.core import errors

LONGEST_PASSWORD = 256
"""Characters; to hash more than that is work for nothing."""

THREADS = 8
"""Of a server that does not say how many it has."""

_hasher = argon2.PasswordHasher(parallelism=1)
"""As much work and memory as RFC 9106 asks for, on one core: the others are for the pages."""


class Lane:
    """So many hashes at a time, and so many that wait for them; who comes then is turned away."""

    def __init__(self, running: int, waiting: int) -> None:
        self._free = running + waiting
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(running)

    def is_full(self) -> bool:
        """Whether somebody who came now would be turned away."""
        return self._free <= 0

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """A turn to hash; raises `Busy` at once where all places are taken."""
        with self._lock:
            if self.is_full():
                raise errors.Busy
            self._free -= 1
        try:
            with self._turns:
                yield
        finally:
            with self._lock:
                self._free += 1


def lanes(threads: int, cores: int) -> tuple[Lane, Lane]:
    """Of strangers and of those who are known, in a server of so many threads.

    Strangers leave a core free. So many wait at the most; a server that hands on one login after the
    other (`servicing.web.queues`) never comes so far.
    """
    running = max(1, min(cores - 1, threads // 4))
    return Lane(running, max(0, threads // 2 - running)), Lane(1, threads // 8)


_strangers, _known = lanes(THREADS, os.cpu_count() or 1)


def share(threads: int) -> None:
    """Lay the lanes of a server of so many threads."""
    global _strangers, _known
    _strangers, _known = lanes(threads, os.cpu_count() or 1)


def turns_strangers_away() -> bool:
    """Whether a stranger's password would not be checked now."""
    return _strangers.is_full()


def hashed(password: str) -> str:
    """A password as it is stored; raises `Busy`."""
    with _known.turn():
        return _hasher.hash(password)


def is_right(hashed_as: str, password: str, is_known: bool = True) -> bool:
    """Whether it is the password that was hashed; raises `Busy`.

    One that is longer than any is not read to its end, and takes as long as every other.
    """
    with (_known if is_known else _strangers).turn():
        try:
            return _hasher.verify(hashed_as, password[: LONGEST_PASSWORD + 1])
        except argon2.exceptions.VerificationError:
            return False


def is_outdated(hashed_as: str) -> bool:
    """Whether it was hashed with other parameters than passwords are today."""
    return _hasher.check_needs_rehash(hashed_as)
