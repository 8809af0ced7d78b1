"""The statements of reports on cases that ask for more than cases."""

import datetime
from collections.abc import Collection

from policies import dialect, inforce, records
from policies.records import Record


class Held(Record, frozen=True):
    """How many policies of a product an agent has."""

    agent_id: int
    product: str
    count: int


def held(on: datetime.date, agents: Collection[int] | None) -> list[Held]:
    """The policies in force on a day, by agent of today and product; of some agents, or None: of all."""
    theirs, values = _of(agents, "p.agent_id")
    sql = f"""
        SELECT p.agent_id, p.product, COUNT(*) FROM policy p
        WHERE {inforce.in_force("p", on)} AND {theirs} GROUP BY p.agent_id, p.product
    """
    return records.listed(Held, sql, values)


class _Counted(Record, frozen=True):
    count: int


def checked(first: datetime.date, last: datetime.date, agents: Collection[int] | None) -> int:
    """How many spot checks of the service of some agents were recorded over some days."""
    theirs, values = _of(agents, "s.agent_id")
    sql = f"""
        SELECT COUNT(*) FROM check_result r JOIN spot_check s ON s.id = r.check_id
        WHERE r.checked_on BETWEEN ? AND ? AND {theirs}
    """
    found = records.listed(_Counted, sql, [first.isoformat(), last.isoformat(), *values])
    return found[0].count


def _of(agents: Collection[int] | None, column: str) -> tuple[str, list[object]]:
    return ("1 = 1", []) if agents is None else dialect.among(column, sorted(agents))


class Answered(Record, frozen=True):
    """A case that answers a line of a daily list."""

    case: int
    source: str
    owner: str
    due_on: datetime.date | None
    cause: str
    """The last that was said of it; empty: nothing yet, or its words were taken away."""
    measure: str


def answered(on: datetime.date) -> list[Answered]:
    """The improvement measures of a day's list, the latest of a line last."""
    sql = f"""
        SELECT k.id, k.source, CASE WHEN k.owner = '' THEN k.desk ELSE k.owner END,
            (SELECT c.due_on FROM case_clock c WHERE c.case_id = k.id ORDER BY c.id LIMIT 1),
            {_said("'cause'")}, {_said("'measure', 'other_measure'")}
        FROM case_file k WHERE k.kind = 'improvement' AND k.received_on = ? ORDER BY k.id
    """
    return records.listed(Answered, sql, [on.isoformat()])


def _said(steps: str) -> str:
    """The words of the last entry of some steps."""
    return f"""
        COALESCE((SELECT e.text FROM case_entry e WHERE e.case_id = k.id AND e.step IN ({steps})
                  AND NOT e.is_restricted ORDER BY e.id DESC LIMIT 1), '')
    """
