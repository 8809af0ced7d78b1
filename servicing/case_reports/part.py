"""What of the book a report is about: all of it, or as much as its reader may see (domain.md §12.8).

The reports of the command line are of everything, those of pages and mails of the reader's part. Both
are the same functions of a part, so a page says what the command would say of that part alone.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from servicing.case_reports.figures import EVERYTHING
from servicing.cases import recusal
from servicing.core import visibility
from servicing.core.account_models import User


class Part(NamedTuple):
    """Cases, agents and spot checks."""

    seen: Any = EVERYTHING
    """The condition of the cases."""
    agents: Collection[int] | None = None
    """Whose policies and contracts they are; None: everybody's."""
    checked: Collection[int] | None = None
    """Whose service was checked; None: everybody's."""
    unit: str = ""
    """The branch or the team, in full; empty: it is no unit."""


EVERYBODY = Part()


def of(user: User, desks: Collection[str]) -> Part:
    """What an account, of these desks, may see.

    Spot checks are seen by the desk of quality, by administrators, and by managers those of their
    unit's service, but for their own; to anybody else there are none.
    """
    agents = visibility.agent_ids(user)
    sees_all = user.role == "administrator" or "quality" in desks
    theirs = agents if user.role == "manager" else None
    return Part(
        seen=recusal.seen(user),
        agents=agents,
        checked=None if sees_all else (theirs or frozenset()) - {user.agent_id or 0},
        unit=visibility.unit_of(user),
    )
