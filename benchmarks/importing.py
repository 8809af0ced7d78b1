"""The import of a whole book, and the import of the same file again."""

from pathlib import Path

from benchmarks import book, measure, office
from benchmarks.measure import Claim, Result, Run

RUNS = 3

CONTENTS = """
    SELECT COUNT(*), SUM(p.annual_premium), SUM(p.sum_assured), COUNT(p.ended_on), COUNT(p.delivered_on),
           COUNT(DISTINCT c.id), SUM(LENGTH(c.name || c.phone || c.email)), SUM(c.marketing_consent),
           COUNT(c.birthday), COUNT(c.consent_on), COUNT(DISTINCT a.id), SUM(LENGTH(a.phone)),
           COUNT(DISTINCT t.id), COUNT(DISTINCT b.id)
    FROM policy p JOIN client c ON c.id = p.client_id JOIN agent a ON a.id = p.agent_id
    JOIN team t ON t.id = a.team_id JOIN branch b ON b.id = t.branch_id
"""


def measured(room: Path, policies: int) -> list[Result]:
    """The import against its floor, and the second import against the first."""
    file = room / "book.csv"
    book.write(file, policies)
    new = office.empty(room / "new")
    theirs, ours = room / "theirs", room / "ours"
    again: list[Run] = []

    def floor() -> Run:
        office.copied(new, theirs)
        return office.floor("import_book.py", theirs / office.DATABASE, file, book.DAY)

    def first() -> Run:
        office.copied(new, ours)
        run = office.import_book(ours, file)
        measure.same("import", office.look(theirs, [CONTENTS]), office.look(ours, [CONTENTS]))
        again.append(_unchanged(ours, file, policies))
        return run

    result = measure.paired(_claim(policies), floor, first, RUNS)
    firsts = [run for _, run in result.pairs]
    second = Claim("the same file again, against the first time", 1, result.claim.peak)
    return [result, Result(second, list(zip(firsts, again, strict=True)))]


def _claim(policies: int) -> Claim:
    return Claim(f"import of {policies:,} rows", 3, 300)


def _unchanged(home: Path, file: Path, policies: int) -> Run:
    run = office.import_book(home, file)
    counts = {name: run.answer()[name] for name in ("added", "changed", "unchanged", "rejected")}
    expected = {"added": 0, "changed": 0, "unchanged": policies, "rejected": 0}
    measure.same("second import", expected, counts)
    return run
