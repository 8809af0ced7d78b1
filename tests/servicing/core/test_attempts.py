"""Guesses are counted before they are checked."""

import datetime
import os
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import peewee
import pytest

from policies import database
from servicing.core import attempts, errors
from servicing.core.attempts import WINDOW, Counter, Guesses
from tests import cast

NOW = cast.at("2026-06-01")
SECOND = datetime.timedelta(seconds=1)
ACCOUNT = Counter("account", "chenyan", 10)
SOURCE = Counter("source", "192.0.2.7", 15)


@pytest.fixture
def guesses(book: peewee.Database, tmp_path: Path) -> Guesses:
    return Guesses(tmp_path, "secret")


def is_counted(by: Guesses, *counters: Counter, now: datetime.datetime = NOW) -> bool:
    """Whether one more guess is let through; it is a wrong one."""
    try:
        by.reserve(counters, now)
    except errors.TooManyGuesses:
        return False
    return True


def test_a_counter_bears_so_many_wrong_guesses_and_then_none_until_the_first_is_old(
    guesses: Guesses,
) -> None:
    told = [is_counted(guesses, ACCOUNT, now=NOW + SECOND * number) for number in range(12)]
    assert told == [True] * 10 + [False] * 2
    assert not is_counted(guesses, ACCOUNT, now=NOW + WINDOW - SECOND)
    assert is_counted(guesses, ACCOUNT, now=NOW + WINDOW)
    assert not is_counted(guesses, ACCOUNT, now=NOW + WINDOW)


def test_it_says_how_long_to_wait(guesses: Guesses) -> None:
    for _ in range(10):
        guesses.reserve([ACCOUNT], NOW)
    with pytest.raises(errors.TooManyGuesses) as refused:
        guesses.reserve([ACCOUNT], NOW + 5 * SECOND)
    assert refused.value.retry_after == WINDOW.total_seconds() - 5
    assert refused.value.notice.facts == {"minutes": 15}


def test_where_one_counter_is_full_none_counts(guesses: Guesses) -> None:
    for _ in range(10):
        guesses.reserve([ACCOUNT, SOURCE], NOW)
    for _ in range(20):
        assert not is_counted(guesses, ACCOUNT, SOURCE)
    assert [is_counted(guesses, SOURCE) for _ in range(7)] == [True] * 5 + [False] * 2


def test_a_right_password_gives_its_guess_back_and_no_other(guesses: Guesses) -> None:
    for _ in range(9):
        guesses.reserve([ACCOUNT], NOW)
    for _ in range(20):
        guesses.give_back(guesses.reserve([ACCOUNT], NOW))
    assert is_counted(guesses, ACCOUNT)
    assert not is_counted(guesses, ACCOUNT)


def test_of_a_hundred_guesses_at_the_same_moment_at_two_servers_ten_are_let_through(
    guesses: Guesses, tmp_path: Path
) -> None:
    servers = [guesses, Guesses(tmp_path, "secret")]
    together = threading.Barrier(20)

    def guess(number: int) -> list[bool]:
        database.database.connect(reuse_if_open=True)
        together.wait(60)
        told = [is_counted(servers[number % 2], ACCOUNT, SOURCE) for _ in range(5)]
        database.database.close()
        return told

    with ThreadPoolExecutor(20) as threads:
        told = [each for answers in threads.map(guess, range(20)) for each in answers]
    assert (told.count(True), told.count(False)) == (10, 90)


def test_what_somebody_types_stands_nowhere(guesses: Guesses, tmp_path: Path) -> None:
    guesses.reserve([Counter("account", "my secret password", 10)], NOW)
    if database.is_sqlite():
        file = tmp_path / attempts.FILE
        assert b"my secret" not in file.read_bytes()
        assert file.stat().st_mode & 0o777 == 0o600
    else:
        (row,) = database.execute("SELECT * FROM login_guess")
        assert "my secret" not in str(row)


@cast.on_sqlite
def test_a_guess_does_not_wait_for_an_import(guesses: Guesses) -> None:
    begun = time.monotonic()
    with database.writing(), ThreadPoolExecutor(1) as other:  # an import does so for minutes
        ticket = other.submit(guesses.reserve, [ACCOUNT], NOW).result(30)
        other.submit(guesses.give_back, ticket).result(30)
    assert time.monotonic() - begun < database.BUSY_TIMEOUT_SECONDS / 6


@cast.on_sqlite
def test_a_server_that_is_started_again_remembers(book: peewee.Database, tmp_path: Path) -> None:
    for _ in range(10):
        Guesses(tmp_path, "secret").reserve([ACCOUNT], NOW)
    assert not is_counted(Guesses(tmp_path, "secret"), ACCOUNT)


@cast.on_sqlite
@pytest.mark.parametrize("harm", ["no database", "held", "no folder"])
def test_without_its_file_a_server_counts_in_memory(
    harm: str, book: peewee.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "PATIENCE_SECONDS", 0.05)
    home = tmp_path / "home"
    holder = sqlite3.connect(":memory:")
    if harm != "no folder":
        home.mkdir()
    if harm == "no database":
        (home / attempts.FILE).write_bytes(os.urandom(10_000))
    if harm == "held":
        holder = sqlite3.connect(home / attempts.FILE, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
    guesses = Guesses(home, "secret")
    assert [is_counted(guesses, ACCOUNT) for _ in range(12)] == [True] * 10 + [False] * 2
    holder.close()


SOURCES = [
    ("192.0.2.7", "192.0.2.7"),
    ("::ffff:192.0.2.7", "192.0.2.7"),
    ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
    ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
    ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
    ("fe80::1%eth0", "fe80::/64"),
    ("::1", "::/64"),
    ("", ""),
    (None, ""),
    ("localhost", "localhost"),
]


@pytest.mark.parametrize(("address", "source"), SOURCES)
def test_a_line_is_one_source_however_many_addresses_it_has(
    address: str | None, source: str
) -> None:
    assert attempts.source(address) == source
