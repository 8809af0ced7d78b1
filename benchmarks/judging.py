"""The figures of a manager over a book of twenty years: persistency, losses, the scorecard."""

import sqlite3
from dataclasses import replace
from pathlib import Path

from benchmarks import book, measure, office
from benchmarks.measure import Claim, Result, Run

RUNS = 5
TIMES = 10
SECONDS = 6
"""What the scorecard of a million policies may take, on two quiet cores."""
OF_ONE_QUERY, OF_ONE_QUERY_OF_SERVICE = 1.8, 2
"""Times what one hand-written query takes: persistency, and losses."""

COMPLETE_BEFORE = {"in-force": "2025-05-01", "paid": "2025-04-01"}
"""The first day whose cohort is still open on the day."""

# A year of service, as the walks and the agents would have left it.
SERVICE = (
    """
    INSERT INTO touchpoint (key, scope, occurrence, policy_id, client_id, anchor_on, due_on, found_on)
    SELECT k.key, 'policy', 'once', p.id, p.client_id, p.issue_date,
           date(p.issue_date, k.after), date(p.issue_date, k.after)
    FROM policy p JOIN (SELECT 'delivery' AS key, '+3 days' AS after UNION SELECT 'month_1', '+1 months'
        UNION SELECT 'month_4', '+4 months' UNION SELECT 'month_7', '+7 months'
        UNION SELECT 'month_10', '+10 months') k
    WHERE p.issue_date >= :since AND date(p.issue_date, k.after) <= :day
    """,
    """
    INSERT INTO task (touchpoint_id, policy_id, client_id, due_on, show_on, closes_on, state, reason,
                      ended_at, done_by_id)
    SELECT t.id, t.policy_id, t.client_id, t.due_on, t.due_on, date(t.due_on, '+30 days'),
           CASE t.id % 10 WHEN 0 THEN 'missed' WHEN 1 THEN 'open' ELSE 'done' END, 'due',
           datetime(t.due_on, (t.id % 13) || ' days'), p.agent_id
    FROM touchpoint t JOIN policy p ON p.id = t.policy_id
    """,
)


def measured(room: Path, policies: int) -> list[Result]:
    """Persistency and losses by agent against their floors; the scorecard, and its growth."""
    small, large = with_service(room, policies // TIMES), with_service(room, policies)
    results = [_persistency(large, policies, definition) for definition in COMPLETE_BEFORE]
    growth = Claim(f"scorecard of {policies:,}, against {policies // TIMES:,}", TIMES)
    grown = measure.paired(growth, lambda: _scorecard(small), lambda: _scorecard(large), RUNS)
    sanity = Claim(f"scorecard of {policies:,}, against {SECONDS} seconds", 1)
    allowed = [(replace(ours, wall=SECONDS, cpu=SECONDS), ours) for _, ours in grown.pairs]
    return [*results, grown, Result(sanity, allowed)]


def measured_losses(room: Path, policies: int) -> list[Result]:
    """Service and loss by agent against its floor."""
    home = with_service(room, policies)
    asked = ("--definition", "in-force", "--by", "agent", "--as-of", book.DAY, "--format", "json")

    def floor() -> Run:
        return office.floor("lost.py", home / office.DATABASE, COMPLETE_BEFORE["in-force"])

    def ours() -> Run:
        run = office.servicing(home, "losses", *asked)
        measure.same("losses", floor().answer(), _lost(run))
        return run

    claim = Claim(f"losses of {policies:,} by agent", OF_ONE_QUERY_OF_SERVICE)
    return [measure.paired(claim, floor, ours, RUNS)]


def _lost(run: Run) -> dict[str, dict[str, int]]:
    """By agent: how many policies of each kind, of those that there are."""
    return {
        row.pop("key"): {kind: policies for kind, policies in row.items() if policies}
        for row in run.answer()["rows"]
    }


def _persistency(home: Path, policies: int, definition: str) -> Result:
    asked = ["--definition", definition, "--by", "agent", "--basis", "premium"]

    def floor() -> Run:
        database, before = home / office.DATABASE, COMPLETE_BEFORE[definition]
        return office.floor("judge.py", database, definition, before)

    def ours() -> Run:
        run = office.servicing(home, "persistency", *asked, "--as-of", book.DAY, "--format", "json")
        measure.same(f"persistency {definition}", floor().answer(), _told(run))
        return run

    claim = Claim(f"persistency of {policies:,} by agent, {definition}", OF_ONE_QUERY)
    return measure.paired(claim, floor, ours, RUNS)


def _told(run: Run) -> dict[str, list[int]]:
    """By agent: policies and premiums in hundredths, those with any."""
    return {
        row["key"]: [
            row["counted"],
            round(100 * row["premium_counted"]),
            round(100 * row["premium_persisting"]),
        ]
        for row in run.answer()["rows"]
        if row["counted"]
    }


def _scorecard(home: Path) -> Run:
    words = ("--by", "agent", "--period", "2026-05", "--as-of", book.DAY, "--format", "json")
    return office.servicing(home, "scorecard", *words)


def with_service(room: Path, policies: int) -> Path:
    """A workspace of twenty years, and a year and more of service in it."""
    file, ledger = room / f"{policies}.csv", room / f"{policies}-ledger.csv"
    book.write_history(file, policies, ledger)
    home = office.filled(room / f"history-{policies}", file, ledger)
    connection = sqlite3.connect(home / office.DATABASE)
    with connection:
        for statement in SERVICE:
            connection.execute(statement, {"since": "2024-06-01", "day": str(book.DAY)})
    connection.close()
    return home
