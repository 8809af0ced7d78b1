"""Two `servicing run` on one database: one clock; the first is killed, the second takes over."""

import os
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from policies import database
from servicing.operations import lease
from tests.acceptance.frontdoor import servicing
from tests.acceptance.serving import Serving, serving

TAKES_OVER_WITHIN = 60.0
"""Seconds; a dead process cannot say that it has gone."""


def until(is_so: Callable[[], bool], seconds: float) -> float:
    """Wait for it; answers with how long it took."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < seconds, "it never came to that"
        time.sleep(0.2)
    return time.monotonic() - begun


def keeps(server: Serving) -> bool:
    return f":{server.process.pid}:" in lease.held_by()


def says(process: subprocess.Popen[str], words: str, seconds: float = 60) -> bool:
    """Whether it says so on standard error in time; what it says meanwhile is read."""
    assert process.stderr
    heard, deadline = "", time.monotonic() + seconds
    while words not in heard and (left := deadline - time.monotonic()) > 0:
        if select.select([process.stderr], [], [], left)[0]:  # past Python's buffer of whole lines
            heard += os.read(process.stderr.fileno(), 1 << 16).decode()
    return words in heard


def test_the_second_waits_and_takes_over_from_the_dead(database_url: str, tmp_path: Path) -> None:
    home = tmp_path / "office"
    servicing("--home", home, "init", "--database", database_url, cwd=tmp_path).done()
    database.connect(database_url, home)
    with serving(home, {}, "run") as first:
        until(lambda: keeps(first), 60)
        with serving(home, {}, "run") as second:
            assert says(second.process, f"another process keeps the clock: {lease.held_by()}")
            told = servicing("--home", home, "status", "--format", "json", cwd=tmp_path).done()
            assert told.document()["clock"] == lease.held_by()
            first.process.kill()
            first.process.wait()
            assert until(lambda: keeps(second), TAKES_OVER_WITHIN) > 0
            assert second.stop()[0] == 0
    assert lease.held_by() == "", "who ends gives the clock back"
    database.database.close()


def test_the_second_has_it_at_once_when_the_first_is_stopped(
    database_url: str, tmp_path: Path
) -> None:
    home = tmp_path / "office"
    servicing("--home", home, "init", "--database", database_url, cwd=tmp_path).done()
    database.connect(database_url, home)
    with serving(home, {}, "run") as first, serving(home, {}, "run") as second:
        until(lambda: keeps(first) or keeps(second), 60)
        keeping, waiting = (first, second) if keeps(first) else (second, first)
        assert keeping.stop()[0] == 0
        until(lambda: keeps(waiting), 20)
        assert waiting.stop()[0] == 0
    database.database.close()
