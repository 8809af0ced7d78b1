"""The walk of an ordinary day over a large book, on either database."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from benchmarks import book, measure, office, postgres
from benchmarks.measure import Claim, Result, Run

RUNS = 5

MADE = (
    "SELECT key, scope, COUNT(*) FROM touchpoint GROUP BY key, scope ORDER BY key, scope",
    "SELECT 'messages', state, COUNT(*) FROM message GROUP BY state ORDER BY state",
    "SELECT 'to be said', template, channel, COUNT(*) FROM message WHERE state = 'queued'"
    " GROUP BY template, channel ORDER BY template, channel",
    "SELECT 'texts', COUNT(*) FROM message WHERE body <> '' OR packed_text IS NOT NULL",
    f"SELECT 'on a later day', COUNT(*) FROM message WHERE planned_on > '{book.DAY}'",
    "SELECT 'tasks', COUNT(*) FROM task",
    "SELECT 'card rows', COUNT(*) FROM card_entry",
)
OWED = (
    "SELECT key, occurrence, anchor_on, due_on, policy_id, client_id FROM touchpoint"
    " ORDER BY key, policy_id, occurrence",
    "SELECT state, planned_on, COUNT(*) FROM message GROUP BY state, planned_on"
    " ORDER BY state, planned_on",
    "SELECT show_on, closes_on, COUNT(*) FROM task GROUP BY show_on, closes_on"
    " ORDER BY show_on, closes_on",
)
"""What both tell who make the same touchpoints, whatever else they keep."""

AGAIN_SECONDS = 1.5
"""The second walk of a day finds nothing, on two quiet cores."""


def measured(room: Path, policies: int) -> list[Result]:
    """The walk against two floors, and the second walk of the day against the first."""
    file, ledger = room / "book.csv", room / "ledger.csv"
    book.write(file, policies, ledger=ledger)
    ready = _after_an_ordinary_week(office.filled(room / "ready", file, ledger))
    lean = _lean(ready, room / "lean")
    theirs, leaner, ours = room / "theirs", room / "leaner", room / "ours"
    rounds = []
    for _ in range(RUNS):
        office.copied(lean, leaner)
        least = office.floor("walk_lean.py", leaner / office.DATABASE, book.DAY)
        office.copied(ready, theirs)
        floor = office.floor("walk_day.py", theirs / office.DATABASE, book.DAY)
        office.copied(ready, ours)
        first = office.walk(ours)
        measure.same("lean walk", office.look(leaner, OWED), office.look(ours, OWED))
        measure.same("walk", office.look(theirs, MADE), office.look(ours, MADE))
        rounds.append((least, floor, first, office.walk(ours)))
        measure.same("second walk", office.look(theirs, MADE), office.look(ours, MADE))
    return list(_results(f"walk of a day over {policies:,}", rounds))


def _results(name: str, rounds: list[tuple[Run, Run, Run, Run]]) -> Iterator[Result]:
    yield Result(Claim(f"{name}, lean floor", 2.0), [(least, one) for least, _, one, _ in rounds])
    yield Result(
        Claim(f"{name}, the same rows", 2.5), [(floor, one) for _, floor, one, _ in rounds]
    )
    again = [(one, two) for *_, one, two in rounds]
    yield Result(Claim(f"second {name}, against the first", 0.5), again)
    limit = Run(AGAIN_SECONDS, AGAIN_SECONDS, 0, "")
    line = Claim(f"second {name}, against {AGAIN_SECONDS} seconds", 1)
    yield Result(line, [(limit, two) for *_, two in rounds])


def _after_an_ordinary_week(ready: Path) -> Path:
    """The days before were walked, as in life: what they have counted ahead is not counted again.

    The book joins on the day that is measured, so nothing was due in them.
    """
    for days in range(7, 0, -1):
        office.walk(ready, book.DAY - timedelta(days))
    return ready


def _lean(ready: Path, home: Path) -> Path:
    """The same book in the tables of the lean floor."""
    home.mkdir()
    connection = sqlite3.connect(home / office.DATABASE)
    connection.execute("ATTACH ? AS f", [str(ready / office.DATABASE)])
    connection.executescript((office.FLOORS / "lean_book.sql").read_text("utf-8"))
    connection.close()
    return home


def measured_on_postgresql(room: Path, policies: int) -> list[Result]:
    """The same on PostgreSQL: both begin with a copy of one database, as autovacuum left it."""
    file, ledger = room / "book.csv", room / "ledger.csv"
    book.write(file, policies, ledger=ledger)
    with postgres.server(room) as server:
        home = office.filled(room / "office", file, ledger, server.create("ours"))
        server.settle("ours")
        server.rename("ours", "ready")

        def floor() -> Run:
            server.copy("ready", "theirs")
            return office.floor("walk_day_postgresql.py", server.url("theirs"), book.DAY)

        def walk() -> Run:
            server.copy("ready", "ours")
            run = office.walk(home)
            measure.same("walk", server.look("theirs", MADE), server.look("ours", MADE))
            return run

        claim = Claim(f"walk of a day over {policies:,} on PostgreSQL", 2.5)
        return [measure.paired(claim, floor, walk, RUNS)]
