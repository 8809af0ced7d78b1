"""How soon a command begins its work: from the interpreter being up to the first question to the book."""

import itertools
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks import book, measure, office
from benchmarks.measure import Claim, Result, Run

RUNS = 7
BOOK = 1_000
"""Policies."""

SECONDS = 0.35
"""On a quiet core."""

COMMANDS = (
    f"walk --on {book.DAY}",
    f"dispatch --now {book.DAY}T10:00",
    f"tasks list --on {book.DAY}",
    "card C0000001",
    "messages",
    "status",
    "halts",
    "why P0000000001 month_1",
    "book import book.csv --dry-run",
    "book timeline P0000000001",
    "consent list",
    "orphans",
    "influence --top 3",
    "persistency",
    "atrisk",
    "losses",
    "scorecard",
    f"simulate --from {book.DAY} --to {book.DAY}",
    "audit verify",
    "user list",
)
"""Of all that ask the book; `run`, `web` and `worker` stay up, and may take their time."""

PROBE = r"""
import re, sqlite3.dbapi2, sys, time
begun, connect = time.perf_counter(), sqlite3.dbapi2.connect
asks = re.compile(
    r"\b(policy|client|agent|premium|touchpoint|message|task|card_entry|barred|halt|book_import"
    r"|walked_day|user_account|trail_seal)\b"
)
def heard(statement):
    if asks.search(statement) and "sqlite_master" not in statement:
        print(time.perf_counter() - begun, flush=True)
        import os; os._exit(0)
def connected(*args, **kwargs):
    connection = connect(*args, **kwargs)
    connection.set_trace_callback(heard)
    return connection
sqlite3.dbapi2.connect = sqlite3.connect = connected
import cli
cli.main()
"""


def measured(room: Path, policies: int) -> list[Result]:
    """Each command against the limit, in a small book: what the book answers is not measured here."""
    home, file = room / "office", room / "book.csv"
    book.write(file, min(policies, BOOK))
    office.filled(home, file)
    office.walk(home)  # what is worked out once and kept is there, as on any day but the first
    return [_began(home, command.replace("book.csv", str(file))) for command in COMMANDS]


def _began(home: Path, command: str) -> Result:
    words = ["--home", str(home), *command.split(), "--format", "json"]
    runs = [measure.run([sys.executable, "-c", PROBE, *words]) for _ in range(RUNS)]
    limit = Run(SECONDS, SECONDS, 0, "")
    return Result(
        Claim(f"start of `{_named(command)}`, against {SECONDS} seconds", 1),
        [(limit, replace(each, wall=float(each.output))) for each in runs],
    )


def _named(command: str) -> str:
    """The command without its arguments."""
    return " ".join(itertools.takewhile(str.isalpha, command.split()))
