"""The pages of a book in which a hundred thousand cases are open, beside the login page."""

import sqlite3
from pathlib import Path

from benchmarks import book, office, pages
from benchmarks.measure import Result
from benchmarks.pages import Pages, Person

CASES = 100_000
"""So many are open; a tenth as many have ended."""

PAGES: Pages = {
    "agent": {"day": "/day", "cases of an agent": "/cases"},
    "manager": {"cases of a unit": "/cases"},
    "operations": {"cases of a desk": "/cases", "overdue cases": "/cases?view=overdue"},
}
"""What everybody opens; `--page` names others, such as `operations=/cases`."""

TAKEN = 5
"""One case of so many belongs to somebody, by turns; the others are the desk's."""

# Complaints of the clients of the first policies, received over a hundred days, due by and by: a third
# of them is overdue.
OPENED = """
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :cases)
    INSERT INTO case_file (kind, client_id, policy_id, received_on, recorded_at, source, channel,
        categories, about_id, about_login, persons, spokesmen, desk, owner, state, is_open, is_quiet,
        moved_on, ended_on, due_on, moves)
    SELECT 'complaint', p.client_id, p.id, date(:day, '-' || (n % 100) || ' days'), :day, 'client', '',
        'simple', CASE WHEN n % 3 = 0 THEN p.agent_id END, '', 1, 1, 'complaint', '',
        CASE WHEN n % 11 = 0 THEN 'closed' ELSE 'received' END, n % 11 > 0, 1, :day,
        CASE WHEN n % 11 = 0 THEN :day END,
        CASE WHEN n % 11 > 0 THEN date(:day, (n % 30 - 10) || ' days') END, 1
    FROM n JOIN policy p ON p.id = 1 + n % (SELECT MAX(id) FROM policy)
"""
TOLD = """
    INSERT INTO case_entry (case_id, at, done_on, step, from_state, to_state, done_by, text, reason,
        person, categories, length, is_restricted)
    SELECT id, recorded_at, received_on, 'opened', '', 'received', 'root', 'nobody answers', '', '', '',
        0, 0
    FROM case_file
"""
CLOCKS = """
    INSERT INTO case_clock (case_id, clock, rule, started_on, due_on, stopped_on)
    SELECT id, 'decision', 'complaint_simple', received_on, COALESCE(due_on, :day), ended_on
    FROM case_file
"""
OWNED = "UPDATE case_file SET owner = ? WHERE is_open AND id % ? = ?"
DESK = """
    INSERT INTO desk_member (user_id, desk)
    SELECT id, 'complaint' FROM user_account WHERE role = 'operations'
"""


def measured(room: Path, policies: int, asked: Pages = PAGES) -> list[Result]:
    """The 95th percentile of each page against that of the login page, in the same seconds."""
    file, ledger = room / f"{policies}.csv", room / f"{policies}-ledger.csv"
    book.write_history(file, policies, ledger)
    home = office.filled(room / f"cases-{policies}", file, ledger)
    people = pages.people(home, asked)
    _open_cases(home, people)
    return pages.compared(home, people, asked, f"{CASES:,} open cases")


def _open_cases(home: Path, people: list[Person]) -> None:
    """The cases, each fifth of somebody; who is of operations is of the complaint desk."""
    facts = {"cases": CASES * 11 // 10, "day": str(book.DAY)}
    connection = sqlite3.connect(home / office.DATABASE)
    with connection:
        for statement in (OPENED, TOLD, CLOCKS, DESK):
            connection.execute(statement, facts)
        logins = [login for each in people for login in each.logins.values()]
        for number, login in enumerate(logins):
            connection.execute(OWNED, (login, TAKEN * len(logins), TAKEN * number))
    connection.close()


def named(said: list[str]) -> Pages:
    """The pages that `--page ROLE=PATH` names; none: the usual ones. Raises `ValueError`."""
    if not said:
        return PAGES
    found: dict[str, dict[str, str]] = {role: {} for role in PAGES}
    for each in said:
        role, is_said, path = each.partition("=")
        if not is_said or role not in found or not path.startswith("/"):
            raise ValueError(
                f"--page {each}: expected ROLE=/PATH, with a role of {', '.join(found)}"
            )
        found[role][path] = path
    return found
