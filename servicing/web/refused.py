"""Refused logins, and pages that are not there for their reader, counted for the audit log.

Strangers must not fill it: a quarter of an hour has one line for each account, source and kind at
once, and one more at its end with how often it happened again; a line has the moment of the first
that it counts. They are counted in memory, so a
process that dies takes with it the counts of its last quarter. Who tries more sources than `MOST`
stands in one line.
"""

import datetime
import threading
from collections import Counter
from typing import NamedTuple

from policies import database
from servicing.core import audit_log
from servicing.core.audit_log import Actor, Kind

QUARTER = 15 * 60
"""Seconds."""

MOST = 1_000
"""Different ones of a quarter, in one process."""


class Refused(NamedTuple):
    """What is counted together."""

    quarter: int
    kind: Kind
    who: str
    """The login of an account; empty: of nobody. What was typed stands nowhere."""
    user_id: int | None
    source: str
    page: str


class Refusals:
    """The counts of this process that are not in the audit log yet."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._counts: Counter[Refused] = Counter()
        self._began: dict[Refused, datetime.datetime] = {}
        """When the first of each was that is not in the log yet: a line has this moment."""
        self._told: set[Refused] = set()

    def add(self, refused: Refused, at: datetime.datetime) -> None:
        """One more, at a moment."""
        with self._turn:
            is_known = refused in self._counts or refused in self._told
            if not is_known and len(self._counts) + len(self._told) >= MOST:
                refused = refused._replace(who="", user_id=None, source="", page="")
            self._counts[refused] += 1
            self._began.setdefault(refused, at)

    def bring_in(self, at: datetime.datetime, *, is_last: bool = False) -> None:
        """Write what is new, and what is over; where that fails, it is counted still."""
        quarter = quarter_of(at)
        with self._turn:
            ready = {
                each: count
                for each, count in self._counts.items()
                if is_last or each.quarter < quarter or each not in self._told
            }
            if ready:
                with database.writing():
                    for each, count in ready.items():
                        audit_log.insert(_line(each, count, self._began[each]))
            for each in ready:
                del self._counts[each], self._began[each]
            self._told = {each for each in [*self._told, *ready] if each.quarter >= quarter}

    def __bool__(self) -> bool:
        return bool(self._counts)


def _line(refused: Refused, count: int, at: datetime.datetime) -> audit_log.Line:
    by = Actor("page", refused.who, refused.user_id, refused.source)
    return audit_log.line_of(refused.kind, at, by, count=count, page=refused.page)


def quarter_of(at: datetime.datetime) -> int:
    """The quarter of an hour in which a moment is."""
    return int(at.timestamp()) // QUARTER
