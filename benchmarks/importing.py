"""The import of a whole book, and the import of the same file again, on either database."""

from collections.abc import Callable
from pathlib import Path

from benchmarks import book, measure, office, postgres
from benchmarks.measure import Claim, Result, Run

RUNS = 3

CONTENTS = """
    SELECT COUNT(*), SUM(p.annual_premium), SUM(p.sum_assured), COUNT(p.ended_on), COUNT(p.delivered_on),
           COUNT(DISTINCT c.id), SUM(LENGTH(c.name || c.phone || c.email)),
           SUM(CASE WHEN c.marketing_consent THEN 1 ELSE 0 END),
           COUNT(c.birthday), COUNT(c.consent_on), COUNT(DISTINCT a.id), SUM(LENGTH(a.phone)),
           COUNT(DISTINCT t.id), COUNT(DISTINCT b.id)
    FROM policy p JOIN client c ON c.id = p.client_id JOIN agent a ON a.id = p.agent_id
    JOIN team t ON t.id = a.team_id JOIN branch b ON b.id = t.branch_id
"""


FIRST, AGAIN, PEAK = 1.5, 0.4, 200


def measured(room: Path, policies: int) -> list[Result]:
    """The import against its floor, and the second import against the first."""
    file = room / "book.csv"
    book.write(file, policies)
    new = office.empty(room / "new")
    theirs, ours = room / "theirs", room / "ours"

    def floor() -> Run:
        office.copied(new, theirs)
        return office.floor("import_book.py", theirs / office.DATABASE, file, book.DAY)

    def first() -> Run:
        office.copied(new, ours)
        run = office.import_book(ours, file)
        measure.same("import", office.look(theirs, [CONTENTS]), office.look(ours, [CONTENTS]))
        return run

    return _both(
        f"import of {policies:,} rows", floor, first, lambda: _unchanged(ours, file, policies)
    )


def measured_on_postgresql(room: Path, policies: int) -> list[Result]:
    """The same on PostgreSQL: each begins with a copy of one empty database."""
    file = room / "book.csv"
    book.write(file, policies)
    with postgres.server(room) as server:
        home = office.empty(room / "office", server.create("ours"))
        server.rename("ours", "ready")

        def floor() -> Run:
            server.copy("ready", "theirs")
            return office.floor("import_book_postgresql.py", server.url("theirs"), file, book.DAY)

        def first() -> Run:
            server.copy("ready", "ours")
            run = office.import_book(home, file)
            measure.same(
                "import", server.look("theirs", [CONTENTS]), server.look("ours", [CONTENTS])
            )
            return run

        name = f"import of {policies:,} rows on PostgreSQL"
        return _both(name, floor, first, lambda: _unchanged(home, file, policies))


def _both(
    name: str, floor: Callable[[], Run], first: Callable[[], Run], again: Callable[[], Run]
) -> list[Result]:
    """Floor, first, again, floor, …"""
    rounds = [(floor(), first(), again()) for _ in range(RUNS)]
    return [
        Result(Claim(name, FIRST, PEAK), [(least, one) for least, one, _ in rounds]),
        Result(
            Claim(f"{name}: the same file again, against the first time", AGAIN, PEAK),
            [(one, two) for _, one, two in rounds],
        ),
    ]


def _unchanged(home: Path, file: Path, policies: int) -> Run:
    run = office.import_book(home, file)
    counts = {name: run.answer()[name] for name in ("added", "changed", "unchanged", "rejected")}
    expected = {"added": 0, "changed": 0, "unchanged": policies, "rejected": 0}
    measure.same("second import", expected, counts)
    return run
