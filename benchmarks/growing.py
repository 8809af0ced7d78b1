"""The walk of a day over a book ten times as large, with the same number due."""

from pathlib import Path

from benchmarks import book, measure, office
from benchmarks.measure import Claim, Result, Run
from benchmarks.walking import MADE

RUNS = 5
TIMES = 10


def measured(room: Path, policies: int) -> list[Result]:
    """The large book against the small one; the policies that are due are the same."""
    small, large = (
        _office(room, policies // TIMES, 0),
        _office(room, policies // TIMES, policies - policies // TIMES),
    )
    claim = Claim(
        f"walk of a day over {policies:,}, against {policies // TIMES:,} with the same due", 1.1
    )

    def walk(ready: Path) -> Run:
        return office.walk(office.copied(ready, room / f"{ready.name}-walked"))

    def walk_large() -> Run:
        run = walk(large)
        small_made, large_made = (
            office.look(room / f"{each.name}-walked", MADE) for each in (small, large)
        )
        measure.same("walk of the larger book", small_made, large_made)
        return run

    return [measure.paired(claim, lambda: walk(small), walk_large, RUNS)]


def _office(room: Path, busy: int, idle: int) -> Path:
    file, ledger = room / f"{idle}.csv", room / f"{idle}-ledger.csv"
    book.write(file, busy, idle, ledger)
    return office.filled(room / f"idle-{idle}", file, ledger)
