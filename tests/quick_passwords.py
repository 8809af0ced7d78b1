"""Passwords that a test hashes: to guess them would be easy, and nobody tries."""

import contextlib
from collections.abc import Iterator

import argon2
import pytest

from servicing.core import hashing

AS_SHIPPED = hashing._hasher
"""What a server hashes by, 64 MiB and a moment for each password."""

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@contextlib.contextmanager
def hashed() -> Iterator[None]:
    """Passwords are hashed by less work; a command that runs in a process of its own does all of it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(hashing, "_hasher", QUICK)
        yield
