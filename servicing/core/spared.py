"""What the book knows of whom a survey spares (domain.md §16.6): when they were asked, bought, claimed.

Each is a column of a statement about a client `c`, in the order of the fields of whoever reads them.
"""

from policies import counting, dialect
from servicing.core.models import HAD


def columns(numbers: str, but: str = "0") -> list[str]:
    """When a client was last asked, and the time before; the last receipt; the last end by claim.

    `numbers`: a SELECT of all numbers of the client; `but`: a touchpoint, by id, that is not looked at.
    What never left has asked nobody. A policy without a receipt counts from its issue.
    """
    asked = f"""
        survey_invitation s WHERE s.client_id IN ({numbers}) AND s.touchpoint_id <> {but}
            AND EXISTS (SELECT 1 FROM message m
                        WHERE m.id = s.message_id AND m.state IN ({dialect.quoted(HAD)}))
    """
    return [
        f"(SELECT MAX(s.invited_on) FROM {asked})",
        f"(SELECT s.invited_on FROM {asked} ORDER BY s.invited_on DESC LIMIT 1 OFFSET 1)",
        f"""(SELECT MAX(COALESCE(q.delivered_on, q.issue_date)) FROM policy q
             WHERE q.client_id IN ({numbers}) AND q.ended_on IS NULL)""",
        f"""(SELECT MAX(q.ended_on) FROM policy q
             WHERE q.client_id IN ({numbers}) AND q.status = 'claim')""",
    ]


_BEGINNINGS = (counting.CASE, counting.TASK)


def may_ask(touchpoint: str = "t") -> str:
    """A touchpoint is counted from a case or from a task, as each survey is: asked of nothing else."""
    begins = f"SUBSTR({touchpoint}.occurrence, 1, {len(counting.CASE)})"
    return f"{begins} IN ({dialect.quoted(_BEGINNINGS)})"
