"""`servicing worker` as an operator starts it: it walks the day, and ends when it is told to."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.frontdoor import COMMAND, Answer, clean_environment, servicing
from tests.conftest import PostgresServer

SECONDS = 60


@pytest.fixture
def home(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Path]:
    """A workspace with a book that joins today; its database is thrown away."""
    name = postgres_server.new_database(migrated=False)
    home = tmp_path / "office"
    servicing("--home", home, "init", "--database", postgres_server.url(name), cwd=tmp_path).done()
    servicing("book", "sample", "--policies", 300, "--out", "book.csv", cwd=home).done()
    servicing("book", "import", "book.csv", cwd=home)
    yield home
    postgres_server.drop(name)


def start(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, "--home", home, "worker"],
        env=clean_environment() | {"SERVICING_LOGS_FORMAT": "json"},
        stderr=subprocess.PIPE,
        text=True,
    )


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.5)


def status(home: Path) -> Answer:
    return servicing("status", "--format", "json", cwd=home)


def test_two_workers_walk_the_day_together_and_end_well(home: Path) -> None:
    workers = [start(home), start(home)]
    try:
        until(lambda: status(home).document()["last_walked"] is not None)
        assert status(home).document()["workers"] == 2
        account = ("messages", "account", "--format", "json")
        until(lambda: servicing(*account, cwd=home).document()["due"] > 0)
        for each in workers:
            each.send_signal(signal.SIGTERM)
        said = [each.communicate(timeout=SECONDS)[1] for each in workers]
    finally:
        for each in workers:
            each.kill()
            each.wait()
    assert [each.returncode for each in workers] == [0, 0]
    lines = [json.loads(line) for text in said for line in text.splitlines()]
    done = {line["job"] for line in lines if line["event"] == "done"}
    assert {"walk", "make"} <= done, lines
    assert not [line for line in lines if line["level"] == "error"]


def test_a_book_in_a_file_has_no_workers(tmp_path: Path) -> None:
    servicing("init", "--database", "sqlite:///servicing.db", cwd=tmp_path).done()
    sentence = servicing("worker", cwd=tmp_path).refused()
    assert (
        sentence == "servicing.database: workers share a PostgreSQL; with SQLite use: servicing run"
    )
