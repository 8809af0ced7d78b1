"""Guesses of passwords, counted before they are checked, so that guesses at the same moment count too.

A right password gives its guess back. Where the book is on PostgreSQL, the counts are in its table
`login_guess`, which all servers share. A SQLite book has one writer, and an import may be it for
minutes; so there the counts are in a file beside the settings, which servers of this machine share and
nobody holds for longer than a count takes. Where that file cannot be had, a server counts in memory.
"""

import contextlib
import datetime
import hashlib
import ipaddress
import logging
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies import database
from servicing.core import errors

WINDOW = datetime.timedelta(minutes=15)
"""A wrong guess counts for so long."""

FILE = "logins.db"
PATIENCE_SECONDS = 2.0
"""Until the file is given up; a count holds it for less than a thousandth of that."""

SQLITE = """
CREATE TABLE IF NOT EXISTS login_guess (counter TEXT NOT NULL, at REAL NOT NULL, ticket TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS login_guess_counter ON login_guess (counter);
CREATE INDEX IF NOT EXISTS login_guess_ticket ON login_guess (ticket);
CREATE INDEX IF NOT EXISTS login_guess_at ON login_guess (at);
"""
"""The table of `0034_logins.py`, in a file of its own."""

Run = Callable[[str, Sequence[Any]], Any]
"""Runs a statement (`?` marks its values) and answers with its rows."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Counter:
    """What is counted, such as the guesses at an account, and how many wrong ones it bears."""

    what: str
    whose: str
    most: int

    def key(self, secret: str) -> str:
        """Its name in the table: a digest, for people type passwords into the field of the login."""
        known = hashlib.sha256(secret.encode()).digest()
        return hashlib.blake2b(f"{self.what} {self.whose}".encode(), key=known).hexdigest()


class Guesses:
    """The counts of a workspace whose book is connected; `home` is its folder."""

    def __init__(self, home: Path, secret: str) -> None:
        self._secret = secret
        self._file = home / FILE
        self._memory: sqlite3.Connection | None = None
        self._one_at_a_time = threading.Lock()

    def count_under(self, secret: str) -> None:
        """From now on; what was counted under another secret counts no more."""
        self._secret = secret

    def reserve(self, counters: Sequence[Counter], now: datetime.datetime) -> str:
        """Count one guess with each of these; answers with the ticket that takes it back.

        Raises `TooManyGuesses`, and counts nothing, where one of them is full.
        """
        keys = {each.key(self._secret): each.most for each in counters}
        ticket = secrets.token_hex(16)
        at = now.timestamp()
        with self._alone(sorted(keys)) as run:
            run("DELETE FROM login_guess WHERE at <= ?", [at - WINDOW.total_seconds()])
            oldest = [first for key, most in keys.items() if (first := _full_since(run, key, most))]
            if not oldest:
                for key in keys:
                    run("INSERT INTO login_guess VALUES (?, ?, ?)", [key, at, ticket])
        if oldest:
            raise errors.TooManyGuesses(max(1, round(max(oldest) + WINDOW.total_seconds() - at)))
        return ticket

    def give_back(self, ticket: str) -> None:
        """It was no wrong guess."""
        with self._alone([]) as run:
            run("DELETE FROM login_guess WHERE ticket = ?", [ticket])

    @contextlib.contextmanager
    def _alone(self, keys: Sequence[str]) -> Iterator[Run]:
        """A transaction in which nobody else counts with these."""
        if not database.is_sqlite():
            with database.writing():
                for key in keys:
                    database.wait_for_turn(f"guess {key}")
                yield database.execute
            return
        with self._one_at_a_time, self._connected() as connection:
            yield connection.execute

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = self._begun()
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        finally:
            if connection is not self._memory:
                connection.close()

    def _begun(self) -> sqlite3.Connection:
        """A connection whose transaction has begun: to the file, or to memory."""
        if self._memory is None:
            try:
                return _opened(self._file)
            except (sqlite3.Error, OSError) as error:
                log.warning("%s: %s; guesses are counted in memory", FILE, type(error).__name__)
                self._memory = sqlite3.connect(
                    ":memory:", isolation_level=None, check_same_thread=False
                )
                self._memory.executescript(SQLITE)
        self._memory.execute("BEGIN IMMEDIATE")
        return self._memory


def _full_since(run: Run, key: str, most: int) -> float | None:
    """Of a counter that is full: when the first of its guesses was made."""
    asked = "SELECT COUNT(*), MIN(at) FROM login_guess WHERE counter = ?"
    count, first = run(asked, [key]).fetchone()
    return float(first) if count >= most else None


def _opened(file: Path) -> sqlite3.Connection:
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(file, timeout=PATIENCE_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = off")  # a power cut may take the counts with it
        connection.execute("BEGIN IMMEDIATE")
        for statement in filter(str.strip, SQLITE.split(";")):
            connection.execute(statement)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def source(address: str | None) -> str:
    """Where guesses come from: an IPv4 address, or the /64 of which one line has all addresses."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
