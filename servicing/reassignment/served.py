"""What an agent serves, and what hangs on it: policies, open tasks, messages that wait."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from policies import database, dialect, inforce


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """A policy that may be handed over."""

    id: int
    policy_no: str
    client_id: int
    client_no: str
    agent_id: int
    premium: int
    """Hundredths."""
    currency: str
    is_in_service: bool


def held(condition: str, values: Sequence[object], on: datetime.date) -> list[HeldPolicy]:
    """Policies by a condition on policy `p` or client `c`, by the numbers of client and policy."""
    sql = f"""
        SELECT p.id, p.policy_no, p.client_id, c.client_no, p.agent_id, p.annual_premium, p.currency,
               {inforce.not_ended("p", on)}
        FROM policy p JOIN client c ON c.id = p.client_id
        WHERE {condition} ORDER BY c.client_no, p.policy_no
    """
    return [HeldPolicy(*row) for row in database.execute(sql, list(values))]


def open_tasks(policy_ids: Sequence[int]) -> Counter[int]:
    """By policy: how many tasks are open."""
    found: Counter[int] = Counter()
    for some in database.chunks(policy_ids):
        sql = (
            "SELECT policy_id, COUNT(*) FROM task WHERE state = 'open'"
            f" AND policy_id IN ({dialect.marks(some)}) GROUP BY policy_id"
        )
        found.update(dict(database.execute(sql, some)))
    return found


def waiting(policy_ids: Sequence[int]) -> list[tuple[int, int]]:
    """The messages that are queued for some policies, and for which.

    Found by what was recorded for their clients: that is little, whatever else waits to be sent.
    """
    found: list[tuple[int, int]] = []
    for some in database.chunks(policy_ids):
        sql = f"""
            SELECT m.id, p.id FROM policy p
            CROSS JOIN touchpoint t CROSS JOIN message m
            WHERE p.id IN ({dialect.marks(some)}) AND t.client_id = p.client_id
              AND m.touchpoint_id = t.id AND m.policy_id = p.id AND m.state = 'queued'
            ORDER BY m.id
        """
        found += [(number, policy_id) for number, policy_id in database.execute(sql, some)]
    return found
