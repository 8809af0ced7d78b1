"""Thirty days of a large book looked at ahead, against the queries alone that find what is due."""

from pathlib import Path

from benchmarks import book, measure, office
from benchmarks.measure import Claim, Result, Run

RUNS, DAYS, MB = 3, 30, 500
FOUND = ("SELECT key, COUNT(*) FROM touchpoint GROUP BY key ORDER BY key",)


def measured(room: Path, policies: int) -> list[Result]:
    """`servicing simulate` against its floor."""
    file, ledger = room / "book.csv", room / "ledger.csv"
    book.write(file, policies, ledger=ledger)
    ready = office.filled(room / "ready", file, ledger)
    theirs = room / "theirs"

    def floor() -> Run:
        office.copied(ready, theirs)
        return office.floor("due_queries.py", theirs, book.DAY, DAYS)

    def ours() -> Run:
        asked = ["--from", book.DAY, "--by", "touchpoint", "--format", "json"]
        run = office.servicing(ready, "simulate", *asked)
        told = [(each["touchpoint"], each["touchpoints"]) for each in run.answer()]
        measure.same("simulate", office.look(theirs, FOUND), sorted(told))
        return run

    return [measure.paired(Claim(f"{DAYS} days ahead of {policies:,}", 2, MB), floor, ours, RUNS)]
