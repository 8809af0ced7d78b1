"""How far a book reaches: its first and last policy, its ledger, whether agents have changed."""

from datetime import date

from policies import database, records
from policies.records import Record


class Extent(Record, frozen=True):
    """The ends of a book; None where it has nothing."""

    first_issue: date | None
    last_issue: date | None
    first_due: date | None
    """The oldest instalment of the premium ledger."""
    has_past_agents: bool
    """Whether any policy was ever served by another agent."""


def extent() -> Extent:
    """The ends of the book; looked up once in a snapshot."""
    return database.once(_looked_up)


def _looked_up() -> Extent:
    sql = (  # asked one by one, each is the end of an index
        "SELECT (SELECT MIN(issue_date) FROM policy), (SELECT MAX(issue_date) FROM policy),"
        " (SELECT MIN(due_date) FROM premium), EXISTS (SELECT 1 FROM past_agent)"
    )
    (found,) = records.listed(Extent, sql)
    return found
