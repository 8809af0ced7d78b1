"""The walk of an ordinary day over a large book, on either database."""

from pathlib import Path

from benchmarks import book, measure, office, postgres
from benchmarks.measure import Claim, Result, Run

RUNS = 5

MADE = (
    "SELECT key, scope, COUNT(*) FROM touchpoint GROUP BY key, scope ORDER BY key, scope",
    "SELECT 'messages', state, COUNT(*) FROM message GROUP BY state ORDER BY state",
    "SELECT 'to be said', template, channel, COUNT(*) FROM message WHERE state = 'queued'"
    " GROUP BY template, channel ORDER BY template, channel",
    "SELECT 'texts', COUNT(*) FROM message WHERE body <> ''",
    f"SELECT 'on a later day', COUNT(*) FROM message WHERE planned_on > '{book.DAY}'",
    "SELECT 'tasks', COUNT(*) FROM task",
    "SELECT 'card rows', COUNT(*) FROM card_entry",
)


def measured(room: Path, policies: int) -> list[Result]:
    """The walk against its floor."""
    file, ledger = room / "book.csv", room / "ledger.csv"
    book.write(file, policies, ledger=ledger)
    ready = office.filled(room / "ready", file, ledger)
    theirs, ours = room / "theirs", room / "ours"

    def floor() -> Run:
        office.copied(ready, theirs)
        return office.floor("walk_day.py", theirs / office.DATABASE, book.DAY)

    def walk() -> Run:
        office.copied(ready, ours)
        run = office.walk(ours)
        measure.same("walk", office.look(theirs, MADE), office.look(ours, MADE))
        return run

    return [measure.paired(Claim(f"walk of a day over {policies:,}", 2.5), floor, walk, RUNS)]


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
