"""What the workers of a run share: whoever needs it first makes it, the others wait and read it."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import homes


def once_a_run(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder of this name as `make` has filled it; to be copied, not touched."""
    return _once(_room(factory), name, make)


def folder(factory: pytest.TempPathFactory, name: str) -> Path:
    """An empty folder of this name, to which every worker adds."""
    return once_a_run(factory, name, lambda _: None)


def _room(factory: pytest.TempPathFactory) -> Path:
    room = factory.getbasetemp()
    return room.parent if "PYTEST_XDIST_WORKER" in os.environ else room


def office_once_a_run(
    factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]
) -> Path:
    """The same for a workspace; each worker has its own where the books are on its own server."""
    if homes.ours.server:
        return _once(factory.getbasetemp(), name, make)
    return once_a_run(factory, name, make)


def _once(room: Path, name: str, make: Callable[[Path], object]) -> Path:
    folder, made = room / name, room / f"{name}.made"
    with (room / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of somebody who did not get to the end
            folder.mkdir(0o700)  # as a workspace has it
            make(folder)
            made.touch()
    return folder
