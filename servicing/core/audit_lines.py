"""The lines of the audit log as one chain of seals, and those whose time is over.

Lines go from the beginning of the log only, up to one that a line of the log names (`audit.expired`).
That line is sealed; so nobody can pass off a line that he has removed as one whose time was over.
"""

import json
from collections.abc import Iterator
from typing import Any, Literal

from policies import records
from policies.records import Record
from servicing.core import sealed_lines
from servicing.core.sealed_lines import NamedLine

EXPIRED: Literal["audit.expired"] = "audit.expired"
"""The kind of the line that says up to which one the time of the log is over."""


class AuditLine(Record, frozen=True):
    """A line of the log as it is stored, and so sealed; anything may stand in it where it was forged."""

    id: int
    at: Any
    kind: Any
    user_id: Any
    who: Any
    way: Any
    source: Any
    client_id: Any
    facts: Any


def between(first: int, last: int) -> list[AuditLine]:
    """The lines with these numbers, in order."""
    sql = """
        SELECT id, CAST(at AS TEXT), kind, user_id, who, way, source, client_id, facts
        FROM audit_entry WHERE id BETWEEN ? AND ? ORDER BY id
    """
    return records.listed(AuditLine, sql, (first, last))


class _Cut(Record, frozen=True):
    """What was let go, and the line that should say so."""

    last_entry: int
    entry_id: int
    kind: str | None
    facts: str | None


def _cuts() -> list[_Cut]:
    sql = """
        SELECT x.last_entry, x.entry_id, e.kind, e.facts
        FROM audit_cut x LEFT JOIN audit_entry e ON e.id = x.entry_id
        ORDER BY x.last_entry DESC
    """
    return records.listed(_Cut, sql)


def _is_vouched_for(cut: _Cut) -> bool:
    if cut.kind != EXPIRED:
        return False
    try:
        return bool(json.loads(cut.facts or "")["until"] == cut.last_entry)
    except (ValueError, TypeError, KeyError):
        return False


class Reading:
    """The lines of the log at one moment."""

    def __init__(self) -> None:
        self._until, self._forged = 0, []
        for cut in _cuts():
            if _is_vouched_for(cut):  # what was let go before is let go by this one, too
                self._until = cut.last_entry
                break
            self._forged.append(cut.entry_id)

    def digests(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """The number of each line of a stretch, and its digest."""
        return ((each.id, sealed_lines.digest_of(each)) for each in between(first, last))

    def is_away(self, number: int) -> bool:
        """Whether the time of the line is over."""
        return number <= self._until

    def forged(self) -> list[int]:
        """The lines that should say that others were let go, and do not."""
        return self._forged

    def named(self, number: int) -> NamedLine:
        """What a line says of itself."""
        (line,) = between(number, number)
        return NamedLine("", line.kind, line.at)

    @property
    def erasures(self) -> tuple[int, int]:
        """None: no line of the log holds anything of a client but the number of the row."""
        return 0, 0
