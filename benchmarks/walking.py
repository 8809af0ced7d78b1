"""The walk of an ordinary day over a large book."""

from pathlib import Path

from benchmarks import book, measure, office
from benchmarks.measure import Claim, Result, Run

RUNS = 5

MADE = (
    "SELECT key, scope, COUNT(*) FROM touchpoint GROUP BY key, scope ORDER BY key, scope",
    "SELECT 'messages', state, COUNT(*) FROM message GROUP BY state ORDER BY state",
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
